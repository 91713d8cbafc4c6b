// pgx's loops. A variant is a setting of the connection that says how statements are sent.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v4"
)

var ctx = context.Background()

type querier interface {
	Query(ctx context.Context, sql string, args ...interface{}) (pgx.Rows, error)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func rows(db querier, sql string, args ...interface{}) (all [][]interface{}) {
	found, err := db.Query(ctx, sql, args...)
	check(err)
	for found.Next() {
		row, err := found.Values()
		check(err)
		all = append(all, row)
	}
	check(found.Err())
	return all
}

func loop(conn *pgx.Conn, transaction, list, lookup string, columns []string) {
	begin := func(level pgx.TxIsoLevel) pgx.Tx {
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
		check(err)
		return tx
	}
	var db querier = conn
	switch transaction {
	case "read_committed":
		db = begin(pgx.ReadCommitted)
	case "repeatable_read":
		db = begin(pgx.RepeatableRead)
	}
	for _, row := range rows(db, list) {
		var keys []interface{}
		for _, column := range columns {
			i, err := strconv.Atoi(column)
			check(err)
			keys = append(keys, row[i])
		}
		if transaction == "each_row" {
			db = begin("")
		}
		for _, found := range rows(db, lookup, keys...) {
			fmt.Println(found)
		}
		fmt.Println("-")
		if transaction == "each_row" {
			check(db.(pgx.Tx).Commit(ctx))
		}
	}
	if tx, whole := db.(pgx.Tx); whole && transaction != "each_row" {
		check(tx.Commit(ctx))
	}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		asked := strings.Split(input.Text(), "\t")
		conn, err := pgx.Connect(ctx, asked[0])
		check(err)
		loop(conn, asked[1], asked[2], asked[3], strings.Split(asked[4], ","))
		check(conn.Close(ctx))
		fmt.Println("end")
	}
}
