#include "analyzer/detect/suggestion.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/sql/statement_analyzer.hpp"
#include "unit/suggestion/finding_builder.hpp"

namespace pgfold::detect {
namespace {

using test::build_finding;
using test::loop_spec;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t int4 = 23;
const std::string organizations = "SELECT id, name FROM organization ORDER BY id";
const std::string employees =
    "SELECT id, name, organization_id FROM employee ORDER BY id LIMIT 100";
const std::string customers = "SELECT id, name FROM customer ORDER BY id";

std::string batched(const loop_spec& spec) {
    return suggest(build_finding(spec)).batched_query;
}
std::string advice(const loop_spec& spec) {
    return suggest(build_finding(spec)).text;
}

// Loops over organizations that look at their employees.
loop_spec has_many(std::string child, std::string parent = organizations) {
    return {.child = std::move(child),
            .parent = std::move(parent),
            .key_columns = {"organization_id"},
            .parent_columns = {"id"},
            .rows = 2500};
}
// Loops over employees that look at their organization.
loop_spec belongs_to(std::string child, std::string parent = employees) {
    return {.child = std::move(child),
            .parent = std::move(parent),
            .key_columns = {"id"},
            .parent_columns = {"organization_id"},
            .lookups = 100,
            .rows = 100,
            .distinct_arguments = 42};
}

struct batched_case {
    std::string name;
    loop_spec loop;
    std::string expected;
};

const batched_case batched_cases[] = {
    {"has-many: the key is added to the columns",
     has_many("SELECT id, name FROM employee WHERE organization_id = $1 ORDER BY id"),
     "SELECT id, name, organization_id FROM employee WHERE organization_id = ANY($1) ORDER BY id"},
    {"the key is there already, under its table's name",
     has_many(
         R"(SELECT "employee"."id", "employee"."organization_id" FROM "employee" WHERE "employee"."organization_id" = 24)"),
     "SELECT employee.id, employee.organization_id FROM employee WHERE employee.organization_id = "
     "ANY($1)"},
    {"a star holds it", has_many("SELECT * FROM employee WHERE organization_id = $1"),
     "SELECT * FROM employee WHERE organization_id = ANY($1)"},
    {"a qualified star holds it",
     has_many(R"(SELECT "employees".* FROM "employees" WHERE "employees"."organization_id" = $1)"),
     "SELECT employees.* FROM employees WHERE employees.organization_id = ANY($1)"},
    {"another table's column of that name does not",
     has_many("SELECT a.organization_id FROM badge a JOIN employee e ON e.id = a.employee_id WHERE "
              "e.organization_id = $1"),
     "SELECT a.organization_id, e.organization_id FROM badge a JOIN employee e ON e.id = "
     "a.employee_id WHERE e.organization_id = ANY($1)"},
    {"belongs-to: a LIMIT on a unique key goes",
     belongs_to("SELECT id, name FROM organization WHERE id = 24 LIMIT 21"),
     "SELECT id, name FROM organization WHERE id = ANY($1)"},
    {"value on the left", has_many("SELECT id FROM employee WHERE $1::integer = organization_id"),
     "SELECT id, organization_id FROM employee WHERE organization_id = ANY($1::int4[])"},
    {"one-element IN", has_many("SELECT id FROM employee WHERE organization_id IN ($1)"),
     "SELECT id, organization_id FROM employee WHERE organization_id = ANY($1)"},
    {"a cast literal", has_many("SELECT id FROM employee WHERE organization_id = ('24'::int4)"),
     "SELECT id, organization_id FROM employee WHERE organization_id = ANY($1::int4[])"},
    {"constant parameters come after the keys",
     has_many(
         "SELECT id FROM employee WHERE title = 'lead' AND organization_id = 24 AND salary > 5"),
     "SELECT id, organization_id FROM employee WHERE title = $2 AND organization_id = ANY($1) AND "
     "salary > $3"},
    {"the key stands in an inner join",
     {.child =
          "SELECT e.id FROM employee e JOIN project_team_members m ON m.employee_id = e.id AND "
          "m.project_id = 3",
      .parent = "SELECT id FROM project",
      .key_columns = {"project_id"},
      .parent_columns = {"id"}},
     "SELECT e.id, m.project_id FROM employee e JOIN project_team_members m ON m.employee_id = "
     "e.id "
     "AND m.project_id = ANY($1)"},
    {"count", has_many("SELECT count(*) FROM employee WHERE organization_id = $1"),
     "SELECT organization_id, count(*) FROM employee WHERE organization_id = ANY($1) GROUP BY "
     "organization_id"},
    {"an aggregate that groups already",
     has_many("SELECT title, sum(salary) FROM employee WHERE organization_id = $1 GROUP BY title"),
     "SELECT organization_id, title, sum(salary) FROM employee WHERE organization_id = ANY($1) "
     "GROUP "
     "BY organization_id, title"},
    {"the latest one",
     has_many("SELECT id, hired_on FROM employee WHERE organization_id = 24 ORDER BY hired_on DESC "
              "LIMIT 1"),
     "SELECT DISTINCT ON (organization_id) id, hired_on, organization_id FROM employee WHERE "
     "organization_id = ANY($1) ORDER BY organization_id, hired_on DESC"},
    {"the latest one, with a bound limit that the example shows",
     [] {
         loop_spec loop = has_many(
             "SELECT id FROM employee WHERE organization_id = $1 ORDER BY hired_on DESC LIMIT $2");
         loop.example = loop.child + " -- $1 = 24, $2 = 1";
         return loop;
     }(),
     "SELECT DISTINCT ON (organization_id) id, organization_id FROM employee WHERE organization_id "
     "= "
     "ANY($1) ORDER BY organization_id, hired_on DESC"},
    {"the latest three, of a type that is known",
     [] {
         loop_spec loop = has_many(
             "SELECT id FROM employee WHERE organization_id = 24 ORDER BY hired_on DESC LIMIT 3");
         loop.key_types = {int4};
         return loop;
     }(),
     "SELECT k.*, c.* FROM unnest($1::int[]) k(organization_id) CROSS JOIN LATERAL (SELECT id FROM "
     "employee WHERE organization_id = k.organization_id ORDER BY hired_on DESC LIMIT 3) c"},
    {"the latest three, of an unknown type",
     has_many("SELECT id FROM employee WHERE organization_id = 24 ORDER BY hired_on DESC LIMIT 3"),
     "SELECT * FROM (SELECT id, organization_id, row_number() OVER (PARTITION BY organization_id "
     "ORDER BY hired_on DESC) AS position_in_key FROM employee WHERE organization_id = ANY($1)) "
     "ranked WHERE position_in_key <= 3"},
    {"an offset of nothing",
     [] {
         loop_spec loop = has_many(
             R"(SELECT "public"."Post"."id" FROM "public"."Post" WHERE ("public"."Post"."organization_id" = $1 AND 1=1) OFFSET $2)");
         loop.example = loop.child + " -- $1 = '24', $2 = '0'";
         return loop;
     }(),
     R"(SELECT public."Post".id, public."Post".organization_id FROM public."Post" WHERE public."Post".organization_id = ANY($1) AND $2 = $3)"},
    {"exists", has_many("SELECT 1 AS one FROM employee WHERE organization_id = 24 LIMIT 1"),
     "SELECT DISTINCT organization_id FROM employee WHERE organization_id = ANY($1)"},
    {"distinct", has_many("SELECT DISTINCT title FROM employee WHERE organization_id = 24"),
     "SELECT DISTINCT title, organization_id FROM employee WHERE organization_id = ANY($1)"},
    {"composite keys of known types",
     {.child =
          "SELECT qty FROM stock_level WHERE (product_id = 3 AND warehouse_no = 2) AND qty > 0",
      .parent = "SELECT warehouse_no, product_id FROM shipment_line",
      .key_columns = {"warehouse_no", "product_id"},
      .parent_columns = {"warehouse_no", "product_id"},
      .key_types = {int4, int4}},
     "SELECT qty, warehouse_no, product_id FROM stock_level WHERE (warehouse_no, product_id) IN "
     "(SELECT * FROM unnest($1::int[], $2::int[])) AND qty > $3"},
    {"composite keys of unknown types",
     {.child = "SELECT qty FROM stock_level WHERE warehouse_no = $1 AND product_id = $2",
      .parent = "SELECT warehouse_no, product_id FROM shipment_line",
      .key_columns = {"warehouse_no", "product_id"},
      .parent_columns = {"warehouse_no", "product_id"}},
     "SELECT qty, warehouse_no, product_id FROM stock_level WHERE (warehouse_no, product_id) IN "
     "(($1, $2), ($3, $4))"},
    {"a key inside a subquery: once for each",
     [] {
         loop_spec loop = has_many(
             "SELECT count(*) FROM (SELECT id FROM employee WHERE "
             "organization_id = 24 LIMIT 5) AS few");
         loop.key_types = {int4};
         return loop;
     }(),
     "SELECT k.*, c.* FROM unnest($1::int[]) k(organization_id) CROSS JOIN LATERAL (SELECT "
     "count(*) "
     "FROM (SELECT id FROM employee WHERE organization_id = k.organization_id LIMIT $2) few) c"},
    {"a condition of an outer join: once for each, or not at all",
     {.child = "SELECT p.id FROM product p LEFT JOIN order_item i ON i.product_id = p.id AND "
               "i.order_id = 7",
      .parent = "SELECT id FROM orders",
      .key_columns = {"order_id"},
      .parent_columns = {"id"}},
     ""},
    {"FOR UPDATE stays as it is",
     belongs_to("SELECT id, name FROM organization WHERE id = 24 FOR UPDATE"), ""},
    {"an insert",
     {.child = "INSERT INTO audit_note (employee_id, note) VALUES ($1, $2)",
      .kind = finding_class::write_loop},
     "INSERT INTO audit_note (employee_id, note) VALUES ($1, $2), ($3, $4)"},
    {"an insert with a constant and a conflict",
     {.child = "INSERT INTO counter (id, n) VALUES (7, now()) ON CONFLICT (id) DO UPDATE SET n = 3",
      .kind = finding_class::write_loop},
     "INSERT INTO counter (id, n) VALUES ($1, now()), ($2, now()) ON CONFLICT (id) DO UPDATE SET n "
     "= "
     "$3"},
    {"an insert from a query is one statement already",
     {.child = "INSERT INTO a (b) SELECT c FROM d WHERE e = 1", .kind = finding_class::write_loop},
     ""},
    {"an update of different values",
     {.child =
          R"(UPDATE "employee" SET "title" = 'x', "salary" = "salary" + 5 WHERE "employee"."id" = 7)",
      .key_columns = {"id"},
      .kind = finding_class::write_loop},
     "UPDATE employee SET title = v.new_title, salary = salary + v.new_salary FROM (SELECT r.id AS "
     "key_id, r.title AS new_title, r.salary AS new_salary FROM "
     "jsonb_populate_recordset(NULL::employee, "
     "$1) r) v WHERE employee.id = v.key_id"},
    {"an update by an amount",
     {.child = "UPDATE employee SET visits = visits + 1 WHERE id = 7",
      .key_columns = {"id"},
      .kind = finding_class::write_loop},
     "UPDATE employee SET visits = visits + v.new_visits FROM (SELECT r.id AS key_id, r.visits AS "
     "new_visits FROM jsonb_populate_recordset(NULL::employee, $1) r) v WHERE id = v.key_id"},
    {"an update to now()",
     {.child = "UPDATE employee SET seen_at = now() WHERE id = 7",
      .key_columns = {"id"},
      .kind = finding_class::write_loop},
     "UPDATE employee SET seen_at = now() WHERE id = ANY($1)"},
    {"a delete",
     {.child = "DELETE FROM audit_note WHERE id = $1",
      .key_columns = {"id"},
      .kind = finding_class::write_loop},
     "DELETE FROM audit_note WHERE id = ANY($1)"},
    {"duplicates have nothing to batch",
     {.child = "SELECT count(*) FROM orders WHERE status = 'new'",
      .kind = finding_class::duplicate},
     ""},
};

TEST(BatchedQuery, IsBuiltFromTheChild) {
    for (const batched_case& c : batched_cases) {
        EXPECT_EQ(batched(c.loop), c.expected) << c.name;
    }
}

TEST(BatchedQuery, AlwaysParses) {
    for (const batched_case& c : batched_cases) {
        const std::string text = batched(c.loop);
        if (!text.empty()) {
            EXPECT_NO_THROW(static_cast<void>(test::template_of(text))) << text;
        }
    }
}

std::vector<std::string> texts_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::string> texts(1);
    for (std::string line; std::getline(in, line);) {
        if (line == "----") {
            texts.emplace_back();
        } else {
            texts.back() += line + '\n';
        }
    }
    return texts;
}

// Whatever a program sends: advice, and a statement that parses or none.
TEST(BatchedQuery, IsBuiltForAnyStatement) {
    const std::filesystem::path folder = PGFOLD_SOURCE_DIR "/tests/corpus/sql";
    std::set<std::string> seen;
    std::size_t lookups = 0, batched_lookups = 0;
    sql::statement_analyzer analyzer(sql::make_template_table());
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".sql") continue;
        for (const std::string& text : texts_of(file.path())) {
            const sql::template_ptr statement = analyzer.analyze(text).statement;
            if (statement == nullptr || !seen.insert(statement->normalized_text).second) continue;
            finding f;
            f.statement = statement;
            f.parent.statement = test::template_of(organizations);
            f.parent.columns = {"id"};
            f.example = text;
            f.lookups = f.rows = f.distinct_arguments = 50;
            f.key_types.assign(statement->keys.size(), seen.size() % 2 == 0 ? int4 : 0);
            const suggestion s = suggest(f);
            EXPECT_NE(s.text, "") << text;
            if (statement->kind != sql::statement_kind::select || statement->keys.empty()) {
                continue;
            }
            ++lookups;
            if (!s.batched_query.empty()) ++batched_lookups;
            EXPECT_NE(analyzer.analyze(s.batched_query).statement, nullptr) << s.batched_query;
        }
    }
    EXPECT_GT(lookups, 100U);
    EXPECT_GT(static_cast<double>(batched_lookups) / static_cast<double>(lookups), 0.85);
}

