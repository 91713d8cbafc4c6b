// Prisma: one query per list, and the same with include, which asks once for all.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/index.js';

const { PGHOST: host, PGPORT, PGUSER: user, PGDATABASE: database } = process.env;
const adapter = new PrismaPg({ host, port: Number(PGPORT), user, database, ssl: false, max: 1 });
const db = new PrismaClient({ adapter });

let count = 0;
for (const list of await db.driver_list.findMany({ orderBy: { id: 'asc' } })) {
    count += (await db.driver_item.findMany({ where: { list_id: list.id } })).length;
}
const lists = await db.driver_list.findMany({ include: { items: true } });
console.log('prisma:', count, lists.reduce((sum, list) => sum + list.items.length, 0));
await db.$disconnect();
