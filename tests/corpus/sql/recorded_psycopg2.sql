SELECT id, name, title FROM employee WHERE id = 975
----
SELECT id, name, title FROM employee WHERE id = 2428
----
SELECT id, name, organization_id FROM employee WHERE organization_id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50)
----
SELECT id, name, title, salary, hired_on FROM employee WHERE organization_id = 1 ORDER BY id
----
SELECT id, name, title, salary, hired_on FROM employee WHERE organization_id = 2 ORDER BY id
----
SELECT id, name, city FROM organization WHERE id = 24
----
SELECT id, name, city FROM organization WHERE id = 47
----
SELECT id, product_id, qty FROM order_item WHERE order_id = 1
----
SELECT id, name, price FROM product WHERE id = 41
----
SELECT id, name, price FROM product WHERE id = 4
----
SELECT id, product_id, qty FROM order_item WHERE order_id = 2
----
SELECT id, name, email FROM customer WHERE id = 30
----
SELECT id, name, email FROM customer WHERE id = 59
----
SELECT count(*) FROM employee WHERE organization_id = 1
----
SELECT count(*) FROM employee WHERE organization_id = 2
