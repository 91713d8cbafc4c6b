SET TIME ZONE 'America/Chicago'
----
BEGIN
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."status" = 'paid' ORDER BY "orders"."id" ASC LIMIT 20
----
COMMIT
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."id" = 25 LIMIT 21
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."status" = 'sent' ORDER BY "orders"."id" ASC LIMIT 20
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."id" = 50 LIMIT 21
----
SELECT "organization"."id" FROM "organization" ORDER BY "organization"."id" ASC
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE ("employee"."hired_on" > '2019-01-01'::date AND "employee"."organization_id" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE ("employee"."hired_on" > '2019-01-01'::date AND "employee"."organization_id" IN (11, 12, 13, 14, 15, 16, 17, 18, 19, 20))
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE "employee"."id" = 975 LIMIT 21
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE "employee"."id" = 2428 LIMIT 21
----
SELECT "organization"."id", "organization"."name", "organization"."city", "organization"."country_code" FROM "organization" ORDER BY "organization"."id" ASC
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE "employee"."organization_id" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50)
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status", "customer"."id", "customer"."name", "customer"."email", "customer"."country_code" FROM "orders" INNER JOIN "customer" ON ("orders"."customer_id" = "customer"."id") ORDER BY "orders"."id" ASC LIMIT 200
----
INSERT INTO "audit_note" ("employee_id", "note") VALUES (1, 'note 0') RETURNING "audit_note"."id"
----
INSERT INTO "audit_note" ("employee_id", "note") VALUES (2, 'note 1') RETURNING "audit_note"."id"
----
SELECT COUNT(*) AS "__count" FROM "orders" WHERE "orders"."status" = 'new'
----
SELECT "event_log"."id", "event_log"."kind", "event_log"."body", "event_log"."at" FROM "event_log" WHERE "event_log"."id" > 0 ORDER BY "event_log"."id" ASC LIMIT 100
----
SELECT "event_log"."id", "event_log"."kind", "event_log"."body", "event_log"."at" FROM "event_log" WHERE "event_log"."id" > 100 ORDER BY "event_log"."id" ASC LIMIT 100
----
SELECT "customer"."id", "customer"."name", "customer"."email", "customer"."country_code" FROM "customer" WHERE "customer"."id" = 7 LIMIT 21
----
SELECT "product"."id", "product"."sku", "product"."name", "product"."price" FROM "product" WHERE "product"."id" = 23 LIMIT 21
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" ORDER BY "employee"."id" ASC LIMIT 50
----
UPDATE "employee" SET "title" = 'clerk' WHERE "employee"."id" = 1
----
UPDATE "employee" SET "title" = 'clerk' WHERE "employee"."id" = 2
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE "employee"."organization_id" = 1
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" WHERE "employee"."organization_id" = 2
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" ORDER BY "employee"."hired_on" ASC, "employee"."id" ASC LIMIT 100
----
SELECT "organization"."id", "organization"."name", "organization"."city", "organization"."country_code" FROM "organization" WHERE "organization"."id" = 24 LIMIT 21
----
SELECT "organization"."id", "organization"."name", "organization"."city", "organization"."country_code" FROM "organization" WHERE "organization"."id" = 47 LIMIT 21
----
SELECT "project"."id", "project"."name", "project"."budget", "project"."starts_on" FROM "project" ORDER BY "project"."id" ASC
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" INNER JOIN "project_team_members" ON ("employee"."id" = "project_team_members"."employee_id") WHERE "project_team_members"."project_id" = 1
----
SELECT "employee"."id", "employee"."organization_id", "employee"."name", "employee"."title", "employee"."salary", "employee"."hired_on" FROM "employee" INNER JOIN "project_team_members" ON ("employee"."id" = "project_team_members"."employee_id") WHERE "project_team_members"."project_id" = 2
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" ASC LIMIT 10
----
SELECT "order_item"."id", "order_item"."order_id", "order_item"."product_id", "order_item"."qty" FROM "order_item" WHERE "order_item"."order_id" = 1
----
SELECT "product"."id", "product"."sku", "product"."name", "product"."price" FROM "product" WHERE "product"."id" = 41 LIMIT 21
----
SELECT "order_item"."id", "order_item"."order_id", "order_item"."product_id", "order_item"."qty" FROM "order_item" WHERE "order_item"."order_id" = 2
----
SELECT "category"."id", "category"."parent_id", "category"."name", "category"."depth" FROM "category" WHERE "category"."parent_id" IS NULL ORDER BY "category"."id" ASC
----
SELECT "category"."id", "category"."parent_id", "category"."name", "category"."depth" FROM "category" WHERE "category"."parent_id" = 1 ORDER BY "category"."id" ASC
----
SELECT "category"."id", "category"."parent_id", "category"."name", "category"."depth" FROM "category" WHERE "category"."parent_id" = 4 ORDER BY "category"."id" ASC
----
SELECT "customer"."id", "customer"."name", "customer"."email", "customer"."country_code" FROM "customer" ORDER BY "customer"."id" ASC LIMIT 60
----
SELECT "country"."code", "country"."name" FROM "country" WHERE "country"."code" = 'JG' LIMIT 21
----
SELECT "country"."code", "country"."name" FROM "country" WHERE "country"."code" = 'SJ' LIMIT 21
----
SELECT "account"."id", "account"."email", "account"."created_on" FROM "account" ORDER BY "account"."email" ASC LIMIT 40
----
SELECT "account_session"."id", "account_session"."account_id", "account_session"."started_at", "account_session"."device" FROM "account_session" WHERE "account_session"."account_id" = 'fe3754ab-dd35-6619-9952-da378d7dbf4f'::uuid
----
SELECT "account_session"."id", "account_session"."account_id", "account_session"."started_at", "account_session"."device" FROM "account_session" WHERE "account_session"."account_id" = 'c16442d0-1921-2ece-c3ac-3a169153c71f'::uuid
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" ASC LIMIT 40
----
SELECT "customer"."id", "customer"."name", "customer"."email", "customer"."country_code" FROM "customer" WHERE "customer"."id" = 30 LIMIT 21
----
SELECT COUNT(*) AS "__count" FROM "employee" WHERE "employee"."organization_id" = 1
----
SELECT COUNT(*) AS "__count" FROM "employee" WHERE "employee"."organization_id" = 2
----
SELECT "customer"."id", "customer"."name", "customer"."email", "customer"."country_code" FROM "customer" ORDER BY "customer"."id" ASC LIMIT 40
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."customer_id" = 1 ORDER BY "orders"."placed_at" DESC LIMIT 1
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."customer_id" = 2 ORDER BY "orders"."placed_at" DESC LIMIT 1
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" DESC LIMIT 30
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."customer_id" = 1
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" WHERE "orders"."customer_id" = 3
----
SELECT "shipment_line"."id", "shipment_line"."warehouse_no", "shipment_line"."product_id", "shipment_line"."qty" FROM "shipment_line" ORDER BY "shipment_line"."id" ASC LIMIT 30
----
SELECT "stock_level"."warehouse_no", "stock_level"."product_id", "stock_level"."qty" FROM "stock_level" WHERE ("stock_level"."product_id" = 20 AND "stock_level"."warehouse_no" = 4)
----
SELECT "stock_level"."warehouse_no", "stock_level"."product_id", "stock_level"."qty" FROM "stock_level" WHERE ("stock_level"."product_id" = 39 AND "stock_level"."warehouse_no" = 2)
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" DESC LIMIT 40
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" ASC LIMIT 8 OFFSET 8
----
SELECT "orders"."id", "orders"."customer_id", "orders"."placed_at", "orders"."status" FROM "orders" ORDER BY "orders"."id" ASC LIMIT 8 OFFSET 16
