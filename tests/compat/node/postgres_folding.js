// postgres.js' loops, by the rules of tests/integration/drivers. Variants: prepared, which is its own
// way, and unprepared.
import readline from 'node:readline';
import postgres from 'postgres';

const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database } = process.env;

async function lookUp(sql, lookup, keys) {
    for (const row of await sql.unsafe(lookup, keys, { prepare: sql.prepared })) {
        console.log(JSON.stringify(row));
    }
    console.log('-');
}

async function loop(sql, each, list, lookup, columns) {
    for (const row of await sql.unsafe(list).values()) {
        const keys = columns.map((column) => row[column]);
        if (each) await each((transaction) => lookUp(transaction, lookup, keys));
        else await lookUp(sql, lookup, keys);
    }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
    const [variant, transaction, list, lookup, numbers] = line.split('\t');
    const db = postgres({ host, port, user, database, ssl: false, max: 1 });
    const asked = (sql) => Object.assign(sql, { prepared: variant === 'prepared' });
    const columns = numbers.split(',');
    const level = { read_committed: 'read write', repeatable_read: 'isolation level repeatable read' }[transaction];
    if (level) await db.begin(level, (sql) => loop(asked(sql), null, list, lookup, columns));
    else await loop(asked(db), transaction === 'each_row' && ((run) => db.begin((sql) => run(asked(sql)))),
                    list, lookup, columns);
    await db.end();
    console.log('end');
}
