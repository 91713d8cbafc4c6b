// The batched statements return (or write) what their loops do, on a real PostgreSQL.

#include <algorithm>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "analyzer/detect/suggestion.hpp"
#include "unit/suggestion/finding_builder.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::detect {
namespace {

using test::result_row;

constexpr std::uint32_t int4 = 23;
constexpr std::uint32_t text_type = 25;
constexpr std::uint32_t uuid_type = 2950;

const char* const schema = R"sql(
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
INSERT INTO country SELECT chr(64 + i) || 'X', 'Country ' || i FROM generate_series(1, 26) i;
CREATE TABLE organization (id serial PRIMARY KEY, name text NOT NULL, country_code text REFERENCES country);
INSERT INTO organization (name, country_code) SELECT 'Organization ' || i, chr(65 + i % 13) || 'X' FROM generate_series(1, 50) i;
CREATE TABLE employee (id serial PRIMARY KEY, organization_id int REFERENCES organization,
  name text NOT NULL, title text NOT NULL, salary numeric(10,2) NOT NULL, hired_on date NOT NULL);
INSERT INTO employee (organization_id, name, title, salary, hired_on)
  SELECT (i * 37) % 45 + 1, 'Employee ' || i, (ARRAY['clerk','lead','analyst'])[i % 3 + 1], 2000 + i, date '2012-01-01' + i
  FROM generate_series(1, 500) i;
CREATE TABLE project (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO project (name) SELECT 'Project ' || i FROM generate_series(1, 20) i;
CREATE TABLE project_team_members (project_id int REFERENCES project, employee_id int REFERENCES employee);
INSERT INTO project_team_members SELECT p, (p * 31 + k * 7) % 500 + 1 FROM generate_series(1, 18) p, generate_series(1, 6) k;
CREATE TABLE stock_level (warehouse_no int, product_id int, qty int NOT NULL, PRIMARY KEY (warehouse_no, product_id));
INSERT INTO stock_level SELECT w, p, w * p FROM generate_series(1, 5) w, generate_series(1, 20) p;
CREATE TABLE shipment_line (id serial PRIMARY KEY, warehouse_no int NOT NULL, product_id int NOT NULL);
INSERT INTO shipment_line (warehouse_no, product_id) SELECT i * 3 % 6 + 1, i * 7 % 20 + 1 FROM generate_series(1, 60) i;
CREATE TABLE account (id uuid PRIMARY KEY, email text NOT NULL);
INSERT INTO account SELECT md5('account' || i)::uuid, 'account' || i FROM generate_series(1, 30) i;
CREATE TABLE account_session (id uuid PRIMARY KEY, account_id uuid REFERENCES account, device text);
INSERT INTO account_session SELECT md5('s' || i)::uuid, md5('account' || i % 30 + 1)::uuid, 'd' || i FROM generate_series(1, 90) i;
CREATE TABLE audit_note (id serial PRIMARY KEY, employee_id int NOT NULL, note text NOT NULL);
)sql";

class BatchedRows : public testing::Test {
protected:
    static void SetUpTestSuite() {
        postgres = std::make_unique<test::throwaway_postgres>();
        postgres->execute(schema);
    }
    static void TearDownTestSuite() { postgres.reset(); }

