BEGIN
----
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';

----
ROLLBACK
----
select pg_catalog.version()
----
select current_schema()
----
show transaction isolation level
----
show standard_conforming_strings
----
select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='sa_org'
----
select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='sa_emp'
----

CREATE TABLE sa_org (
	id SERIAL NOT NULL, 
	name VARCHAR(50), 
	PRIMARY KEY (id)
)


----

CREATE TABLE sa_emp (
	id SERIAL NOT NULL, 
	name VARCHAR, 
	org_id INTEGER, 
	data JSON, 
	PRIMARY KEY (id), 
	FOREIGN KEY(org_id) REFERENCES sa_org (id)
)


----
COMMIT
----
INSERT INTO sa_org (id, name) VALUES (0, 'o''0'),(1, 'o''1'),(2, 'o''2')
----
INSERT INTO sa_emp (id, name, org_id, data) VALUES (0, 'x\y', 0, '{"a": 0}'),(1, 'x\y', 1, '{"a": 1}'),(2, 'x\y', 2, '{"a": 2}'),(3, 'x\y', 0, '{"a": 3}'),(4, 'x\y', 1, '{"a": 4}')
----
SELECT sa_org.id AS sa_org_id, sa_org.name AS sa_org_name 
FROM sa_org ORDER BY sa_org.id
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data 
FROM sa_emp 
WHERE 0 = sa_emp.org_id
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data 
FROM sa_emp 
WHERE 1 = sa_emp.org_id
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data 
FROM sa_emp
----
SELECT sa_org.id AS sa_org_id, sa_org.name AS sa_org_name 
FROM sa_org 
WHERE sa_org.id = 0
----
SELECT sa_org.id AS sa_org_id, sa_org.name AS sa_org_name 
FROM sa_org 
WHERE sa_org.id = 1
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data, sa_org_1.id AS sa_org_1_id, sa_org_1.name AS sa_org_1_name 
FROM sa_emp LEFT OUTER JOIN sa_org AS sa_org_1 ON sa_org_1.id = sa_emp.org_id
----
SELECT sa_org.id AS sa_org_id, sa_org.name AS sa_org_name 
FROM sa_org
----
SELECT sa_emp.org_id AS sa_emp_org_id, sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.data AS sa_emp_data 
FROM sa_emp 
WHERE sa_emp.org_id IN (0, 1, 2)
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data, anon_1.sa_org_id AS anon_1_sa_org_id 
FROM (SELECT sa_org.id AS sa_org_id 
FROM sa_org) AS anon_1 JOIN sa_emp ON anon_1.sa_org_id = sa_emp.org_id
----
SELECT count(sa_emp.id) AS count_1, sa_emp.org_id AS sa_emp_org_id 
FROM sa_emp GROUP BY sa_emp.org_id 
HAVING count(sa_emp.id) > 1
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data 
FROM sa_emp 
WHERE sa_emp.name ILIKE '%x%' OR sa_emp.id IN (1, 2, 3) OR sa_emp.name IS NULL 
 LIMIT 5 OFFSET 2
----
SELECT sa_emp.id AS sa_emp_id, sa_emp.name AS sa_emp_name, sa_emp.org_id AS sa_emp_org_id, sa_emp.data AS sa_emp_data 
FROM sa_emp 
WHERE EXISTS (SELECT 1 
FROM sa_org 
WHERE sa_org.id = sa_emp.org_id AND sa_org.name = 'a')
----
SELECT sa_org.id AS sa_org_id, sa_org.name AS sa_org_name 
FROM sa_org 
WHERE EXISTS (SELECT 1 
FROM sa_emp 
WHERE sa_org.id = sa_emp.org_id AND sa_emp.id > 2)
----
SELECT sa_emp.id, sa_emp.name, sa_emp.org_id, sa_emp.data, row_number() OVER (PARTITION BY sa_emp.org_id ORDER BY sa_emp.id DESC) AS anon_1 
FROM sa_emp 
WHERE CAST((sa_emp.data ->> 'a') AS INTEGER) = 3
----
SELECT EXTRACT(year FROM now()) AS anon_1, CAST('5' AS INTEGER) AS anon_2, CASE WHEN (sa_emp.id > 1) THEN 'x' ELSE 'y' END AS anon_3, true AS anon_4, coalesce(sa_emp.name, 'z') AS coalesce_1 
FROM sa_emp
----
UPDATE sa_emp SET name='q' WHERE sa_emp.id = 1
----
DELETE FROM sa_emp WHERE sa_emp.id = 4
----
SELECT sa_emp.id, sa_emp.name, sa_emp.org_id, sa_emp.data 
FROM sa_emp FOR UPDATE SKIP LOCKED
----
WITH c AS 
(SELECT sa_emp.org_id AS org_id, max(sa_emp.id) AS m 
FROM sa_emp GROUP BY sa_emp.org_id)
 SELECT sa_emp.id, sa_emp.name, sa_emp.org_id, sa_emp.data 
