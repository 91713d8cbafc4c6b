// node-postgres' loops, by the rules of tests/integration/drivers. Variants: values (an unnamed
// statement for each lookup), named, text.
import readline from 'node:readline';
import pg from 'pg';

const rows = async (db, text, values, name) =>
    (await db.query({ text, values, name, rowMode: 'array' })).rows;

async function lookUp(db, variant, lookup, keys) {
    const text = lookup.replace(/\$(\d)/g, (_, i) => db.escapeLiteral(String(keys[i - 1])));
    const found = variant === 'text' ? await rows(db, text)
        : await rows(db, lookup, keys, variant === 'named' ? 'lookup' : undefined);
    for (const row of found) console.log(JSON.stringify(row));
    console.log('-');
}

async function loop(db, variant, transaction, list, lookup, columns) {
    const begin = { read_committed: 'BEGIN', repeatable_read: 'BEGIN ISOLATION LEVEL REPEATABLE READ' }[transaction];
    if (begin) await db.query(begin);
    for (const row of await rows(db, list)) {
        if (transaction === 'each_row') await db.query('BEGIN');
        await lookUp(db, variant, lookup, columns.map((column) => row[column]));
        if (transaction === 'each_row') await db.query('COMMIT');
    }
    if (begin) await db.query('COMMIT');
}

for await (const line of readline.createInterface({ input: process.stdin })) {
    const [variant, transaction, list, lookup, columns] = line.split('\t');
    const db = new pg.Client({ ssl: false });
    await db.connect();
    await loop(db, variant, transaction, list, lookup, columns.split(','));
    await db.end();
    console.log('end');
}
