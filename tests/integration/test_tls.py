"""TLS on either side, on both, and on none; with certificates that are right, wrong or missing."""

import re
import ssl
import subprocess
import threading

import psycopg2
import psycopg2.errors
import pytest

from support import wire
from support.fake_server import FakeServer
from support.locations import postgres_bin
from support.postgres import PASSWORD
from support.raw_connection import ConnectionEnded, RawConnection
from support.waiting import wait_until


@pytest.fixture
def tls_config(certificates):
    """The `tls` section of a configuration."""
    def make(mode: str = "allow", name: str = "proxy", client_ca: bool = False) -> dict:
        section = {"mode": mode, "cert": str(certificates.path(f"{name}.crt")),
                   "key": str(certificates.path(f"{name}.key"))}
        if client_ca:
            section["client_ca"] = str(certificates.path("ca.crt"))
        return {"tls": section}
    return make


def session_uses_tls(connection) -> bool:
    """Whether the server sees TLS, which is pgfold's side of it when pgfold is between."""
    cursor = connection.cursor()
    cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    return cursor.fetchone()[0]


def failure(endpoint, **overrides) -> str:
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(endpoint.dsn(**overrides))
    return str(caught.value)


class TestTowardsClients:
    @pytest.fixture
    def tls_proxy(self, start_pgfold, pg, tls_config):
        return start_pgfold(pg.endpoint.dsn(), config=tls_config())

    @pytest.mark.parametrize("sslmode", ["disable", "allow", "prefer", "require", "verify-ca",
                                         "verify-full"])
    def test_modes(self, tls_proxy, certificates, sslmode):
        connection = psycopg2.connect(tls_proxy.endpoint.dsn(
            sslmode=sslmode, sslrootcert=certificates.path("ca.crt")))
        assert connection.info.ssl_in_use == (sslmode not in ("disable", "allow"))
        assert not session_uses_tls(connection)
        connection.close()

    def test_versions_and_names(self, tls_proxy, certificates):
        connection = psycopg2.connect(tls_proxy.endpoint.dsn(sslmode="require"))
        assert connection.info.ssl_attribute("protocol") == "TLSv1.3"
        connection.close()
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(tls_proxy.endpoint.dsn(
                sslmode="require", ssl_min_protocol_version="TLSv1.1",
                ssl_max_protocol_version="TLSv1.1"))
        message = failure(tls_proxy.endpoint, sslmode="verify-full",
                          sslrootcert=certificates.path("other_ca.crt"))
        assert "certificate verify failed" in message

    def test_plain_proxy_declines(self, proxied):
        assert "does not support SSL" in failure(proxied, sslmode="require")
        connection = psycopg2.connect(proxied.dsn(sslmode="prefer"))
        assert not connection.info.ssl_in_use
        connection.close()

    def test_required(self, start_pgfold, pg, tls_config):
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config("require"))
        message = failure(process.endpoint, sslmode="disable")
        assert "FATAL" in message and re.search("TLS|SSL|encrypt", message), message
        with RawConnection(process.endpoint) as raw:
            raw.send(wire.startup([("user", "postgres")]))
            (error,) = raw.errors(raw.read_to_end())
            assert error["C"] == "28000"
        psycopg2.connect(process.endpoint.dsn(sslmode="require")).close()

    def test_client_certificate(self, start_pgfold, pg, tls_config, certificates):
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config("require", client_ca=True))
        good = {"sslmode": "require", "sslcert": certificates.path("client.crt"),
                "sslkey": certificates.path("client.key")}
        psycopg2.connect(process.endpoint.dsn(**good)).close()
        assert failure(process.endpoint, sslmode="require", sslcert="/nonexistent")
        stranger = {**good, "sslcert": certificates.path("stranger.crt"),
                    "sslkey": certificates.path("stranger.key")}
        assert failure(process.endpoint, **stranger)
        # Those who failed have not harmed it.
        psycopg2.connect(process.endpoint.dsn(**good)).close()

    def test_large_results_and_copy(self, tls_proxy):
        connection = psycopg2.connect(tls_proxy.endpoint.dsn(sslmode="require"))
        cursor = connection.cursor()
        cursor.execute("SELECT repeat('z', 50000000)")
        assert len(cursor.fetchone()[0]) == 50_000_000
        cursor.execute("SELECT length(%s)", ("q" * 20_000_000,))
        assert cursor.fetchone() == (20_000_000,)
        connection.close()

    def test_cancel(self, tls_proxy, pg):
        assert_cancel_works(tls_proxy.endpoint, pg, sslmode="require")

    def test_login_byte_by_byte(self, tls_proxy):
        """Each byte of the SSLRequest, then of the TLS handshake, in a segment of its own."""
        raw = RawConnection(tls_proxy.endpoint)
        for byte in wire.ssl_request():
            raw.send(bytes([byte]))
        assert raw.socket.recv(1) == b"S"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    raw.send(bytes([byte]))
                incoming.write(raw.socket.recv(1 << 16))
        tls.write(wire.startup([("user", "postgres"), ("database", "app")]))
        for byte in outgoing.read():
            raw.send(bytes([byte]))
        received = b""
        while not received.endswith(b"Z\0\0\0\x05I"):
            try:
                received += tls.read(1 << 16)
            except ssl.SSLWantReadError:
                incoming.write(raw.socket.recv(1 << 16))
        raw.close()

    def test_early_plaintext_is_rejected(self, tls_proxy):
        """CVE-2021-23222 class: nothing that came unencrypted may count as encrypted."""
        with RawConnection(tls_proxy.endpoint) as raw:
            raw.send(wire.ssl_request() + wire.startup([("user", "postgres"), ("database", "app")]))
            assert_closed_without_login(raw)
        psycopg2.connect(tls_proxy.endpoint.dsn(sslmode="require")).close()

    def test_garbage_instead_of_a_handshake(self, tls_proxy):
        with RawConnection(tls_proxy.endpoint) as raw:
            raw.send(wire.ssl_request())
            assert raw.socket.recv(1) == b"S"
            raw.send(b"\xff" * 500)
            assert_closed_without_login(raw)
        psycopg2.connect(tls_proxy.endpoint.dsn(sslmode="require")).close()

    def test_bad_files_are_told_at_start(self, start_pgfold, pg, certificates, tmp_path):
        (tmp_path / "bad.crt").write_text("not a certificate")
        for cert, key in ((tmp_path / "bad.crt", certificates.path("proxy.key")),
                          (tmp_path / "missing.crt", certificates.path("proxy.key")),
                          (certificates.path("proxy.crt"), certificates.path("server.key"))):
            process = start_pgfold(pg.endpoint.dsn(), wait=False, config={
                "tls": {"mode": "require", "cert": str(cert), "key": str(key)}})
            assert process.wait() == 2, process.output()
            assert str(cert) in process.output() or str(key) in process.output()


