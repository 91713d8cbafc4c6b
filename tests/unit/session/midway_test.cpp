#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::test {
namespace {

TEST(midway, interpretation_begins_at_a_boundary_of_both_sides) {
    conversation c({}, false);
    c.session().join_midway();
    c.client(raw("tail of a message"));
    c.server(raw("middle of a row") + backend::complete("SELECT 1") + backend::ready('T'));
    EXPECT_THAT(c.take_lines(), testing::IsEmpty());
    c.client(frontend::query("SELECT 1"));
    c.server(backend::row_description({{"a"}}) + backend::data_row({"1"}) +
             backend::complete("SELECT 1") + backend::ready('T'));
    EXPECT_THAT(c.take_lines(), testing::Contains("1 end SELECT 1 rows 1"));
}

TEST(midway, does_not_begin_in_the_middle_of_an_answer) {
    conversation c({}, false);
    c.session().join_midway();
    c.server(backend::ready());
    c.server(backend::data_row({"1"}));  // the pipeline's next answer
    c.client(frontend::query("SELECT 1"));
    EXPECT_THAT(c.take_lines(), testing::IsEmpty());
    c.server(backend::complete("SELECT 1") + backend::ready());
    c.client(raw("\xff\xff\xff\xff\xff garbage"));
    EXPECT_THAT(c.take_lines(), testing::IsEmpty());
}

}  // namespace
}  // namespace pgfold::test
