-- The demo shop: deterministic, a few thousand rows, loaded in about a second.
SET client_min_messages = warning;

CREATE TABLE organization (
    id serial PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL
);
INSERT INTO organization (name, city)
SELECT 'Organization ' || i, 'City ' || i * 13 % 17 FROM generate_series(1, 50) i;

CREATE TABLE department (
    id serial PRIMARY KEY,
    name text NOT NULL,
    floor int NOT NULL
);
INSERT INTO department (name, floor)
SELECT 'Department ' || i, i % 7 FROM generate_series(1, 30) i;

-- 50 employees per organization, the organizations interleaved.
CREATE TABLE employee (
    id serial PRIMARY KEY,
    organization_id int NOT NULL REFERENCES organization,
    department_id int NOT NULL REFERENCES department,
    name text NOT NULL,
    title text NOT NULL,
    hired_on date NOT NULL
);
INSERT INTO employee (organization_id, department_id, name, title, hired_on)
SELECT i * 37 % 50 + 1, i * 11 % 30 + 1, 'Employee ' || i,
       (ARRAY['clerk', 'lead', 'analyst', 'driver'])[i % 4 + 1], date '2012-01-01' + i * 7919 % 3000
FROM generate_series(1, 2500) i;
CREATE INDEX ON employee (organization_id);
CREATE INDEX ON employee (department_id);

-- Many to many: a team of 8 for each project.
CREATE TABLE project (
    id serial PRIMARY KEY,
    name text NOT NULL,
    starts_on date NOT NULL
);
INSERT INTO project (name, starts_on)
SELECT 'Project ' || i, date '2024-02-01' + i * 9 FROM generate_series(1, 20) i;
CREATE TABLE project_member (
    project_id int NOT NULL REFERENCES project,
    employee_id int NOT NULL REFERENCES employee,
    PRIMARY KEY (project_id, employee_id)
);
INSERT INTO project_member (project_id, employee_id)
SELECT p, (p * 311 + k * 97) % 2500 + 1 FROM generate_series(1, 20) p, generate_series(1, 8) k;

-- A tree of three levels: 3 + 9 + 27 categories.
CREATE TABLE category (
    id serial PRIMARY KEY,
    parent_id int REFERENCES category,
    name text NOT NULL,
    depth int NOT NULL
);
INSERT INTO category (parent_id, name, depth)
SELECT NULL, 'Category ' || i, 1 FROM generate_series(1, 3) i;
INSERT INTO category (parent_id, name, depth)
SELECT c.id, c.name || '.' || k, 2 FROM category c, generate_series(1, 3) k WHERE depth = 1 ORDER BY k, c.id;
INSERT INTO category (parent_id, name, depth)
SELECT c.id, c.name || '.' || k, 3 FROM category c, generate_series(1, 3) k WHERE depth = 2 ORDER BY k, c.id;
CREATE INDEX ON category (parent_id);

CREATE TABLE product (
    id serial PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    price numeric(8, 2) NOT NULL
);
INSERT INTO product (sku, name, price)
SELECT 'SKU-' || 1000 + i * 7, 'Product ' || i, i * 37 % 90 + 0.5 FROM generate_series(1, 200) i;

CREATE TABLE customer (
    id serial PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL
);
INSERT INTO customer (name, email)
SELECT 'Customer ' || i, 'customer' || i || '@example.test' FROM generate_series(1, 80) i;

CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customer,
    placed_at timestamp NOT NULL,
    status text NOT NULL
);
INSERT INTO orders (customer_id, placed_at, status)
SELECT i * 29 % 80 + 1, timestamp '2024-03-01' + i * interval '7 hours',
       (ARRAY['new', 'paid', 'sent'])[i % 3 + 1]
FROM generate_series(1, 240) i;
CREATE INDEX ON orders (customer_id, placed_at);

CREATE TABLE order_item (
    id serial PRIMARY KEY,
    order_id int NOT NULL REFERENCES orders,
    product_id int NOT NULL REFERENCES product,
    quantity int NOT NULL
);
INSERT INTO order_item (order_id, product_id, quantity)
SELECT o, (o * 17 + k * 23) % 200 + 1, k
FROM generate_series(1, 240) o, generate_series(1, 5) k WHERE k <= o % 4 + 1 ORDER BY o, k;
CREATE INDEX ON order_item (order_id);

-- A composite key, and a table that points at it.
CREATE TABLE stock_level (
    warehouse int NOT NULL,
    product_id int NOT NULL REFERENCES product,
    quantity int NOT NULL,
    PRIMARY KEY (warehouse, product_id)
);
INSERT INTO stock_level
SELECT w, p, w * p * 7 % 100 FROM generate_series(1, 5) w, generate_series(1, 200) p;
CREATE TABLE shipment_line (
    id serial PRIMARY KEY,
    warehouse int NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    FOREIGN KEY (warehouse, product_id) REFERENCES stock_level
);
INSERT INTO shipment_line (warehouse, product_id, quantity)
SELECT i * 3 % 5 + 1, i * 19 % 200 + 1, i % 9 + 1 FROM generate_series(1, 90) i;

CREATE TABLE audit_note (
    id serial PRIMARY KEY,
    employee_id int NOT NULL REFERENCES employee,
    note text NOT NULL
);

ANALYZE;
