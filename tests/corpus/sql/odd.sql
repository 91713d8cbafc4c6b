SELECT 'a'
'b'
----
SELECT 'a' -- comment
  -- another
  'b', 'c'   'd
----
SELECT 'a' /* no */ 'b'
----
SELECT E'a\'b\\', 'it''s', E'x''y'
----
SELECT 'a\', 'b'
----
SELECT U&'d\0061t\+000061', U&'d!0061t' UESCAPE '!'
----
SELECT U&"d\0061t" FROM t WHERE u&"x!0061" UESCAPE '!' = 1
----
SELECT u&'\0061' , U & 'x'
----
SELECT B'0101', b'1', X'1F', x'ff', N'nchar', n'x'
----
SELECT B'01'
'10'
----
SELECT $$dollar$$, $tag$a $$ b$tag$, $täg$x$täg$, $a$ $b$ $a$
----
SELECT $1, $2+$10, a$1, _$, $_$x$_$
----
SELECT $1::int, '5'::int4[], CAST($2 AS numeric(10,2)), x::numeric(10, 2), int4 '5', date '2020-01-01'
----
SELECT 1, 1.5, .5, 1., 1e5, 1E-5, 1.5e+10, 99999999999, 2147483647, 2147483648, 00005, 0.0
----
SELECT 1.e5, 1.5.5
----
SELECT 1..2
----
SELECT a[1:2], a[1], a[:], a[-1:], (b).c, (b[1]).c.d
----
SELECT - 5, -5, +5, - -5, -(-5), -a, 3-5, 3 - 5, 3 - -5, 3--5
, 4
----
SELECT a-5, a -5, a - 5, a=-5, a<-5, a@-5, a<@-5, a>=-5, -5::int, (-5)::int, -5.5, -.5, -'5', -NULL, - TRUE
----
SELECT -/* comment */5
----
SELECT - -- comment
5
----
SELECT *-5, 2*-5, 2/-5, 2^-5, |/-5, @-5, ~-5, 2%-5, 'a'||-5, a !=-5, a<>-5
----
SELECT a+-5, a+ -5, a*+-5, +-5, -+5
----
SELECT a/*c*/+/**/5, a/**/-/**/5, a--b
-5
----
SELECT a <-> b, a #>> '{x}', a->'b', a->>'c', a @> '{"x":1}', a ? 'k', a ?| ARRAY['a'], a && b, a -|- b
----
SELECT /* outer /* inner */ still */ 1 /*+ hint */ -- end
----
SELECT 1 /* unterminated
----
SELECT 1 */* x */ 2
----
SELECT 1 /*/ */ 2 */ 3
----
SELECT 'unterminated
----
SELECT "unterminated
----
SELECT $$unterminated
----
SELECT ""
----
SELECT "a""b", "ä", "A B".c, "select", "a;b", "--", "/*"
----
SELECT 123abc
----
SELECT 1e
----
SELECT 0x1F, 1_000
----
SELECT $1a
----
SELECT $99999999999
----
SELECT $70000
----
SELECT @ -- trailing
----
;
----
;;;
----

----
   
