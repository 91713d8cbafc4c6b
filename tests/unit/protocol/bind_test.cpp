#include "proxy/protocol/frontend/bind.hpp"

#include <gtest/gtest.h>

#include "support/cpp/messages.hpp"

namespace pgfold::protocol {
namespace {

using namespace pgfold::test;

bytes body_of(const bytes& message) {
    return {message.begin() + 5, message.end()};
}

TEST(bind, values_nulls_and_formats_are_read) {
    const bytes body =
        body_of(frontend::bind("p", "s", {"42", std::nullopt, ""}, {0, 1, 0}, {1, 0}));
    const auto view = parse_bind(body);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->portal_name, "p");
    EXPECT_EQ(view->statement_name, "s");
    EXPECT_EQ(view->parameter_count, 3);
    parameter_cursor cursor(*view);
    EXPECT_EQ(as_text(cursor.next().bytes), "42");
    EXPECT_TRUE(cursor.next().is_null);
    const auto last = cursor.next();
    EXPECT_FALSE(last.is_null);
    EXPECT_TRUE(last.bytes.empty());
    EXPECT_EQ(view->parameter_formats.of(0), 0);
    EXPECT_EQ(view->parameter_formats.of(1), 1);
    EXPECT_EQ(view->result_formats.of(0), 1);
    EXPECT_EQ(view->result_formats.of(1), 0);
}

TEST(bind, one_format_code_counts_for_all_and_none_means_text) {
    const bytes one = body_of(frontend::bind("", "", {"a", "b"}, {1}, {1}));
    EXPECT_EQ(parse_bind(one)->parameter_formats.of(1), 1);
    EXPECT_EQ(parse_bind(one)->result_formats.of(7), 1);
    const bytes none = body_of(frontend::bind("", "", {"a", "b"}));
    EXPECT_EQ(parse_bind(none)->parameter_formats.of(1), 0);
}

TEST(bind, every_truncation_and_a_surplus_byte_are_malformed) {
    const bytes body = body_of(frontend::bind("p", "s", {"42", std::nullopt}, {0}, {1}));
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(parse_bind(byte_span(body).first(size))) << size;
    EXPECT_FALSE(parse_bind(body + raw("x")));
}

TEST(bind, a_value_that_claims_more_than_the_message_has_is_malformed) {
    bytes body = body_of(frontend::bind("", "", {"42"}));
    body[2 + 2 + 2] = std::byte{0x7f};  // high byte of the value's length
    EXPECT_FALSE(parse_bind(body));
}

TEST(bind, takes_65535_parameters) {
    frontend::values many(65535, std::string("1"));
    const bytes body = body_of(frontend::bind("", "", many));
    const auto view = parse_bind(body);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->parameter_count, 65535);
}

}  // namespace
}  // namespace pgfold::protocol
