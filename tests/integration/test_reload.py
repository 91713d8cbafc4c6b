"""A change of the configuration is noticed and applied, however the file is changed."""

import os
import signal
import urllib.error
import urllib.request

import psycopg2
import pytest
import yaml

from support.parent_child import parent_child
from support.raw_connection import RawConnection
from support.waiting import wait_until


def limit(connections: int) -> str:
    return yaml.safe_dump({"limits": {"client_connections": connections}})


def in_force(process) -> dict:
    return process.get_json("/api/v1/config")["config"]


def wait_for_limit(process, connections: int) -> None:
    wait_until(lambda: in_force(process)["limits"]["client_connections"] == connections,
               f"client_connections of {connections}")


def failures(process) -> float:
    return process.metric("pgfold_config_reloads_total", outcome="failure")


class TestChangedFile:
    def test_written_in_place(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(),
                               config={"limits": {"client_connections": 10}})
        with RawConnection(process.endpoint).login() as client:
            for connections in (11, 12):
                process.config_path.write_text(limit(connections))
                wait_for_limit(process, connections)
            assert client.value("SELECT 1") == b"1"

    def test_replaced_as_editors_do(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(),
                               config={"limits": {"client_connections": 10}})
        for connections in (11, 12, 13):
            path = process.config_path
            os.rename(path, f"{path}~")
            fresh = path.with_suffix(".swp")
            fresh.write_text(limit(connections))
            os.rename(fresh, path)
            wait_for_limit(process, connections)
        process.assert_healthy()

    def test_mounted_config_map(self, start_pgfold, pg, tmp_path):
        """pgfold.yaml → ..data/pgfold.yaml, ..data → ..<time>: an update swaps the second link."""
        def publish(name: str, connections: int) -> None:
            (tmp_path / name).mkdir()
            (tmp_path / name / "pgfold.yaml").write_text(limit(connections))
            os.symlink(name, tmp_path / "..data_tmp")
            os.rename(tmp_path / "..data_tmp", tmp_path / "..data")

        publish("..2026_01", 10)
        os.symlink("..data/pgfold.yaml", tmp_path / "pgfold.yaml")
        process = start_pgfold(pg.endpoint.dsn(), arguments=["-c", tmp_path / "pgfold.yaml"])
        wait_for_limit(process, 10)
        for number, connections in ((2, 11), (3, 12)):
            publish(f"..2026_0{number}", connections)
            wait_for_limit(process, connections)

    def test_a_bad_file_changes_nothing(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(),
                               config={"limits": {"client_connections": 10}})
        process.config_path.write_text("limits:\n  client_connections: many\n")
        wait_until(lambda: failures(process) == 1, "the refusal")
        assert "pgfold.yaml:2:23: expected" in process.output()
        assert in_force(process)["limits"]["client_connections"] == 10
        process.config_path.write_text(limit(11))
        wait_for_limit(process, 11)

    def test_a_certificate(self, start_pgfold, pg, certificates, tmp_path):
        cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"

        def install(name: str) -> None:
            key.write_bytes(certificates.path(f"{name}.key").read_bytes())
            cert.write_bytes(certificates.path(f"{name}.crt").read_bytes())

        def shown() -> bytes:
            with RawConnection(process.endpoint) as raw:
                return raw.start_tls().socket.getpeercert(binary_form=True)

        install("proxy")
        process = start_pgfold(pg.endpoint.dsn(), config={
            "tls": {"mode": "allow", "cert": str(cert), "key": str(key)}})
        before = shown()
        install("elsewhere")
        wait_until(lambda: shown() != before, "the new certificate")

    def test_what_needs_a_restart_is_said(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"log": {"format": "text"}})
        process.config_path.write_text("log: {format: json}\nthreads: 7\n")
        process.wait_for_output("takes effect only at a restart: log.format")
        request = urllib.request.Request(process.admin_url + "/api/v1/reload", method="POST")
        answer = yaml.safe_load(urllib.request.urlopen(request, timeout=20).read())
        assert answer == {"reloaded": True, "needs_restart": ["threads", "log.format"],
                          "for_new_connections": []}
        assert in_force(process)["log"]["format"] == "text"


def reload(process, config: dict) -> dict:
    """Its answer; every worker has heard of it."""
    process.write_config(config)
    request = urllib.request.Request(process.admin_url + "/api/v1/reload", method="POST")
    answer = yaml.safe_load(urllib.request.urlopen(request, timeout=20).read())
    process.get("/api/v1/connections")
    return answer


