SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
----
WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname,         pg_type.typarray AS rngtyparray, pg_range.rngsubtype    FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)SELECT pg_type.typname, pg_type.typtype, pg_type.oid, pg_type.typarray,       ranges.rngtypname, ranges.rngtypid, ranges.rngtyparray  FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype WHERE (pg_type.typtype IN('b', 'e'));
----
SELECT "organization"."id", "organization"."name", "organization"."city" FROM "organization" AS "organization" ORDER BY "organization"."id";
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" WHERE "employee"."organization_id" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50);
----
SELECT "orders"."id", "orders"."placed_at" AS "placedAt", "orders"."status", "orders"."customer_id", "customer"."id" AS "customer.id", "customer"."name" AS "customer.name", "customer"."email" AS "customer.email" FROM "orders" AS "orders" LEFT OUTER JOIN "customer" AS "customer" ON "orders"."customer_id" = "customer"."id" ORDER BY "orders"."id" LIMIT 200;
----
START TRANSACTION;
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" WHERE "employee"."id" = 1354;
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" WHERE "employee"."id" = 2002;
----
SELECT "id", "name", "city" FROM "organization" AS "organization" ORDER BY "organization"."id";
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 1;
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 2;
----
SELECT "id", "name", "title", "salary", "hired_on" AS "hiredOn", "organization_id" FROM "employee" AS "employee" ORDER BY "hiredOn", "employee"."id" LIMIT 100;
----
SELECT "id", "name", "city" FROM "organization" AS "organization" WHERE "organization"."id" = 24;
----
SELECT "id", "name", "city" FROM "organization" AS "organization" WHERE "organization"."id" = 47;
----
SELECT "id", "name" FROM "project" AS "project" ORDER BY "project"."id";
----
SELECT "employee"."id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" AS "hiredOn", "employee"."organization_id", "project_team_members"."project_id" AS "project_team_members.project_id", "project_team_members"."employee_id" AS "project_team_members.employee_id" FROM "employee" AS "employee" INNER JOIN "project_team_members" AS "project_team_members" ON "employee"."id" = "project_team_members"."employee_id" AND "project_team_members"."project_id" = 1;
----
SELECT "employee"."id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" AS "hiredOn", "employee"."organization_id", "project_team_members"."project_id" AS "project_team_members.project_id", "project_team_members"."employee_id" AS "project_team_members.employee_id" FROM "employee" AS "employee" INNER JOIN "project_team_members" AS "project_team_members" ON "employee"."id" = "project_team_members"."employee_id" AND "project_team_members"."project_id" = 2;
----
SELECT "id", "placed_at" AS "placedAt", "status", "customer_id" FROM "orders" AS "orders" ORDER BY "orders"."id" LIMIT 10;
----
SELECT "id", "qty", "order_id", "product_id" FROM "order_item" AS "order_item" WHERE "order_item"."order_id" = 1;
----
SELECT "id", "sku", "name", "price" FROM "product" AS "product" WHERE "product"."id" = 41;
----
SELECT "id", "sku", "name", "price" FROM "product" AS "product" WHERE "product"."id" = 4;
----
SELECT "id", "qty", "order_id", "product_id" FROM "order_item" AS "order_item" WHERE "order_item"."order_id" = 2;
----
SELECT "id", "placed_at" AS "placedAt", "status", "customer_id" FROM "orders" AS "orders" ORDER BY "orders"."id" LIMIT 40;
----
SELECT "id", "name", "email" FROM "customer" AS "customer" WHERE "customer"."id" = 30;
----
SELECT "id", "name", "email" FROM "customer" AS "customer" WHERE "customer"."id" = 59;
----
SELECT COUNT("employee"."id") AS "count" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 1;
----
SELECT COUNT("employee"."id") AS "count" FROM "employee" AS "employee" WHERE "employee"."organization_id" = 2;
----
SELECT "id", "name", "email" FROM "customer" AS "customer" ORDER BY "customer"."id" LIMIT 40;
----
SELECT "id", "placed_at" AS "placedAt", "status", "customer_id" FROM "orders" AS "orders" WHERE "orders"."customer_id" = 1;
----
SELECT "id", "placed_at" AS "placedAt", "status", "customer_id" FROM "orders" AS "orders" WHERE "orders"."customer_id" = 2;
