SET extra_float_digits = 3
----
SET application_name = 'PostgreSQL JDBC Driver'
----
SELECT id, name, organization_id FROM employee WHERE organization_id = ANY($1)
