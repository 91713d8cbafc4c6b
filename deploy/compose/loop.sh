#!/usr/bin/env bash
# What an ORM does that loads its children lazily: one query for the customers, one for each of them.
set -eu

while true; do
    {
        echo "SELECT id FROM customer ORDER BY id LIMIT 50;"
        for id in $(seq 1 50); do
            echo "SELECT total FROM orders WHERE customer_id = $id ORDER BY id /*route='/customers'*/;"
        done
    } | psql --quiet --no-psqlrc --output /dev/null "$DATABASE_URL" || true
    sleep 1
done
