SELECT id, name, city FROM organization WHERE id = ('24'::int4)
----
SELECT id, name, city FROM organization WHERE id = ('47'::int4)
----
SELECT id, product_id, qty FROM order_item WHERE order_id = ('1'::int4)
----
SELECT id, name, price FROM product WHERE id = ('41'::int4)
----
SELECT id, name, price FROM product WHERE id = ('4'::int4)
----
SELECT id, product_id, qty FROM order_item WHERE order_id = ('2'::int4)
----
SELECT id, name, email FROM customer WHERE id = ('30'::int4)
----
SELECT id, name, email FROM customer WHERE id = ('59'::int4)