TEST(BatchedQuery, UnknownKeysGiveNone) {
    loop_spec loop = has_many("SELECT id FROM employee WHERE organization_id = $1");
    loop.key_columns = {"no_such_column"};
    EXPECT_EQ(batched(loop), "");
}

TEST(BatchedQuery, HugeTextsGiveNone) {
    std::string text = "SELECT id";
    for (int i = 0; i < 2000; ++i)
        text += ", column_" + std::to_string(i);
    text += " FROM employee WHERE organization_id = 1";
    EXPECT_EQ(batched(has_many(text)), "");
}

struct advice_case {
    loop_spec loop;
    std::string orm;
    std::vector<std::string> phrases;
};

const std::string django_organizations =
    R"(SELECT "organization"."id", "organization"."name" FROM "organization" ORDER BY "organization"."id" ASC)";
const std::string rails_organizations = R"(SELECT "organizations".* FROM "organizations")";

const advice_case advice_cases[] = {
    {belongs_to(
         R"(SELECT "organization"."id" FROM "organization" WHERE "organization"."id" = 24 LIMIT 21)"),
     "django",
     {"Employee.objects.select_related(\"organization\")"}},
    {has_many(
         R"(SELECT "employee"."id", "employee"."organization_id" FROM "employee" WHERE "employee"."organization_id" = 24)",
         django_organizations),
     "django",
     {"Organization.objects.prefetch_related(\"employee_set\")"}},
    {{.child =
          R"(SELECT "employee"."id" FROM "employee" INNER JOIN "project_team_members" ON ("employee"."id" = "project_team_members"."employee_id") WHERE "project_team_members"."project_id" = 3)",
      .parent = R"(SELECT "project"."id" FROM "project")",
      .key_columns = {"project_id"},
      .parent_columns = {"id"},
      .rows = 120},
     "django",
     {"Project.objects.prefetch_related(\"team_members\")"}},
    {has_many(
         R"(SELECT COUNT(*) AS "__count" FROM "employee" WHERE "employee"."organization_id" = 24)",
         django_organizations),
     "django",
     {"Organization.objects.annotate(Count(\"employee\"))", "take 0"}},
    {has_many(R"(SELECT "employees".* FROM "employees" WHERE "employees"."organization_id" = $1)",
              rails_organizations),
     "rails",
     {"Organization.includes(:employees)"}},
    {belongs_to(
         R"(SELECT "organizations".* FROM "organizations" WHERE "organizations"."id" = $1 LIMIT $2)",
         R"(SELECT "employees".* FROM "employees")"),
     "rails",
     {"Employee.includes(:organization)"}},
    {belongs_to(
         "SELECT organization.id AS organization_id FROM organization WHERE organization.id = 24",
         "SELECT employee.id AS employee_id, employee.organization_id AS "
         "employee_organization_id FROM employee"),
     "sqlalchemy",
     {"joinedload(Employee.organization)"}},
    {has_many(
         "SELECT employee.id AS employee_id FROM employee WHERE 24 = employee.organization_id"),
     "sqlalchemy",
     {"selectinload(Organization.employees)"}},
    {has_many(
         "select e1_0.organization_id,e1_0.id from employee e1_0 where e1_0.organization_id=$1"),
     "hibernate",
     {"JOIN FETCH", "@BatchSize", "@EntityGraph"}},
    {has_many(
         R"(SELECT "id", "name" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 24)"),
     "sequelize",
     {"Organization.findAll({ include: Employee })"}},
    {has_many(
         R"(select * from "employees" where "employees"."organization_id" = $1 and "employees"."organization_id" is not null)",
         R"(select * from "organizations")"),
     "eloquent",
     {"Organization::with('employees')"}},
    {has_many(R"(SELECT e0."id" FROM "employees" AS e0 WHERE (e0."organization_id" = $1))"),
     "ecto",
     {"Repo.preload(rows, :employees)"}},
    {has_many(R"(SELECT * FROM "employees" WHERE "employees"."organization_id" = $1)",
              R"(SELECT * FROM "organizations")"),
     "gorm",
     {"db.Preload(\"Employees\")"}},
    {has_many("SELECT id FROM employee WHERE organization_id = $1"),
     "",
     {"Collect id from the rows of organization", "organization_id = ANY($1)"}},
    {belongs_to("SELECT id, name FROM organization WHERE id = $1"),
     "",
     {"Join organization in the query on employee"}},
    {{.child = "SELECT id, name FROM category WHERE parent_id = $1",
      .parent = "SELECT id, name FROM category WHERE parent_id IS NULL",
      .key_columns = {"parent_id"},
      .parent_columns = {"id"},
      .rows = 40},
     "",
     {"WITH RECURSIVE"}},
    {{.child = "SELECT qty FROM stock_level WHERE warehouse_no = $1 AND product_id = $2",
      .parent = "SELECT warehouse_no, product_id FROM shipment_line",
      .key_columns = {"warehouse_no", "product_id"},
      .parent_columns = {"warehouse_no", "product_id"}},
     "",
     {"(warehouse_no, product_id) IN (SELECT * FROM unnest"}},
    {{.child = "SELECT id FROM employee WHERE id = $1",
      .key_columns = {"id"},
      .kind = finding_class::suspected},
     "",
     {"Collect the keys", "id = ANY($1)"}},
    {{.child = R"(INSERT INTO "note" ("text") VALUES ('x') RETURNING "note"."id")",
      .kind = finding_class::write_loop},
     "django",
     {"Note.objects.bulk_create"}},
    {{.child = "SELECT count(*) FROM orders WHERE status = 'new'",
      .kind = finding_class::duplicate},
     "",
     {"Keep the result"}},
};

