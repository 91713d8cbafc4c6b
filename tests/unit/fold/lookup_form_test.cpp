// Lookups asked again with other keys: the client's own words, byte for byte.

#include "proxy/fold/batch/lookup_form.hpp"

#include <gtest/gtest.h>

#include "proxy/fold/batch/savepoint.hpp"
#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using test::analyzed_lookup;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;

constexpr std::uint32_t int2 = 21, int4 = 23, int8 = 20, text = 25;

// What the form sends for other keys; empty when it cannot.
bytes sent(const lookup_form& form, std::vector<std::string> keys) {
    bytes out = test::raw("before");
    if (!append_lookup(out, form, keys)) {
        EXPECT_EQ(out, test::raw("before"));
        return {};
    }
    out.erase(out.begin(), out.begin() + 6);
    return out;
}

lookup_form form_of(analyzed_lookup lookup, std::vector<std::uint16_t> keys) {
    auto form = lookup_form::of(lookup.asked(), keys);
    EXPECT_TRUE(form.has_value());
    return *form;
}

bool has_form(analyzed_lookup lookup, std::vector<std::uint16_t> keys) {
    return lookup_form::of(lookup.asked(), keys).has_value();
}

TEST(LookupForm, NamedStatementWithBinaryValuesAndFormatsPerColumn) {
    const std::string query = "SELECT a, b, c FROM t WHERE id = $1 AND kind = $2";
    const auto form = form_of(
        {query, frontend::bind("", "S_1", {"\0\0\0\x18"s, "x"}, {1, 0}, {1, 0, 0}), {int4, text}},
        {0});
    EXPECT_EQ(form.messages(), lookup_messages::bind);
    EXPECT_TRUE(form.needs_statement());
    EXPECT_EQ(
        sent(form, {"258"}),
        frontend::bind("", "S_1", {"\0\0\1\2"s, "x"}, {1, 0}, {1, 0, 0}) + frontend::execute());
    EXPECT_EQ(sent(form, {"abc"}), bytes{});
    EXPECT_EQ(sent(form, {"3000000000"}), bytes{});
    EXPECT_EQ(sent(form, {"1", "2"}), bytes{});
    EXPECT_EQ(sent(form, {}), bytes{});
}

TEST(LookupForm, UnnamedStatementWithTextValues) {
    const auto form = form_of({"SELECT a FROM t WHERE id = $1 LIMIT $2",
                               frontend::bind("C_1", "", {"24", "21"}, {}, {0}),
                               {}},
                              {0});
    EXPECT_TRUE(form.needs_statement());
    // The portal is pgfold's own choice.
    EXPECT_EQ(sent(form, {"25"}),
              frontend::bind("", "", {"25", "21"}, {}, {0}) + frontend::execute());
}

TEST(LookupForm, ConstantsOfAllKindsStay) {
    const auto form = form_of({"SELECT a FROM t WHERE x = $1 AND id = $2 AND y = $3",
                               frontend::bind("", "s", {std::nullopt, "24", ""}, {0, 0, 0}),
                               {text, int8, text}},
                              {1});
    EXPECT_EQ(sent(form, {"-25"}),
              frontend::bind("", "s", {std::nullopt, "-25", ""}, {0, 0, 0}) + frontend::execute());
}

TEST(LookupForm, OneFormatCodeForAll) {
    const auto form = form_of({"SELECT a FROM t WHERE id = $1 AND k = $2",
                               frontend::bind("", "s", {"\0\x18"s, "\0\1"s}, {1}, {1}),
                               {int2, int2}},
                              {0, 1});
    EXPECT_EQ(sent(form, {"2", "3"}),
              frontend::bind("", "s", {"\0\2"s, "\0\3"s}, {1}, {1}) + frontend::execute());
    EXPECT_EQ(sent(form, {"40000", "3"}), bytes{});  // psycopg 3 would say int4
}

TEST(LookupForm, KeysInTheOrderOfTheCaller) {
    const auto form = form_of({"SELECT q FROM s WHERE w = $1 AND p = $2",
                               frontend::bind("", "s", {"1", "2"}),
                               {int4, int4}},
                              {1, 0});
    EXPECT_EQ(sent(form, {"20", "10"}),
              frontend::bind("", "s", {"10", "20"}) + frontend::execute());
}

TEST(LookupForm, SimpleQueries) {
    const struct {
        std::string query;
        std::vector<std::uint16_t> keys;
        std::vector<std::string> values;
        std::string expected;
    } cases[] = {
        {"SELECT a FROM t WHERE id = 24 /* x */",
         {0},
         {"25"},
         "SELECT a FROM t WHERE id = 25 /* x */"},
        {"SELECT a FROM t WHERE id=24", {0}, {"-25"}, "SELECT a FROM t WHERE id=(-25)"},
        {"SELECT a FROM t WHERE id = -24 AND b = 1",
         {0},
         {"25"},
         "SELECT a FROM t WHERE id =  25 AND b = 1"},
        {"SELECT a FROM t WHERE id =  -24", {0}, {"-25"}, "SELECT a FROM t WHERE id =  -25"},
        {"SELECT a FROM t WHERE id = '24' LIMIT 21",
         {0},
         {"25"},
         "SELECT a FROM t WHERE id = '25' LIMIT 21"},
        {"SELECT a FROM t WHERE code = E'x\\\\y'",
         {0},
         {"it's\\"},
         "SELECT a FROM t WHERE code = E'it''s\\\\'"},
        {"SELECT a FROM t WHERE id = ('24'::int4) AND k = 'z'",
         {0},
         {"25"},
         "SELECT a FROM t WHERE id = ('25'::int4) AND k = 'z'"},
        {"SELECT a FROM t WHERE 24 = w AND 'p' = p",
         {1, 0},
         {"q'", "25"},
         "SELECT a FROM t WHERE 25 = w AND 'q''' = p"},
        {"SELECT a FROM t WHERE id IN (24);", {0}, {"25"}, "SELECT a FROM t WHERE id IN (25);"},
    };
    for (const auto& c : cases) {
        const auto form = form_of(analyzed_lookup(c.query), c.keys);
        EXPECT_EQ(form.messages(), lookup_messages::query);
        EXPECT_EQ(sent(form, c.values), frontend::query(c.expected)) << c.query;
    }
}

