"""Folding seen from outside: metrics, associations, findings; and what switches it off."""

from typing import Iterator, Optional

import psycopg2
import pytest

from support import wire
from support.endpoint import Endpoint
from support.parent_child import parent_child
from support.pgfold import Pgfold
from support.postgres import Postgres
from support.raw_connection import RawConnection
from support.relay import Relay
from support.waiting import wait_until

PARENTS = 40
PARENT = "SELECT id, name FROM shown_list ORDER BY id"
CHILD = "SELECT id, list_id FROM shown_item WHERE list_id = %s ORDER BY id"


@pytest.fixture(scope="module", autouse=True)
def tables(pg: Postgres) -> Iterator[None]:
    with parent_child(pg, "shown", PARENTS, 4):
        yield


def connect(endpoint: Endpoint, **parameters):
    connection = psycopg2.connect(endpoint.dsn(**parameters))
    connection.autocommit = True
    return connection


def loop(connection, child: str = CHILD, parents: int = PARENTS) -> None:
    """The naive loop, each row of which is checked. It stops after so many parents."""
    cursor = connection.cursor()
    cursor.execute(PARENT)
    keys = [row[0] for row in cursor.fetchall()]
    assert len(keys) == PARENTS
    for key in keys[:parents]:
        cursor.execute(child, (key,))
        rows = cursor.fetchall()
        assert len(rows) == 4 and all(row[1] == key for row in rows)


def loop_anew(endpoint: Endpoint, times: int, **how) -> None:
    """On a connection of its own each time: what has been fetched ahead goes with it."""
    for _ in range(times):
        connection = connect(endpoint)
        loop(connection, **how)
        connection.close()


def folded(process: Pgfold) -> float:
    return process.metric("pgfold_folded_lookups_total")


def associations(process: Pgfold) -> list:
    return process.get_json("/api/v1/associations")["associations"]


class TestAssociations:
    def test_a_loop_is_learned_and_scored(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        assert associations(process) == []
        loop_anew(process.endpoint, 3)
        (known,) = associations(process)
        assert known["database"] == pg.endpoint.parameters()["dbname"]
        assert known["parent"]["query"] == PARENT and known["parent"]["columns"] == ["id"]
        assert "FROM shown_item" in known["child"]["query"]
        assert known["strategy"] in ("pipeline", "any") and known["why_not"] is None
        score = known["score"]
        assert score["loops"] >= 2 and score["keys_fetched"] >= score["keys_used"] > PARENTS
        assert score["trust"] > 0 and score["pace_ms"] > 0

    def test_why_loops_that_break_are_left_alone(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        for _ in range(100):
            loop_anew(process.endpoint, 1, parents=3)
            (known,) = associations(process) or [{"score": {"sitting_out": 0}}]
            if known["score"]["sitting_out"] > 1:
                break
        else:
            pytest.fail("its loops are never left alone")
        assert "keys fetched ahead" in known["why_not"]
        before = process.metric("pgfold_batch_keys_fetched_total")
        loop_anew(process.endpoint, 1, parents=3)
        assert process.metric("pgfold_batch_keys_fetched_total") == before


def reason(process: Pgfold, table: str) -> Optional[str]:
    """Why the loop over that table, which must have been found by now, is not folded."""
    def found() -> list:
        return [f for f in process.get_json("/api/v1/findings")["findings"]
                if f["class"] == "n_plus_one" and table in f["tables"]]

    (finding, *_) = wait_until(found, "a finding")
    return finding["not_folded_because"]


class TestReasons:
    def test_none_for_what_is_folded(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        connection = connect(process.endpoint)
        for _ in range(2):
            loop(connection)
        connection.close()
        assert folded(process) > 0
        assert reason(process, "shown_item") is None

    def test_mode_off(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"mode": "off"}})
        connection = connect(process.endpoint)
        loop(connection)
        connection.close()
        assert reason(process, "shown_item") == "batch.mode is off"
        assert folded(process) == 0

    def test_reads_that_cannot_be_known(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        pg.psql("CREATE OR REPLACE FUNCTION shown_opaque(int) RETURNS int LANGUAGE plpgsql STABLE"
                " AS 'BEGIN RETURN $1; END'")
        connection = connect(process.endpoint)
        loop(connection)  # which has the catalog read
        loop(connection, "SELECT shown_opaque(id), list_id FROM shown_item WHERE list_id = %s")
        connection.close()
        reasons = [f["not_folded_because"] for f in
                   process.get_json("/api/v1/findings")["findings"] if "opaque" in f["query"]]
        assert reasons and all("shown_opaque" in text for text in reasons), reasons
        pg.psql("DROP FUNCTION shown_opaque")

    def test_loops_that_break(self, start_pgfold, pg):
        # On a slow machine nothing may keep the batches small but the loops themselves.
        process = start_pgfold(pg.endpoint.dsn(), config={"detect": {"min_lookups": 2},
                                                          "batch": {"max_age": "1h"}})
        for _ in range(100):
            loop_anew(process.endpoint, 1, parents=3)
            if "left alone" in (reason(process, "shown_item") or ""):
                return
        pytest.fail("its loops are never left alone")


class TestExclusions:
    @pytest.mark.parametrize("rule", [{"table": "shown_i*"}, {"role": "postgres*"},
                                      {"database": "*"}, {"application_name": "batch*"}],
                             ids=lambda rule: next(iter(rule)))
    def test_leave_loops_alone(self, start_pgfold, pg, rule):
        if "role" in rule:
            rule = {"role": pg.endpoint.parameters()["user"]}
        process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"exclude": [rule]}})
        connection = connect(process.endpoint, application_name="batch job")
        for _ in range(2):
            loop(connection)
        connection.close()
        assert folded(process) == 0
        assert process.metric("pgfold_batches_total") == 0
        (key, value), = rule.items()
        assert reason(process, "shown_item") == f"batch.exclude has {{{key}: {value}}}"

    def test_leave_all_others_folded(self, start_pgfold, pg):
        rules = [{"table": "shown_list"}, {"role": "nobody"}, {"database": "other"},
                 {"table": "shown_item", "application_name": "other"}]
        process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"exclude": rules}})
        connection = connect(process.endpoint, application_name="batch job")
        for _ in range(2):
            loop(connection)
        connection.close()
        assert folded(process) > 0


