#include "analyzer/detect/advice/orm_style.hpp"

#include <gtest/gtest.h>

#include "unit/suggestion/finding_builder.hpp"

namespace pgfold::detect::advice {
namespace {

struct style_case {
    std::string_view orm;
    std::string text;
};

// Texts as these libraries send them.
const style_case cases[] = {
    {"django",
     R"(SELECT "employee"."id", "employee"."name" FROM "employee" WHERE "employee"."organization_id" = 24)"},
    {"django",
     R"(SELECT "organization"."id" FROM "organization" WHERE "organization"."id" = 24 LIMIT 21)"},
    {"django",
     R"(SELECT COUNT(*) AS "__count" FROM "employee" WHERE "employee"."organization_id" = 24)"},
    {"django",
     R"(INSERT INTO "audit_note" ("employee_id", "note") VALUES (1, 'x') RETURNING "audit_note"."id")"},
    {"django", R"(UPDATE "employee" SET "title" = 'x' WHERE "employee"."id" = 7)"},
    {"rails", R"(SELECT "employees".* FROM "employees" WHERE "employees"."organization_id" = $1)"},
    {"rails",
     R"(SELECT "organizations".* FROM "organizations" WHERE "organizations"."id" = $1 LIMIT $2)"},
    {"rails", R"(SELECT COUNT(*) FROM "employees" WHERE "employees"."organization_id" = $1)"},
    {"rails",
     R"(SELECT 1 AS one FROM "employees" WHERE "employees"."organization_id" = $1 LIMIT $2)"},
    {"rails", R"(UPDATE "employees" SET "title" = $1 WHERE "employees"."id" = $2)"},
    {"sqlalchemy",
     "SELECT organization.id AS organization_id, organization.name AS organization_name FROM "
     "organization WHERE organization.id = 24"},
    {"sqlalchemy", "SELECT employee.id FROM employee WHERE $1::integer = employee.organization_id"},
    {"sqlalchemy", "SELECT employee.id FROM employee WHERE 24 = employee.organization_id"},
    {"sqlalchemy",
     "SELECT count(employee.id) AS count_1 FROM employee WHERE employee.organization_id = 24"},
    {"peewee",
     R"(SELECT "t1"."id", "t1"."name" FROM "employee" AS "t1" WHERE ("t1"."organization_id" = 24))"},
    {"hibernate",
     "select organiza0_.id as id1_6_0_, organiza0_.name as name2_6_0_ from organization organiza0_ "
     "where organiza0_.id=$1"},
    {"hibernate",
     "select e1_0.organization_id,e1_0.id,e1_0.name from employee e1_0 where "
     "e1_0.organization_id=$1"},
    {"jooq",
     R"(select "public"."employee"."id" from "public"."employee" where "public"."employee"."organization_id" = $1)"},
    {"sequelize",
     R"(SELECT "id", "name" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 24;)"},
    {"typeorm",
     R"(SELECT "Employee"."id" AS "Employee_id", "Employee"."name" AS "Employee_name" FROM "employee" "Employee" WHERE "Employee"."organization_id" IN ($1))"},
    {"prisma",
     R"(SELECT "public"."Employee"."id", "public"."Employee"."name" FROM "public"."Employee" WHERE "public"."Employee"."organizationId" = $1 OFFSET $2)"},
    {"drizzle", R"(select "id", "name" from "employee" where "employee"."organization_id" = $1)"},
    {"knex", R"(select "id", "name" from "employee" where "organization_id" = $1)"},
    {"objection",
     R"(select "employee".* from "employee" where "employee"."organization_id" in ($1))"},
    {"mikroorm", R"(select "e0".* from "employee" as "e0" where "e0"."organization_id" in (24))"},
    {"doctrine", "SELECT t0.id AS id_1, t0.name AS name_2 FROM organization t0 WHERE t0.id = $1"},
    {"doctrine",
     "SELECT e0_.id AS id_0, e0_.name AS name_1 FROM employee e0_ WHERE e0_.organization_id = $1"},
    {"eloquent",
     R"(select * from "employees" where "employees"."organization_id" = $1 and "employees"."organization_id" is not null)"},
    {"eloquent", R"(select * from "organizations" where "organizations"."id" = $1 limit 1)"},
    {"gorm", R"(SELECT * FROM "employees" WHERE "employees"."organization_id" = $1)"},
    {"ecto",
     R"(SELECT e0."id", e0."name" FROM "employees" AS e0 WHERE (e0."organization_id" = $1))"},
    {"efcore", R"(SELECT e."Id", e."Name" FROM "Employees" AS e WHERE e."OrganizationId" = $1)"},
    // What people write by hand, in several drivers.
    {"", "SELECT id, name FROM employee WHERE organization_id = $1 ORDER BY id"},
    {"",
     "SELECT e.id, e.name FROM employee e JOIN team t ON t.employee_id = e.id WHERE t.project_id = "
     "3"},
    {"", "select id, name from employee where organization_id = $1"},
    {"", R"(SELECT e."organizationId" FROM employee e WHERE e."organizationId" = $1)"},
    {"", "INSERT INTO audit_note (employee_id, note) VALUES ($1, $2)"},
};

TEST(OrmStyle, IsToldFromTheText) {
    for (const style_case& c : cases) {
        const sql::template_ptr statement = test::template_of(c.text);
        EXPECT_EQ(
            to_string(recognize_text(statement->normalized_text, statement->bound_parameters == 0)),
            c.orm)
            << c.text;
    }
}

TEST(OrmStyle, TagsDecideFirst) {
    const std::pair<sql::tag_list, std::string_view> tagged[] = {
        {{{"framework", "django:4.2.1"}}, "django"},
        {{{"route", "/x"}, {"db_driver", "django.db.backends.postgresql"}}, "django"},
        {{{"framework", "rails_v7.0.4"}}, "rails"},
        {{{"framework", "flask:2.0"}, {"db_driver", "sqlalchemy:2.0"}}, "sqlalchemy"},
        {{{"db_driver", "knex:0.95"}}, "knex"},
        {{{"framework", "laravel-9.1"}}, "eloquent"},
        {{{"db_driver", "mikro-orm"}}, "mikroorm"},
        {{{"orm", "Microsoft.EntityFrameworkCore"}}, "efcore"},
        {{{"application", "Shop"}, {"controller", "orders"}, {"action", "index"}}, "rails"},
        {{{"framework", "director-vectors"}}, ""},
        {{{"framework", "spring"}}, ""},
        {{{"controller", "django"}}, ""},
    };
    for (const auto& [tags, expected] : tagged) {
        EXPECT_EQ(to_string(recognize_tags(tags)), expected) << tags[0].second;
    }
    finding f = test::build_finding({.child = cases[0].text, .tags = {{"framework", "rails"}}});
    EXPECT_EQ(recognize_orm(f), orm::rails);
}

TEST(OrmStyle, TheParentHelpsWhereTheChildSaysNothing) {
    const finding f = test::build_finding({.child = R"(INSERT INTO "notes" ("text") VALUES ('x'))",
                                           .parent = R"(SELECT "employees".* FROM "employees")"});
    EXPECT_EQ(recognize_orm(f), orm::rails);
}

TEST(OrmStyle, TheApplicationsNameIsTheLastHint) {
    finding f = test::build_finding({.child = "SELECT id FROM employee WHERE id = $1"});
    f.application_name = "shop-django-web";
    EXPECT_EQ(recognize_orm(f), orm::django);
    f.application_name = "director";
    EXPECT_EQ(recognize_orm(f), orm::unknown);
}

TEST(OrmStyle, OddTextsAreNobodys) {
    for (const std::string_view text : {"", " ", "\"", "$", "\"a", "....", "\"\".\"\".\"\"",
                                        "SELECT", "=1", "::", "x", "a.b AS"}) {
        static_cast<void>(recognize_text(text, false));  // no crash, no hang
        EXPECT_EQ(recognize_text(text, false) == orm::hibernate, false);
    }
}

}  // namespace
}  // namespace pgfold::detect::advice
