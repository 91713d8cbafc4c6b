"""Starting, reloading, draining and stopping; what clients see of it."""

import os
import re
import signal
import socket
import subprocess
import threading

import psycopg2
import psycopg2.errors
import pytest

from support import wire
from support.endpoint import Endpoint
from support.locations import pgfold_binary
from support.postgres import Postgres
from support.raw_connection import ConnectionEnded, RawConnection
from support.waiting import wait_until


def stops_accepting(process) -> None:
    def refused() -> bool:
        try:
            socket.create_connection((process.host, process.port), 5).close()
            return False
        except ConnectionResetError:  # it was in the backlog of the listener that just closed
            return False
        except ConnectionRefusedError:
            return True

    wait_until(refused, "pgfold to stop accepting")


class TestStart:
    def test_ready_line(self, proxy):
        lines = proxy.output().splitlines()
        ready = [line for line in lines if line.startswith("ready: ")]
        assert len(ready) == 1
        assert re.fullmatch(r"ready: postgresql://127\.0\.0\.1:\d+  admin: http://127\.0\.0\.1:\d+",
                            ready[0])

    def test_several_addresses(self, start_pgfold, pg):
        if not os.path.exists("/proc/net/if_inet6"):
            pytest.skip("no IPv6 here")
        process = start_pgfold(pg.endpoint.dsn(), listen=["127.0.0.1:0", "[::1]:0"])
        psycopg2.connect(process.endpoint.dsn()).close()

    def test_unix_sockets_on_both_sides(self, start_pgfold, pg, scratch):
        folder = scratch / "sockets"
        folder.mkdir(exist_ok=True)
        process = start_pgfold(pg.socket_endpoint.dsn(),
                               listen=["127.0.0.1:0", f"unix:{folder}/.s.PGSQL.6433"])
        endpoint = Endpoint("pgfold", str(folder), 6433)
        connection = psycopg2.connect(endpoint.dsn())
        cursor = connection.cursor()
        cursor.execute("SELECT client_addr IS NULL, client_port FROM pg_stat_activity"
                       " WHERE pid = pg_backend_pid()")
        assert cursor.fetchone() == (True, -1)
        connection.close()
        process.stop()
        assert not (folder / ".s.PGSQL.6433").exists()

    def test_a_stale_socket_file_is_replaced(self, start_pgfold, pg, scratch):
        path = scratch / "stale.sock"
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(str(path))
        stale.close()
        process = start_pgfold(pg.endpoint.dsn(), listen=["127.0.0.1:0", f"unix:{path}"])
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(path))
        client.close()
        process.stop()

    def test_address_in_use(self, start_pgfold, pg, proxy):
        second = start_pgfold(pg.endpoint.dsn(), wait=False,
                              listen=[f"127.0.0.1:{proxy.port}"])
        assert second.wait() != 0
        assert str(proxy.port) in second.output() and "in use" in second.output()

    def test_upstream_from_the_environment(self, start_pgfold, pg):
        for env in ({"DATABASE_URL": f"postgresql://postgres@127.0.0.1:{pg.port}/app?sslmode=disable"},
                    {"PGHOST": "127.0.0.1", "PGPORT": str(pg.port), "PGSSLMODE": "disable"}):
            process = start_pgfold("", env=env)
            psycopg2.connect(process.endpoint.dsn()).close()

    @pytest.mark.parametrize("arguments", [["--nonsense"], ["--threads", "many"],
                                           ["--listen", "127.0.0.1:99999"],
                                           ["--upstream", "postgresql://h:port/x"],
                                           ["--upstream", "sslmode=nonsense"]])
    def test_usage_errors(self, arguments):
        done = subprocess.run([pgfold_binary(), "run", "--admin", "127.0.0.1:0", *arguments],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 2, done
        assert done.stderr.strip() and done.stdout == ""

    def test_bad_config_names_the_place(self, start_pgfold, pg, tmp_path):
        path = tmp_path / "bad.yaml"
        path.write_text("listen: 127.0.0.1:0\nlimit: {client_connections: 5}\n")
        process = start_pgfold(pg.endpoint.dsn(), wait=False, arguments=["-c", str(path)])
        assert process.wait() == 2
        assert re.search(r"bad\.yaml:2:1: .*limits", process.output()), process.output()


class TestDrain:
    """SIGTERM: transactions end in peace, those who wait are told, nobody new comes in."""

    def test_transaction_in_flight_finishes(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        busy = RawConnection(process.endpoint).login()
        idle = RawConnection(process.endpoint).login()
        busy.query("BEGIN")
        busy.query("CREATE TEMP TABLE t (n int)")
        process.signal(signal.SIGTERM)
        (error,) = idle.errors(idle.read_to_end())
        assert (error["C"], error["V"]) == ("57P01", "FATAL")
        stops_accepting(process)
        busy.query("INSERT INTO t VALUES (1)")
        assert busy.value("SELECT count(*) FROM t") == b"1"
        replies = busy.query("COMMIT")
        assert replies[-1].body == b"I"
        (error,) = busy.errors(busy.read_to_end())
        assert error["C"] == "57P01"
        assert process.wait() == 0

    def test_running_statement_finishes(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        busy = RawConnection(process.endpoint).login()
        busy.send(wire.query("SELECT pg_sleep(1.5), 'done'"))
        pg.wait_until_sleeping(busy.process_id)
        process.signal(signal.SIGTERM)
        replies = busy.read_until(b"Z")
        assert wire.data_row_values([m for m in replies if m.type == b"D"][0].body)[1] == b"done"
        busy.read_to_end()
        assert process.wait() == 0

    def test_timeout(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"drain_timeout": "300ms"}})
        stubborn = RawConnection(process.endpoint).login()
        stubborn.query("BEGIN")
        process.signal(signal.SIGTERM)
        errors = stubborn.errors(stubborn.read_to_end())
        assert [e["C"] for e in errors] in (["57P01"], [])
        assert process.wait() == 0
        pg.wait_until_gone(stubborn.process_id)

    def test_second_signal_ends_at_once(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        stubborn = RawConnection(process.endpoint).login()
        stubborn.query("BEGIN")
        process.signal(signal.SIGTERM)
        stops_accepting(process)
        process.signal(signal.SIGTERM)
        process.wait(10)
        process.check_reports()

    def test_interrupt_is_like_terminate(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        process.signal(signal.SIGINT)
        assert process.wait() == 0

    def test_cancel_still_works_while_draining(self, start_pgfold, pg):
        """Through the listener it cannot; the running statement is what matters."""
        process = start_pgfold(pg.endpoint.dsn())
        busy = RawConnection(process.endpoint).login()
        busy.send(wire.query("SELECT pg_sleep(60)"))
        pg.wait_until_sleeping(busy.process_id)
        process.signal(signal.SIGTERM)
        stops_accepting(process)
        pg.psql(f"SELECT pg_cancel_backend({busy.process_id})")
        assert [e["C"] for e in busy.errors(busy.read_until(b"Z"))] == ["57014"]
        busy.read_to_end()
        assert process.wait() == 0


class TestReload:
    def config(self, connections: int) -> dict:
        return {"limits": {"client_connections": connections}}

    def test_good_and_bad(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config=self.config(1))
        first = RawConnection(process.endpoint).login()
        with pytest.raises(psycopg2.OperationalError, match="too many clients"):
            psycopg2.connect(process.endpoint.dsn())
        reloads = process.metric("pgfold_config_reloads_total", outcome="success") \
            if "config_reloads_total" in process.get("/metrics").decode() else 0

        process.write_config(self.config(2))
        process.signal(signal.SIGHUP)
        wait_until(lambda: "config_reloads_total" in process.get("/metrics").decode() and
                   process.metric("pgfold_config_reloads_total") >= reloads + 1, "the reload")
        second = RawConnection(process.endpoint).login()
        assert first.value("SELECT 1") == b"1"

        # A file that is wrong changes nothing, and says where it is wrong.
        process.config_path.write_text("limits:\n  client_connection: 7\n")
        process.signal(signal.SIGHUP)
        process.wait_for_output("pgfold.yaml:2:3")
        with pytest.raises(psycopg2.OperationalError, match="too many clients"):
            psycopg2.connect(process.endpoint.dsn())
        assert second.value("SELECT 1") == b"1"
        first.close()
        second.close()

    def test_certificates(self, start_pgfold, pg, certificates, tmp_path):
        cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"

        def install(name: str) -> None:
            key.write_bytes(certificates.path(f"{name}.key").read_bytes())
            cert.write_bytes(certificates.path(f"{name}.crt").read_bytes())

        install("proxy")
        process = start_pgfold(pg.endpoint.dsn(), config={
            "tls": {"mode": "allow", "cert": str(cert), "key": str(key)}})

        def shown() -> bytes:
            with RawConnection(process.endpoint) as raw:
                return raw.start_tls().socket.getpeercert(binary_form=True)

        before = shown()
        install("elsewhere")
        process.signal(signal.SIGHUP)
        wait_until(lambda: shown() != before, "the new certificate")


class TestLimits:
    def test_too_many_clients(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"client_connections": 3}})
        clients = [RawConnection(process.endpoint).login() for _ in range(3)]
        with RawConnection(process.endpoint) as refused:
            refused.send(wire.startup([("user", "postgres"), ("database", "app")]))
            (error,) = refused.errors(refused.read_to_end())
            assert (error["V"], error["C"]) == ("FATAL", "53300")
        # Cancelling must work even then.
        clients[0].send(wire.query("SELECT pg_sleep(60)"))
        pg.wait_until_sleeping(clients[0].process_id)
        with RawConnection(process.endpoint) as canceller:
            canceller.send(wire.cancel_request(clients[0].process_id, clients[0].secret))
            assert canceller.read_to_end() == []
        assert [e["C"] for e in clients[0].errors(clients[0].read_until(b"Z"))] == ["57014"]
        clients.pop().close()
        wait_until(lambda: can_log_in(process.endpoint), "a place to become free")
        for client in clients:
            client.close()

    def test_startup_timeout(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"startup_timeout": "300ms"}})
        for beginning in (b"", b"\0\0", wire.startup([("user", "postgres")])[:-3]):
            with RawConnection(process.endpoint) as silent:
                silent.send(beginning)
                silent.read_to_end()  # it ends, and nothing but messages came
        # Who is logged in may be silent as long as they like.
        with RawConnection(process.endpoint).login() as patient:
            with RawConnection(process.endpoint) as silent:
                silent.read_to_end()
            assert patient.value("SELECT 1") == b"1"

    def test_startup_timeout_during_authentication(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"startup_timeout": "300ms"}})
        with RawConnection(process.endpoint) as silent:
            silent.send(wire.startup([("user", "scram_user"), ("database", "app")]))
            silent.read_until(b"R")
            silent.read_to_end()