class TestSwitch:
    STATEMENTS = ["SET pgfold.batch = off", "SHOW pgfold.batch", "set Session pgfold.batch to 'on'",
                  "/* mine */ SHOW pgfold.batch;", "BEGIN", "SET pgfold.batch TO off",
                  "SHOW pgfold.batch", "COMMIT", "SHOW pgfold.batch"]

    def test_is_answered_as_the_server_would(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        with RawConnection(pg.endpoint).login() as direct, \
                RawConnection(process.endpoint).login() as proxied:
            for sql in self.STATEMENTS:
                expected = [m.raw for m in direct.query(sql)]
                assert [m.raw for m in proxied.query(sql)] == expected, sql
            # The server has not seen any of it.
            (error,) = proxied.errors(proxied.query("SELECT current_setting('pgfold.batch')"))
            assert error["C"] == "42704"

    def test_knows_its_values(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        with RawConnection(process.endpoint).login() as client:
            assert client.value("SHOW pgfold.batch") == b"on"
            client.query("SET pgfold.batch = FALSE")
            assert client.value("SHOW pgfold.batch") == b"off"
            client.query("RESET pgfold.batch")
            assert client.value("SHOW pgfold.batch") == b"on"
            replies = client.query("SET pgfold.batch = sometimes")
            (error,) = client.errors(replies)
            assert error["C"] == "22023" and "pgfold.batch" in error["M"]
            assert replies[-1].raw == client.query("SELECT 1")[-1].raw
            client.query("SET pgfold.batch = off")
            client.query("DISCARD ALL")
            assert client.value("SHOW pgfold.batch") == b"on"
            client.query("BEGIN")
            client.query("SET LOCAL pgfold.batch = off")
            assert client.value("SHOW pgfold.batch") == b"off"
            client.query("COMMIT")
            assert client.value("SHOW pgfold.batch") == b"on"
            client.query("BEGIN")
            client.query("SELECT 1/0")
            (error,) = client.errors(client.query("SET pgfold.batch = off"))
            assert error["C"] == "25P02"
            client.query("ROLLBACK")
            assert client.value("SHOW pgfold.batch") == b"on"

    def test_off_and_on_again(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        connection = connect(process.endpoint)
        loop(connection)
        before = folded(process)
        assert before > 0
        cursor = connection.cursor()
        cursor.execute("SET pgfold.batch = off")
        loop(connection)
        assert folded(process) == before
        other = connect(process.endpoint)  # a session of its own
        loop(other)
        assert folded(process) > before
        before = folded(process)
        cursor.execute("SET pgfold.batch = on")
        loop(connection)
        assert folded(process) > before
        connection.close()
        other.close()

    def test_through_the_extended_protocol(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        with RawConnection(process.endpoint).login() as client:
            for value in (b"off", b"on"):
                client.send(wire.parse("", b"SET pgfold.batch = " + value), wire.bind("", ""),
                            wire.execute(), wire.sync())
                assert [m.type for m in client.read_until(b"Z")] == [b"1", b"2", b"C", b"Z"]
                assert client.value("SHOW pgfold.batch") == value

    def test_a_comment_in_the_statement(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        connection = connect(process.endpoint)
        loop(connection)
        before = folded(process)
        assert before > 0
        for _ in range(2):
            loop(connection, CHILD + " /*pgfold:off*/")
        assert folded(process) == before
        loop(connection, CHILD + " /*pgfold:on*/")
        assert folded(process) > before
        connection.close()


class TestObserve:
    def test_counts_and_sends_nothing(self, start_pgfold, pg):
        with Relay(pg.endpoint) as upstream:
            process = start_pgfold(upstream.endpoint.dsn(), config={"batch": {"mode": "observe"}})
            with Relay(process.endpoint) as downstream:
                connection = connect(downstream.endpoint)
                for _ in range(3):
                    loop(connection)
                connection.close()
                upstream.wait_until_finished()
                asked, sent = (bytes(relay.recordings[-1].from_client)
                               for relay in (downstream, upstream))
        first = PARENT.encode()
        assert sent.count(first) == 3
        assert sent[sent.index(first):] == asked[asked.index(first):]
        assert folded(process) == 0
        assert process.metric("pgfold_round_trips_saved_total") == 0
        assert process.metric("pgfold_batch_keys_fetched_total") == 0
        assert process.metric("pgfold_batches_total", outcome="observed") >= 1
        assert process.metric("pgfold_batches_total", outcome="completed") == 0
        (known,) = associations(process)
        assert 2 * PARENTS < known["score"]["observed_lookups"] < 3 * PARENTS
        assert known["score"]["observed_round_trips"] == known["score"]["observed_lookups"]
        assert "observe" in known["why_not"]
        assert "observe" in reason(process, "shown_item")

    def test_own_writes_end_what_would_have_been_kept(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"mode": "observe"}})
        connection = connect(process.endpoint)
        cursor = connection.cursor()
        cursor.execute(PARENT)
        for key, _ in cursor.fetchall():
            cursor.execute(CHILD, (key,))
            cursor.execute("UPDATE shown_item SET id = id WHERE list_id = %s", (key,))
        connection.close()
        for known in associations(process):
            assert known["score"]["observed_lookups"] == 0


class TestMetrics:
    def test_of_loops(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"max_age": "1m"}})
        connection = connect(process.endpoint)
        cursor = connection.cursor()
        cursor.execute(PARENT)
        assert folded(process) == 0
        assert process.metric("pgfold_batches_total") == 0
        loop_anew(process.endpoint, 3)
        answered = folded(process)
        # The first loop asks for two keys itself, the others for one; what one has fetched serves
        # the next, and is used once.
        assert answered == 3 * PARENTS - 4
        assert process.metric("pgfold_batches_total", strategy="pipeline",
                              outcome="completed") >= 3
        assert process.metric("pgfold_batch_keys_fetched_total") == PARENTS - 1
        assert process.metric("pgfold_batch_keys_used_total") == PARENTS - 1
        assert 0 < process.metric("pgfold_round_trips_saved_total") <= answered
        assert process.metric("pgfold_batches_total", outcome="failed") == 0
        connection.close()

    def test_a_batch_that_fails_is_counted(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        connection = connect(process.endpoint)
        # The last key of the parent, which this client never asks for, divides by zero.
        child = f"SELECT id / ({PARENTS} - list_id), list_id FROM shown_item WHERE list_id = %s"
        for _ in range(4):
            loop(connection, child, PARENTS - 1)
        assert process.metric("pgfold_batches_total", outcome="failed") >= 1
        connection.close()
