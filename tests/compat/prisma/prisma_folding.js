// Prisma's loops over relations, one query for each row, by the rules of tests/integration/orms.
import readline from 'node:readline';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/index.js';

const { PGHOST: host, PGPORT, PGUSER: user, PGDATABASE: database } = process.env;
const adapter = new PrismaPg({ host, port: Number(PGPORT), user, database, ssl: false, max: 1 },
                             { schema: 'loops' });
const db = new PrismaClient({ adapter });
const say = (...values) => console.log(JSON.stringify(values));
const orderBy = { id: 'asc' };

const ordersOf = (q, customer) => q.orders.findMany({ where: { customer_id: customer.id }, orderBy });
const productsOf = (q, order) => q.product.findMany({ where: { purchases: { some: { order_id: order.id } } }, orderBy });

const loops = {
    async has_many(q) {
        for (const customer of await q.customer.findMany({ orderBy })) {
            say(...(await ordersOf(q, customer)).map((order) => [order.id, order.placed]));
        }
    },
    async belongs_to(q) {
        for (const order of await q.orders.findMany({ orderBy, take: 40 })) {
            say((await q.customer.findUnique({ where: { id: order.customer_id } })).name);
        }
    },
    async many_to_many(q) {
        for (const order of await q.orders.findMany({ orderBy, take: 40 })) {
            say(...(await productsOf(q, order)).map((product) => product.name));
        }
    },
    async nested(q) {
        for (const customer of await q.customer.findMany({ orderBy, take: 12 })) {
            for (const order of await ordersOf(q, customer)) {
                say(order.id, ...(await productsOf(q, order)).map((product) => product.name));
            }
        }
    },
    async count(q) {
        for (const customer of await q.customer.findMany({ orderBy })) {
            say(await q.orders.count({ where: { customer_id: customer.id } }));
        }
    },
};

const levels = { read_committed: 'ReadCommitted', repeatable_read: 'RepeatableRead' };
for await (const line of readline.createInterface({ input: process.stdin })) {
    const [, transaction, loop] = line.split('\t');
    if (transaction === 'autocommit') await loops[loop](db);
    else await db.$transaction(loops[loop], { isolationLevel: levels[transaction], timeout: 60_000 });
    console.log('end');
}
await db.$disconnect();
