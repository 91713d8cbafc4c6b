SELECT "posts".* FROM "posts" WHERE "posts"."author_id" = $1 AND "posts"."deleted_at" IS NULL ORDER BY "posts"."id" ASC LIMIT $2
----
SELECT "comments".* FROM "comments" WHERE "comments"."post_id" = 17 ORDER BY "comments"."created_at" DESC LIMIT 1 /*application:Blog,controller:posts,action:index*/
----
SELECT 1 AS one FROM "users" WHERE "users"."email" = 'a@example.com' LIMIT 1
----
SELECT COUNT(*) FROM (SELECT 1 AS one FROM "line_items" WHERE "line_items"."order_id" = $1 LIMIT $2) subquery_for_count
----
INSERT INTO "users" ("name", "active", "score", "created_at") VALUES ('Ann', TRUE, NULL, '2024-01-01 00:00:00') RETURNING "id"
----
UPDATE "users" SET "name" = 'Bob', "updated_at" = '2024-01-01 00:00:00.123456' WHERE "users"."id" = 5
----
select e1_0.id,e1_0.name,e1_0.organization_id from employee e1_0 where e1_0.organization_id=$1
----
select o1_0.id,e1_0.organization_id,e1_0.id,e1_0.name from organization o1_0 left join employee e1_0 on o1_0.id=e1_0.organization_id where o1_0.id=$1
----
select next value for hibernate_sequence
----
select nextval('hibernate_sequence')
----
select t.id as id1_0_0_, t.name as name2_0_0_ from tag t where t.id in ($1 , $2 , $3)
----
SELECT "Organization"."id", "Organization"."name", "Employees"."id" AS "Employees.id" FROM "organization" AS "Organization" LEFT OUTER JOIN "employee" AS "Employees" ON "Organization"."id" = "Employees"."organization_id" WHERE "Organization"."id" = 5;
----
SELECT "id", "name" FROM "employee" AS "Employee" WHERE "Employee"."organization_id" = 24 LIMIT 20 OFFSET 40;
----
SELECT "Tag"."id", "ProjectTag"."project_id" AS "ProjectTag.project_id" FROM "tag" AS "Tag" INNER JOIN "project_tag" AS "ProjectTag" ON "Tag"."id" = "ProjectTag"."tag_id" AND "ProjectTag"."project_id" = 7;
----
SELECT "e"."id" AS "e_id", "e"."name" AS "e_name" FROM "employee" "e" WHERE (("e"."organization_id" IN ($1)))
----
SELECT DISTINCT "distinctAlias"."Post_id" AS "ids_Post_id" FROM (SELECT "Post"."id" AS "Post_id" FROM "post" "Post" WHERE (("Post"."id" = $1))) "distinctAlias" ORDER BY "Post_id" ASC LIMIT 1
----
SELECT "public"."Post"."id", "public"."Post"."title" FROM "public"."Post" WHERE ("public"."Post"."authorId" = $1 AND 1=1) OFFSET $2
----
SELECT "public"."Post"."id" FROM "public"."Post" WHERE "public"."Post"."authorId" IN ($1,$2,$3) OFFSET $4
----
SELECT COUNT(*) FROM (SELECT "public"."Post"."id" FROM "public"."Post" WHERE "public"."Post"."authorId" = $1 OFFSET $2) AS "sub"
----
SELECT "t0"."id", "t0"."title", COALESCE("aggr"."n", 0) AS "n" FROM "public"."User" AS "t0" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT "t4"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t3"."id") AS "__prisma_data__" FROM (SELECT "t2".* FROM "public"."Post" AS "t2" WHERE "t0"."id" = "t2"."authorId" /* root select */) AS "t3" /* inner select */) AS "t4" /* middle select */) AS "t5" /* outer select */) AS "x" ON TRUE WHERE "t0"."id" = $1
----
select "employees".* from "employees" where "employees"."organization_id" = $1
----
select "employees"."id" from "employees" where "employees"."organization_id" in ($1)
----
select * from "users" where "age" > $1 and ("name" = $2 or "email" like $3) order by "id" asc limit $4
----
select "e0".* from "employee" as "e0" where "e0"."organization_id" in (24)
----
SELECT e0."id", e0."name", e0."organization_id" FROM "employees" AS e0 WHERE (e0."organization_id" = $1)
----
SELECT e0."id", e0."organization_id" FROM "employees" AS e0 WHERE (e0."organization_id" = ANY($1)) ORDER BY e0."organization_id"
----
INSERT INTO "employees" ("name","organization_id","inserted_at","updated_at") VALUES ($1,$2,$3,$4) RETURNING "id"
----
SELECT * FROM "employees" WHERE "employees"."organization_id" = 24 AND "employees"."deleted_at" IS NULL
----
SELECT * FROM "users" WHERE "users"."id" = $1 AND "users"."deleted_at" IS NULL ORDER BY "users"."id" LIMIT $2
----
SELECT t0.id AS id_1, t0.name AS name_2, t0.organization_id AS organization_id_3 FROM employee t0 WHERE t0.organization_id = $1
----
SELECT p0_.id AS id_0, p0_.title AS title_1 FROM post p0_ WHERE p0_.author_id = ? ORDER BY p0_.id ASC
----
SELECT id, name, title FROM employee WHERE organization_id = ('24'::int4) ORDER BY id
----
SELECT id FROM t WHERE a = ('x''y') AND b = ('2024-01-01'::date) AND c = ('-5'::int8) AND d = (NULL)
----
SELECT employee.id AS employee_id, employee.name AS employee_name FROM employee WHERE 24 = employee.organization_id
----
SELECT tag.id AS tag_id FROM tag, project_tag WHERE $1::INTEGER = project_tag.project_id AND tag.id = project_tag.tag_id
----
SELECT anon_1.id FROM (SELECT organization.id AS id FROM organization WHERE organization.id = %(pk_1)s) AS anon_1
----
SELECT organization_1.id AS organization_1_id, employee.id AS employee_id FROM (SELECT organization.id AS organization_id FROM organization ORDER BY organization.id LIMIT 20) AS organization_1 JOIN employee ON organization_1.organization_id = employee.organization_id
----
SELECT "shop_employee"."id", "shop_employee"."name" FROM "shop_employee" WHERE "shop_employee"."organization_id" = 24 LIMIT 21
----
SELECT COUNT(*) AS "__count" FROM "shop_employee" WHERE "shop_employee"."organization_id" = 24
----
SELECT "auth_user"."id" FROM "auth_user" WHERE ("auth_user"."is_active" AND UPPER("auth_user"."username"::text) LIKE UPPER('%x%')) ORDER BY "auth_user"."date_joined" DESC LIMIT 10 /*route='polls%2F%3Cint%3Apk%3E',traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/
----
SELECT (1) AS "a" FROM "django_session" WHERE "django_session"."session_key" = 'abcdef' LIMIT 1
----
select "id", "name" from "users" where "id" = $1 -- drizzle
----
select "users"."id", "posts"."data" from "users" left join lateral (select coalesce(json_agg(json_build_array("users_posts"."id", "users_posts"."title")), '[]'::json) as "data" from (select * from "posts" "users_posts" where "users_posts"."author_id" = "users"."id" limit $1) "users_posts") "users_posts" on true where "users"."id" = $2 limit $3
----
select id, title from posts where author_id = ${ id }
----
SELECT * FROM posts WHERE author_id = :author_id
----
SELECT [id] FROM [posts]
----
/* traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */ SELECT * FROM posts WHERE id = 5
----
/*pgfold:ignore*/ SELECT * FROM posts WHERE id = 5 /*route='x'*/
