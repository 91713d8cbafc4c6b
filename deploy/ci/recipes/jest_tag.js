// Names the running test to pgfold, so that `pgfold guard -- npx jest` says which test loops.
// Without pgfold nothing happens. For everything that is built on node-postgres: Sequelize,
// TypeORM, Knex, Drizzle, MikroORM.
//
// In jest.config.js:
//
//     setupFilesAfterEnv: ["./jest_tag.js"]

const path = require("node:path");

if (process.env.PGFOLD_GUARD) {
  const { Client } = require("pg");
  let running = "";

  beforeEach(() => {
    const { testPath, currentTestName } = expect.getState();
    running = `${path.relative(process.cwd(), testPath)}: ${currentTestName}`;
  });
  afterEach(() => {
    running = "";
  });

  // A client answers in order, so the tag is there before the statement that follows it.
  const query = Client.prototype.query;
  Client.prototype.query = function (...all) {
    if ((this.pgfoldTold ?? "") !== running) {
      this.pgfoldTold = running;
      const tell = { text: "SELECT set_config('pgfold.tag', $1, false)", values: [running] };
      query.call(this, tell, () => {});
    }
    return query.apply(this, all);
  };
}
