BEGIN;
----
SELECT id, status, placed_at FROM orders WHERE status = $1 ORDER BY id LIMIT 20
----
COMMIT;
----
SELECT id, status, customer_id FROM orders WHERE id = $1
----
SELECT id, name FROM organization ORDER BY id
----
SELECT id, name, organization_id FROM employee WHERE organization_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AND hired_on > '2019-01-01'
----
SELECT id, name, title FROM employee WHERE id = $1
----
SELECT id, name, organization_id FROM employee WHERE organization_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50)
----
SELECT o.id, o.status, c.name, c.email FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY o.id LIMIT 200
----
INSERT INTO audit_note (employee_id, note) VALUES ($1, $2)
----
SELECT count(*) FROM orders WHERE status = $1
----
SELECT id, kind, body FROM event_log WHERE id > $1 ORDER BY id LIMIT 100
----
SELECT id, name FROM customer WHERE id = $1
----
SELECT id, status FROM orders WHERE id = $1
----
SELECT id, name, price FROM product WHERE id = $1
----
SELECT id, salary FROM employee ORDER BY id LIMIT 50
----
UPDATE employee SET title = $1 WHERE id = $2
----
SELECT id, name, title, salary, hired_on FROM employee WHERE organization_id = $1 ORDER BY id
----
SELECT id, name, organization_id FROM employee ORDER BY hired_on, id LIMIT 100
----
SELECT id, name, city FROM organization WHERE id = $1
----
SELECT id, name FROM project ORDER BY id
----
SELECT e.id, e.name FROM employee e JOIN project_team_members m ON m.employee_id = e.id WHERE m.project_id = $1
----
SELECT id, status FROM orders ORDER BY id LIMIT 10
----
SELECT id, product_id, qty FROM order_item WHERE order_id = $1
----
SELECT id, name FROM category WHERE parent_id IS NULL ORDER BY id
----
SELECT id, name FROM category WHERE parent_id = $1 ORDER BY id
----
SELECT id, name, country_code FROM customer ORDER BY id LIMIT 60
----
SELECT code, name FROM country WHERE code = $1
----
SELECT id, email FROM account ORDER BY email LIMIT 40
----
SELECT id, started_at, device FROM account_session WHERE account_id = $1
----
SELECT id, customer_id FROM orders ORDER BY id LIMIT 40
----
SELECT id, name, email FROM customer WHERE id = $1
----
SELECT count(*) FROM employee WHERE organization_id = $1
----
SELECT id, name FROM customer ORDER BY id LIMIT 40
----
SELECT id, placed_at, status FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 1
----
SELECT id, customer_id FROM orders ORDER BY id DESC LIMIT 30
----
SELECT name, email FROM customer WHERE id = $1
----
SELECT product_id, qty FROM order_item WHERE order_id = $1
----
SELECT id, placed_at, status FROM orders WHERE customer_id = $1
----
SELECT id, warehouse_no, product_id FROM shipment_line ORDER BY id LIMIT 30
----
SELECT qty FROM stock_level WHERE warehouse_no = $1 AND product_id = $2
----
SELECT id, customer_id FROM orders ORDER BY id DESC LIMIT 40
----
SELECT id, customer_id FROM orders ORDER BY id LIMIT 8 OFFSET $1