def can_log_in(endpoint: Endpoint) -> bool:
    try:
        psycopg2.connect(endpoint.dsn()).close()
        return True
    except psycopg2.OperationalError:
        return False


class TestClientsThatLeave:
    def test_their_server_connections_end(self, proxied, proxy, pg):
        clients = [RawConnection(proxied).login() for _ in range(20)]
        for number, client in enumerate(clients):
            client.query("BEGIN")
            client.abort() if number % 2 else client.close()
        for client in clients:
            pg.wait_until_gone(client.process_id)

    def test_in_the_middle_of_a_result(self, proxied, pg):
        client = RawConnection(proxied).login()
        client.send(wire.query("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"))
        client.read_until(b"D")
        client.abort()
        pg.wait_until_gone(client.process_id)

    def test_in_the_middle_of_a_message(self, proxied, pg):
        client = RawConnection(proxied).login()
        client.send(wire.query("SELECT 1" + " " * 1000)[:500])
        client.abort()
        pg.wait_until_gone(client.process_id)

    def test_in_the_middle_of_copy(self, proxied, pg):
        client = RawConnection(proxied).login()
        client.query("CREATE TABLE IF NOT EXISTS half (t text)")
        client.send(wire.query("COPY half FROM STDIN"))
        client.read_until(b"G")
        client.send(wire.copy_data(b"never committed\n"))
        client.close()
        pg.wait_until_gone(client.process_id)
        assert pg.psql("SELECT count(*) FROM half") == "0"

    def test_half_close_after_the_last_request(self, endpoint, pg):
        """A client may end its own direction, as `printf … | nc` does: as PostgreSQL does it."""
        with RawConnection(endpoint).login() as client:
            client.send(wire.query("SELECT 'last words'"), wire.terminate())
            client.socket.shutdown(socket.SHUT_WR)
            replies = client.read_to_end()
            assert [m.type for m in replies] == [b"T", b"D", b"C", b"Z"]

    def test_files_are_closed(self, proxied, proxy, pg):
        wait_until(lambda: pg.backends() == 0, "the others to leave")
        before = proxy.open_files()
        clients = [RawConnection(proxied).login() for _ in range(50)]
        assert proxy.open_files() >= before + 100
        for number, client in enumerate(clients):
            (client.abort if number % 2 else client.close)()
        wait_until(lambda: proxy.open_files() <= before, "the files to be closed")


