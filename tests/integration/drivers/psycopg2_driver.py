"""psycopg2: simple queries with the values written into the text."""

import io
import select
import threading

import psycopg2
import psycopg2.extras

connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()

cursor.execute("PREPARE plus (int) AS SELECT $1 + 1")
total = 0
for i in range(8):
    cursor.execute("EXECUTE plus (%s)", (i,))
    total += cursor.fetchone()[0]
print("prepared:", total)

cursor.execute("SELECT %s::int8, %s::numeric, %s::text, %s::bytea, %s::bool, %s::text, %s::int[]",
               (2**40, "1.50", "ä'\\x", b"\x00\xff", True, None, [1, 2]))
row = cursor.fetchone()
print("types:", row[:3], bytes(row[3]), row[4:])

connection.autocommit = False
cursor.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)")
cursor.execute("INSERT INTO t VALUES (1)")
cursor.execute("SAVEPOINT s")
states = []
for sql in ("INSERT INTO t VALUES (1)", "SELECT 1"):
    try:
        cursor.execute(sql)
    except psycopg2.Error as error:
        states.append(error.pgcode)
cursor.execute("ROLLBACK TO s")
cursor.execute("INSERT INTO t VALUES (2)")
connection.commit()
cursor.execute("SELECT count(*) FROM t")
print("transaction:", states, cursor.fetchone()[0])

psycopg2.extras.execute_values(cursor, "INSERT INTO t VALUES %s", [(i,) for i in range(10, 500)])
psycopg2.extras.execute_batch(cursor, "INSERT INTO t VALUES (%s)", [(i,) for i in range(500, 900)])
cursor.execute("SELECT count(*) FROM t")
print("pipeline:", cursor.fetchone()[0])

with connection.cursor("named") as named:
    named.itersize = 7
    named.execute("SELECT generate_series(1, 100)")
    print("cursor:", sum(n for (n,) in named))

cursor.execute("CREATE TEMP TABLE c (n int, t text)")
cursor.copy_expert("COPY c FROM STDIN", io.StringIO("".join(f"{i}\trow {i}\n" for i in range(1000))))
out = io.StringIO()
cursor.copy_expert("COPY (SELECT * FROM c ORDER BY n) TO STDOUT", out)
print("copy:", out.getvalue().count("\n"), len(out.getvalue()))
connection.commit()

other = psycopg2.connect("")
other.autocommit = True


def cancel():
    other.cursor().execute("SELECT wait_for_sleeper(%s)", (connection.info.backend_pid,))
    connection.cancel()


thread = threading.Thread(target=cancel)
thread.start()
try:
    cursor.execute("SELECT pg_sleep(60)")
except psycopg2.Error as error:
    connection.rollback()
    cursor.execute("SELECT 'alive'")
    print("cancel:", error.pgcode, cursor.fetchone()[0])
thread.join()
connection.commit()

connection.autocommit = True
cursor.execute("LISTEN driver_psycopg2")
other.cursor().execute("NOTIFY driver_psycopg2, 'hello'")
while not connection.notifies:
    select.select([connection], [], [], 30)
    connection.poll()
print("notify:", connection.notifies[0].channel, connection.notifies[0].payload)

cursor.execute("SELECT %s", ("x" * 5_000_000,))
print("large:", len(cursor.fetchone()[0]))

cursor.execute("SELECT id, name FROM driver_list ORDER BY id")
count = 0
for (list_id, _) in cursor.fetchall():
    cursor.execute("SELECT id, title FROM driver_item WHERE list_id = %s", (list_id,))
    count += len(cursor.fetchall())
print("loop:", count)
