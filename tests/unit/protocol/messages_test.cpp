#include <gtest/gtest.h>

#include "proxy/protocol/backend/authentication.hpp"
#include "proxy/protocol/backend/data_row.hpp"
#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/backend/parameter_status.hpp"
#include "proxy/protocol/backend/row_description.hpp"
#include "proxy/protocol/frontend/describe.hpp"
#include "proxy/protocol/frontend/execute.hpp"
#include "proxy/protocol/frontend/parse.hpp"
#include "proxy/protocol/frontend/query.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::protocol {
namespace {

using namespace pgfold::test;

bytes body_of(const bytes& message) {
    return {message.begin() + 5, message.end()};
}

// Every parser takes the whole body and nothing but: cut short or with a byte too many it says no.
template <class Parser>
void expect_exact(const bytes& body, Parser parser) {
    EXPECT_TRUE(parser(body));
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(parser(byte_span(body).first(size))) << "cut to " << size;
    EXPECT_FALSE(parser(body + raw("x"))) << "surplus byte";
}

TEST(messages, are_read_whole_or_not_at_all) {
    expect_exact(body_of(frontend::query("SELECT 1")),
                 [](auto b) { return parse_query(b).has_value(); });
    expect_exact(body_of(frontend::parse("s", "SELECT $1", {23, 25})),
                 [](auto b) { return parse_parse(b).has_value(); });
    expect_exact(body_of(frontend::describe_portal("p")),
                 [](auto b) { return parse_describe(b).has_value(); });
    expect_exact(body_of(frontend::execute("p", 7)),
                 [](auto b) { return parse_execute(b).has_value(); });
    expect_exact(body_of(backend::parameter_status("a", "b")),
                 [](auto b) { return parse_parameter_status(b).has_value(); });
}

TEST(messages, fields_are_where_the_manual_says) {
    const bytes parse = body_of(frontend::parse("s", "SELECT $1", {23, 25}));
    EXPECT_EQ(parse_parse(parse)->statement_name, "s");
    EXPECT_EQ(parse_parse(parse)->query, "SELECT $1");
    EXPECT_EQ(parse_parse(parse)->parameter_type_count(), 2u);
    EXPECT_EQ(parse_parse(parse)->parameter_type(1), 25u);
    EXPECT_EQ(parse_execute(body_of(frontend::execute("p", 7)))->rows_max, 7u);
    EXPECT_FALSE(parse_describe(raw(std::string("Xp\0", 3))));
}

TEST(messages, row_description_yields_its_fields) {
    const bytes body =
        body_of(backend::row_description({{"id", 16384, 1, 23, 1}, {"name", 16384, 2, 25, 0}}));
    row_description_reader fields(body);
    const auto id = fields.next();
    ASSERT_TRUE(id);
    EXPECT_EQ(id->name, "id");
    EXPECT_EQ(id->table_oid, 16384u);
    EXPECT_EQ(id->format, 1);
    EXPECT_FALSE(fields.ok());
    EXPECT_EQ(fields.next()->type_oid, 25u);
    EXPECT_FALSE(fields.next());
    EXPECT_TRUE(fields.ok());
    for (std::size_t size = 0; size < body.size(); ++size) {
        row_description_reader cut(byte_span(body).first(size));
        while (cut.next()) {
        }
        EXPECT_FALSE(cut.ok() && size >= 2) << size;
    }
}

TEST(messages, data_row_yields_values_and_nulls) {
    const bytes body = body_of(backend::data_row({"7", std::nullopt, ""}));
    data_row_reader columns(body);
    EXPECT_EQ(as_text(columns.next()->bytes), "7");
    EXPECT_TRUE(columns.next()->is_null);
    EXPECT_FALSE(columns.next()->is_null);
    EXPECT_FALSE(columns.next());
    EXPECT_TRUE(columns.ok());
}

TEST(messages, error_field_finds_a_field_and_survives_garbage) {
    const bytes body = body_of(backend::error("22012", "division by zero"));
    EXPECT_EQ(error_field(body, 'C'), "22012");
    EXPECT_EQ(error_field(body, 'M'), "division by zero");
    EXPECT_EQ(error_field(body, 'H'), "");
    EXPECT_EQ(error_field(raw("Cno end"), 'C'), "");
    EXPECT_EQ(error_field({}, 'C'), "");
}

TEST(messages, authentication_sasl_is_read_and_built_alike) {
    const bytes message = backend::authentication_sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
    const bytes body = body_of(message);
    const auto view = parse_authentication(body);
    ASSERT_TRUE(view);
    ASSERT_EQ(view->sasl_mechanisms.size(), 2u);
    EXPECT_EQ(build_authentication_sasl(view->sasl_mechanisms), message);
    EXPECT_FALSE(parse_authentication(byte_span(body).first(3)));
}

}  // namespace
}  // namespace pgfold::protocol
