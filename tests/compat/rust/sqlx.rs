// sqlx: statements prepared under names and kept, values in binary. The loop, then all at once.
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::Row;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .host(&variable("PGHOST"))
        .port(variable("PGPORT").parse().unwrap())
        .username(&variable("PGUSER"))
        .database(&variable("PGDATABASE"))
        .ssl_mode(PgSslMode::Disable);
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;

    let lists = sqlx::query("SELECT id, name FROM driver_list ORDER BY id").fetch_all(&pool).await?;
    let mut count = 0;
    for list in &lists {
        let id: i32 = list.get("id");
        count += sqlx::query("SELECT id, title FROM driver_item WHERE list_id = $1")
            .bind(id)
            .fetch_all(&pool)
            .await?
            .len();
    }

    let ids: Vec<i32> = lists.iter().map(|list| list.get("id")).collect();
    let mut all = sqlx::query("SELECT id, list_id FROM driver_item WHERE list_id = ANY($1)")
        .bind(&ids)
        .fetch(&pool);
    let mut at_once = 0;
    while all.try_next().await?.is_some() {
        at_once += 1;
    }
    println!("sqlx: {count} {at_once}");
    Ok(())
}