def assert_closed_without_login(raw: RawConnection) -> None:
    try:
        data = b""
        while True:
            piece = raw.socket.recv(4096)
            if not piece:
                break
            data += piece
    except (ConnectionResetError, ssl.SSLError):
        pass
    assert b"R\0\0\0\x08\0\0\0\0" not in data, "logged in"


def assert_cancel_works(endpoint, pg, **overrides) -> None:
    connection = psycopg2.connect(endpoint.dsn(**overrides))
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
    connection.cursor().execute("SELECT 1")
    connection.close()


class TestTowardsServers:
    @pytest.mark.parametrize("sslmode", ["disable", "allow", "prefer", "require", "verify-ca",
                                         "verify-full"])
    def test_modes(self, start_pgfold, pg, certificates, sslmode):
        upstream = pg.endpoint.dsn(sslmode=sslmode, sslrootcert=certificates.path("ca.crt"),
                                   host="localhost", hostaddr="127.0.0.1")
        process = start_pgfold(upstream)
        connection = psycopg2.connect(process.endpoint.dsn())
        assert session_uses_tls(connection) == (sslmode not in ("disable", "allow"))
        connection.close()

    def test_server_without_tls(self, start_pgfold, start_postgres):
        server = start_postgres(certificates=None)
        prefer = start_pgfold(server.endpoint.dsn(sslmode="prefer"))
        psycopg2.connect(prefer.endpoint.dsn()).close()
        require = start_pgfold(server.endpoint.dsn(sslmode="require"))
        assert "does not support SSL" in failure(require.endpoint)

    def test_wrong_authority_or_name(self, start_pgfold, pg, start_postgres, certificates):
        stranger = start_pgfold(pg.endpoint.dsn(
            sslmode="verify-ca", sslrootcert=certificates.path("other_ca.crt")))
        message = failure(stranger.endpoint)
        assert "certificate verify failed" in message, message
        server = start_postgres()
        for suffix in ("crt", "key"):
            (server.data / f"server.{suffix}").write_bytes(
                certificates.path(f"elsewhere.{suffix}").read_bytes())
        server.reload()
        good = start_pgfold(server.endpoint.dsn(
            sslmode="verify-ca", sslrootcert=certificates.path("ca.crt")))

        def serves_the_new_one() -> bool:
            with RawConnection(server.endpoint) as raw:
                raw.start_tls()
                return b"elsewhere.test" in raw.socket.getpeercert(binary_form=True)

        wait_until(serves_the_new_one, "the server to show its new certificate")
        psycopg2.connect(good.endpoint.dsn()).close()
        wrong_name = start_pgfold(server.endpoint.dsn(
            sslmode="verify-full", sslrootcert=certificates.path("ca.crt")))
        message = failure(wrong_name.endpoint)
        assert "mismatch" in message and "127.0.0.1" in message, message

    def test_missing_root_certificate(self, start_pgfold, pg, tmp_path):
        process = start_pgfold(pg.endpoint.dsn(
            sslmode="verify-full", sslrootcert=tmp_path / "nowhere.crt"), wait=False)
        # Either it refuses to start, or every connection tells why.
        wait_until(lambda: not process.is_running() or "ready:" in process.output(), "an outcome")
        if process.is_running():
            match = re.search(r"ready: postgresql://127.0.0.1:(\d+)", process.output())
            process.host, process.port = "127.0.0.1", int(match.group(1))
            assert "nowhere.crt" in failure(process.endpoint)
        else:
            assert process.wait() == 2 and "nowhere.crt" in process.output()

    def test_client_certificate(self, start_pgfold, pg, certificates):
        process = start_pgfold(pg.endpoint.dsn(
            sslmode="require", sslcert=certificates.path("client.crt"),
            sslkey=certificates.path("client.key")))
        connection = psycopg2.connect(process.endpoint.dsn(user="cert_user"))
        cursor = connection.cursor()
        cursor.execute("SELECT user, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert cursor.fetchone() == ("cert_user", "/CN=cert_user")
        connection.close()
        without = start_pgfold(pg.endpoint.dsn(sslmode="require"))
        assert "certificate" in failure(without.endpoint, user="cert_user")

    def test_cancel(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"))
        assert_cancel_works(process.endpoint, pg)

    def test_early_plaintext_from_the_server_is_rejected(self, start_pgfold):
        """CVE-2021-23214 class: what follows the 'S' unencrypted must not be read."""
        def inject(backend) -> None:
            backend.read_packet()
            backend.send(b"S" + wire.error_response("FATAL", "57P03", "injected"))
            backend.read_exactly(1 << 20)

        with FakeServer(inject) as server:
            process = start_pgfold(server.endpoint.dsn(sslmode="require"))
            assert "injected" not in failure(process.endpoint)

    def test_server_with_a_strange_answer(self, start_pgfold):
        def answer(backend) -> None:
            backend.read_packet()
            backend.send(b"?")
            backend.read_exactly(1 << 20)

        with FakeServer(answer) as server:
            process = start_pgfold(server.endpoint.dsn(sslmode="require"))
            assert "08" in failure_state(process.endpoint)


def failure_state(endpoint) -> str:
    with RawConnection(endpoint) as raw:
        raw.send(wire.startup([("user", "postgres"), ("database", "app")]))
        return raw.errors(raw.read_to_end())[0]["C"]


class TestScram:
    """SCRAM passes whatever the TLS is like; channel binding only where it can be true."""

    LOGIN = {"user": "scram_user", "password": PASSWORD}

    def test_client_tls_only(self, start_pgfold, pg, tls_config, certificates):
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config())
        psycopg2.connect(process.endpoint.dsn(
            sslmode="verify-full", sslrootcert=certificates.path("ca.crt"), **self.LOGIN)).close()
        message = failure(process.endpoint, sslmode="require", channel_binding="require",
                          **self.LOGIN)
        assert "channel binding" in message, message

    def test_server_tls_only(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"))
        psycopg2.connect(process.endpoint.dsn(**self.LOGIN)).close()
        psycopg2.connect(process.endpoint.dsn(
            **{**self.LOGIN, "user": "tls_user"})).close()
        assert "channel binding" in failure(process.endpoint, channel_binding="require",
                                            **self.LOGIN)

    def test_both_with_the_same_certificate(self, start_pgfold, pg, tls_config):
        """The binding is to the certificate, so it holds from end to end."""
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"),
                               config=tls_config("require", "server"))
        for binding in ("prefer", "require", "disable"):
            psycopg2.connect(process.endpoint.dsn(
                sslmode="require", channel_binding=binding, **self.LOGIN)).close()

    def test_both_with_different_certificates(self, start_pgfold, pg, tls_config):
        """A client over TLS says that it would have bound; the server takes that for a downgrade.
        It must be told what to do about it."""
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"), config=tls_config("require"))
        message = failure(process.endpoint, sslmode="require", channel_binding="prefer",
                          **self.LOGIN)
        assert "channel_binding" in message or "channel binding" in message, message
        psycopg2.connect(process.endpoint.dsn(
            sslmode="require", channel_binding="disable", **self.LOGIN)).close()

    def test_wrong_password_over_tls(self, start_pgfold, pg, tls_config):
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config())
        message = failure(process.endpoint, sslmode="require", user="scram_user", password="no")
        assert "password authentication failed" in message


