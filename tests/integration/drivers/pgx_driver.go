// pgx: binary parameters, named statements, batches; drops its connection when TLS is declined.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

func connect() *pgx.Conn {
	conn, err := pgx.Connect(ctx, "")
	check(err)
	return conn
}

func state(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return fmt.Sprint(err)
}

func main() {
	conn := connect()
	_, err := conn.Prepare(ctx, "plus", "SELECT $1::int4 + 1")
	check(err)
	total := 0
	for i := 0; i < 8; i++ {
		var n int
		check(conn.QueryRow(ctx, "plus", i).Scan(&n))
		total += n
	}
	fmt.Println("prepared:", total)

	var (
		big     int64
		numeric string
		text    string
		raw     []byte
		flag    bool
		null    *string
		array   []int32
	)
	check(conn.QueryRow(ctx, "SELECT $1::int8, ($2::numeric)::text, $3::text, $4::bytea, $5::bool, $6::text, $7::int[]",
		int64(1)<<40, "1.50", "ä'\\x", []byte{0, 255}, true, nil, []int32{1, 2}).Scan(
		&big, &numeric, &text, &raw, &flag, &null, &array))
	fmt.Println("types:", big, numeric, text, raw, flag, null == nil, array)

	var states []string
	tx, err := conn.Begin(ctx)
	check(err)
	_, err = tx.Exec(ctx, "CREATE TEMP TABLE t (n int PRIMARY KEY)")
	check(err)
	_, err = tx.Exec(ctx, "INSERT INTO t VALUES ($1)", 1)
	check(err)
	nested, err := tx.Begin(ctx)
	check(err)
	for _, sql := range []string{"INSERT INTO t VALUES (1)", "SELECT 1"} {
		_, err = nested.Exec(ctx, sql)
		states = append(states, state(err))
	}
	check(nested.Rollback(ctx))
	_, err = tx.Exec(ctx, "INSERT INTO t VALUES ($1)", 2)
	check(err)
	check(tx.Commit(ctx))
	var count int
	check(conn.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&count))
	fmt.Println("transaction:", states, count)

	batch := &pgx.Batch{}
	for i := 0; i < 10; i++ {
		batch.Queue("SELECT $1::int4 * 2", i)
	}
	results := conn.SendBatch(ctx, batch)
	total = 0
	for i := 0; i < 10; i++ {
		var n int
		check(results.QueryRow().Scan(&n))
		total += n
	}
	check(results.Close())
	failing := &pgx.Batch{}
	failing.Queue("INSERT INTO t VALUES ($1)", 3)
	failing.Queue("SELECT 1 / $1::int4", 0)
	failing.Queue("INSERT INTO t VALUES ($1)", 4)
	results = conn.SendBatch(ctx, failing)
	states = nil
	for i := 0; i < 3; i++ {
		_, err = results.Exec()
		states = append(states, state(err))
	}
	results.Close()
	check(conn.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&count))
	fmt.Println("pipeline:", total, states, count)

	tx, err = conn.Begin(ctx)
	check(err)
	_, err = tx.Exec(ctx, "DECLARE c CURSOR FOR SELECT generate_series(1, 100)")
	check(err)
	inTransaction := func(text string, arguments ...interface{}) (rows, error) {
		return tx.Query(ctx, text, arguments...)
	}
	fmt.Println("cursor:", cursor(inTransaction))
	check(tx.Commit(ctx))

	_, err = conn.Exec(ctx, "CREATE TEMP TABLE c (n int4, t text)")
	check(err)
	values := make([][]interface{}, 1000)
	for i := range values {
		values[i] = []interface{}{int32(i), fmt.Sprintf("row %d", i)}
	}
	copied, err := conn.CopyFrom(ctx, pgx.Identifier{"c"}, []string{"n", "t"}, pgx.CopyFromRows(values))
	check(err)
	var out bytes.Buffer
	_, err = conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT * FROM c ORDER BY n) TO STDOUT")
	check(err)
	fmt.Println("copy:", copied, out.Len())

	other := connect()
	done := make(chan struct{})
	go func() {
		_, err := other.Exec(ctx, "SELECT wait_for_sleeper($1)", int32(conn.PgConn().PID()))
		check(err)
		check(conn.PgConn().CancelRequest(ctx))
		close(done)
	}()
	_, err = conn.Exec(ctx, "SELECT pg_sleep(60)")
	<-done
	var alive string
	check(conn.QueryRow(ctx, "SELECT 'alive'").Scan(&alive))
	fmt.Println("cancel:", state(err), alive)

	_, err = conn.Exec(ctx, "LISTEN driver_pgx")
	check(err)
	_, err = other.Exec(ctx, "NOTIFY driver_pgx, 'hello'")
	check(err)
	notification, err := conn.WaitForNotification(ctx)
	check(err)
	fmt.Println("notify:", notification.Channel, notification.Payload)

	check(conn.QueryRow(ctx, "SELECT $1::text", strings.Repeat("x", 5000000)).Scan(&text))
	fmt.Println("large:", len(text))

	fmt.Println("loop:", loop(func(text string, arguments ...interface{}) (rows, error) {
		return conn.Query(ctx, text, arguments...)
	}))
	check(other.Close(ctx))
	check(conn.Close(ctx))
}
