const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
afterAll(() => pool.end());

async function items(lists) {
  const { rows } = await pool.query("SELECT id FROM driver_list ORDER BY id LIMIT $1", [lists]);
  for (const { id } of rows) await pool.query("SELECT 1 FROM driver_item WHERE list_id = $1", [id]);
  return rows.length;
}

test("a long list", async () => expect(await items(12)).toBe(12));
test("a short list", async () => expect(await items(3)).toBe(3));
