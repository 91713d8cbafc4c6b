#include "proxy/session/sql_prepared.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::session {
namespace {

using namespace pgfold::test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class sql_prepared : public ::testing::Test {
protected:
    // name: text of what the PREPARE prepares, or nothing.
    [[nodiscard]] std::string prepared(const std::string& text) {
        const auto made = prepared_by(text, {}, analyzer_);
        return made ? made->name + ": " + made->text : "";
    }
    // Arguments of the EXECUTE, each in brackets, or nothing.
    [[nodiscard]] std::string executed(const std::string& text) {
        std::vector<detect::argument> arguments;
        if (!executed_by(text, {}, statements_, arguments)) return "";
        std::string all;
        for (const auto& a : arguments)
            all += "[" + std::string(a.bytes) + "]";
        return all.empty() ? "none" : all;
    }
    void prepare(const std::string& text) {
        auto made = prepared_by(text, {}, analyzer_);
        ASSERT_TRUE(made) << text;
        const std::string name = made->name;
        statements_.replace(name, std::move(made));
    }

    sql::statement_analyzer analyzer_{sql::make_template_table()};
    statement_registry statements_{100};
};

TEST_F(sql_prepared, a_prepare_has_a_name_and_a_statement) {
    EXPECT_EQ(prepared("PREPARE emp AS SELECT a FROM t WHERE b = $1"),
              "emp: SELECT a FROM t WHERE b = $1");
    EXPECT_EQ(prepared("/*x*/ prepare Emp(int, numeric(10,2), text[]) as select 1 from t;"),
              "emp: select 1 from t;");
    EXPECT_EQ(prepared("PREPARE \"My \"\"Emp\" AS SELECT 1"), "My \"Emp: SELECT 1");
    EXPECT_EQ(prepared("PREPARE " + std::string(70, 'x') + " AS SELECT 1"),
              std::string(63, 'x') + ": SELECT 1");
}

TEST_F(sql_prepared, what_is_none_is_left_alone) {
    for (const char* text :
         {"", "PREPARE", "PREPARE emp", "PREPARE emp AS", "PREPARE emp (int AS SELECT 1",
          "PREPARE TRANSACTION 'x'", "SELECT 1", "PREPARE emp AS not sql (", "PREPARE 'x",
          "PREPARE emp (,,,) AS", "PREPARE emp )))", "PREPARE U&\"emp\" AS SELECT 1"}) {
        EXPECT_EQ(prepared(text), "") << text;
    }
    prepare("PREPARE emp AS SELECT a FROM t WHERE b = $1");
    for (const char* text : {"", "EXECUTE", "EXECUTE other(1)", "EXECUTE \"Emp\"(1)", "execute (1)",
                             "SELECT emp(1)", "EXECUTE 'emp'"}) {
        EXPECT_EQ(executed(text), "") << text;
    }
}

TEST_F(sql_prepared, arguments_are_constants_with_signs_and_casts) {
    prepare("PREPARE emp AS SELECT a FROM t WHERE b = $1 AND c = $2 AND d = 'x'");
    EXPECT_EQ(executed("EXECUTE emp(5, 'it''s')"), "[5]['it''s']['x']");
    EXPECT_EQ(executed("execute EMP ( -5 , E'a\\n' ) ;"), "[-5][E'a\\n']['x']");
    EXPECT_EQ(executed("EXECUTE emp('5'::int, '(,)'::character varying(10))"), "['5']['(,)']['x']");
    EXPECT_EQ(executed("EXECUTE emp(NULL, True)"), "[NULL][True]['x']");
}

TEST_F(sql_prepared, arguments_from_the_first_expression_on_are_not_known) {
    prepare("PREPARE emp AS SELECT a FROM t WHERE b = $1 AND c = $2 AND d = 'x'");
    EXPECT_EQ(executed("EXECUTE emp(5, 2 + 3)"), "[5]");
    EXPECT_EQ(executed("EXECUTE emp(now(), 2)"), "none");
    EXPECT_EQ(executed("EXECUTE emp(- NULL, 2)"), "none");
    EXPECT_EQ(executed("EXECUTE emp(5, $1)"), "[5]");
    EXPECT_EQ(executed("EXECUTE emp(5)"), "[5]");
    EXPECT_EQ(executed("EXECUTE emp(5,"), "[5]");
    EXPECT_EQ(executed("EXECUTE emp"), "none");
}

TEST_F(sql_prepared, arguments_that_the_statement_does_not_have_are_dropped) {
    prepare("PREPARE emp AS SELECT a FROM t WHERE b = $1");
    EXPECT_EQ(executed("EXECUTE emp(5, 6, 7)"), "[5]");
}

bytes one_row(const std::string& tag) {
    return backend::row_description({{"a", 1, 1}}) + backend::data_row({"7"}) +
           backend::complete(tag) + backend::ready();
}

TEST(sql_prepare, an_execute_is_seen_as_the_prepared_statement) {
    test::conversation c;
    c.client(frontend::query("PREPARE emp (int) AS SELECT a FROM t WHERE b = $1"));
    c.server(backend::complete("PREPARE") + backend::ready());
    (void)c.take_lines();
    c.client(frontend::query("EXECUTE emp(24) /*route='x'*/"));
    c.server(one_row("SELECT 1"));
    EXPECT_THAT(c.take_lines(),
                ElementsAre("2 start SELECT a FROM t WHERE b = $1 (literal 24) "
                            "named tags /*route='x'*/",
                            "2 shape a", "2 row of 7", "2 end SELECT 1 rows 1", "ready I 2-2"));
}

TEST(sql_prepare, counts_once_the_server_has_done_it) {
    test::conversation c;
    c.client(frontend::query("PREPARE emp AS SELECT a FROM nowhere WHERE b = $1"));
    c.server(backend::error("42P01") + backend::ready());
    c.client(frontend::query("EXECUTE emp(24)"));
    c.server(backend::error("26000") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains(HasSubstr("2 start EXECUTE emp(?) ()")));
}

TEST(sql_prepare, ends_with_deallocate) {
    test::conversation c;
    c.client(frontend::query("PREPARE emp AS SELECT a FROM t WHERE b = $1"));
    c.server(backend::complete("PREPARE") + backend::ready());
    c.client(frontend::query("DEALLOCATE emp"));
    c.server(backend::complete("DEALLOCATE") + backend::ready());
    c.client(frontend::query("EXECUTE emp(24)"));
    c.server(backend::error("26000") + backend::ready());
    EXPECT_THAT(c.take_lines(), Contains(HasSubstr("3 start EXECUTE emp(?) ()")));
}

TEST(sql_prepare, shares_its_names_with_the_extended_protocol) {
    test::conversation c;
    // Prepared there, executed here.
    c.client(frontend::parse("s1", "SELECT a FROM t WHERE b = $1") + frontend::sync());
    c.server(backend::parse_complete() + backend::ready());
    c.client(frontend::query("EXECUTE s1('x')"));
    c.server(one_row("SELECT 1"));
    EXPECT_THAT(c.take_lines(),
                Contains("1 start SELECT a FROM t WHERE b = $1 (literal 'x') named"));
    // And the other way round.
    c.client(frontend::query("PREPARE s2 AS SELECT c FROM t WHERE d = $1"));
    c.server(backend::complete("PREPARE") + backend::ready());
    c.client(frontend::bind("", "s2", {"9"}) + frontend::execute() + frontend::sync());
    EXPECT_THAT(c.take_lines(), Contains("3 start SELECT c FROM t WHERE d = $1 (text 9) named"));
}

TEST(sql_prepare, in_the_extended_protocol_is_followed_too) {
    test::conversation c;
    c.client(frontend::parse("", "PREPARE emp AS SELECT a FROM t WHERE b = $1 AND c = 'y'") +
             frontend::bind("", "", {}) + frontend::execute() + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() + backend::complete("PREPARE") +
             backend::ready());
    (void)c.take_lines();
    c.client(frontend::parse("", "EXECUTE emp(24)") + frontend::bind("", "", {}) +
             frontend::describe_portal("") + frontend::execute() + frontend::sync());
    c.server(backend::parse_complete() + backend::bind_complete() + one_row("SELECT 1"));
    EXPECT_THAT(c.take_lines(),
                ElementsAre("2 start SELECT a FROM t WHERE b = $1 AND c = $2 (literal 24, literal "
                            "'y') named",
                            "2 shape a 0", "2 row of 7", "2 end SELECT 1 rows 1", "ready I 2-2"));
}

}  // namespace
}  // namespace pgfold::session