class TestServersThatFail:
    def failure(self, endpoint) -> dict:
        with RawConnection(endpoint) as raw:
            raw.send(wire.startup([("user", "postgres"), ("database", "app")]))
            (error,) = raw.errors(raw.read_to_end())
            return error

    def test_down(self, start_pgfold, start_postgres):
        server = start_postgres()
        process = start_pgfold(server.endpoint.dsn())
        psycopg2.connect(process.endpoint.dsn()).close()
        server.stop()
        error = self.failure(process.endpoint)
        assert error["V"] == "FATAL" and error["C"] in ("08006", "08001", "57P03")
        assert str(server.port) in error["M"] and "refused" in error["M"], error
        server.restart()
        wait_until(lambda: can_log_in(process.endpoint), "the way back")

    def test_killed_in_the_middle_of_a_query(self, start_pgfold, start_postgres):
        server = start_postgres()
        process = start_pgfold(server.endpoint.dsn())
        failures = []
        ready = "ready to accept connections"
        for endpoint in (server.endpoint, process.endpoint):
            connection = psycopg2.connect(endpoint.dsn())
            pid = connection.info.backend_pid

            def kill() -> None:
                server.wait_until_sleeping(pid)
                os.kill(pid, signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            with pytest.raises(psycopg2.OperationalError) as caught:
                connection.cursor().execute("SELECT pg_sleep(60)")
            failures.append((type(caught.value), str(caught.value)))
            killer.join()
            # The server starts over after such a crash, but not at once.
            wait_until(lambda: server.output().count(ready) > len(failures),
                       "the server to recover")
        assert failures[0] == failures[1]

    def test_shut_down_while_clients_are_idle(self, start_pgfold, start_postgres):
        """The server's last words arrive. (At an immediate shutdown not every backend has any.)"""
        server = start_postgres()
        process = start_pgfold(server.endpoint.dsn())
        words = []
        connections = [RawConnection(e).login() for e in (server.endpoint, process.endpoint)]
        server.stop(signal.SIGINT)
        for connection in connections:
            words.append(connection.read_to_end())
        assert words[0] == words[1] and words[0]

    def test_several_hosts(self, start_pgfold, pg, start_postgres):
        second = start_postgres()
        process = start_pgfold(f"host=127.0.0.1,127.0.0.1 port={second.port},{pg.port} "
                               "sslmode=disable")

        def port() -> int:
            with RawConnection(process.endpoint).login() as raw:
                return int(raw.value("SHOW port"))

        assert port() == second.port
        second.stop()
        assert port() == pg.port

    def test_target_session_attrs(self, start_pgfold, scratch, start_postgres, certificates):
        primary = start_postgres()
        standby = Postgres(scratch / "standby", certificates=certificates)
        standby.initialize_as_standby(primary)
        try:
            standby.start()
            hosts = (f"host=127.0.0.1,127.0.0.1 port={standby.port},{primary.port} "
                     "user=postgres dbname=app sslmode=disable")

            def reached(wanted: str) -> int:
                process = start_pgfold(f"{hosts} target_session_attrs={wanted}")
                with RawConnection(process.endpoint).login() as raw:
                    return int(raw.value("SHOW port"))

            assert reached("any") == standby.port
            assert reached("read-write") == primary.port
            assert reached("primary") == primary.port
            assert reached("standby") == standby.port
            assert reached("read-only") == standby.port
            assert reached("prefer-standby") == standby.port

            # Nobody is what is asked for.
            process = start_pgfold(f"host=127.0.0.1 port={standby.port} user=postgres dbname=app "
                                   "sslmode=disable target_session_attrs=read-write")
            error = self.failure(process.endpoint)
            assert error["V"] == "FATAL" and error["C"][:2] in ("08", "57"), error

            # After a failover the way leads to the new primary.
            follows = start_pgfold(f"{hosts} target_session_attrs=read-write")
            with RawConnection(follows.endpoint).login() as raw:
                assert int(raw.value("SHOW port")) == primary.port
            primary.stop(signal.SIGQUIT)
            standby.psql("SELECT pg_promote(true)")

            def promoted() -> bool:
                try:
                    with RawConnection(follows.endpoint).login() as raw:
                        return int(raw.value("SHOW port")) == standby.port
                except (AssertionError, ConnectionEnded, OSError):
                    return False

            wait_until(promoted, "the new primary")
        finally:
            standby.remove()
