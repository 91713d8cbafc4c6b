#include "unit/fold/child_cases.hpp"

namespace pgfold::test {

const char* const child_schema = R"sql(
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL, short char(3), big_code varchar(8));
INSERT INTO country VALUES ('AX', 'Country A', 'a', 'AX'), ('it''s', 'Quote', 'b', 'it''s'),
  (E'back\\slash', 'Backslash', 'c', 'bs'), ('"double"', 'Double', 'd', 'dq'), ('', 'Empty', 'e', ''),
  ('{a,b}', 'Braces', 'f', '{}'), ('NULL', 'Word', 'g', 'NULL'), ('zürich €', 'Umlaut', 'h', 'zü'),
  ('24', 'Number', 'i', '24');
CREATE TABLE organization (id serial PRIMARY KEY, name text NOT NULL, country_code text REFERENCES country,
  parent_id int REFERENCES organization, budget numeric(10,2), rank smallint);
INSERT INTO organization (name, country_code, parent_id, budget, rank)
  SELECT 'Organization ' || i, (ARRAY['AX', 'it''s', NULL])[i % 3 + 1], nullif(i / 3, 0), i * 10, i % 5
  FROM generate_series(1, 30) i;
CREATE TABLE employee (id serial PRIMARY KEY, organization_id int REFERENCES organization, big_id bigint,
  name varchar(40) NOT NULL, title text, salary numeric(10,2) NOT NULL, hired_on date NOT NULL, tags text[]);
INSERT INTO employee (organization_id, big_id, name, title, salary, hired_on, tags)
  SELECT nullif((i * 37) % 27, 0), i * 10000000000, 'Employee ' || i,
    (ARRAY['clerk','lead',NULL])[i % 3 + 1], 2000 + i % 7, date '2012-01-01' + i, ARRAY['a' || i, 'b']
  FROM generate_series(1, 200) i;
CREATE TABLE project (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO project (name) SELECT 'Project ' || i FROM generate_series(1, 12) i;
CREATE TABLE project_member (project_id int REFERENCES project, employee_id int REFERENCES employee);
INSERT INTO project_member SELECT p, (p * 31 + k * 7) % 200 + 1 FROM generate_series(1, 10) p, generate_series(1, 6) k;
INSERT INTO project_member SELECT 1, 39 FROM generate_series(1, 3);
CREATE TABLE stock (warehouse_no int, product_id bigint, bin text NOT NULL, qty int, PRIMARY KEY (warehouse_no, product_id));
INSERT INTO stock SELECT w, p, 'bin ' || p % 3, nullif(w * p, 6) FROM generate_series(1, 4) w, generate_series(1, 6) p;
CREATE TABLE account (id uuid PRIMARY KEY, email text NOT NULL);
INSERT INTO account SELECT md5('account' || i)::uuid, 'account' || i FROM generate_series(1, 8) i;
CREATE TABLE login (id serial PRIMARY KEY, account_id uuid REFERENCES account, device text);
INSERT INTO login (account_id, device) SELECT md5('account' || i % 9 + 1)::uuid, 'd' || i FROM generate_series(1, 30) i
  WHERE i % 9 <> 8;
CREATE VIEW lead AS SELECT * FROM employee WHERE title = 'lead';
CREATE TABLE event (id int, kind int, at int) PARTITION BY RANGE (id);
CREATE TABLE event_low PARTITION OF event FOR VALUES FROM (0) TO (50);
CREATE TABLE event_high PARTITION OF event FOR VALUES FROM (50) TO (100);
INSERT INTO event SELECT i, i % 5, i FROM generate_series(0, 99) i;
)sql";