TEST(LookupForm, SimpleQueriesRefuse) {
    const auto number = form_of(analyzed_lookup("SELECT a FROM t WHERE id = 24"), {0});
    EXPECT_EQ(sent(number, {"JG"}), bytes{});
    EXPECT_EQ(sent(number, {"99999999999999999999"}), bytes{});
    const auto string = form_of(analyzed_lookup("SELECT a FROM t WHERE code = 'JG'"), {0});
    EXPECT_EQ(sent(string, {"a\\"}), bytes{});
    EXPECT_FALSE(has_form(analyzed_lookup("SELECT a FROM t WHERE code = U&'JG'"), {0}));
    EXPECT_FALSE(has_form(analyzed_lookup("SELECT a FROM t WHERE id = 1.5"), {0}));
    EXPECT_FALSE(has_form(analyzed_lookup("SELECT a FROM t WHERE id = 24"), {1}));
    EXPECT_FALSE(has_form(analyzed_lookup("SELECT a FROM t WHERE id = 24"), {0, 0}));
    EXPECT_FALSE(has_form(analyzed_lookup("SELECT a FROM t WHERE id = 24"), {}));
}

TEST(LookupForm, LiteralsOfAPreparedTextNeedAParseOfTheirOwn) {
    const auto form = form_of({"SELECT a FROM t WHERE id = 24 AND k = $1",
                               frontend::bind("", "", {"x"}, {}, {0}),
                               {text}},
                              {1});
    EXPECT_EQ(form.messages(), lookup_messages::parse);
    EXPECT_FALSE(form.needs_statement());
    EXPECT_EQ(
        sent(form, {"25"}),
        frontend::close_statement("pgfold_lookup") +
            frontend::parse("pgfold_lookup", "SELECT a FROM t WHERE id = 25 AND k = $1", {text}) +
            frontend::bind("", "pgfold_lookup", {"x"}, {}, {0}) + frontend::execute() +
            frontend::close_statement("pgfold_lookup"));
}

TEST(LookupForm, KeysThatAreReadAlike) {
    const std::string query = "SELECT a FROM t WHERE id = $1";
    const auto of = [&](std::uint32_t type) {
        return analyzed_lookup(query, frontend::bind("", "s", {"24"}), {type});
    };
    const auto form = form_of(of(int4), {0});
    EXPECT_TRUE(form.reads_keys_like(of(int4).asked()));
    EXPECT_FALSE(form.reads_keys_like(of(int8).asked()));
    EXPECT_FALSE(form.reads_keys_like(of(0).asked()));

    const auto literal = form_of(analyzed_lookup("SELECT a FROM t WHERE id = 24"), {0});
    EXPECT_TRUE(literal.reads_keys_like(analyzed_lookup("SELECT a FROM t WHERE id = -3").asked()));
    EXPECT_FALSE(
        literal.reads_keys_like(analyzed_lookup("SELECT a FROM t WHERE id = '24'").asked()));
    EXPECT_FALSE(literal.reads_keys_like(of(int4).asked()));
}

TEST(LookupForm, LimitsHold) {
    analyzed_lookup large("SELECT a FROM t WHERE x = $1 AND id = $2",
                          frontend::bind("", "s", {std::string(70'000, 'x'), "1"}), {text, int4});
    EXPECT_FALSE(lookup_form::of(large.asked(), std::vector<std::uint16_t>{1}));
}

TEST(LookupForm, EveryCutOfABindIsRefused) {
    const bytes whole = frontend::bind("", "s", {"24"}, {0}, {1});
    const std::string query = "SELECT a FROM t WHERE id = $1";
    for (std::size_t size = 5; size < whole.size(); ++size) {
        analyzed_lookup lookup(query, whole, {int4});
        auto asked = lookup.asked();
        asked.bind = asked.bind.first(size - 5);
        EXPECT_FALSE(lookup_form::of(asked, std::vector<std::uint16_t>{0})) << size;
    }
}

TEST(Savepoint, LeavesTheUnnamedStatementAlone) {
    const auto statement = [](const char* query) {
        return frontend::close_statement("pgfold_savepoint") +
               frontend::parse("pgfold_savepoint", query) + frontend::bind("", "pgfold_savepoint") +
               frontend::execute() + frontend::close_statement("pgfold_savepoint");
    };
    bytes out;
    append_savepoint_extended(out);
    EXPECT_EQ(out, statement("SAVEPOINT pgfold_savepoint"));
    out.clear();
    append_rollback_extended(out);
    EXPECT_EQ(out, statement("ROLLBACK TO SAVEPOINT pgfold_savepoint") +
                       statement("RELEASE SAVEPOINT pgfold_savepoint"));
    out.clear();
    append_savepoint_simple(out);
    append_rollback_simple(out);
    EXPECT_EQ(out, frontend::query("SAVEPOINT pgfold_savepoint") +
                       frontend::query("ROLLBACK TO SAVEPOINT pgfold_savepoint; RELEASE SAVEPOINT "
                                       "pgfold_savepoint"));
}

}  // namespace
}  // namespace pgfold::fold
