"""Ordinary use over libpq: the same answers, errors and side effects either way."""

import select
import threading

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest


@pytest.fixture
def connection(endpoint):
    connection = psycopg2.connect(endpoint.dsn())
    connection.autocommit = True
    yield connection
    connection.close()


def test_types_and_empty_results(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT 1, 'ä€𝄞', NULL, ARRAY[1,2], '{\"a\": 1}'::jsonb, 1.5::float8,"
                   " '2024-02-29 12:00+00'::timestamptz::text, '\\x00ff'::bytea")
    row = cursor.fetchone()
    assert row[:5] == (1, "ä€𝄞", None, [1, 2], {"a": 1})
    assert bytes(row[7]) == b"\x00\xff"
    cursor.execute("SELECT 1 WHERE false")
    assert cursor.fetchall() == []
    cursor.execute("SELECT")
    assert cursor.fetchall() == [()]


def test_notices_arrive_in_order(connection):
    cursor = connection.cursor()
    cursor.execute("DO $$ BEGIN FOR i IN 1..200 LOOP RAISE NOTICE 'n%', i; END LOOP; END $$")
    # psycopg2 keeps the last 50.
    assert [n.strip() for n in connection.notices] == [f"NOTICE:  n{i}" for i in range(151, 201)]


def test_error_inside_transaction_and_savepoint(endpoint):
    with psycopg2.connect(endpoint.dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE t (n int PRIMARY KEY)")
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("SAVEPOINT s")
        with pytest.raises(psycopg2.errors.UniqueViolation) as caught:
            cursor.execute("INSERT INTO t VALUES (1)")
        assert caught.value.diag.constraint_name == "t_pkey"
        assert connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
        with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
            cursor.execute("SELECT 1")
        cursor.execute("ROLLBACK TO s")
        cursor.execute("INSERT INTO t VALUES (2)")
        cursor.execute("SELECT array_agg(n ORDER BY n) FROM t")
        assert cursor.fetchone() == ([1, 2],)
    connection.close()


def test_session_state_stays_with_its_connection(connection):
    cursor = connection.cursor()
    cursor.execute("SET search_path = pg_catalog; SET work_mem = '1234kB';"
                   "CREATE TEMP TABLE mine (n int); PREPARE p AS SELECT 42;"
                   "SELECT pg_advisory_lock(987)")
    for _ in range(3):
        cursor.execute("SHOW work_mem")
        assert cursor.fetchone() == ("1234kB",)
    cursor.execute("EXECUTE p")
    assert cursor.fetchone() == (42,)
    cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 987"
                   " AND pid = pg_backend_pid()")
    assert cursor.fetchone() == (1,)
    cursor.execute("DISCARD ALL")
    with pytest.raises(psycopg2.errors.InvalidSqlStatementName):
        cursor.execute("EXECUTE p")


def test_parameter_status_changes_reach_the_client(connection):
    cursor = connection.cursor()
    cursor.execute("SET client_encoding = 'LATIN1'")
    assert connection.info.parameter_status("client_encoding") == "LATIN1"
    cursor.execute("SELECT 'ä'")
    cursor.execute("SET TimeZone = 'Asia/Tokyo'")
    assert connection.info.parameter_status("TimeZone") == "Asia/Tokyo"


def test_notifications_arrive_while_idle(endpoint):
    listener = psycopg2.connect(endpoint.dsn())
    listener.autocommit = True
    listener.cursor().execute("LISTEN news")
    sender = psycopg2.connect(endpoint.dsn())
    sender.autocommit = True
    for payload in ("one", "two", "x" * 7000):
        sender.cursor().execute("SELECT pg_notify('news', %s)", (payload,))
        # Nothing is sent on the listening connection: the message must come by itself.
        readable, _, _ = select.select([listener], [], [], 20)
        assert readable, "no notification"
        listener.poll()
        notification = listener.notifies.pop(0)
        assert (notification.channel, notification.payload) == ("news", payload)
        assert notification.pid == sender.info.backend_pid
    listener.close()
    sender.close()


def test_two_phase_commit(endpoint):
    connection = psycopg2.connect(endpoint.dsn())
    xid = connection.xid(1, f"gid-{endpoint}", "branch")
    connection.tpc_begin(xid)
    connection.cursor().execute("CREATE TABLE IF NOT EXISTS two_phase (n int)")
    connection.tpc_prepare()
    connection.close()
    other = psycopg2.connect(endpoint.dsn())
    assert [x.gtrid for x in other.tpc_recover()] == [f"gid-{endpoint}"]
    other.tpc_rollback(other.tpc_recover()[0])
    other.close()


def test_cancel(endpoint, pg):
    connection = psycopg2.connect(endpoint.dsn())
    pid = connection.info.backend_pid

    def cancel() -> None:
        pg.wait_until_sleeping(pid)
        connection.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        connection.cursor().execute("SELECT pg_sleep(60)")
    canceller.join()
    connection.rollback()
    cursor = connection.cursor()
    cursor.execute("SELECT 'still here'")
    assert cursor.fetchone() == ("still here",)
    connection.close()


def test_large_objects_and_big_parameters(endpoint):
    connection = psycopg2.connect(endpoint.dsn())
    lobject = connection.lobject(0, "wb")
    content = bytes(range(256)) * 4096
    lobject.write(content)
    lobject.seek(0)
    again = connection.lobject(lobject.oid, "rb")
    assert again.read() == content
    cursor = connection.cursor()
    cursor.execute("SELECT md5(%s), length(%s)", ("y" * 3_000_000, "y" * 3_000_000))
    assert cursor.fetchone()[1] == 3_000_000
    connection.rollback()
    connection.close()


@pytest.mark.parametrize("options", ["-c geqo=off -c statement_timeout=5min"])
def test_startup_parameters(endpoint, options):
    connection = psycopg2.connect(endpoint.dsn(), options=options, application_name="näme's")
    cursor = connection.cursor()
    cursor.execute("SELECT current_setting('geqo'), current_setting('statement_timeout'),"
                   " current_setting('application_name')")
    assert cursor.fetchone()[:2] == ("off", "5min")
    connection.close()


def test_login_errors_are_the_servers_own(direct, proxied):
    def failure(endpoint, **overrides) -> str:
        with pytest.raises(psycopg2.OperationalError) as caught:
            psycopg2.connect(endpoint.dsn(**overrides))
        # libpq puts the address before the server's words.
        return str(caught.value).split("failed: ", 1)[1]

    for overrides in ({"dbname": "no_such_database"}, {"user": "no_such_user"},
                      {"user": "rejected_user"}, {"options": "-c no_such_setting=1"}):
        assert failure(direct, **overrides) == failure(proxied, **overrides)
