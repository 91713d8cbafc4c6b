"""Alerts reach real web and mail servers, and a dead one keeps nobody waiting."""

import hashlib
import hmac
import json
import socket
import subprocess

import psycopg2
import pytest

from support.locations import pgfold_binary
from support.pgfold import sanitizer
from support.receivers import MailReceiver, WebReceiver
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sanitizer() is not None if pgfold_binary().exists() else False,
                                reason="libcurl's TLS is not instrumented")

DIRECT = {"no_proxy": "*", "NO_PROXY": "*"}


def rule(notify, when="n_plus_one_lookups > 20 in 1m", **more):
    return {"name": "loops", "when": when, "notify": notify, **more}


def loop(endpoint, table: str) -> None:
    with psycopg2.connect(endpoint.dsn()) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} ORDER BY id")
        for (key,) in cursor.fetchall():
            cursor.execute(f"SELECT n FROM {table} WHERE id = %s", (key,))
            cursor.fetchone()
    connection.close()


@pytest.fixture(scope="module")
def table(pg):
    pg.psql("CREATE TABLE alerted (id int PRIMARY KEY, n int);"
            "INSERT INTO alerted SELECT i, i FROM generate_series(1, 40) i")
    yield "alerted"
    pg.psql("DROP TABLE alerted")


def states(process):
    return {a["name"]: a["state"] for a in process.get_json("/api/v1/alerts")["alerts"]}


def wait_for_state(process, state: str) -> None:
    wait_until(lambda: states(process).get("loops") == state, f"the alert to be {state}")


