#include "analyzer/sql/statement_analyzer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pgfold::sql {
namespace {

class statement_analyzer_test : public testing::Test {
protected:
    std::shared_ptr<template_table> templates_ = make_template_table();
    statement_analyzer analyzer_{templates_};

    std::string normalized(std::string_view text) {
        const analysis a = analyzer_.analyze(text);
        return a.statement ? a.statement->normalized_text : "(null)";
    }
    std::vector<std::string> literals(std::string_view text) {
        const analysis a = analyzer_.analyze(text);
        std::vector<std::string> result;
        for (const literal_span& l : a.literals)
            result.emplace_back(text.substr(l.offset, l.length));
        return result;
    }
};

using strings = std::vector<std::string>;

TEST_F(statement_analyzer_test, normalizes) {
    EXPECT_EQ(normalized("SELECT * FROM t WHERE a = 1 AND b='x' -- hi\n ;"),
              "SELECT * FROM t WHERE a = $1 AND b=$2");
    EXPECT_EQ(normalized("select  a /* c */ , b\n from t order by 1, a limit 5"),
              "select a , b from t order by 1, a limit $1");
    EXPECT_EQ(normalized("select - 5, -5, +5, 3-5, a-5, -5::int"),
              "select $1, $2, +$3, $4-$5, a-$6, -$7::int");
    EXPECT_EQ(literals("select - 5, -5, +5, 3-5, a-5, -5::int"),
              (strings{"- 5", "-5", "5", "3", "5", "5", "5"}));
    EXPECT_EQ(literals("select - 5, -5, +5, 3-5, a-6, -5::int"),
              (strings{"- 5", "-5", "5", "3", "5", "6", "5"}));
    EXPECT_EQ(normalized("select null, a is null, true, $2, 'x'"),
              "select $3, a is null, $4, $2, $5");
}

}  // namespace
}  // namespace pgfold::sql
