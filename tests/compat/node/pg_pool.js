// A loop whose lookups node-postgres' pool hands to whichever connection is free: all at once. Prints
// the rows of each, three times over.
import pg from 'pg';

const pool = new pg.Pool({ max: 4, ssl: false });
// All connections are there before the loop begins.
const clients = await Promise.all([1, 2, 3, 4].map(() => pool.connect()));
clients.forEach((client) => client.release());
for (let round = 0; round < 3; ++round) {
    const parents = (await pool.query('SELECT id FROM pool_list ORDER BY id')).rows;
    const found = await Promise.all(parents.map(({ id }) =>
        pool.query('SELECT id, list_id FROM pool_item WHERE list_id = $1 ORDER BY id', [id])));
    for (const { rows } of found) console.log(JSON.stringify(rows));
}
await pool.end();
