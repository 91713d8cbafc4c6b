// What the programs of Go's drivers have in common: pgx's own interface and database/sql differ in
// little more than who takes the context.
package main

import (
	"context"
	"fmt"
	"os"
)

var ctx = context.Background()

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type rows interface {
	Next() bool
	Scan(destinations ...interface{}) error
	Err() error
}

type query func(text string, arguments ...interface{}) (rows, error)

func (q query) each(scan func(rows) error, text string, arguments ...interface{}) int {
	found, err := q(text, arguments...)
	check(err)
	count := 0
	for found.Next() {
		check(scan(found))
		count++
	}
	check(found.Err())
	return count
}

// The sum of 1 to 100, in portions, within a transaction.
func cursor(q query) int {
	total := 0
	add := func(row rows) error {
		var value int
		err := row.Scan(&value)
		total += value
		return err
	}
	for q.each(add, "FETCH 7 FROM c") > 0 {
	}
	return total
}

// The items of all lists, list by list.
func loop(q query) int {
	var ids []int
	q.each(func(row rows) error {
		var id int
		var name string
		err := row.Scan(&id, &name)
		ids = append(ids, id)
		return err
	}, "SELECT id, name FROM driver_list ORDER BY id")
	count := 0
	for _, id := range ids {
		count += q.each(func(row rows) error { return nil },
			"SELECT id, title FROM driver_item WHERE list_id = $1", id)
	}
	return count
}
