// lib/pq's loops, by the rules of tests/integration/drivers. A variant is a setting of the connection;
// "prepared" prepares the lookup once.
package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"

	_ "github.com/lib/pq"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func read(found *sql.Rows, err error) (all [][]interface{}) {
	check(err)
	columns, err := found.Columns()
	check(err)
	for found.Next() {
		row := make([]interface{}, len(columns))
		targets := make([]interface{}, len(columns))
		for i := range row {
			targets[i] = &row[i]
		}
		check(found.Scan(targets...))
		for i, value := range row {
			if text, ok := value.([]byte); ok {
				row[i] = string(text)
			}
		}
		all = append(all, row)
	}
	check(found.Err())
	return all
}

type querier interface {
	Query(sql string, args ...interface{}) (*sql.Rows, error)
	Prepare(sql string) (*sql.Stmt, error)
}

func loop(db *sql.DB, variant, transaction, list, lookup string, columns []string) {
	begin := func(text string) *sql.Tx {
		tx, err := db.Begin()
		check(err)
		if text != "" {
			_, err = tx.Exec(text)
			check(err)
		}
		return tx
	}
	var on querier = db
	switch transaction {
	case "read_committed":
		on = begin("")
	case "repeatable_read":
		on = begin("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	}
	var prepared *sql.Stmt
	if variant == "prepared" && transaction != "each_row" {
		var err error
		prepared, err = on.Prepare(lookup)
		check(err)
	}
	for _, row := range read(on.Query(list)) {
		var keys []interface{}
		for _, column := range columns {
			i, err := strconv.Atoi(column)
			check(err)
			keys = append(keys, row[i])
		}
		if transaction == "each_row" {
			on = begin("")
		}
		var found [][]interface{}
		if prepared != nil {
			found = read(prepared.Query(keys...))
		} else {
			found = read(on.Query(lookup, keys...))
		}
		for _, row := range found {
			fmt.Println(row...)
		}
		fmt.Println("-")
		if transaction == "each_row" {
			check(on.(*sql.Tx).Commit())
		}
	}
	if tx, whole := on.(*sql.Tx); whole && transaction != "each_row" {
		check(tx.Commit())
	}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		asked := strings.Split(input.Text(), "\t")
		setting := asked[0]
		if setting == "prepared" {
			setting = ""
		}
		db, err := sql.Open("postgres", setting)
		check(err)
		db.SetMaxOpenConns(1)
		loop(db, asked[0], asked[1], asked[2], asked[3], strings.Split(asked[4], ","))
		check(db.Close())
		fmt.Println("end")
	}
}
