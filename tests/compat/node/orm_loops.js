// The same loop by ORMs and a query builder, in their own ways; prints "name: items" for each.
import 'reflect-metadata';
import knex from 'knex';
import { Sequelize, DataTypes } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';

const { PGHOST: host, PGPORT, PGUSER: user, PGDATABASE: database } = process.env;
const port = Number(PGPORT);

{
    const db = knex({ client: 'pg', connection: { host, port, user, database, ssl: false }, pool: { min: 0, max: 1 } });
    let count = 0;
    for (const list of await db('driver_list').select('id', 'name').orderBy('id')) {
        count += (await db('driver_item').where({ list_id: list.id })).length;
    }
    await db.transaction(async (trx) => {
        await trx.raw('SELECT 1');
    });
    console.log('knex:', count);
    await db.destroy();
}
{
    const db = new Sequelize(database, user, null, { host, port, dialect: 'postgres', logging: false, pool: { max: 1 } });
    const settings = { timestamps: false, freezeTableName: true };
    const List = db.define('driver_list', { name: DataTypes.TEXT }, settings);
    const Item = db.define('driver_item', { title: DataTypes.TEXT, list_id: DataTypes.INTEGER }, settings);
    List.hasMany(Item, { foreignKey: 'list_id', as: 'items' });
    let count = 0;
    for (const list of await List.findAll({ order: ['id'] })) count += (await list.getItems()).length;
    const eager = (await List.findAll({ include: 'items' })).reduce((n, l) => n + l.items.length, 0);
    console.log('sequelize:', count, eager);
    await db.close();
}
{
    const List = new EntitySchema({
        name: 'driver_list',
        columns: { id: { type: Number, primary: true }, name: { type: String } },
        relations: { items: { type: 'one-to-many', target: 'driver_item', inverseSide: 'list', lazy: true } },
    });
    const Item = new EntitySchema({
        name: 'driver_item',
        columns: { id: { type: Number, primary: true }, title: { type: String } },
        relations: { list: { type: 'many-to-one', target: 'driver_list', inverseSide: 'items',
                             joinColumn: { name: 'list_id' } } },
    });
    const db = await new DataSource({ type: 'postgres', host, port, username: user, database,
                                      entities: [List, Item], extra: { max: 1 } }).initialize();
    let count = 0;
    for (const list of await db.getRepository('driver_list').find({ order: { id: 'ASC' } })) {
        count += (await list.items).length;
    }
    console.log('typeorm:', count);
    await db.destroy();
}
