"""Much data in little memory: streams pass through in pieces, and a slow side slows the other."""

import io
import os
import socket
import ssl
import subprocess
import threading

import psycopg2
import pytest

from support import wire
from support.locations import postgres_bin
from support.raw_connection import RawConnection
from support.relay import Relay
from support.waiting import wait_until

GIBIBYTE = 1 << 30
MEBIBYTE = 1 << 20
KIB_MAX = 100 * 1024  # what the process may ever take, whatever passes


class Pattern(io.RawIOBase):
    """A file of `size` bytes: rows of 1 KiB."""

    ROW = b"r" * 1023 + b"\n"
    BLOCK = ROW * 64

    def __init__(self, size: int):
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = self.BLOCK[:min(len(self.BLOCK), self.left)]
        self.left -= len(piece)
        return piece


class Counter(io.RawIOBase):
    def __init__(self):
        self.count = 0

    def write(self, data: bytes) -> int:
        self.count += len(data)
        return len(data)


@pytest.fixture
def connection(proxied):
    connection = psycopg2.connect(proxied.dsn())
    yield connection
    connection.close()


@pytest.mark.large
class TestBulk:
    @pytest.fixture(autouse=True)
    def constant_memory(self, proxy):
        yield
        assert proxy.peak_rss_kib() < KIB_MAX

    def test_copy_out_of_one_gibibyte(self, connection):
        sink = Counter()
        rows = GIBIBYTE // 1024
        connection.cursor().copy_expert(
            f"COPY (SELECT repeat('x', 1023) FROM generate_series(1, {rows})) TO STDOUT", sink)
        assert sink.count == GIBIBYTE

    def test_copy_in_of_one_gibibyte(self, connection):
        cursor = connection.cursor()
        # A trigger that drops each row: the server's disk is not what is tested.
        cursor.execute("CREATE TEMP TABLE bulk (t text)")
        cursor.copy_expert("COPY bulk FROM STDIN WHERE t = ''", Pattern(GIBIBYTE), 1 << 16)
        cursor.execute("SELECT count(*) FROM bulk")
        assert cursor.fetchone() == (0,)

    def test_value_of_200_mebibytes(self, connection):
        with connection.cursor(name=None) as cursor:
            cursor.execute("SELECT repeat('v', %s)", (200 * MEBIBYTE,))
            (value,) = cursor.fetchone()
            assert len(value) == 200 * MEBIBYTE

    def test_text_of_100_mebibytes(self, proxied):
        with RawConnection(proxied).login() as raw:
            text = b"SELECT length('" + b"t" * (100 * MEBIBYTE) + b"')"
            assert raw.value(text) == str(100 * MEBIBYTE).encode()
            raw.send(wire.parse("", "SELECT length($1::text)"),
                     wire.bind("", "", [b"p" * (100 * MEBIBYTE)]), wire.execute(), wire.sync())
            rows = [m for m in raw.read_until(b"Z") if m.type == b"D"]
            assert wire.data_row_values(rows[0].body) == [str(100 * MEBIBYTE).encode()]

    def test_result_of_many_rows(self, proxied):
        done = subprocess.run(
            [postgres_bin() / "psql", "-XAtq", "-v", "FETCH_COUNT=0", "-o", "/dev/null", "-c",
             "SELECT i, md5(i::text) FROM generate_series(1, 1000000) i"],
            env=proxied.environment(), capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr


@pytest.mark.large
class TestBackpressure:
    """Of what one side does not read, pgfold keeps little and stops reading the other."""

    def test_slow_reader(self, proxy, proxied, pg):
        before = proxy.rss_kib()
        readers = [RawConnection(proxied).login(parameters=[("application_name", "slow")])
                   for _ in range(8)]
        for reader in readers:
            reader.send(wire.query(
                f"COPY (SELECT repeat('x', 1023) FROM generate_series(1, {200 * 1024})) TO STDOUT"))
        # All servers come to stand: their clients do not read.
        wait_until(lambda: pg.backends("application_name = 'slow' AND wait_event = 'ClientWrite'")
                   == len(readers), "the servers to wait for their clients")
        assert proxy.peak_rss_kib() < KIB_MAX
        assert proxy.rss_kib() - before < 8 * 4096
        # Others do not notice.
        with RawConnection(proxied).login() as bystander:
            assert bystander.value("SELECT 'well'") == b"well"
        # And nothing is lost for those who begin to read.
        received = sum(len(m.body) for m in readers[0].read_until(b"Z") if m.type == b"d")
        assert received == 200 * MEBIBYTE
        for reader in readers:
            reader.abort()

    def test_slow_server(self, start_pgfold, pg):
        with Relay(pg.endpoint, record=False) as relay:
            process = start_pgfold(relay.endpoint.dsn())
            raw = RawConnection(process.endpoint).login()
            raw.query("CREATE TEMP TABLE sink (t text)")
            raw.send(wire.query("COPY sink FROM STDIN WHERE t = ''"))
            raw.read_until(b"G")
            relay.stall()
            raw.socket.settimeout(1.0)
            block = wire.copy_data(Pattern.BLOCK)
            sent = 0
            pending = block
            try:
                while sent < 400 * MEBIBYTE:
                    sent += raw.socket.send(pending)
                    pending = block[sent % len(block):]
            except TimeoutError:
                pass
            assert sent < 100 * MEBIBYTE, "pgfold reads on although the server does not"
            assert process.peak_rss_kib() < KIB_MAX
            relay.resume()
            raw.socket.settimeout(30)
            raw.send(pending, wire.copy_done())
            assert [m.body for m in raw.read_until(b"Z") if m.type == b"C"] == [b"COPY 0\0"]
            raw.close()

    def test_pipeline_deeper_than_the_buffers(self, proxied):
        """The server answers while the client still sends; libpq's documented deadlock must not
        come earlier than it does directly."""
        with RawConnection(proxied).login() as raw:
            count = 20_000
            one = wire.bind("", "", [b"1"]) + wire.execute() + wire.sync()
            raw.send(wire.parse("", "SELECT $1::int, repeat('x', 100)"), wire.sync())
            raw.read_until(b"Z")
            sender = threading.Thread(target=raw.send, args=(one * count,))
            sender.start()
            rows = 0
            for _ in range(count):
                rows += sum(m.type == b"D" for m in raw.read_until(b"Z"))
            sender.join()
            assert rows == count


@pytest.mark.large
@pytest.mark.parametrize("tls, count, kib_max", [(False, 5000, 32), (True, 2000, 128)],
                         ids=["plain", "tls"])
def test_idle_connections(start_pgfold, tmp_path, certificates, tls, count, kib_max):
    """Thousands of them, at most so much memory each. The server is a stand-in, since PostgreSQL
    cannot hold that many. With TLS most of it is OpenSSL's."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * count + 500:
        pytest.skip(f"at most {hard} open files per process")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    from support.idle_server import IdleServer

    config = {"limits": {"client_connections": count + 100}}
    if tls:
        config["tls"] = {"mode": "require", "cert": str(certificates.path("proxy.crt")),
                         "key": str(certificates.path("proxy.key"))}
    context = ssl.create_default_context(cafile=str(certificates.path("ca.crt")))
    ready = b"Z\0\0\0\x05I"
    login = wire.startup([("user", "someone"), ("database", "db")])

    def read_to_ready(stream: socket.socket) -> None:
        data = b""
        while not data.endswith(ready):
            piece = stream.recv(4096)
            assert piece, f"closed after {data!r}"
            data += piece

    with IdleServer(tmp_path) as server:
        process = start_pgfold(server.endpoint.dsn(), config=config)

        def connect(number: int) -> list:
            sockets = []
            for _ in range(number):
                stream = socket.create_connection(("127.0.0.1", process.port), 30)
                if tls:
                    stream.sendall(wire.ssl_request())
                    assert stream.recv(1) == b"S"
                    stream = context.wrap_socket(stream, server_hostname="localhost")
                stream.sendall(login)
                sockets.append(stream)
            for stream in sockets:
                read_to_ready(stream)
            return sockets

        warm = connect(100)
        before = process.rss_kib()
        sockets = connect(count - 100)
        per_connection = (process.rss_kib() - before) / (count - 100)
        print(f"{per_connection:.1f} KiB per idle connection")
        assert per_connection <= kib_max
        # They are alive, and idle again they cost no more.
        for stream in sockets:
            stream.sendall(wire.query("SELECT 1"))
        for stream in sockets:
            read_to_ready(stream)
        per_connection = (process.rss_kib() - before) / (count - 100)
        print(f"{per_connection:.1f} KiB after a query on each")
        assert per_connection <= kib_max
        for stream in warm + sockets:
            stream.close()
        wait_until(lambda: process.open_files() < 100, "the connections to be closed")
