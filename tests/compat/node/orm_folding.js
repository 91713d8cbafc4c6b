// Loops over relations that are loaded one by one: knex, Sequelize and TypeORM (the variants), by the
// rules of tests/integration/orms.
import 'reflect-metadata';
import readline from 'node:readline';
import knex from 'knex';
import { Sequelize, DataTypes, Transaction } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';

const { PGHOST: host, PGPORT, PGUSER: user, PGDATABASE: database } = process.env;
const port = Number(PGPORT);
const say = (...values) => console.log(JSON.stringify(values));

function withKnex() {
    const db = knex({ client: 'pg', searchPath: ['loops'], pool: { min: 1, max: 1 },
                      connection: { host, port, user, database, ssl: false } });
    const orders = (q, customer) => q('orders').where({ customer_id: customer.id }).orderBy('id');
    const products = (q, order) => q('product').join('purchase', 'product.id', 'purchase.product_id')
        .where('purchase.order_id', order.id).orderBy('product.id').select('product.name');
    return {
        run: (isolationLevel, loop) => isolationLevel === 'autocommit' ? loop(db)
            : db.transaction(loop, { isolationLevel: isolationLevel.replace('_', ' ') }),
        customers: (q) => q('customer').orderBy('id'),
        orders: (q) => q('orders').orderBy('id').limit(40),
        ordersOf: orders,
        customerOf: async (q, order) => (await q('customer').where({ id: order.customer_id }).first()).name,
        productsOf: products,
        count: async (q, customer) => (await q('orders').where({ customer_id: customer.id }).count())[0].count,
        create: (q, customer, placed) => q('customer').insert(customer).then(() => q('orders').insert(
            placed.map((day, i) => ({ id: customer.id + 1 + i, customer_id: customer.id, placed: day })))),
        rename: (q, id, name) => q('customer').where({ id }).update({ name }),
        find: (q, id) => q('customer').where({ id }).first(),
        remove: (q, id) => q('orders').where({ customer_id: id }).del()
            .then(() => q('customer').where({ id }).del()),
        end: () => db.destroy(),
    };
}

function withSequelize() {
    const db = new Sequelize(database, user, null, { host, port, dialect: 'postgres', logging: false,
                                                     pool: { max: 1 }, schema: 'loops' });
    const settings = { timestamps: false, freezeTableName: true };
    const Customer = db.define('customer', { name: DataTypes.TEXT }, settings);
    const Product = db.define('product', { name: DataTypes.TEXT }, settings);
    const Order = db.define('orders', { placed: DataTypes.DATEONLY, customer_id: DataTypes.INTEGER }, settings);
    const Purchase = db.define('purchase', { id: { type: DataTypes.INTEGER, primaryKey: true } }, settings);
    Customer.hasMany(Order, { foreignKey: 'customer_id', as: 'orders' });
    Order.belongsTo(Customer, { foreignKey: 'customer_id', as: 'customer' });
    Order.belongsToMany(Product, { through: Purchase, foreignKey: 'order_id', otherKey: 'product_id',
                                   as: 'products' });
    const levels = { read_committed: Transaction.ISOLATION_LEVELS.READ_COMMITTED,
                     repeatable_read: Transaction.ISOLATION_LEVELS.REPEATABLE_READ };
    return {
        run: (level, loop) => level === 'autocommit' ? loop({})
            : db.transaction({ isolationLevel: levels[level] }, (transaction) => loop({ transaction })),
        customers: (q) => Customer.findAll({ order: ['id'], ...q }),
        orders: (q) => Order.findAll({ order: ['id'], limit: 40, ...q }),
        ordersOf: (q, customer) => customer.getOrders({ order: ['id'], ...q }),
        customerOf: async (q, order) => (await order.getCustomer(q)).name,
        productsOf: (q, order) => order.getProducts({ order: ['id'], ...q }),
        count: (q, customer) => customer.countOrders(q),
        create: async (q, customer, placed) => {
            await Customer.create(customer, q);
            for (const [i, day] of placed.entries()) {
                await Order.create({ id: customer.id + 1 + i, customer_id: customer.id, placed: day }, q);
            }
        },
        rename: (q, id, name) => Customer.update({ name }, { where: { id }, ...q }),
        find: (q, id) => Customer.findByPk(id, q),
        remove: async (q, id) => {
            await Order.destroy({ where: { customer_id: id }, ...q });
            await Customer.destroy({ where: { id }, ...q });
        },
        end: () => db.close(),
    };
}

