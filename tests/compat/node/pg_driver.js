// node-postgres: extended protocol whenever there are values, everything as text.
import fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

// node-postgres reads PGSSLMODE in its own way: say what is meant.
const ssl = process.env.PGSSLMODE === 'verify-full'
    ? { ca: fs.readFileSync(process.env.PGSSLROOTCERT, 'utf8') } : false;
const connect = async () => {
    const client = new pg.Client({ ssl });
    await client.connect();
    return client;
};
const db = await connect();
const one = async (text, values) => (await db.query({ text, values, rowMode: 'array' })).rows[0];
const state = (promise) => promise.then(() => 'none', (error) => error.code);

let total = 0;
for (let i = 0; i < 8; i++) {
    const { rows } = await db.query({ name: 'plus', text: 'SELECT $1::int + 1 AS n', values: [i] });
    total += rows[0].n;
}
console.log('prepared:', total);

const row = await one('SELECT $1::int8, $2::numeric, $3::text, $4::bytea, $5::bool, $6::text, $7::int[]',
                      [2 ** 40, '1.50', "ä'\\x", Buffer.from([0, 255]), true, null, [1, 2]]);
row[3] = row[3].toString('hex');
console.log('types:', JSON.stringify(row));

const states = [];
await db.query('BEGIN');
await db.query('CREATE TEMP TABLE t (n int PRIMARY KEY)');
await db.query('INSERT INTO t VALUES ($1)', [1]);
await db.query('SAVEPOINT s');
states.push(await state(db.query('INSERT INTO t VALUES ($1)', [1])), await state(db.query('SELECT 1')));
await db.query('ROLLBACK TO s');
await db.query('INSERT INTO t VALUES ($1)', [2]);
await db.query('COMMIT');
console.log('transaction:', states.join(' '), (await one('SELECT count(*) FROM t'))[0]);

// Queued by the client, sent one after the other.
const many = await Promise.all([...Array(10).keys()].map((i) => one('SELECT $1::int * 2', [i])));
console.log('pipeline:', many.flat().join(' '), await state(db.query('SELECT 1 / $1::int', [0])));

const cursor = db.query(new Cursor('SELECT generate_series(1, $1::int) AS n', [100]));
total = 0;
for (let rows; (rows = await cursor.read(7)).length > 0;) for (const r of rows) total += r.n;
await cursor.close();
console.log('cursor:', total);

await db.query('CREATE TEMP TABLE c (n int, t text)');
await pipeline(Readable.from([...Array(1000).keys()].map((i) => `${i}\trow ${i}\n`)),
               db.query(copyFrom('COPY c FROM STDIN')));
let size = 0;
await pipeline(db.query(copyTo('COPY (SELECT * FROM c ORDER BY n) TO STDOUT')),
               new Writable({ write(chunk, _, done) { size += chunk.length; done(); } }));
console.log('copy:', size);

const other = await connect();
const sleeping = state(db.query('SELECT pg_sleep(60)'));
await other.query('SELECT wait_for_sleeper($1)', [db.processID]);
// node-postgres cancels with a client that has not connected.
new pg.Client({ ssl }).cancel(db, db.activeQuery ?? db._activeQuery ?? db._getActiveQuery?.());
console.log('cancel:', await sleeping, (await one("SELECT 'alive'"))[0]);

const heard = new Promise((resolve) => db.on('notification', resolve));
await db.query('LISTEN driver_node');
await other.query("NOTIFY driver_node, 'hello'");
const { channel, payload } = await heard;
console.log('notify:', channel, payload);

console.log('large:', (await one('SELECT $1::text', ['x'.repeat(5_000_000)]))[0].length);

let count = 0;
for (const list of (await db.query('SELECT id, name FROM driver_list ORDER BY id')).rows) {
    count += (await db.query('SELECT id, title FROM driver_item WHERE list_id = $1', [list.id])).rowCount;
}
console.log('loop:', count);
await db.end();
await other.end();