----
-- only a comment
----
/* only */ -- comments
----
SELECT 1;
----
SELECT 1; ; 
----
;SELECT 1
----
SELECT 1; SELECT 'a', $1
----
SELECT NULL, null, Null, TRUE, false, a IS NULL, b IS NOT NULL, c IS TRUE, d IS NOT FALSE, e IS UNKNOWN
----
SELECT * FROM t WHERE a = NULL AND b = TRUE AND c <> FALSE AND d IS DISTINCT FROM NULL
----
SELECT ALL a FROM t LIMIT ALL OFFSET 5
----
SELECT a FROM t UNION ALL SELECT 1 WHERE x = ALL (ARRAY[1,2]) AND y = ALL($1)
----
SELECT "null", "true", t.null FROM t
----
SELECT true::text, null::int, 'true'::bool, -null
----
SELECT coalesce(null, 1), nullif(a, null), CASE WHEN true THEN null ELSE false END
----
INSERT INTO t VALUES (NULL, TRUE, DEFAULT, 1, 'x', -1, 1.5)
----
INSERT INTO t (a) VALUES (1), (2), (NULL), ('x') ON CONFLICT (a) WHERE b = 5 DO UPDATE SET a = excluded.a + 1 WHERE t.a < 5 RETURNING *, 1 AS one
----
UPDATE t SET a = 1, (b, c) = (2, 'x'), (d, e) = (SELECT 1, 2) FROM u WHERE t.id = u.id AND u.x = -5
----
DELETE FROM t USING u WHERE t.id = u.id AND u.x = 'y' RETURNING t.*
----
MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED AND t.x = 1 THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (5)
----
SELECT a, 1, 'x' FROM t GROUP BY 1, a, 'x', a + 1 ORDER BY 1, 2 DESC, a + 5, -1, 'x', 1.5, NULL
----
SELECT a + 5 FROM t GROUP BY a + 5 HAVING count(*) > 5
----
SELECT a + 5, b + 6 FROM t GROUP BY b + 6, a + 7
----
SELECT count(*) FROM t GROUP BY GROUPING SETS ((1), (2, 'x')), ROLLUP (1, 2), CUBE (3)
----
SELECT 1 FROM t ORDER BY 99999999999, 2
----
SELECT DISTINCT ON (1, a) a FROM t ORDER BY 1
----
(SELECT 1 ORDER BY 1 LIMIT 1) UNION (SELECT 2 ORDER BY 1 DESC LIMIT 2) ORDER BY 1
----
VALUES (1, 'x'), (2, NULL) ORDER BY 1 LIMIT 5
----
TABLE t
----
SELECT * FROM t FETCH FIRST 5 ROWS ONLY
----
SELECT * FROM t FETCH FIRST ROW ONLY
----
SELECT * FROM t ORDER BY a FETCH FIRST (1 + 2) ROWS WITH TIES OFFSET 5 ROWS
----
SELECT interval '1' day, interval '1 day', interval(3) '1 s', '1 day'::interval, interval '1' hour to minute, interval '1.5' second(2)
----
SELECT extract(year FROM d), extract('month' FROM d), EXTRACT("dow" FROM d), extract(epoch FROM now() - interval '5 min')
----
SELECT extract(year FROM d), 5, extract(month FROM d) FROM t ORDER BY 1
----
SELECT substring('abc' FROM 1 FOR 2), overlay('a' PLACING 'b' FROM 1), trim(BOTH 'x' FROM 'y'), position('a' IN 'b'), trim(LEADING FROM 'z')
----
SELECT x LIKE 'a%' ESCAPE '!', y SIMILAR TO 'b' ESCAPE '\', z NOT ILIKE 'c', w ~ '^d', v BETWEEN 1 AND 5, u NOT BETWEEN SYMMETRIC 5 AND 1
----
SELECT a AT TIME ZONE 'UTC', timestamp with time zone '2020-01-01', time(3) '01:02', timestamp(3) without time zone 'x'
----
SELECT current_date, current_timestamp(3), localtime, current_user, session_user, current_catalog
----
SELECT a COLLATE "C", 'x' COLLATE "de_DE"
----
SELECT array[1, 2, 3], array[[1], [2]], row(1, 'x'), (1, 2), ROW(), '{1,2}'::int[]
----
SELECT f(1, a => 2, VARIADIC ARRAY[3]), f(DISTINCT 1), f(ALL 2), agg(x ORDER BY 1) FILTER (WHERE y = 2) OVER (PARTITION BY 1 ORDER BY 2 ROWS BETWEEN 3 PRECEDING AND 4 FOLLOWING)
----
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t
----
SELECT * FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (5) WHERE x = 1
----
SELECT * FROM generate_series(1, 10) WITH ORDINALITY AS g(a, b), LATERAL (SELECT 5 WHERE a = 6) x, ROWS FROM (f(1), g(2)) y
----
SELECT xmlelement(name foo, xmlattributes(1 AS a), 'b'), xmlparse(document '<a/>'), xmlexists('//a' PASSING '<a/>')
----
SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS b int PATH '@b' DEFAULT 5)
----
WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT 2 FROM a) SELECT * FROM b WHERE x = 3
----
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 100) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c TO true DEFAULT false USING p SELECT sum(n) FROM t
----
SELECT a, rank() OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY 1 RANGE BETWEEN '1 day' PRECEDING AND CURRENT ROW)
----
SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4)) AND (c, d) = (5, 6) AND e IN (7) AND f NOT IN (8, 9)
----
SELECT a FROM t WHERE a = ANY('{1,2}') AND b = ANY(ARRAY[1, 2]) AND c = SOME($1) AND d <> ALL($2)
----
SELECT 1 WHERE EXISTS (SELECT 2) AND 3 IN (SELECT 4) AND NOT 5 = ANY (SELECT 6)
----
SET x = 1
----
SET x = -1
----
SET x = +1
----
SET x TO on
----
SET x TO DEFAULT
----
SET LOCAL search_path TO a, "b", 'c'
----
SET search_path = "$user", public
----
SET TIME ZONE 'UTC'
----
SET TIME ZONE -5
----
SET TIME ZONE LOCAL
----
SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE
----
SET NAMES 'utf8'
----
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE
----
SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY, NOT DEFERRABLE
----
SET TRANSACTION SNAPSHOT '00000003-0000001B-1'
----
SET CONSTRAINTS ALL DEFERRED
----
SET ROLE none
----
SET SESSION AUTHORIZATION 'me'
----
SET XML OPTION DOCUMENT
----
RESET ALL
----
RESET x
----
SHOW ALL
----
SHOW TIME ZONE
----
BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE, DEFERRABLE
----
START TRANSACTION READ ONLY
----
COMMIT AND CHAIN
----
END
----
ABORT
----
ROLLBACK TO SAVEPOINT a
----
RELEASE a
----
SAVEPOINT "1"
----
PREPARE TRANSACTION 'foo'
----
COMMIT PREPARED 'foo'
----
ROLLBACK PREPARED 'foo'
----
PREPARE p (int, text) AS SELECT $1, 5, $2
----
EXECUTE p(1, 'x', NULL, true)
----
DEALLOCATE ALL
----
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT * FROM t WHERE a = 5
----
FETCH 10 FROM c
----
FETCH FORWARD ALL IN c
----
FETCH ABSOLUTE -5 FROM c
----
MOVE BACKWARD 3 c
----
CLOSE ALL
----
LISTEN "Ch"
----
NOTIFY ch, 'payload'
----
UNLISTEN *
----
LOCK TABLE t, u IN ACCESS EXCLUSIVE MODE NOWAIT
----
COPY t (a, b) FROM STDIN WITH (FORMAT csv, DELIMITER ',', HEADER true, NULL 'x')
----
COPY t FROM STDIN DELIMITER ',' CSV HEADER QUOTE '"' WHERE a > 5
----
COPY (SELECT * FROM t WHERE a = 5 ORDER BY 1) TO STDOUT (FORMAT binary)
----
COPY t TO PROGRAM 'gzip > /tmp/x'
----
EXPLAIN (ANALYZE true, COSTS off, FORMAT json) SELECT * FROM t WHERE a = 5
----
EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 5
----
DO $$ BEGIN PERFORM 1; END $$
----
DO LANGUAGE plpgsql 'begin end'
----
DO $a$ BEGIN RAISE 'x'; END $a$ LANGUAGE plpgsql
----
CALL p(1, 'x', NULL)
----
CREATE ROLE r LOGIN PASSWORD 'secret' VALID UNTIL 'infinity' CONNECTION LIMIT 5
----
CREATE ROLE r PASSWORD E'se\'cret'
----
CREATE ROLE r PASSWORD /* it's a comment */ 'secret'
----
ALTER ROLE r WITH ENCRYPTED PASSWORD 'md5abc' NOSUPERUSER
----
ALTER ROLE r SET search_path TO 'a', 'b'
----
ALTER USER u PASSWORD NULL
----
CREATE FUNCTION f(a int DEFAULT 5) RETURNS int LANGUAGE sql IMMUTABLE AS 'select 1' COST 5
----
CREATE FUNCTION f() RETURNS trigger AS $f$ BEGIN RETURN NEW; END $f$ LANGUAGE plpgsql SET x = 'y'
----
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT a + 5; END
----
CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 5 + 1
----
CREATE PROCEDURE p() LANGUAGE c AS 'lib', 'symbol'
----
CREATE SUBSCRIPTION s CONNECTION 'host=x password=y' PUBLICATION p WITH (copy_data = false, slot_name = 'z')
----
ALTER SUBSCRIPTION s CONNECTION 'password=y'
----
CREATE USER MAPPING FOR x SERVER s OPTIONS (user 'a', password 'b')
----
ALTER USER MAPPING FOR x SERVER s OPTIONS (SET password 'b')
----
CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (host 'x', port '5')
----
CREATE TABLE t (a int DEFAULT 5 PRIMARY KEY, b varchar(10) CHECK (a > 3) NOT NULL, c text DEFAULT 'x'::text, d int GENERATED ALWAYS AS (a + 1) STORED, e serial, UNIQUE (a, b), EXCLUDE USING gist (c WITH =)) PARTITION BY RANGE (a) WITH (fillfactor = 70)
----
CREATE TABLE p PARTITION OF t FOR VALUES FROM (1, MINVALUE) TO (5, 'x')
----
CREATE TABLE p PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER 0)
----
CREATE TABLE p PARTITION OF t FOR VALUES IN (1, 'x', NULL)
----
CREATE TABLE t AS SELECT 1 AS a, 'x' AS b WITH NO DATA
----
CREATE MATERIALIZED VIEW m AS SELECT * FROM t WHERE a = 5
----
REFRESH MATERIALIZED VIEW CONCURRENTLY m
----
SELECT 1 AS a, 'x' AS b INTO TEMP t2 FROM t WHERE a = 5
----
CREATE VIEW v (a) AS SELECT 5 WITH CHECK OPTION
----
CREATE INDEX CONCURRENTLY i ON t USING btree (a, lower(b), (c + 1) DESC NULLS LAST) INCLUDE (d) WITH (fillfactor = 70) WHERE b = 'x'
----
CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (OLD.a = 5) EXECUTE FUNCTION f('x', 1)
----
CREATE RULE r AS ON INSERT TO t WHERE a = 1 DO INSTEAD (SELECT 1; SELECT 2)
----
CREATE SEQUENCE s INCREMENT BY 5 MINVALUE -10 START 7 CACHE 3 CYCLE
----
CREATE TYPE e AS ENUM ('a', 'b')
----
ALTER TYPE e ADD VALUE IF NOT EXISTS 'c' BEFORE 'b'
----
CREATE DOMAIN d AS int DEFAULT 5 CHECK (VALUE > 0)
----
CREATE AGGREGATE a (int) (sfunc = int4pl, stype = int, initcond = '0')
----
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)
----
CREATE EXTENSION IF NOT EXISTS hstore WITH VERSION '1.4' SCHEMA public
----
CREATE POLICY p ON t FOR SELECT TO r USING (a = current_user AND b = 5) WITH CHECK (c = 'x')
----
CREATE DATABASE d ENCODING 'UTF8' TEMPLATE template0 CONNECTION LIMIT 5
----
ALTER TABLE t ADD COLUMN x numeric(10, 2) DEFAULT 1.5, ALTER y SET DEFAULT 'z', ALTER z TYPE int USING z::int + 1, DROP COLUMN w
----
ALTER TABLE t ALTER a SET STATISTICS 500, SET (fillfactor = 50)
----
ALTER SYSTEM SET work_mem = '64MB'
----
ALTER DATABASE d SET x TO 3
----
COMMENT ON COLUMN t.a IS 'it''s'
----
SECURITY LABEL ON TABLE t IS 'x'
----
GRANT SELECT (a), INSERT ON t TO r WITH GRANT OPTION
----
TRUNCATE t, ONLY u RESTART IDENTITY CASCADE
----
DROP TABLE IF EXISTS a, b.c CASCADE
----
VACUUM (PARALLEL 2, ANALYZE) t (a)
----
ANALYZE t
----
REINDEX (CONCURRENTLY) TABLE t
----
CHECKPOINT
----
DISCARD ALL
----
IMPORT FOREIGN SCHEMA s LIMIT TO (a, b) FROM SERVER x INTO y OPTIONS (a 'b')
----
SELECT FROM WHERE
----
selec 1
----
SELECT (1
----
SELECT 1)
----
SELECT E'\xff'
----
SELECT U&'\D800'
----
SELECT 'ä', "ö", ü, 'ß' || E'\u00e4'
----
SELECT a b, c AS d, "x" y FROM t AS u (e, f) NATURAL JOIN v CROSS JOIN w FULL JOIN z USING (id) LEFT JOIN LATERAL (SELECT 5) q ON true
----
select distinct a.*, (select count(*) from b where b.a_id = a.id and b.x = 'y') as n from a where a.id >= 5 and a.id < 10 and a.name ilike '%x%' limit 10 offset 20 for update of a skip locked
----
SELECT a FROM t WHERE a OPERATOR(pg_catalog.=) 5 AND b OPERATOR(public.<->) 'x' < 5
----
SELECT 5 BETWEEN 1 AND 10 AND NOT 3 IN (1, 2) OR 4 IS NOT NULL
----
SELECT a.b.c.d, a.*, (a).b.*, a.b[1].c[2:3].d FROM t
----
SELECT:x
----
SELECT a := 5
----
SELECT f(a := 5, b => 6)
----
SELECT 1::int::text::varchar(5) || 'x'::char(3)
----
SELECT a::time(3) with time zone, b::interval day to second(3), c::bit varying(5), d::double precision, e::char varying(3)[]
----
SELECT float(5) '3', a::float(24), b::dec(10,2), c::national character(5)
----
SELECT "t".a-1, 'x'-1, $1-1, )-1
----
SELECT $1-1, "a"-1, 'x'-1, t.a-1, f(x)-1, a[1]-1, 5-1, NULL-1, true-1, CASE WHEN 1=1 THEN 2 END-1, interval '1'-1
----
SELECT (-1), [-1], (1,-1), ARRAY[-1], f(-1), f(a=>-1), -1, (- 1)::int, CASE WHEN -1 THEN -1 ELSE -1 END, a BETWEEN -1 AND -1, a IN (-1, -2), a LIKE -1
----
SELECT (-1), (1,-1), ARRAY[-1], f(-1), f(a=>-1), -1, (- 1)::int, CASE WHEN -1 = a THEN -1 ELSE -1 END, a BETWEEN -1 AND -1, a IN (-1, -2) FROM t WHERE x = -1 AND y > -1.5 ORDER BY -1 LIMIT -1 OFFSET -1