class TestOpenSessions:
    SLEEP = "SELECT pg_sleep(0.02)"

    def slow_queries(self, process) -> int:
        return process.output().count("slow query")

    def test_take_it_outside_of_a_transaction(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={"detect": {"slow_query": "60s"}})
        with RawConnection(process.endpoint).login() as client:
            client.value(self.SLEEP)
            client.query("BEGIN")
            answer = reload(process, {"detect": {"slow_query": "1ms"}})
            assert answer["for_new_connections"] == []
            client.value(self.SLEEP)
            client.query("COMMIT")
            client.value("SELECT pg_sleep(0.02) AS after_it")
            process.wait_for_output("after_it")
            assert self.slow_queries(process) == 1, process.output()

    def test_stop_folding_a_table_and_begin_again(self, start_pgfold, pg):
        with parent_child(pg, "reloaded", 40, 3):
            batch = {"max_age": "1s"}
            process = start_pgfold(pg.endpoint.dsn(), config={"batch": batch})
            connection = psycopg2.connect(process.endpoint.dsn())
            connection.autocommit = True
            cursor = connection.cursor()

            def folded() -> float:
                before = process.metric("pgfold_folded_lookups_total")
                cursor.execute("SELECT id FROM reloaded_list ORDER BY id")
                for (key,) in cursor.fetchall():
                    cursor.execute("SELECT id FROM reloaded_item WHERE list_id = %s", (key,))
                    assert len(cursor.fetchall()) == 3
                return process.metric("pgfold_folded_lookups_total") - before

            wait_until(lambda: folded() > 30, "the loop to be folded")
            reload(process, {"batch": {**batch, "exclude": [{"table": "reloaded_item"}]}})
            # What has been fetched is good for as long as it would have been.
            wait_until(lambda: folded() == 0, "what was fetched to be too old")
            assert [folded() for _ in range(3)] == [0, 0, 0]
            reload(process, {"batch": batch})
            wait_until(lambda: folded() > 30, "the loop to be folded again")
            connection.close()

    def test_one_whose_writes_nobody_follows_keeps_folding_off(self, start_pgfold, pg):
        """It began while folding was off; what it writes would not be seen."""
        with parent_child(pg, "unseen", 40, 1):
            process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"mode": "off"}})
            writer = psycopg2.connect(process.endpoint.dsn())
            writer.autocommit = True
            reload(process, {"batch": {"max_age": "60s"}})
            reader = psycopg2.connect(process.endpoint.dsn())
            reader.autocommit = True
            writes, reads = writer.cursor(), reader.cursor()

            def folded() -> float:
                before = process.metric("pgfold_folded_lookups_total")
                reads.execute("SELECT id FROM unseen_list ORDER BY id")
                for (key,) in reads.fetchall():
                    if not writer.closed:
                        writes.execute("DELETE FROM unseen_item WHERE list_id = %s", (key,))
                    reads.execute("SELECT id FROM unseen_item WHERE list_id = %s", (key,))
                    assert writer.closed or not reads.fetchall(), f"{key} is deleted"
                return process.metric("pgfold_folded_lookups_total") - before

            for _ in range(5):
                writes.execute("INSERT INTO unseen_item SELECT i, i FROM generate_series(1, 40) i "
                               "ON CONFLICT DO NOTHING")
                assert folded() == 0
            writer.close()
            wait_until(lambda: folded() > 30, "the loop to be folded")
            reader.close()

    def test_what_they_cannot_take_is_said(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={})
        answer = reload(process, {"batch": {"mode": "off"}, "comments": "strip"})
        assert answer["for_new_connections"] == ["batch.mode", "comments"]
        process.wait_for_output("changed, for new connections only: batch.mode")


class TestSecrets:
    def test_from_a_file(self, start_pgfold, pg, tmp_path):
        secret = tmp_path / "token"
        secret.write_text("s3cr3t-of-the-admin\n")
        process = start_pgfold(pg.endpoint.dsn(),
                               config={"admin": {"token": "${file:" + str(secret) + "}"}})

        def accepted(token: str) -> bool:
            request = urllib.request.Request(
                process.admin_url + "/api/v1/reload", method="POST",
                # Behind a reverse proxy the address says nothing: only the token counts.
                headers={"X-Forwarded-For": "192.0.2.1", "Authorization": f"Bearer {token}"})
            try:
                return urllib.request.urlopen(request, timeout=20).status == 200
            except urllib.error.HTTPError as refused:
                assert refused.code in (401, 403), refused
                return False

        assert accepted("s3cr3t-of-the-admin") and not accepted("another")
        secret.write_text("an0ther-s3cr3t\n")
        wait_until(lambda: accepted("an0ther-s3cr3t"), "the new token")
        assert not accepted("s3cr3t-of-the-admin")
        shown = process.get("/api/v1/config").decode() + process.output()
        assert "s3cr3t" not in shown and in_force(process)["admin"]["token"] == "***"

    @pytest.mark.parametrize("config", [
        "admin: {token: '${file:TOKEN}'}", "upstream: '${file:TOKEN}'", "threads: ${file:TOKEN}",
        "log: {level: '${file:TOKEN}'}", "listen: ${file:TOKEN}"])
    def test_errors_do_not_show_them(self, start_pgfold, pg, tmp_path, config):
        process = start_pgfold(pg.endpoint.dsn(), config={})
        (tmp_path / "secret").write_text("do not show me\n")
        process.config_path.write_text(config.replace("TOKEN", str(tmp_path / "secret")))
        wait_until(lambda: failures(process) == 1, "the refusal")
        assert "do not show" not in process.output()

    def test_a_file_that_is_not_there(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(), config={})
        process.config_path.write_text("admin:\n  token: ${file:nowhere/token}\n")
        process.wait_for_output("pgfold.yaml:2:10: ")
        assert "nowhere/token: No such file or directory" in process.output()


def test_signals_still_reload(start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"client_connections": 1}})
    reloads = process.metric("pgfold_config_reloads_total", outcome="success")
    process.signal(signal.SIGHUP)
    wait_until(lambda: process.metric("pgfold_config_reloads_total", outcome="success") > reloads,
               "the reload")
    psycopg2.connect(process.endpoint.dsn()).close()