namespace {

using keys = std::vector<std::vector<std::string>>;

const keys organizations = {{"5"}, {"1"}, {"999"}, {"26"}, {"-3"}, {"12"}, {"27"}};
const keys codes = {{"AX"},         {"it's"},  {"nowhere"}, {""},
                    {"\"double\""}, {"{a,b}"}, {"NULL"},    {"z\xc3\xbcrich \xe2\x82\xac"},
                    {"24"}};
// md5('account1') and so on.
const keys accounts = {{"809d7aea-9eac-f339-b2e3-5e3c8ae0a57c"},
                       {"93189e2c-4c7b-1a2c-7b16-a24d5daa98a9"},
                       {"7ea4950f-63c9-8336-0c86-3bd5d1608944"},
                       {"1f503043-085b-329a-5eb2-0753ebb7c1bf"},
                       {"00000000-0000-0000-0000-000000000000"}};

constexpr std::uint32_t int2 = 21, int4 = 23, int8 = 20, text = 25;

const char* const limited = "the lookup has a LIMIT or OFFSET";
const char* const aggregates = "the lookup aggregates";
const char* const elsewhere = "the key's comparison is not a condition of the whole lookup";

}  // namespace

const std::vector<child_case>& child_cases() {
    static const std::vector<child_case> all = {
        {"has-many",
         "SELECT id, name, title FROM employee WHERE organization_id = $1 ORDER BY id",
         {1},
         organizations},
        {"has-many, every column, in no order",
         "SELECT * FROM employee WHERE organization_id = $1",
         {1},
         organizations,
         {},
         "",
         "",
         false},
        {"has-many with a constant",
         "SELECT e.id, e.name FROM employee e WHERE e.title = $1 AND e.organization_id = $2 ORDER "
         "BY "
         "e.id",
         {2},
         organizations,
         {"lead"}},
        {"constant behind the key",
         "SELECT id, $2::text AS note FROM employee WHERE organization_id = $1 AND salary > $3 "
         "ORDER "
         "BY id",
         {1},
         organizations,
         {"x'y", "2003"}},
        {"belongs-to",
         "SELECT \"organization\".* FROM \"organization\" WHERE \"organization\".\"id\" "
         "= $1",
         {1},
         organizations},
        {"belongs-to, at most 21",
         "SELECT id, name FROM organization WHERE id = $1 LIMIT 21",
         {1},
         organizations,
         {},
         limited},
        {"limit as a parameter",
         "SELECT id, name FROM employee WHERE organization_id = $1 ORDER BY id LIMIT $2",
         {1},
         organizations,
         {"2"},
         limited},
        {"latest",
         "SELECT id, hired_on FROM employee WHERE organization_id = $1 ORDER BY hired_on "
         "DESC LIMIT 1",
         {1},
         organizations,
         {},
         limited},
        {"offset",
         "SELECT id FROM employee WHERE organization_id = $1 ORDER BY id OFFSET 1",
         {1},
         organizations,
         {},
         limited},
        {"count",
         "SELECT count(*) FROM employee WHERE organization_id = $1",
         {1},
         organizations,
         {},
         aggregates},
        {"sum and max",
         "SELECT sum(salary), max(hired_on), sum(id) FROM employee WHERE "
         "organization_id = $1",
         {1},
         organizations,
         {},
         aggregates},
        {"sum by group",
         "SELECT title, sum(salary) AS total FROM employee WHERE organization_id = $1 GROUP BY "
         "title "
         "ORDER BY title",
         {1},
         organizations,
         {},
         aggregates},
        {"exists",
         "SELECT 1 AS one FROM employee WHERE organization_id = $1 LIMIT 1",
         {1},
         organizations,
         {},
         limited},
        {"many-to-many",
         "SELECT e.id, e.name FROM employee e JOIN project_member m ON m.employee_id = e.id WHERE "
         "m.project_id = $1 ORDER BY e.id",
         {1},
         {{"1"}, {"3"}, {"11"}, {"99"}}},
        {"many-to-many in ON",
         "SELECT e.id, e.name FROM employee e INNER JOIN project_member m ON e.id = m.employee_id "
         "AND "
         "m.project_id = $1 ORDER BY e.id",
         {1},
         {{"1"}, {"3"}, {"11"}, {"99"}}},
        {"many-to-many with a comma",
         "SELECT e.* FROM employee AS e, project_member AS m WHERE $1 = m.project_id AND "
         "m.employee_id "
         "= e.id ORDER BY e.id",
         {1},
         {{"1"}, {"3"}, {"11"}, {"99"}}},
        {"composite",
         "SELECT qty, bin FROM stock WHERE warehouse_no = $1 AND product_id = $2",
         {1, 2},
         {{"1", "1"}, {"2", "3"}, {"3", "2"}, {"1", "99"}, {"4", "6"}}},
        {"composite, the other way round and more",
         "SELECT * FROM stock WHERE product_id = $1 AND qty IS NOT NULL AND warehouse_no = $2 AND "
         "bin "
         "= $3",
         {2, 1},
         {{"1", "1"}, {"2", "3"}, {"3", "2"}, {"1", "99"}, {"4", "6"}},
         {"bin 0"}},
        {"composite, only the second is a key",
         "SELECT * FROM stock WHERE product_id = $1 AND warehouse_no = $2",
         {2},
         {{"1"}, {"2"}, {"99"}},
         {"3"}},
        {"composite in ON and WHERE",
         "SELECT s.qty FROM stock s JOIN organization o ON o.id = s.warehouse_no AND o.id = $1 "
         "WHERE "
         "s.product_id = $2",
         {1, 2},
         {{"1", "1"}, {"2", "3"}, {"1", "99"}},
         {},
         "the keys are compared in different clauses"},
        {"uuid", "SELECT id, device FROM login WHERE account_id = $1 ORDER BY id", {1}, accounts},
        {"uuid with a cast", "SELECT id, email FROM account WHERE id = $1::uuid", {1}, accounts},
        {"text", "SELECT name, code FROM country WHERE code = $1", {1}, codes},
        {"text with a backslash",
         "SELECT name FROM country WHERE code = $1",
         {1},
         {{"AX"}, {"back\\slash"}},
         {},
         "",
         "",
         true},
        {"a cast that cuts",
         "SELECT name FROM country WHERE code = $1::varchar(2)",
         {1},
         {{"AX"}, {"AXE"}, {"24"}, {"x"}},
         {},
         "the key is cast to another type"},
        {"varchar",
         "SELECT name, big_code FROM country WHERE big_code = $1 AND name <> 'x''y'",
         {1},
         {{"AX"}, {"it's"}, {""}, {"nowhere"}, {"dq"}}},
        {"char(n)",
         "SELECT name, short FROM country WHERE short = $1",
         {1},
         {{"a"}, {"b"}, {"zz"}},
         {},
         "values of the key's type can be equal without being the same"},
        {"name",
         "SELECT relkind FROM employee, pg_class WHERE employee.id = 1 AND relname = $1",
         {1},
         {{"employee"}, {"nothing"}},
         {},
         "values of the key's type can be equal without being the same",
         "",
         true},
        {"bigint",
         "SELECT id FROM employee WHERE big_id = $1",
         {1},
         {{"10000000000"}, {"20000000000"}, {"5"}, {"-9223372036854775808"}}},
        {"smallint",
         "SELECT id FROM organization WHERE rank = $1 ORDER BY id",
         {1},
         {{"0"}, {"1"}, {"7"}, {"-1"}}},
        {"bigint asked for as int4",
         "SELECT qty, bin FROM stock WHERE product_id = $1 AND warehouse_no = 3",
         {1},
         {{"1"}, {"5"}, {"99"}},
         {},
         "",
         "",
         true,
         {int4}},
        {"int4 asked for as int8",
         "SELECT id FROM employee WHERE organization_id = $1 ORDER BY id",
         {1},
         {{"5"}, {"10000000000"}, {"1"}},
         {},
         "",
         "",
         true,
         {int8}},
        {"int4 asked for as int2",
         "SELECT id FROM employee WHERE organization_id = $1 ORDER BY id",
         {1},
         organizations,
         {},
         "",
         "",
         true,
         {int2}},
        {"one-element IN",
         "SELECT id FROM employee WHERE organization_id IN ($1) ORDER BY id",
         {1},
         organizations},
        {"value on the left",
         "SELECT id FROM employee WHERE $1::integer = organization_id ORDER BY id",
         {1},
         organizations},
        {"value on the left, key cast",
         "SELECT id FROM employee WHERE organization_id::text = $1 ORDER BY id",
         {1},
         organizations,
         {},
         "the key is not compared with a plain column"},
        {"self-reference",
         "SELECT id, name, parent_id FROM organization WHERE parent_id = $1 ORDER "
         "BY id",
         {1},
         organizations},
        {"left join",
         "SELECT o.id, e.id, e.name FROM organization o LEFT JOIN employee e ON "
         "e.organization_id = o.id WHERE o.id = $1 ORDER BY e.id",
         {1},
         organizations},
        {"key on the nullable side",
         "SELECT o.name, e.id FROM organization o LEFT JOIN employee e ON e.organization_id = o.id "
         "WHERE e.organization_id = $1 ORDER BY e.id",
         {1},
         organizations},
        {"key in an outer join's ON",
         "SELECT p.id, m.employee_id FROM project p LEFT JOIN project_member m ON m.project_id = "
         "p.id "
         "AND m.employee_id = $1 ORDER BY p.id, m.employee_id",
         {1},
         {{"39"}, {"1"}, {"77777"}},
         {},
         elsewhere},
        {"full join",
         "SELECT o.id, s.qty FROM organization o FULL JOIN stock s ON s.warehouse_no = "
         "o.id WHERE o.id = $1 ORDER BY s.qty, s.product_id",
         {1},
         organizations},
        {"join using",
         "SELECT * FROM organization JOIN (SELECT id, count(*) AS n FROM project GROUP "
         "BY id) p USING (id) WHERE id = $1",
         {1},
         organizations,
         {},
         aggregates},
        {"merged column",
         "SELECT * FROM organization JOIN project USING (id) WHERE id = $1",
         {1},
         organizations},
        {"subquery in FROM",
         "SELECT s.id, s.n FROM (SELECT organization_id AS id, salary AS n FROM employee) s WHERE "
         "s.id = $1 ORDER BY s.n, s.id",
         {1},
         organizations},
        {"key in a subquery",
         "SELECT few.id FROM (SELECT id FROM employee WHERE organization_id = $1 ORDER BY id) few "
         "WHERE few.id > 20 ORDER BY few.id",
         {1},
         organizations,
         {},
         elsewhere},
        {"correlated subquery",
         "SELECT o.id, (SELECT e.name FROM employee e WHERE e.organization_id = o.id ORDER BY e.id "
         "FETCH FIRST 1 ROW ONLY) AS first FROM organization o WHERE o.id = $1",
         {1},
         organizations,
         {},
         limited},
        {"EXISTS",
         "SELECT o.id, o.name FROM organization o WHERE o.id = $1 AND EXISTS (SELECT 1 FROM "
         "employee e WHERE e.organization_id = o.id)",
         {1},
         organizations},
        {"WITH",
         "WITH mine AS (SELECT id, name FROM employee WHERE organization_id = $1) SELECT * "
         "FROM mine WHERE id > 10 ORDER BY id",
         {1},
         organizations,
         {},
         "the lookup has a WITH query"},
        {"WITH RECURSIVE",
         "WITH RECURSIVE tree AS (SELECT id, parent_id FROM organization WHERE id = $1 UNION ALL "
         "SELECT o.id, o.parent_id FROM organization o JOIN tree t ON o.parent_id = t.id) SELECT "
         "id "
         "FROM tree ORDER BY id",
         {1},
         organizations,
         {},
         "the lookup is a UNION, INTERSECT or EXCEPT"},
        {"UNION",
         "SELECT name FROM employee WHERE organization_id = $1 UNION SELECT name FROM "
         "organization WHERE id = $1 ORDER BY name",
         {1},
         organizations,
         {},
         "the lookup is a UNION, INTERSECT or EXCEPT"},
        {"DISTINCT",
         "SELECT DISTINCT title FROM employee WHERE organization_id = $1 ORDER BY title",
         {1},
         organizations,
         {},
         "the lookup is a SELECT DISTINCT"},
        {"DISTINCT ON",
         "SELECT DISTINCT ON (title) title, id FROM employee WHERE organization_id = "
         "$1 ORDER BY title, id",
         {1},
         organizations,
         {},
         "the lookup is a SELECT DISTINCT"},
        {"window",
         "SELECT id, rank() OVER (ORDER BY salary) AS r FROM employee WHERE "
         "organization_id = $1 ORDER BY r, id",
         {1},
         organizations,
         {},
         "the lookup has a window function"},
        {"columns of one name",
         "SELECT e.id, o.id, e.name, o.name, 1, 2 FROM employee e JOIN organization o ON o.id = "
         "e.organization_id WHERE e.organization_id = $1 ORDER BY e.id",
         {1},
         organizations},
        {"ORDER BY a place",
         "SELECT name, id FROM employee WHERE organization_id = $1 ORDER BY 2 "
         "DESC",
         {1},
         organizations},
        {"an output named as the key",
         "SELECT id AS organization_id, name FROM employee WHERE organization_id = $1 ORDER BY "
         "organization_id",
         {1},
         organizations},
        {"set-returning",
         "SELECT id, unnest(tags) AS tag FROM employee WHERE organization_id = $1 "
         "ORDER BY id, tag",
         {1},
         organizations},
        {"expressions and arrays",
         "SELECT upper(name) || '?' AS shout, salary * 2, tags, tags[1], CASE WHEN title IS NULL "
         "THEN "
         "'none' ELSE title END, coalesce(title, $2), hired_on + 1 FROM employee WHERE "
         "organization_id = $1 ORDER BY id",
         {1},
         organizations,
         {"x"},
         "",
         "",
         true,
         {0, text}},
        {"quoted names",
         "SELECT \"t1\".\"id\" AS \"order\", \"t1\".\"name\" AS \"Se\"\"lect\" FROM "
         "\"public\".\"employee\" AS \"t1\" WHERE (\"t1\".\"organization_id\" = $1) "
         "ORDER BY \"t1\".\"id\" ASC",
         {1},
         organizations},
        {"a view", "SELECT * FROM lead WHERE organization_id = $1 ORDER BY id", {1}, organizations},
        {"a partitioned table",
         "SELECT * FROM event WHERE kind = $1 ORDER BY id",
         {1},
         {{"0"}, {"3"}, {"9"}}},
        {"key used twice",
         "SELECT id FROM organization WHERE id = $1 AND parent_id < $1",
         {1},
         organizations,
         {},
         "the key is used more than once"},
        {"key among the columns",
         "SELECT $1::int AS asked, id FROM employee WHERE organization_id = "
         "$1 ORDER BY id",
         {1},
         organizations,
         {},
         "the key is used more than once"},
        {"numeric",
         "SELECT id FROM organization WHERE budget = $1",
         {1},
         {{"10"}, {"20.00"}},
         {},
         "$1 is of type 1700, whose values are not followed",
         "$1 is of type 1700, whose values are not followed"},
        {"numeric asked for as int4",
         "SELECT id FROM organization WHERE budget = $1",
         {1},
         {{"10"}, {"20"}, {"7"}},
         {},
         "described otherwise",
         "",
         true,
         {int4}},
        {"locked",
         "SELECT id FROM organization WHERE id = $1 FOR SHARE",
         {1},
         organizations,
         {},
         "the lookup locks rows (FOR UPDATE or FOR SHARE)",
         "the lookup locks rows (FOR UPDATE or FOR SHARE)"},
        {"random",
         "SELECT id FROM organization WHERE id = $1 AND random() >= 0",
         {1},
         organizations,
         {},
         "the lookup calls random()",
         "the lookup calls random()"},
    };
    return all;
}

}  // namespace pgfold::test