    inline static std::unique_ptr<test::throwaway_postgres> postgres;
};

struct read_loop {
    std::string name;
    std::string child;  // key parameters first, literals for the rest
    std::string parent;
    std::vector<std::string> key_columns;
    std::vector<std::string> parent_columns;
    std::vector<std::uint32_t> key_types;
    bool zero_is_missing = false;  // an aggregate of no rows is no row of the batch
};

const read_loop read_loops[] = {
    {"has-many",
     "SELECT id, name FROM employee WHERE organization_id = $1 ORDER BY id",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"has-many with a constant",
     "SELECT id, name FROM employee WHERE title = 'lead' AND organization_id = $1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"belongs-to",
     "SELECT id, name FROM organization WHERE id = $1 LIMIT 21",
     "SELECT organization_id FROM employee",
     {"id"},
     {"organization_id"},
     {}},
    {"text keys",
     "SELECT name FROM country WHERE code = $1",
     "SELECT country_code FROM organization",
     {"code"},
     {"country_code"},
     {text_type}},
    {"uuid keys",
     "SELECT id, device FROM account_session WHERE account_id = $1::uuid",
     "SELECT id FROM account",
     {"account_id"},
     {"id"},
     {uuid_type}},
    {"value on the left",
     "SELECT id FROM employee WHERE $1::integer = organization_id",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"one-element IN",
     "SELECT id FROM employee WHERE organization_id IN ($1)",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"many-to-many",
     "SELECT e.id, e.name FROM employee e JOIN project_team_members m ON m.employee_id = e.id "
     "WHERE "
     "m.project_id = $1",
     "SELECT id FROM project",
     {"project_id"},
     {"id"},
     {}},
    {"many-to-many in ON",
     "SELECT e.id, e.name FROM employee e JOIN project_team_members m ON m.employee_id = e.id AND "
     "m.project_id = $1",
     "SELECT id FROM project",
     {"project_id"},
     {"id"},
     {}},
    {"count",
     "SELECT count(*) FROM employee WHERE organization_id = $1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {},
     true},
    {"sum by group",
     "SELECT title, sum(salary) AS total FROM employee WHERE organization_id = $1 GROUP BY title",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"latest one",
     "SELECT id, hired_on FROM employee WHERE organization_id = $1 ORDER BY hired_on DESC LIMIT 1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"latest three, typed",
     "SELECT id, hired_on FROM employee WHERE organization_id = $1 ORDER BY hired_on DESC LIMIT 3",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {int4}},
    {"latest three, untyped",
     "SELECT id, hired_on FROM employee WHERE organization_id = $1 ORDER BY hired_on DESC LIMIT 3",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"distinct",
     "SELECT DISTINCT title FROM employee WHERE organization_id = $1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {}},
    {"composite, typed",
     "SELECT qty FROM stock_level WHERE warehouse_no = $1 AND product_id = $2",
     "SELECT warehouse_no, product_id FROM shipment_line",
     {"warehouse_no", "product_id"},
     {"warehouse_no", "product_id"},
     {int4, int4}},
    {"in a subquery",
     "SELECT count(*) AS n FROM (SELECT id FROM employee WHERE organization_id = $1 LIMIT 5) few",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {int4}},
    {"a window",
     "SELECT id, rank() OVER (ORDER BY salary) AS r FROM employee WHERE organization_id = $1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {int4}},
    {"a set operation",
     "SELECT name FROM employee WHERE organization_id = $1 UNION ALL SELECT name FROM organization "
     "WHERE id = $1",
     "SELECT id FROM organization",
     {"organization_id"},
     {"id"},
     {int4}},
};

std::string array_of(const std::vector<std::string>& values) {
    std::string text = "{";
    for (const std::string& value : values)
        text += (text.size() == 1 ? "\"" : ",\"") + value + '"';
    return text + "}";
}

std::multiset<result_row> without_helper_columns(std::vector<result_row> rows) {
    std::multiset<result_row> set;
    for (result_row& row : rows) {
        row.erase("position_in_key");
        set.insert(row);
    }
    return set;
}

TEST_F(BatchedRows, AreThoseOfTheLoop) {
    for (const read_loop& loop : read_loops) {
        SCOPED_TRACE(loop.name);
        std::set<std::vector<std::string>> keys;
        for (const result_row& row : postgres->query(loop.parent)) {
            std::vector<std::string> key;
            for (const std::string& column : loop.parent_columns)
                key.push_back(row.at(column));
            keys.insert(key);
        }
        std::vector<result_row> expected;
        std::vector<std::vector<std::string>> arrays(loop.key_columns.size());
        for (const std::vector<std::string>& key : keys) {
            for (std::size_t i = 0; i < key.size(); ++i)
                arrays[i].push_back(key[i]);
            for (result_row& row : postgres->query(loop.child, key)) {
                if (loop.zero_is_missing && row.at("count") == "0") continue;
                for (std::size_t i = 0; i < key.size(); ++i)
                    row[loop.key_columns[i]] = key[i];
                expected.push_back(row);
            }
        }
        ASSERT_GT(expected.size(), 10U) << "the loop itself finds nothing";

        finding f = test::build_finding({.child = loop.child,
                                         .parent = loop.parent,
                                         .key_columns = loop.key_columns,
                                         .parent_columns = loop.parent_columns,
                                         .key_types = loop.key_types,
                                         .lookups = keys.size(),
                                         .rows = expected.size()});
        const std::string batched = suggest(f).batched_query;
        ASSERT_NE(batched, "");
        std::vector<std::string> values;
        for (const auto& array : arrays)
            values.push_back(array_of(array));
        // The child's own literals are parameters of the batch; here there is at most one kind.
        if (batched.find("title = $2") != std::string::npos) values.push_back("lead");
        if (batched.find("LIMIT $2") != std::string::npos) values.push_back("5");
        std::vector<result_row> rows;
        ASSERT_NO_THROW(rows = postgres->query(batched, values)) << batched;
        EXPECT_EQ(without_helper_columns(rows), without_helper_columns(expected)) << batched;
    }
}

TEST_F(BatchedRows, ExistsNamesTheKeysThatHaveRows) {
    const std::string child = "SELECT 1 AS one FROM employee WHERE organization_id = $1 LIMIT 1";
    const finding f = test::build_finding({.child = child,
                                           .parent = "SELECT id FROM organization",
                                           .key_columns = {"organization_id"},
                                           .parent_columns = {"id"}});
    std::multiset<result_row> expected;
    std::vector<std::string> keys;
    for (const result_row& row : postgres->query("SELECT id FROM organization")) {
        keys.push_back(row.at("id"));
        if (!postgres->query(child, {keys.back()}).empty()) {
            expected.insert({{"organization_id", keys.back()}});
        }
    }
    EXPECT_EQ(without_helper_columns(postgres->query(suggest(f).batched_query, {array_of(keys)})),
              expected);
    EXPECT_EQ(expected.size(), 45U);  // five organizations have nobody
}

TEST_F(BatchedRows, UntypedCompositeKeysTakeOneRowPerPair) {
    const finding f = test::build_finding(
        {.child = "SELECT qty FROM stock_level WHERE warehouse_no = $1 AND product_id = $2",
         .parent = "SELECT warehouse_no, product_id FROM shipment_line",
         .key_columns = {"warehouse_no", "product_id"},
         .parent_columns = {"warehouse_no", "product_id"}});
    const auto rows = postgres->query(suggest(f).batched_query, {"2", "3", "4", "5"});
    EXPECT_EQ(
        without_helper_columns(rows),
        (std::multiset<result_row>{{{"qty", "6"}, {"warehouse_no", "2"}, {"product_id", "3"}},
                                   {{"qty", "20"}, {"warehouse_no", "4"}, {"product_id", "5"}}}));
}

struct write_loop_case {
    std::string name;
    std::string statement;
    std::vector<std::vector<std::string>> values;  // of the loop's executions
    std::vector<std::string> key_columns;
    std::vector<std::string> batched_values;
    std::string table;
};

const write_loop_case write_loops[] = {
    {"insert",
     "INSERT INTO audit_note (employee_id, note) VALUES ($1, $2)",
     {{"7", "seven"}, {"8", "eight"}},
     {},
     {"7", "seven", "8", "eight"},
     "SELECT employee_id, note FROM audit_note"},
    {"update",
     "UPDATE employee SET title = $1, salary = salary + $2 WHERE id = $3",
     {{"boss", "5", "7"}, {"aide", "9", "8"}},
     {"id"},
     {R"([{"id":7,"title":"boss","salary":5},{"id":8,"title":"aide","salary":9}])"},
     "SELECT * FROM employee"},
    {"update of one value",
     "UPDATE employee SET hired_on = current_date WHERE id = $1",
     {{"7"}, {"8"}},
     {"id"},
     {"{7,8}"},
     "SELECT * FROM employee"},
    {"delete",
     "DELETE FROM project_team_members WHERE project_id = $1 AND employee_id = $2",
     {{"1", "39"}, {"1", "46"}},
     {"project_id", "employee_id"},
     {"1", "39", "1", "46"},
     "SELECT * FROM project_team_members"},
};

TEST_F(BatchedRows, WriteWhatTheLoopWrites) {
    for (const write_loop_case& loop : write_loops) {
        SCOPED_TRACE(loop.name);
        const auto before = without_helper_columns(postgres->query(loop.table));
        postgres->execute("BEGIN");
        for (const auto& values : loop.values) {
            static_cast<void>(postgres->query(loop.statement, values));
        }
        const auto expected = without_helper_columns(postgres->query(loop.table));
        postgres->execute("ROLLBACK");
        ASSERT_NE(before, expected) << "the loop itself writes nothing";

        const std::string batched =
            suggest(test::build_finding({.child = loop.statement,
                                         .key_columns = loop.key_columns,
                                         .kind = finding_class::write_loop}))
                .batched_query;
        ASSERT_NE(batched, "");
        postgres->execute("BEGIN");
        try {
            static_cast<void>(postgres->query(batched, loop.batched_values));
            EXPECT_EQ(without_helper_columns(postgres->query(loop.table)), expected) << batched;
        } catch (const std::runtime_error& error) {
            ADD_FAILURE() << error.what();
        }
        postgres->execute("ROLLBACK");
    }
}

}  // namespace
}  // namespace pgfold::detect