def test_firing_and_resolved(start_pgfold, pg, table):
    with WebReceiver() as web:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule(["hook", "chat"], "n_plus_one_lookups > 5 in 3s")],
            "notify": {"hook": {"webhook": web.url, "secret": "k3y", "group_wait": "0s"},
                       "chat": {"slack": web.url + "/slack", "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)

        def to(path: str) -> list:
            return [post for post in web.posts if post.path == path]

        wait_until(lambda: min(len(to("/hook")), len(to("/hook/slack"))) >= 2, "both messages")
        hooks = to("/hook")
        assert [post.json["state"] for post in hooks[:2]] == ["firing", "resolved"]
        first = hooks[0].json["alerts"][0]
        assert first["name"] == "loops" and first["value"] > 5 and first["ended"] is None
        for post in hooks:
            signed = hmac.new(b"k3y", post.body, hashlib.sha256).hexdigest()
            assert post.headers["X-Pgfold-Signature"] == "sha256=" + signed
        chats = [post.json["text"] for post in to("/hook/slack")]
        assert "firing: loops" in chats[0] and "resolved: loops" in chats[1]
        wait_until(lambda: process.metric("pgfold_notifications_total", outcome="delivered") >= 4,
                   "what has been delivered to be counted")
        config = process.get("/api/v1/config").decode()
        assert "k3y" not in config and web.url not in config


def test_a_new_loop_is_described(start_pgfold, pg, table):
    with WebReceiver() as web:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule("hook", 'new_finding{class="n_plus_one"} in 1h')],
            "notify": {"hook": {"webhook": web.url, "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)
        (detail,) = web.wait(1)[0].json["alerts"][0]["details"]
        assert "SELECT n FROM alerted WHERE id = $1" in detail and "n_plus_one" in detail


def test_what_is_known_survives_a_restart(start_pgfold, pg, table, tmp_path):
    pg.psql("CREATE TABLE alerted_later AS TABLE alerted")
    with WebReceiver() as web:
        def start():
            process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
                "alerts_state_file": str(tmp_path / "alerts.json"),
                "alerts": [rule("hook", 'new_finding{class="n_plus_one"} in 1h')],
                "notify": {"hook": {"webhook": web.url, "group_wait": "0s"}}})
            wait_for_state(process, "inactive")
            return process

        process = start()
        loop(process.endpoint, table)
        web.wait(1)
        process.stop()
        process = start()
        loop(process.endpoint, table)
        wait_until(lambda: process.get_json("/api/v1/findings")["total"] == 1, "the finding")
        loop(process.endpoint, "alerted_later")
        alert = web.wait(2)[1].json["alerts"][0]
        assert len(alert["details"]) == 1 and "FROM alerted_later" in alert["details"][0], alert
    pg.psql("DROP TABLE alerted_later")


def test_a_foreign_state_file_is_left_alone(start_pgfold, pg, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not yours")
    process = start_pgfold(pg.endpoint.dsn(), config={"alerts_state_file": str(path)})
    process.wait_for_output("it is left as it is")
    process.stop()
    assert path.read_text() == "not yours"


def test_queries_per_request(start_pgfold, pg):
    with WebReceiver() as web:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule("hook", 'queries_per_request{route="/orders*"} > 4 in 10m')],
            "notify": {"hook": {"webhook": web.url, "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        with psycopg2.connect(process.endpoint.dsn()) as connection, connection.cursor() as cursor:
            for number in range(30):
                for route, queries in (("/orders/all", 5), ("/users", 9)):
                    # The trace is the request.
                    trace = 2 * number + len(route)
                    tags = f"traceparent='00-{trace:032x}-{7:016x}-01'"
                    for _ in range(queries):
                        cursor.execute(f"SELECT 1 /*route='{route}',{tags}*/")
        connection.close()
        alert = web.wait(1)[0].json["alerts"][0]
        assert 4 < alert["value"] <= 5
        assert [d.split(":")[0] for d in alert["details"]] == ["/orders/all"]


def test_a_failing_receiver_is_tried_again(start_pgfold, pg, table):
    with WebReceiver() as web:
        web.status = 503
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule("hook", "n_plus_one_lookups > 20 in 1h")],
            "notify": {"hook": {"webhook": web.url, "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)
        web.wait(2)
        (receiver,) = process.get_json("/api/v1/alerts")["receivers"]
        assert "503" in receiver["last_error"] and receiver["delivered"] == 0
        web.status = 200
        wait_until(lambda: process.get_json("/api/v1/alerts")["receivers"][0]["delivered"] == 1,
                   "the message to be taken")
        assert process.get_json("/api/v1/alerts")["receivers"][0]["last_error"] is None


def test_a_dead_receiver_keeps_nobody_waiting(start_pgfold, pg, table):
    """One that accepts and never answers, beside one that is well."""
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))
    dead.listen()
    with WebReceiver() as web:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule(["dead", "hook"])],
            "notify": {"dead": {"webhook": f"http://127.0.0.1:{dead.getsockname()[1]}/",
                                "group_wait": "0s"},
                       "hook": {"webhook": web.url, "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)
        taken, _ = dead.accept()  # it hangs from here on
        web.wait(1)
        loop(process.endpoint, table)
        process.stop()  # neither does the end wait for it
        taken.close()
    dead.close()


def test_mail_by_starttls(start_pgfold, pg, table, certificates):
    pair = (certificates.path("server.crt"), certificates.path("server.key"))
    with MailReceiver(pair, password="let-me-in") as post_office:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={
            "alerts": [rule("oncall")],
            "notify": {"oncall": {
                "email": "a@example.com,b@example.com", "from": "pgfold@example.com",
                "smtp": post_office.url, "username": "pgfold", "password": "let-me-in",
                "ca": str(certificates.path("ca.crt")), "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)
        mail = post_office.wait(1)[0]
        assert mail.sender == "pgfold@example.com"
        assert mail.recipients == ["a@example.com", "b@example.com"]
        assert mail.encrypted and "pgfold" in mail.user
        assert "Subject: [pgfold] firing: loops" in mail.text
        assert "n_plus_one_lookups > 20 in 1m" in mail.text
        assert "let-me-in" not in process.get("/api/v1/config").decode() + process.output()


def test_rules_and_receivers_are_reloaded(start_pgfold, pg, table):
    with WebReceiver() as web:
        process = start_pgfold(pg.endpoint.dsn(), env=DIRECT, config={})
        loop(process.endpoint, table)
        process.write_config({
            "alerts": [rule("hook")],
            "notify": {"hook": {"webhook": web.url, "group_wait": "0s"}}})
        wait_for_state(process, "inactive")
        loop(process.endpoint, table)
        web.wait(1)


class TestSendTestAlert:
    def send(self, tmp_path, config, name="loops"):
        path = tmp_path / "pgfold.yaml"
        path.write_text(json.dumps(config))
        return subprocess.run([pgfold_binary(), "check", "-c", path, "--send-test-alert", name],
                              capture_output=True, text=True, timeout=60, env=DIRECT)

    def test_all_receivers_of_the_alert(self, tmp_path):
        with WebReceiver() as web, MailReceiver() as post_office:
            done = self.send(tmp_path, {
                "alerts": [rule(["hook", "oncall"])],
                "notify": {
                    "hook": {"webhook": web.url}, "other": {"webhook": web.url},
                    "oncall": {"email": "a@example.com", "from": "p@example.com",
                               "smtp": post_office.url, "starttls": "off"}}})
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines()[1:] == ["hook: delivered", "oncall: delivered"]
            (post,) = web.posts
            assert post.json["test"] is True
            assert "This is a test" in post_office.mails[0].text

    def test_what_goes_wrong_is_said(self, tmp_path, certificates):
        pair = (certificates.path("server.crt"), certificates.path("server.key"))
        secret = "http://127.0.0.1:1/very/secret"
        with MailReceiver() as plain, MailReceiver(pair) as unknown:
            mail = {"email": "a@example.com", "from": "p@example.com"}
            done = self.send(tmp_path, {
                "alerts": [rule(["closed", "plain", "unknown", "off"])],
                "notify": {"closed": {"webhook": secret}, "plain": {**mail, "smtp": plain.url},
                           "unknown": {**mail, "smtp": unknown.url},
                           "off": {"slack": "${NO_SUCH_URL:-}"}}})
        assert done.returncode == 1
        lines = dict(line.split(": ", 1) for line in done.stderr.splitlines())
        assert "connect" in lines["closed"].lower() and "very/secret" not in done.stderr
        assert "STARTTLS" in lines["plain"] or "SSL" in lines["plain"]
        assert "certificate" in lines["unknown"]
        assert "switched off" in lines["off"]
        assert plain.mails == [] and unknown.mails == []

    def test_nobody(self, tmp_path):
        done = self.send(tmp_path, {"alerts": [rule([])]})
        assert done.returncode == 1 and "notifies nobody" in done.stderr
        done = self.send(tmp_path, {}, "nothing")
        assert done.returncode == 1 and "neither an alert nor a receiver" in done.stderr


@pytest.mark.parametrize("text, message", [
    ("alerts:\n  - {name: a, when: n_plus_one_lookup > 1}",
     '2:21: unknown metric "n_plus_one_lookup"; did you mean n_plus_one_lookups_total?'),
    ("alerts:\n  - name: a\n    when: queries > 5 in 3 weeks", "3:26: expected a duration"),
    ('alerts:\n  - name: a\n    when: "queries ~ 5"', "3:20: expected a comparison"),
    ("alerts:\n  - {name: a, when: queries > 5, notify: ops}",
     '2:42: "notify" has no receiver named "ops"'),
    ("alerts:\n  - {name: a}", "2:5: an alert needs a condition"),
    ("alerts: [{name: a, when: queries > 1}, {name: a, when: queries > 2}]",
     "two alerts are named a"),
    ("notify:\n  ops: {}", "2:8: a receiver has one of slack, webhook and email"),
    ("notify:\n  ops: {slack: ftp://x}", "2:16: the URL begins with https:// or http://"),
    ("notify: {ops: {email: a@b}}", "email needs smtp"),
    ("notify: [{slack: http://x}]", "expected a mapping of names"),
])
def test_mistakes_are_placed(tmp_path, text, message):
    path = tmp_path / "pgfold.yaml"
    path.write_text(text + "\n")
    done = subprocess.run([pgfold_binary(), "check", "-c", path], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 2
    assert message in done.stderr, done.stderr
