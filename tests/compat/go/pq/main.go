// lib/pq: two round trips per unnamed statement, COPY through prepared statements.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

func state(err error) string {
	var failure *pq.Error
	if errors.As(err, &failure) {
		return string(failure.Code)
	}
	return fmt.Sprint(err)
}

func connect() *sql.Conn {
	db, err := sql.Open("postgres", "")
	check(err)
	conn, err := db.Conn(ctx)
	check(err)
	return conn
}

func number(conn *sql.Conn, text string, arguments ...interface{}) int {
	var n int
	check(conn.QueryRowContext(ctx, text, arguments...).Scan(&n))
	return n
}

func main() {
	conn := connect()
	plus, err := conn.PrepareContext(ctx, "SELECT $1::int + 1")
	check(err)
	total := 0
	for i := 0; i < 8; i++ {
		var n int
		check(plus.QueryRow(i).Scan(&n))
		total += n
	}
	fmt.Println("prepared:", total)

	var (
		big           int64
		numeric, text string
		raw           []byte
		flag          bool
		null          *string
		array         pq.Int64Array
	)
	check(conn.QueryRowContext(ctx, "SELECT $1::int8, $2::numeric, $3::text, $4::bytea, $5::bool, $6::text, $7::int[]",
		int64(1)<<40, "1.50", "ä'\\x", []byte{0, 255}, true, nil, pq.Array([]int64{1, 2})).Scan(
		&big, &numeric, &text, &raw, &flag, &null, &array))
	fmt.Println("types:", big, numeric, text, raw, flag, null == nil, array)

	var states []string
	_, err = conn.ExecContext(ctx, "CREATE TEMP TABLE t (n int PRIMARY KEY)")
	check(err)
	tx, err := conn.BeginTx(ctx, nil)
	check(err)
	for _, statement := range []string{"INSERT INTO t VALUES (1)", "SAVEPOINT s", "INSERT INTO t VALUES (1)", "SELECT 1",
		"ROLLBACK TO s", "INSERT INTO t VALUES (2)"} {
		_, err = tx.Exec(statement)
		states = append(states, state(err))
	}
	check(tx.Commit())
	fmt.Println("transaction:", states, number(conn, "SELECT count(*) FROM t"))

	fmt.Println("pipeline: not offered")

	tx, err = conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	check(err)
	_, err = tx.Exec("DECLARE c CURSOR FOR SELECT generate_series(1, 100)")
	check(err)
	inTransaction := func(text string, arguments ...interface{}) (rows, error) {
		return tx.Query(text, arguments...)
	}
	fmt.Println("cursor:", cursor(inTransaction))
	check(tx.Commit())

	_, err = conn.ExecContext(ctx, "CREATE TEMP TABLE c (n int, t text)")
	check(err)
	tx, err = conn.BeginTx(ctx, nil)
	check(err)
	copying, err := tx.Prepare(pq.CopyIn("c", "n", "t"))
	check(err)
	for i := 0; i < 1000; i++ {
		_, err = copying.Exec(i, fmt.Sprintf("row %d", i))
		check(err)
	}
	_, err = copying.Exec()
	check(err)
	check(copying.Close())
	check(tx.Commit())
	fmt.Println("copy:", number(conn, "SELECT sum(length(t)) FROM c"))

	other := connect()
	pid := number(conn, "SELECT pg_backend_pid()")
	cancellable, cancel := context.WithCancel(ctx)
	go func() {
		number(other, "SELECT wait_for_sleeper($1)::int", pid)
		cancel()
	}()
	_, err = conn.ExecContext(cancellable, "SELECT pg_sleep(60)")
	fmt.Println("cancel:", state(err))
	conn = connect()

	listener := pq.NewListener("", time.Second, time.Minute, nil)
	check(listener.Listen("driver_pq"))
	_, err = other.ExecContext(ctx, "NOTIFY driver_pq, 'hello'")
	check(err)
	notification := <-listener.Notify
	for notification == nil { // told after a reconnect
		notification = <-listener.Notify
	}
	fmt.Println("notify:", notification.Channel, notification.Extra)
	check(listener.Close())

	check(conn.QueryRowContext(ctx, "SELECT $1::text", strings.Repeat("x", 5000000)).Scan(&text))
	fmt.Println("large:", len(text))

	fmt.Println("loop:", loop(func(text string, arguments ...interface{}) (rows, error) {
		return conn.QueryContext(ctx, text, arguments...)
	}))
}
