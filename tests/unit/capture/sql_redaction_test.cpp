#include "proxy/capture/sql_redaction.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgfold::capture {
namespace {

const pseudonyms map(redaction_key{5});

std::string text_of(std::string value) {
    map.replace_text(value);
    return value;
}

std::string redacted(std::string text) {
    sql_redaction redaction;
    redaction.replace_literals(text, map);
    return text;
}

std::string without_passwords(std::string text) {
    sql_redaction redaction;
    redaction.hide_passwords(text);
    return text;
}

TEST(SqlRedaction, LiteralsAreTheValuesTheyStandFor) {
    EXPECT_EQ(
        redacted("SELECT * FROM t WHERE id = 1234 AND name='Smith'"),
        "SELECT * FROM t WHERE id = " + text_of("1234") + " AND name='" + text_of("Smith") + "'");
    EXPECT_EQ(redacted("SELECT $$Smith$$, $a$Smith$a$"),
              "SELECT $$" + text_of("Smith") + "$$, $a$" + text_of("Smith") + "$a$");
    std::string quoted = text_of("O'Brien");
    quoted.insert(1, "'");
    EXPECT_EQ(redacted("SELECT 'O''Brien'"), "SELECT '" + quoted + "'");
}

TEST(SqlRedaction, WhatTellsHowStays) {
    const std::string shape = "SELECT a, b FROM t ORDER BY 1, 2 DESC LIMIT 21 OFFSET 40";
    EXPECT_EQ(redacted(shape), shape);
    for (const char* kept : {"SET TimeZone = 'UTC'", "SET pgfold.tag = 'a test'",
                             "SELECT $1, \"Name1\" FROM t1 /*route='/x/1'*/"})
        EXPECT_EQ(redacted(kept), kept);
    EXPECT_NE(redacted("SET app.user_id = '4711'"), "SET app.user_id = '4711'");
}

TEST(SqlRedaction, WhatIsNotSqlIsReplacedAsAWhole) {
    EXPECT_EQ(redacted("SELECT 'Smith").find("Smith"), std::string::npos);
}

TEST(SqlRedaction, PasswordsAreHidden) {
    EXPECT_EQ(without_passwords("ALTER ROLE joe PASSWORD 'hunter2'"),
              "ALTER ROLE joe PASSWORD '*******'");
    EXPECT_EQ(without_passwords("create user u with encrypted Password E'hun\\'ter2' login"),
              "create user u with encrypted Password E'*********' login");
    EXPECT_EQ(without_passwords("SELECT dblink('host=x password=hunter2')"),
              "SELECT dblink('***********************')");
    EXPECT_EQ(without_passwords("SELECT password FROM u WHERE name = 'x'"),
              "SELECT password FROM u WHERE name = 'x'");
    EXPECT_EQ(without_passwords("ALTER ROLE joe PASSWORD 'hunter2").find("hunter2"),
              std::string::npos);
}

}  // namespace
}  // namespace pgfold::capture
