// postgres.js: pipelines whatever it can, random statement names.
import fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import postgres from 'postgres';

const ssl = process.env.PGSSLMODE === 'verify-full'
    ? { ca: fs.readFileSync(process.env.PGSSLROOTCERT, 'utf8') } : false;
const options = { ssl, max: 1, onnotice: () => {} };
const sql = postgres(options);
const state = (promise) => promise.then(() => 'none', (error) => error.code);

let total = 0;
for (let i = 0; i < 8; i++) total += (await sql`SELECT ${i}::int + 1 AS n`)[0].n;
console.log('prepared:', total);

const [row] = await sql`SELECT ${2 ** 40}::int8 AS a, ${'1.50'}::numeric AS b, ${"ä'\\x"}::text AS c,
    ${Buffer.from([0, 255])}::bytea AS d, ${true}::bool AS e, ${null}::text AS f, ${[1, 2]}::int[] AS g`;
row.d = row.d.toString('hex');
console.log('types:', JSON.stringify(Object.values(row)));

const states = [];
await sql`CREATE TEMP TABLE t (n int PRIMARY KEY)`;
await sql.begin(async (tx) => {
    await tx`INSERT INTO t VALUES (1)`;
    states.push(await state(tx.savepoint(async (nested) => {
        states.push(await state(nested`INSERT INTO t VALUES (1)`));
        await nested`SELECT 1`;
    })));
    await tx`INSERT INTO t VALUES (2)`;
});
console.log('transaction:', states.join(' '), (await sql`SELECT count(*) FROM t`)[0].count);

// All on one connection, one after the other without waiting; one of them is wrong.
const many = await Promise.all([...Array(30).keys()].map((i) =>
    i === 17 ? state(sql`SELECT 1 / ${0}::int`) : sql`SELECT ${i}::int * 2 AS n`.then((r) => r[0].n)));
console.log('pipeline:', many.join(' '));

total = 0;
await sql`SELECT generate_series(1, ${100}::int) AS n`.cursor(7, (rows) => {
    for (const r of rows) total += r.n;
});
console.log('cursor:', total);

await sql`CREATE TEMP TABLE c (n int, t text)`;
await pipeline(Readable.from([...Array(1000).keys()].map((i) => `${i}\trow ${i}\n`)),
               await sql`COPY c FROM STDIN`.writable());
let size = 0;
await pipeline(await sql`COPY (SELECT * FROM c ORDER BY n) TO STDOUT`.readable(),
               new Writable({ write(chunk, _, done) { size += chunk.length; done(); } }));
console.log('copy:', size);

const other = postgres(options);
const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
const sleep = sql`SELECT pg_sleep(60)`;
const sleeping = state(sleep.execute());
await other`SELECT wait_for_sleeper(${pid})`;
sleep.cancel();
console.log('cancel:', await sleeping, (await sql`SELECT 'alive' AS a`)[0].a);

const heard = new Promise((resolve) => sql.listen('driver_postgresjs', resolve, async () => {
    await other.notify('driver_postgresjs', 'hello');
}));
console.log('notify:', await heard);

console.log('large:', (await sql`SELECT ${'x'.repeat(5_000_000)}::text AS a`)[0].a.length);

let count = 0;
for (const list of await sql`SELECT id, name FROM driver_list ORDER BY id`) {
    count += (await sql`SELECT id, title FROM driver_item WHERE list_id = ${list.id}`).count;
}
console.log('loop:', count);
await sql.end();
await other.end();
