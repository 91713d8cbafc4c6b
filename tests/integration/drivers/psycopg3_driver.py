"""psycopg 3: extended protocol, prepares by itself at the sixth execution, pipelines."""

import threading

import psycopg

connection = psycopg.connect("", autocommit=True)
cursor = connection.cursor()

total = 0
for i in range(8):
    total += cursor.execute("SELECT %s + 1", (i,), prepare=True if i > 3 else None).fetchone()[0]
print("prepared:", total)

values = (2**40, "1.50", "ä'\\x", b"\x00\xff", True, None, [1, 2])
sql = "SELECT %s::int8, %s::numeric, %s::text, %s::bytea, %s::bool, %s::text, %s::int[]"
print("types:", cursor.execute(sql, values).fetchone(),
      connection.cursor(binary=True).execute(sql, values).fetchone())

states = []
with connection.transaction():
    cursor.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)")
    cursor.execute("INSERT INTO t VALUES (%s)", (1,))
    try:
        with connection.transaction():
            try:
                cursor.execute("INSERT INTO t VALUES (%s)", (1,))
            except psycopg.Error as error:
                states.append(error.sqlstate)
            cursor.execute("SELECT 1")
    except psycopg.Error as error:
        states.append(error.sqlstate)
    cursor.execute("INSERT INTO t VALUES (%s)", (2,))
print("transaction:", states, cursor.execute("SELECT count(*) FROM t").fetchone()[0])

results = []
try:
    with connection.pipeline() as pipeline:
        cursors = [connection.execute("SELECT %s * 2", (i,)) for i in range(10)]
        pipeline.sync()
        results = [c.fetchone()[0] for c in cursors]
        connection.execute("SELECT 1 / %s", (0,))
        skipped = connection.execute("SELECT 'skipped'")
        pipeline.sync()
except psycopg.Error as error:
    results.append(error.sqlstate)
results.append(connection.execute("SELECT 'after'").fetchone()[0])
cursor.executemany("INSERT INTO t VALUES (%s)", [(i,) for i in range(10, 500)])
print("pipeline:", results, cursor.execute("SELECT count(*) FROM t").fetchone()[0])

with connection.transaction(), connection.cursor("named") as named:
    named.itersize = 7
    named.execute("SELECT generate_series(1, %s)", (100,))
    print("cursor:", sum(n for (n,) in named))

cursor.execute("CREATE TEMP TABLE c (n int, t text)")
with cursor.copy("COPY c FROM STDIN") as copy:
    for i in range(1000):
        copy.write_row((i, f"row {i}"))
size = 0
with cursor.copy("COPY (SELECT * FROM c ORDER BY n) TO STDOUT (FORMAT binary)") as copy:
    for data in copy:
        size += len(data)
try:
    with cursor.copy("COPY c FROM STDIN") as copy:
        copy.write_row((1, "x"))
        raise ValueError("changed my mind")
except (ValueError, psycopg.errors.QueryCanceled):
    pass
print("copy:", size, cursor.execute("SELECT count(*) FROM c").fetchone()[0])

other = psycopg.connect("", autocommit=True)


def cancel():
    other.execute("SELECT wait_for_sleeper(%s)", (connection.info.backend_pid,))
    connection.cancel()


thread = threading.Thread(target=cancel)
thread.start()
try:
    cursor.execute("SELECT pg_sleep(60)")
except psycopg.Error as error:
    print("cancel:", error.sqlstate, connection.execute("SELECT 'alive'").fetchone()[0])
thread.join()

connection.execute("LISTEN driver_psycopg3")
other.execute("NOTIFY driver_psycopg3, 'hello'")
notification = next(connection.notifies())
print("notify:", notification.channel, notification.payload)

print("large:", len(cursor.execute("SELECT %s::text", ("x" * 5_000_000,)).fetchone()[0]))

count = 0
for (list_id, _) in connection.execute("SELECT id, name FROM driver_list ORDER BY id").fetchall():
    count += len(connection.execute("SELECT id, title FROM driver_item WHERE list_id = %s",
                                    (list_id,)).fetchall())
print("loop:", count)