TEST(Suggestion, SpeaksTheWordsOfTheOrm) {
    for (const advice_case& c : advice_cases) {
        const suggestion s = suggest(build_finding(c.loop));
        EXPECT_EQ(s.orm, c.orm) << c.loop.child;
        for (const std::string& phrase : c.phrases) {
            EXPECT_THAT(s.text, HasSubstr(phrase)) << c.loop.child;
        }
        EXPECT_THAT(s.text, Not(HasSubstr("{child}"))) << "a placeholder is left";
    }
}

// Each ORM has words for each kind of loop, with every placeholder filled.
TEST(Suggestion, HasWordsForEverything) {
    const std::vector<std::string> frameworks = {
        "django", "rails",     "sqlalchemy",      "peewee",   "hibernate",
        "jooq",   "sequelize", "typeorm",         "prisma",   "drizzle",
        "knex",   "objection", "mikro-orm",       "doctrine", "laravel",
        "gorm",   "ecto",      "entityframework", "unknown"};
    const std::vector<loop_spec> loops = {
        has_many("SELECT id FROM employee WHERE organization_id = 24"),
        belongs_to("SELECT id FROM organization WHERE id = 24"),
        has_many("SELECT count(*) FROM employee WHERE organization_id = 24"),
        has_many("SELECT id FROM employee WHERE organization_id = 24 ORDER BY id LIMIT 1"),
        has_many("SELECT 1 FROM employee WHERE organization_id = 24 LIMIT 1"),
        {.child = "SELECT id FROM employee WHERE id = 7",
         .key_columns = {"id"},
         .kind = finding_class::suspected},
        {.child = "INSERT INTO employee (id) VALUES (7)", .kind = finding_class::write_loop},
        {.child = "UPDATE employee SET title = 'x' WHERE id = 7",
         .key_columns = {"id"},
         .kind = finding_class::write_loop},
        {.child = "DELETE FROM employee WHERE id = 7",
         .key_columns = {"id"},
         .kind = finding_class::write_loop},
        {.child = "SELECT id FROM employee WHERE id = 7",
         .key_columns = {"id"},
         .kind = finding_class::duplicate},
    };
    for (const std::string& framework : frameworks) {
        for (loop_spec loop : loops) {
            loop.tags = {{"framework", framework}};
            const std::string text = advice(loop);
            EXPECT_GT(text.size(), 20U) << framework << ": " << loop.child;
            for (const std::string_view name :
                 {"{child}", "{parent}", "{Child}", "{Parent}", "{one}", "{One}", "{oneC}",
                  "{many}", "{Many}", "{manyC}", "{key}", "{keyC}", "{Key}", "{KEY}", "{feed}",
                  "{accessor}"}) {
                EXPECT_EQ(text.find(name), std::string::npos) << framework << ": " << text;
            }
        }
    }
}

TEST(Suggestion, AFindingWithoutAStatementHasNone) {
    const suggestion s = suggest(finding());
    EXPECT_EQ(s.text + s.orm + s.batched_query, "");
}

// No values of the client's in what may be logged.
TEST(Suggestion, ShowsNoValuesButLimits) {
    const suggestion s =
        suggest(build_finding(has_many("SELECT id FROM employee WHERE organization_id = 4711 AND "
                                       "name = 'secret' ORDER BY id LIMIT 9")));
    EXPECT_THAT(s.text + s.batched_query, Not(HasSubstr("secret")));
    EXPECT_THAT(s.text + s.batched_query, Not(HasSubstr("4711")));
}

}  // namespace
}  // namespace pgfold::detect