async function withTypeorm() {
    const id = { type: Number, primary: true };
    const name = { type: String };
    const entities = [
        new EntitySchema({ name: 'customer', columns: { id, name }, relations: {
            orders: { type: 'one-to-many', target: 'orders', inverseSide: 'customer', lazy: true } } }),
        new EntitySchema({ name: 'product', columns: { id, name } }),
        new EntitySchema({ name: 'orders', columns: { id, placed: { type: 'date' } }, relations: {
            customer: { type: 'many-to-one', target: 'customer', inverseSide: 'orders', lazy: true,
                        joinColumn: { name: 'customer_id' } },
            products: { type: 'many-to-many', target: 'product', lazy: true, joinTable: {
                name: 'purchase', joinColumn: { name: 'order_id' },
                inverseJoinColumn: { name: 'product_id' } } } } }),
    ];
    const db = await new DataSource({ type: 'postgres', host, port, username: user, database, entities,
                                      schema: 'loops', extra: { max: 1 } }).initialize();
    const byId = (rows) => rows.sort((a, b) => a.id - b.id);
    const levels = { read_committed: 'READ COMMITTED', repeatable_read: 'REPEATABLE READ' };
    return {
        run: (level, loop) => level === 'autocommit' ? loop(db.manager) : db.transaction(levels[level], loop),
        customers: (q) => q.getRepository('customer').find({ order: { id: 'ASC' } }),
        orders: (q) => q.getRepository('orders').find({ order: { id: 'ASC' }, take: 40 }),
        ordersOf: async (q, customer) => byId(await customer.orders),
        customerOf: async (q, order) => (await order.customer).name,
        productsOf: async (q, order) => byId(await order.products),
        count: (q, customer) => q.getRepository('orders').countBy({ customer: { id: customer.id } }),
        create: async (q, customer, placed) => {
            await q.getRepository('customer').insert(customer);
            await q.getRepository('orders').insert(placed.map((day, i) => (
                { id: customer.id + 1 + i, placed: day, customer: { id: customer.id } })));
        },
        rename: (q, id, name) => q.getRepository('customer').update({ id }, { name }),
        find: (q, id) => q.getRepository('customer').findOneBy({ id }),
        remove: async (q, id) => {
            await q.getRepository('orders').delete({ customer: { id } });
            await q.getRepository('customer').delete({ id });
        },
        end: () => db.destroy(),
    };
}

const loops = {
    async has_many(orm, q) {
        for (const customer of await orm.customers(q)) {
            say(...(await orm.ordersOf(q, customer)).map((order) => [order.id, order.placed]));
        }
    },
    async belongs_to(orm, q) {
        for (const order of await orm.orders(q)) say(await orm.customerOf(q, order));
    },
    async many_to_many(orm, q) {
        for (const order of await orm.orders(q)) {
            say(...(await orm.productsOf(q, order)).map((product) => product.name));
        }
    },
    async nested(orm, q) {
        for (const customer of (await orm.customers(q)).slice(0, 12)) {
            for (const order of await orm.ordersOf(q, customer)) {
                say(order.id, ...(await orm.productsOf(q, order)).map((product) => product.name));
            }
        }
    },
    // What is written and goes again.
    async save(orm, q) {
        await orm.create(q, { id: 1000, name: 'a new one' }, ['2024-05-01', '2024-05-02']);
        await orm.rename(q, 1000, 'renamed');
        const customer = await orm.find(q, 1000);
        say(customer.name, ...(await orm.ordersOf(q, customer)).map((order) => order.id));
        await orm.remove(q, 1000);
        say('saved', await orm.find(q, 1000) == null);
    },
    async count(orm, q) {
        for (const customer of await orm.customers(q)) say(await orm.count(q, customer));
    },
};

const orms = { knex: withKnex, sequelize: withSequelize, typeorm: withTypeorm };
for await (const line of readline.createInterface({ input: process.stdin })) {
    const [variant, transaction, loop] = line.split('\t');
    const orm = await orms[variant]();
    await orm.run(transaction, (q) => loops[loop](orm, q));
    await orm.end();
    console.log('end');
}
