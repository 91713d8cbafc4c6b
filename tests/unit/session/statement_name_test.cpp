#include "proxy/session/statement_name.hpp"

#include <gtest/gtest.h>

namespace pgfold::session {
namespace {

TEST(deallocated_name, is_read_as_postgresql_reads_it) {
    EXPECT_EQ(deallocated_name("deallocate a1"), "a1");
    EXPECT_EQ(deallocated_name("DEALLOCATE PREPARE Foo;"), "foo");
    EXPECT_EQ(deallocated_name("deallocate \"Foo \"\"bar\"\"\""), "Foo \"bar\"");
    EXPECT_EQ(deallocated_name("deallocate prepare \"a b\""), "a b");
    EXPECT_EQ(deallocated_name("deallocate all"), "");
    EXPECT_EQ(deallocated_name("deallocate"), "");
    EXPECT_EQ(deallocated_name(""), "");
}

}  // namespace
}  // namespace pgfold::session