FROM sa_emp JOIN c ON c.m = sa_emp.id
----
SELECT sa_org.id 
FROM sa_org UNION ALL SELECT sa_emp.id 
FROM sa_emp ORDER BY id
----
SAVEPOINT sa_savepoint_1
----
select 1 where 'b' = 'b'
----
RELEASE SAVEPOINT sa_savepoint_1
----

            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'sa_emp' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
----

            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 16621
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
----

            SELECT t.typname as "name",
               pg_catalog.format_type(t.typbasetype, t.typtypmod) as "attype",
               not t.typnotnull as "nullable",
               t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema"
            FROM pg_catalog.pg_type t
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype = 'd'
        
----

            SELECT t.typname as "name",
               -- no enum defaults in 8.4 at least
               -- t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        ORDER BY "schema", "name", e.oid
----

          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 16621 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
----

              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 16621
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
----
SET TIME ZONE 'UTC'
----

            SELECT c.relname,
            CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
        
----
CREATE TABLE "django_migrations" ("id" bigserial NOT NULL PRIMARY KEY, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" timestamp with time zone NOT NULL)
----
CREATE TABLE "django_content_type" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(100) NOT NULL, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL)
----
ALTER TABLE "django_content_type" ADD CONSTRAINT "django_content_type_app_label_model_76bd3d3b_uniq" UNIQUE ("app_label", "model")
----
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('contenttypes', '0001_initial', '2026-11-21T09:46:34.889335+00:00'::timestamptz) RETURNING "django_migrations"."id"
----
CREATE TABLE "auth_permission" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(50) NOT NULL, "content_type_id" integer NOT NULL, "codename" varchar(100) NOT NULL)
----
CREATE TABLE "auth_group" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL UNIQUE)
----
CREATE TABLE "auth_group_permissions" ("id" bigserial NOT NULL PRIMARY KEY, "group_id" integer NOT NULL, "permission_id" integer NOT NULL)
----
CREATE TABLE "auth_user" ("id" serial NOT NULL PRIMARY KEY, "password" varchar(128) NOT NULL, "last_login" timestamp with time zone NOT NULL, "is_superuser" boolean NOT NULL, "username" varchar(30) NOT NULL UNIQUE, "first_name" varchar(30) NOT NULL, "last_name" varchar(30) NOT NULL, "email" varchar(75) NOT NULL, "is_staff" boolean NOT NULL, "is_active" boolean NOT NULL, "date_joined" timestamp with time zone NOT NULL)
----
CREATE TABLE "auth_user_groups" ("id" bigserial NOT NULL PRIMARY KEY, "user_id" integer NOT NULL, "group_id" integer NOT NULL)
----
CREATE TABLE "auth_user_user_permissions" ("id" bigserial NOT NULL PRIMARY KEY, "user_id" integer NOT NULL, "permission_id" integer NOT NULL)
----
ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permission_content_type_id_codename_01ab375a_uniq" UNIQUE ("content_type_id", "codename")
----
ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permission_content_type_id_2f476e4b_fk_django_co" FOREIGN KEY ("content_type_id") REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED
----
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id")
----
CREATE INDEX "auth_group_name_a6ea08ec_like" ON "auth_group" ("name" varchar_pattern_ops)
----
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" UNIQUE ("group_id", "permission_id")
----
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissions_group_id_b120cbf9_fk_auth_group_id" FOREIGN KEY ("group_id") REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
----
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissio_permission_id_84c5c92e_fk_auth_perm" FOREIGN KEY ("permission_id") REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
----
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id")
----
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id")
----
CREATE INDEX "auth_user_username_6821ab7c_like" ON "auth_user" ("username" varchar_pattern_ops)
----
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_user_id_group_id_94350c0c_uniq" UNIQUE ("user_id", "group_id")
----
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_user_id_6a12ed8b_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
----
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_group_id_97559544_fk_auth_group_id" FOREIGN KEY ("group_id") REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
----
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id")
----
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id")
----
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq" UNIQUE ("user_id", "permission_id")
----
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
----
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm" FOREIGN KEY ("permission_id") REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
----
CREATE INDEX "auth_user_user_permissions_user_id_a95ead1b" ON "auth_user_user_permissions" ("user_id")
----
CREATE INDEX "auth_user_user_permissions_permission_id_1fbb5f2c" ON "auth_user_user_permissions" ("permission_id")
----
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0001_initial', '2026-11-21T09:46:34.921308+00:00'::timestamptz) RETURNING "django_migrations"."id"
----
CREATE TABLE "django_admin_log" ("id" serial NOT NULL PRIMARY KEY, "action_time" timestamp with time zone NOT NULL, "object_id" text NULL, "object_repr" varchar(200) NOT NULL, "action_flag" smallint NOT NULL CHECK ("action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL, "user_id" integer NOT NULL)
----
ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_admin_log_content_type_id_c4bce8eb_fk_django_co" FOREIGN KEY ("content_type_id") REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED
----
ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_admin_log_user_id_c564eba6_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
----
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id")
----
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id")
----
ALTER TABLE "django_content_type" ALTER COLUMN "name" DROP NOT NULL
----
ALTER TABLE "django_content_type" DROP COLUMN "name" CASCADE
----
ALTER TABLE "auth_permission" ALTER COLUMN "name" TYPE varchar(255)
----
ALTER TABLE "auth_user" ALTER COLUMN "email" TYPE varchar(254)
----
ALTER TABLE "auth_user" ALTER COLUMN "last_login" DROP NOT NULL
----
ALTER TABLE "auth_user" ALTER COLUMN "username" TYPE varchar(150)
----
ALTER TABLE "auth_user" ALTER COLUMN "last_name" TYPE varchar(150)
----
ALTER TABLE "auth_group" ALTER COLUMN "name" TYPE varchar(150)
----
ALTER TABLE "auth_user" ALTER COLUMN "first_name" TYPE varchar(150)
----
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" timestamp with time zone NOT NULL)
----
CREATE INDEX "django_session_session_key_c0390e0f_like" ON "django_session" ("session_key" varchar_pattern_ops)
----
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date")
----
SELECT "django_migrations"."id", "django_migrations"."app", "django_migrations"."name", "django_migrations"."applied" FROM "django_migrations"
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE "django_content_type"."app_label" = 'auth'
----
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('auth', 'permission'), ('auth', 'group'), ('auth', 'user') RETURNING "django_content_type"."id"
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE ("django_content_type"."app_label" = 'auth' AND "django_content_type"."model" = 'permission') LIMIT 21
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE ("django_content_type"."app_label" = 'auth' AND "django_content_type"."model" = 'group') LIMIT 21
----
SELECT "auth_permission"."content_type_id", "auth_permission"."codename" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE "auth_permission"."content_type_id" IN (1, 2, 3) ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC
----
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add permission', 1, 'add_permission'), ('Can change permission', 1, 'change_permission'), ('Can delete permission', 1, 'delete_permission'), ('Can view permission', 1, 'view_permission'), ('Can add group', 2, 'add_group'), ('Can change group', 2, 'change_group'), ('Can delete group', 2, 'delete_group'), ('Can view group', 2, 'view_group'), ('Can add user', 3, 'add_user'), ('Can change user', 3, 'change_user'), ('Can delete user', 3, 'delete_user'), ('Can view user', 3, 'view_user') RETURNING "auth_permission"."id"
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE "django_content_type"."app_label" = 'contenttypes'
----
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('contenttypes', 'contenttype') RETURNING "django_content_type"."id"
----
SELECT "auth_permission"."content_type_id", "auth_permission"."codename" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE "auth_permission"."content_type_id" IN (4) ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC
----
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add content type', 4, 'add_contenttype'), ('Can change content type', 4, 'change_contenttype'), ('Can delete content type', 4, 'delete_contenttype'), ('Can view content type', 4, 'view_contenttype') RETURNING "auth_permission"."id"
----
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('sessions', 'session') RETURNING "django_content_type"."id"
----
SELECT "auth_permission"."content_type_id", "auth_permission"."codename" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE "auth_permission"."content_type_id" IN (5) ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC
----
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add session', 5, 'add_session'), ('Can change session', 5, 'change_session'), ('Can delete session', 5, 'delete_session'), ('Can view session', 5, 'view_session') RETURNING "auth_permission"."id"
----
INSERT INTO "auth_user" ("password", "last_login", "is_superuser", "username", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined") VALUES ('pbkdf2_sha256$260000$WxFMKkufp9yAiprEP8rYv3$scoj3L3QS2W2Tc05fvfgoFRDEhPm1/6G3YIlz1bSH4I=', NULL, false, 'u0', '', '', '', false, true, '2026-11-21T09:46:35.035048+00:00'::timestamptz) RETURNING "auth_user"."id"
----
INSERT INTO "auth_user" ("password", "last_login", "is_superuser", "username", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined") VALUES ('pbkdf2_sha256$260000$eQ3tYJCsZRosVZiS02mtEd$aId0SNyasi7YsaUqL3vwS/7EXYp9/jkQJxO2fy4oY74=', NULL, false, 'u1', '', '', '', false, true, '2026-11-21T09:46:35.113593+00:00'::timestamptz) RETURNING "auth_user"."id"
----
INSERT INTO "auth_group" ("name") VALUES ('it''s') RETURNING "auth_group"."id"
----
SELECT "auth_permission"."id", "auth_permission"."name", "auth_permission"."content_type_id", "auth_permission"."codename" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC LIMIT 5
----
SELECT "auth_permission"."id" FROM "auth_permission" INNER JOIN "auth_group_permissions" ON ("auth_permission"."id" = "auth_group_permissions"."permission_id") INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE "auth_group_permissions"."group_id" = 1 ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC
----
INSERT INTO "auth_group_permissions" ("group_id", "permission_id") VALUES (1, 5), (1, 21), (1, 22), (1, 23), (1, 24) ON CONFLICT DO NOTHING
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE "django_content_type"."id" = 6 LIMIT 21
----
SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE "django_content_type"."id" = 2 LIMIT 21
----
SELECT "auth_permission"."id", "auth_permission"."name", "auth_permission"."content_type_id", "auth_permission"."codename", "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE UPPER("auth_permission"."codename"::text) LIKE UPPER('%add%') ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC LIMIT 5
----
SELECT "auth_group"."id", "auth_group"."name" FROM "auth_group"
----
SELECT ("auth_group_permissions"."group_id") AS "_prefetch_related_val_group_id", "auth_permission"."id", "auth_permission"."name", "auth_permission"."content_type_id", "auth_permission"."codename" FROM "auth_permission" INNER JOIN "auth_group_permissions" ON ("auth_permission"."id" = "auth_group_permissions"."permission_id") INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") WHERE "auth_group_permissions"."group_id" IN (1) ORDER BY "django_content_type"."app_label" ASC, "django_content_type"."model" ASC, "auth_permission"."codename" ASC
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE (("auth_user"."is_active" OR "auth_user"."last_login" IS NULL) AND "auth_user"."date_joined" BETWEEN '2024-01-01T00:00:00-06:00'::timestamptz AND '2024-12-31T23:59:59.999999-06:00'::timestamptz AND NOT ("auth_user"."username" IN ('a', 'b'))) ORDER BY "auth_user"."id" DESC
----
SELECT "auth_user"."username", COUNT("auth_user_groups"."group_id") AS "n" FROM "auth_user" LEFT OUTER JOIN "auth_user_groups" ON ("auth_user"."id" = "auth_user_groups"."user_id") GROUP BY "auth_user"."id" HAVING COUNT("auth_user_groups"."group_id") > 0
----
SELECT COUNT(DISTINCT "auth_user"."id") AS "c", MAX("auth_user"."id") AS "id__max", AVG("auth_user"."id") AS "id__avg" FROM "auth_user"
----
UPDATE "auth_user" SET "first_name" = UPPER("auth_user"."username"), "last_name" = "auth_user"."first_name" WHERE "auth_user"."id" = 1
----
SELECT (1) AS "a" FROM "auth_user" WHERE "auth_user"."id" = 2 LIMIT 1
----
SELECT COUNT(*) AS "__count" FROM "auth_user" WHERE "auth_user"."username"::text ~ '^a.*'
----
SELECT DATE_TRUNC('month', "auth_user"."date_joined" AT TIME ZONE 'America/Chicago') AS "m", COUNT("auth_user"."id") AS "c" FROM "auth_user" GROUP BY DATE_TRUNC('month', "auth_user"."date_joined" AT TIME ZONE 'America/Chicago') ORDER BY "m" ASC
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE "auth_user"."id" = 1 LIMIT 21 FOR UPDATE
----
SAVEPOINT "s140555602391744_x1"
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE "auth_user"."id" = 3
----
DELETE FROM "auth_user_groups" WHERE "auth_user_groups"."user_id" IN (3)
----
DELETE FROM "auth_user_user_permissions" WHERE "auth_user_user_permissions"."user_id" IN (3)
----
DELETE FROM "django_admin_log" WHERE "django_admin_log"."user_id" IN (3)
----
DELETE FROM "auth_user" WHERE "auth_user"."id" IN (3)
----
RELEASE SAVEPOINT "s140555602391744_x1"
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined", ROW_NUMBER() OVER (PARTITION BY "auth_user"."is_staff" ORDER BY "auth_user"."id" ASC) AS "r" FROM "auth_user"
----
SELECT DISTINCT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" INNER JOIN "auth_user_groups" ON ("auth_user"."id" = "auth_user_groups"."user_id") INNER JOIN "auth_group" ON ("auth_user_groups"."group_id" = "auth_group"."id") WHERE "auth_group"."name" = 'it''s'
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE EXISTS(SELECT (1) AS "a" FROM "auth_group" U0 INNER JOIN "auth_user_groups" U1 ON (U0."id" = U1."group_id") WHERE U1."user_id" = "auth_user"."id" LIMIT 1)
----
INSERT INTO "auth_user" ("password", "last_login", "is_superuser", "username", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined") VALUES ('', NULL, false, 'b0', '', '', '', false, true, '2026-11-21T09:46:35.361992+00:00'::timestamptz), ('', NULL, false, 'b1', '', '', '', false, true, '2026-11-21T09:46:35.362009+00:00'::timestamptz), ('', NULL, false, 'b2', '', '', '', false, true, '2026-11-21T09:46:35.362019+00:00'::timestamptz) RETURNING "auth_user"."id"
----
(SELECT "auth_user"."id" FROM "auth_user") UNION (SELECT "auth_group"."id" FROM "auth_group")
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE (("auth_user"."date_joined" AT TIME ZONE 'America/Chicago')::date = '2024-01-01'::date AND "auth_user"."date_joined" >= '2026-11-18T09:46:35.363324+00:00'::timestamptz)
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" ORDER BY "auth_user"."username" ASC LIMIT 2 OFFSET 2
----
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE "auth_user"."id" IN (1, 2)
----
DECLARE "_django_curs_140555602391744_sync_1" NO SCROLL CURSOR WITH HOLD FOR SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE (id > 0)
----
FETCH FORWARD 2000 FROM "_django_curs_140555602391744_sync_1"
----
CLOSE "_django_curs_140555602391744_sync_1"
