"""asyncpg: named statements, Flush without Sync, binary both ways."""

import asyncio
import decimal
import os
import ssl

import asyncpg


async def connect():
    context = None
    if os.environ.get("PGSSLMODE") == "verify-full":
        context = ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"])
    return await asyncpg.connect(ssl=context or False)


async def main():
    connection = await connect()
    statement = await connection.prepare("SELECT $1::int + 1")
    print("prepared:", sum([await statement.fetchval(i) for i in range(8)]))

    print("types:", tuple(await connection.fetchrow(
        "SELECT $1::int8, $2::numeric, $3::text, $4::bytea, $5::bool, $6::text, $7::int[]",
        2**40, decimal.Decimal("1.50"), "ä'\\x", b"\x00\xff", True, None, [1, 2])))

    states = []
    async with connection.transaction():
        await connection.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)")
        await connection.execute("INSERT INTO t VALUES ($1)", 1)
        try:
            async with connection.transaction():
                try:
                    await connection.execute("INSERT INTO t VALUES ($1)", 1)
                except asyncpg.PostgresError as error:
                    states.append(error.sqlstate)
                await connection.execute("SELECT 1")
        except asyncpg.PostgresError as error:
            states.append(error.sqlstate)
        await connection.execute("INSERT INTO t VALUES ($1)", 2)
    print("transaction:", states, await connection.fetchval("SELECT count(*) FROM t"))

    await connection.executemany("INSERT INTO t VALUES ($1)", [(i,) for i in range(10, 500)])
    try:
        await connection.executemany("INSERT INTO t VALUES ($1)", [(i,) for i in (501, 502, 501)])
    except asyncpg.PostgresError as error:
        states = [error.sqlstate]
    print("pipeline:", states, await connection.fetchval("SELECT count(*) FROM t"))

    async with connection.transaction():
        total = 0
        async for row in connection.cursor("SELECT generate_series(1, $1::int)", 100, prefetch=7):
            total += row[0]
        print("cursor:", total)

    await connection.execute("CREATE TEMP TABLE c (n int, t text)")
    await connection.copy_records_to_table("c", records=[(i, f"row {i}") for i in range(1000)])
    size = 0

    async def sink(data):
        nonlocal size
        size += len(data)

    await connection.copy_from_query("SELECT * FROM c ORDER BY n", output=sink)
    print("copy:", size, await connection.fetchval("SELECT count(*) FROM c"))

    other = await connect()
    running = asyncio.ensure_future(connection.execute("SELECT pg_sleep(60)"))
    await other.execute("SELECT wait_for_sleeper($1)", connection.get_server_pid())
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        print("cancel:", await connection.fetchval("SELECT 'alive'"))

    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener("driver_asyncpg",
                                  lambda _, pid, channel, payload: heard.set_result((channel, payload)))
    await other.execute("NOTIFY driver_asyncpg, 'hello'")
    print("notify:", *await heard)

    print("large:", len(await connection.fetchval("SELECT $1::text", "x" * 5_000_000)))

    count = 0
    for row in await connection.fetch("SELECT id, name FROM driver_list ORDER BY id"):
        count += len(await connection.fetch(
            "SELECT id, title FROM driver_item WHERE list_id = $1", row["id"]))
    print("loop:", count)
    await other.close()
    await connection.close()


asyncio.run(main())
