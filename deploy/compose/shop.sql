CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total numeric);
CREATE INDEX ON orders (customer_id);
INSERT INTO customer SELECT i, 'customer ' || i FROM generate_series(1, 200) i;
INSERT INTO orders SELECT i, 1 + i % 200, i * 1.5 FROM generate_series(1, 5000) i;
ANALYZE;
