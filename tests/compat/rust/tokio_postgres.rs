// tokio-postgres: named statements, binary both ways, pipelines by polling futures together.
use futures::{future, pin_mut, SinkExt, StreamExt, TryStreamExt};
use openssl::ssl::{SslConnector, SslMethod};
use postgres_openssl::MakeTlsConnector;
use std::env;
use tokio_postgres::{config::SslMode, AsyncMessage, Client, Config, Error, NoTls};

fn var(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .host(&var("PGHOST").unwrap())
        .port(var("PGPORT").unwrap().parse().unwrap())
        .user(&var("PGUSER").unwrap())
        .dbname(&var("PGDATABASE").unwrap());
    if let Some(password) = var("PGPASSWORD") {
        config.password(password);
    }
    config
}

fn tls() -> Option<MakeTlsConnector> {
    let root = var("PGSSLROOTCERT")?;
    let mut builder = SslConnector::builder(SslMethod::tls()).unwrap();
    builder.set_ca_file(root).unwrap();
    Some(MakeTlsConnector::new(builder.build()))
}

// Notifications of the connection come out of the channel.
async fn connect() -> (Client, futures::channel::mpsc::UnboundedReceiver<String>) {
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    macro_rules! drive {
        ($connected:expr) => {{
            let (client, mut connection) = $connected.await.unwrap();
            tokio::task::spawn_local(async move {
                let mut messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
                while let Some(Ok(message)) = messages.next().await {
                    if let AsyncMessage::Notification(n) = message {
                        let _ = sender.unbounded_send(format!("{} {}", n.channel(), n.payload()));
                    }
                }
            });
            client
        }};
    }
    let client = match tls() {
        Some(tls) => drive!(config().ssl_mode(SslMode::Require).connect(tls)),
        None => drive!(config().ssl_mode(SslMode::Disable).connect(NoTls)),
    };
    (client, receiver)
}

fn state<T>(result: &Result<T, Error>) -> String {
    match result {
        Ok(_) => "none".into(),
        Err(error) => error.code().map_or(error.to_string(), |code| code.code().into()),
    }
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

async fn run() {
    let (mut client, mut notifications) = connect().await;
    let plus = client.prepare("SELECT $1::int4 + 1").await.unwrap();
    let mut total = 0;
    for i in 0..8i32 {
        total += client.query_one(&plus, &[&i]).await.unwrap().get::<_, i32>(0);
    }
    println!("prepared: {total}");

    let row = client
        .query_one(
            "SELECT $1::int8, $2::text, $3::bytea, $4::bool, $5::text, $6::int4[]",
            &[&(1i64 << 40), &"ä'\\x", &vec![0u8, 255], &true, &None::<String>, &vec![1i32, 2]],
        )
        .await
        .unwrap();
    println!(
        "types: {} {} {:?} {} {:?} {:?}",
        row.get::<_, i64>(0), row.get::<_, String>(1), row.get::<_, Vec<u8>>(2), row.get::<_, bool>(3),
        row.get::<_, Option<String>>(4), row.get::<_, Vec<i32>>(5)
    );

    let mut states = Vec::new();
    client.batch_execute("CREATE TEMP TABLE t (n int4 PRIMARY KEY)").await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    transaction.execute("INSERT INTO t VALUES ($1)", &[&1i32]).await.unwrap();
    {
        let nested = transaction.savepoint("s").await.unwrap();
        states.push(state(&nested.execute("INSERT INTO t VALUES ($1)", &[&1i32]).await));
        states.push(state(&nested.query("SELECT 1", &[]).await));
        nested.rollback().await.unwrap();
    }
    transaction.execute("INSERT INTO t VALUES ($1)", &[&2i32]).await.unwrap();
    transaction.commit().await.unwrap();
    println!("transaction: {states:?} {}", number(&client, "SELECT count(*) FROM t").await);

    let twice = client.prepare("SELECT 10 / $1::int4").await.unwrap();
    let values: Vec<i32> = (0..10).collect();
    let results = future::join_all(values.iter().map(|i| {
        let (client, twice) = (&client, &twice);
        async move { client.query_one(twice, &[i]).await.map(|row| row.get::<_, i32>(0)) }
    }))
    .await;
    let shown: Vec<String> = results.iter().map(|r| r.as_ref().map_or(state(r), |n| n.to_string())).collect();
    println!("pipeline: {}", shown.join(" "));

    let transaction = client.transaction().await.unwrap();
    let portal = transaction.bind("SELECT generate_series(1, $1::int4)", &[&100i32]).await.unwrap();
    total = 0;
    loop {
        let rows = transaction.query_portal(&portal, 7).await.unwrap();
        if rows.is_empty() {
            break;
        }
        total += rows.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>();
    }
    transaction.commit().await.unwrap();
    println!("cursor: {total}");

    client.batch_execute("CREATE TEMP TABLE c (n int4, t text)").await.unwrap();
    let sink = client.copy_in("COPY c FROM STDIN").await.unwrap();
    pin_mut!(sink);
    for i in 0..1000 {
        sink.send(bytes(format!("{i}\trow {i}\n"))).await.unwrap();
    }
    let copied = sink.finish().await.unwrap();
    let out = client.copy_out("COPY (SELECT * FROM c ORDER BY n) TO STDOUT").await.unwrap();
    let size = out.try_fold(0, |n, data| future::ok(n + data.len())).await.unwrap();
    println!("copy: {copied} {size}");

    let (other, _) = connect().await;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let token = client.cancel_token();
    let (slept, _) = future::join(client.batch_execute("SELECT pg_sleep(60)"), async {
        other.query_one("SELECT wait_for_sleeper($1)", &[&pid]).await.unwrap();
        match tls() {
            Some(tls) => token.cancel_query(tls).await.unwrap(),
            None => token.cancel_query(NoTls).await.unwrap(),
        }
    })
    .await;
    let alive: String = client.query_one("SELECT 'alive'", &[]).await.unwrap().get(0);
    println!("cancel: {} {alive}", state(&slept));

    client.batch_execute("LISTEN driver_tokio").await.unwrap();
    other.batch_execute("NOTIFY driver_tokio, 'hello'").await.unwrap();
    println!("notify: {}", notifications.next().await.unwrap());

    let large = "x".repeat(5_000_000);
    let row = client.query_one("SELECT $1::text", &[&large]).await.unwrap();
    println!("large: {}", row.get::<_, String>(0).len());

    let items = client.prepare("SELECT id, title FROM driver_item WHERE list_id = $1").await.unwrap();
    let mut count = 0;
    for list in client.query("SELECT id, name FROM driver_list ORDER BY id", &[]).await.unwrap() {
        count += client.query(&items, &[&list.get::<_, i32>(0)]).await.unwrap().len();
    }
    println!("loop: {count}");
}

fn bytes(text: String) -> bytes::Bytes {
    text.into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio::task::LocalSet::new().run_until(run()).await;
}
