-- For loops of up to 1000 lookups: 1000 parents of each kind, a few children each.
SET client_min_messages = warning;

CREATE TABLE organization (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO organization SELECT i, 'Organization ' || i FROM generate_series(1, 1000) i;

CREATE TABLE employee (
    id int PRIMARY KEY,
    organization_id int NOT NULL REFERENCES organization,
    name text NOT NULL,
    title text NOT NULL
);
INSERT INTO employee
SELECT i, i * 37 % 1000 + 1, 'Employee ' || i, (ARRAY['clerk', 'lead', 'analyst'])[i % 3 + 1]
FROM generate_series(1, 5000) i;
CREATE INDEX ON employee (organization_id);

CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL);
INSERT INTO customer
SELECT i, 'Customer ' || i, 'customer' || i || '@example.test' FROM generate_series(1, 2000) i;

CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customer,
    placed_at timestamp NOT NULL,
    status text NOT NULL
);
INSERT INTO orders
SELECT i, i * 29 % 2000 + 1, timestamp '2024-03-01' + i * interval '7 minutes',
       (ARRAY['new', 'paid', 'sent'])[i % 3 + 1]
FROM generate_series(1, 6000) i;
CREATE INDEX ON orders (customer_id, placed_at);

CREATE TABLE project (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO project SELECT i, 'Project ' || i FROM generate_series(1, 1000) i;
CREATE TABLE project_member (
    project_id int NOT NULL REFERENCES project,
    employee_id int NOT NULL REFERENCES employee,
    PRIMARY KEY (project_id, employee_id)
);
INSERT INTO project_member
SELECT p, (p * 311 + k * 97) % 5000 + 1 FROM generate_series(1, 1000) p, generate_series(1, 4) k;

ANALYZE;