class TestBothSides:
    def test_cancel(self, start_pgfold, pg, tls_config):
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"), config=tls_config("require"))
        assert_cancel_works(process.endpoint, pg, sslmode="require")

    def test_pgbench(self, start_pgfold, pg, tls_config):
        process = start_pgfold(pg.endpoint.dsn(sslmode="require"), config=tls_config("require"))
        script = process.directory / "one.sql"
        script.write_text("SELECT 1;\n")
        done = subprocess.run(
            [postgres_bin() / "pgbench", "-n", "-f", script, "-M", "extended", "-C", "-c", "4",
             "-t", "25"], env=process.endpoint.environment(sslmode="require"),
            capture_output=True, text=True, timeout=100)
        assert done.returncode == 0 and "processed: 100/100" in done.stdout, done.stderr


class TestEncryptionRequests:
    """SSLRequest and GSSENCRequest may come in any order, each answered by one byte."""

    @pytest.mark.parametrize("requests", [
        [wire.gssenc_request()], [wire.ssl_request()],
        [wire.gssenc_request(), wire.ssl_request()], [wire.ssl_request(), wire.gssenc_request()],
    ], ids=["gss", "ssl", "gss-ssl", "ssl-gss"])
    @pytest.mark.parametrize("chunk", [1, 100])
    def test_declined_then_login(self, proxied, requests, chunk):
        with RawConnection(proxied) as raw:
            for request in requests:
                for start in range(0, len(request), chunk):
                    raw.send(request[start:start + chunk])
                assert raw.socket.recv(10) == b"N"
            raw.login()
            assert raw.value("SELECT 1") == b"1"

    def test_direct_tls(self, start_pgfold, pg, tls_config):
        """As PostgreSQL 17's sslnegotiation=direct: a TLS handshake with ALPN at once."""
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config("require"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["postgresql"])
        raw = RawConnection(process.endpoint)
        raw.socket = context.wrap_socket(raw.socket)
        assert raw.socket.selected_alpn_protocol() == "postgresql"
        raw.login()
        raw.close()

    def test_direct_tls_needs_alpn(self, start_pgfold, pg, tls_config):
        process = start_pgfold(pg.endpoint.dsn(), config=tls_config("require"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = RawConnection(process.endpoint)
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError, ConnectionEnded)):
            raw.socket = context.wrap_socket(raw.socket)
            raw.login()
        raw.close()
