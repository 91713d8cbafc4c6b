#include "unit/sql/random_sql.hpp"

#include <array>
#include <string_view>

namespace pgfold::sql {

std::string random_sql::statement() {
    out_.clear();
    switch (pick(10)) {
        case 0:
            add("INSERT INTO t (a, b) VALUES");
            for (unsigned i = 0, rows = 1 + pick(3); i < rows; ++i) {
                if (i > 0) add(",");
                add("(");
                list(2);
                add(")");
            }
            if (pick(3) == 0) add("ON CONFLICT (a) DO UPDATE SET b = "), expression(1);
            break;
        case 1:
            add("UPDATE t SET a =");
            expression(2);
            add("WHERE");
            condition(2);
            break;
        case 2:
            add("DELETE FROM t WHERE");
            condition(2);
            break;
        case 3:
            utility();
            break;
        default:
            select(3);
    }
    if (pick(5) == 0) add(";");
    if (pick(8) == 0) out_ += " /*route='x'*/";
    return out_;
}

void random_sql::add(std::string_view token) {
    static constexpr std::array<std::string_view, 12> separators = {
        " ",         " ",        " ",   "  ", "\n", "\t", " \r\n", "/* c */", "/*'*/ /* /* */ */",
        "-- it's\n", " -- $$\n", "/**/"};
    // Mostly plain, so that minus signs meet their numbers.
    out_ += pick(4) == 0 ? separators[pick(separators.size())] : " ";
    out_ += token;
}

void random_sql::constant() {
    static constexpr std::array<std::string_view, 34> constants = {"1",
                                                                   "0",
                                                                   "42",
                                                                   "-7",
                                                                   "- 8",
                                                                   "+9",
                                                                   "2147483647",
                                                                   "2147483648",
                                                                   "-2147483648",
                                                                   "99999999999999999999",
                                                                   "1.5",
                                                                   ".5",
                                                                   "6.",
                                                                   "1e10",
                                                                   "2.5E-3",
                                                                   "-.25",
                                                                   "'x'",
                                                                   "'it''s'",
                                                                   "''",
                                                                   "'a'\n'b'",
                                                                   "E'a\\'b'",
                                                                   "e'\\\\'",
                                                                   "U&'d\\0061t'",
                                                                   "B'0101'",
                                                                   "x'1F'",
                                                                   "N'n'",
                                                                   "$$q$$",
                                                                   "$t$ $$ $t$",
                                                                   "NULL",
                                                                   "true",
                                                                   "FALSE",
                                                                   "null",
                                                                   "'a' -- c\n 'b'",
                                                                   "'\\'"};
    if (pick(6) == 0) {
        add("$");
        out_ += std::to_string(1 + pick(4));
        return;
    }
    add(constants[pick(constants.size())]);
}

void random_sql::column() {
    static constexpr std::array<std::string_view, 8> columns = {
        "a", "t.b", "\"c d\"", "t.\"E\"", "u.f", "a1", "_x$", "\"it's\""};
    add(columns[pick(columns.size())]);
}

void random_sql::list(unsigned depth) {
    for (unsigned i = 0, count = 1 + pick(3); i < count; ++i) {
        if (i > 0) add(",");
        expression(depth);
    }
}

void random_sql::expression(unsigned depth) {
    if (depth == 0) return pick(2) == 0 ? constant() : column();
    static constexpr std::array<std::string_view, 12> operators = {
        "+", "-", "*", "/", "||", "->>", "<->", "@-", "#>", "%", "^", "&"};
    static constexpr std::array<std::string_view, 8> types = {
        "int", "text", "numeric(10,2)", "varchar(5)", "timestamp(3)", "int[]", "interval", "\"T\""};
    switch (pick(18)) {
        case 0:
            expression(depth - 1);
            add(operators[pick(operators.size())]);
            return expression(depth - 1);
        case 1:
            expression(depth - 1);
            out_ += operators[pick(operators.size())];  // nothing in between
            out_ += std::to_string(pick(100));
            return;
        case 2:
            add("(");
            expression(depth - 1);
            return add(")");
        case 3:
            add("(");
            expression(depth - 1);
            add(")::");
            return add(types[pick(types.size())]);
        case 4:
            add("f(");
            list(depth - 1);
            return add(")");
        case 5:
            add("CASE WHEN");
            condition(depth - 1);
            add("THEN");
            expression(depth - 1);
            add("ELSE");
            expression(depth - 1);
            return add("END");
        case 6:
            add(pick(2) == 0 ? "extract(year FROM" : "EXTRACT('month' FROM");
            expression(depth - 1);
            return add(")");
        case 7:
            add("(");
            select(depth - 1);
            return add(")");
        case 8:
            add("ARRAY[");
            list(depth - 1);
            return add("]");
        case 9:
            return add(pick(2) == 0 ? "interval '1' day" : "date '2020-01-01'");
        case 10:
            add("-");
            return expression(depth - 1);
        case 11:
            add("count(*) FILTER (WHERE");
            condition(depth - 1);
            add(") OVER (PARTITION BY");
            list(depth - 1);
            return add("ORDER BY 1)");
        case 12:
            add("substring(");
            expression(depth - 1);
            add("FROM 1 FOR 2");
            return add(")");
        case 13:
            add("a[");
            constant();
            return add("]");
        default:
            return pick(2) == 0 ? constant() : column();
    }
}

void random_sql::condition(unsigned depth) {
    static constexpr std::array<std::string_view, 8> comparisons = {"=",  "=",  "<>",   "<",
                                                                    ">=", "~*", "LIKE", "@>"};
    switch (depth == 0 ? 9 : pick(12)) {
        case 0:
            condition(depth - 1);
            add(pick(2) == 0 ? "AND" : "or");
            return condition(depth - 1);
        case 1:
            add("NOT (");
            condition(depth - 1);
            return add(")");
        case 2:
            column();
            add(pick(2) == 0 ? "IN (" : "NOT IN (");
            list(depth - 1);
            return add(")");
        case 3:
            column();
            add("BETWEEN");
            constant();
            add("AND");
            return constant();
        case 4:
            column();
            return add(pick(2) == 0 ? "IS NULL" : "IS NOT TRUE");
        case 5:
            add("EXISTS (");
            select(depth - 1);
            return add(")");
        case 6:
            column();
            add("= ANY (");
            expression(depth - 1);
            return add(")");
        case 7:
            add("(a, b) = (");
            constant();
            add(",");
            constant();
            return add(")");
        default:
            expression(depth == 0 ? 0 : depth - 1);
            add(comparisons[pick(comparisons.size())]);
            return expression(0);
    }
}

void random_sql::select(unsigned depth) {
    if (pick(8) == 0) add("WITH w AS (SELECT 5 WHERE 'x' = a)");
    add(pick(2) == 0 ? "SELECT" : "select");
    if (pick(8) == 0) add("DISTINCT");
    list(depth > 0 ? depth - 1 : 0);
    add("FROM t");
    if (pick(3) == 0) {
        add("LEFT JOIN u ON t.id = u.id AND");
        condition(0);
    }
    if (pick(4) != 0) {
        add("WHERE");
        condition(depth);
    }
    if (pick(5) == 0) {
        add("GROUP BY");
        add(pick(2) == 0 ? "1, a" : "a, b + 5");
    }
    if (pick(6) == 0) {
        add("UNION ALL SELECT");
        constant();
    }
    if (pick(4) == 0) add(pick(2) == 0 ? "ORDER BY 1, 2 DESC" : "ORDER BY a, -1, 'x'");
    if (pick(3) == 0) {
        add("LIMIT");
        add(pick(3) == 0 ? "ALL" : "10");
        if (pick(2) == 0) add("OFFSET 5");
    }
}

void random_sql::utility() {
    static constexpr std::array<std::string_view, 10> prefixes = {
        "SET x TO",
        "SET LOCAL y =",
        "EXPLAIN SELECT",
        "EXECUTE p (",
        "CALL p (",
        "DECLARE c CURSOR FOR SELECT",
        "COPY (SELECT",
        "PREPARE p AS SELECT",
        "CREATE TABLE n AS SELECT",
        "ALTER TABLE t ALTER a SET DEFAULT"};
    const std::string_view prefix = prefixes[pick(prefixes.size())];
    add(prefix);
    constant();
    if (prefix.ends_with("(")) add(")");
    if (prefix.starts_with("COPY")) add(") TO STDOUT");
}

}  // namespace pgfold::sql
