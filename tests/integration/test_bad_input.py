"""What no driver would send. A clear error or the server's own, and nobody else is harmed."""

import os
import random
import struct

import pytest

from support import wire
from support.fake_server import FakeServer
from support.raw_connection import RawConnection
from support.waiting import wait_until

LOGIN = [("user", "postgres"), ("database", "app")]


@pytest.fixture(autouse=True)
def bystander(proxied, proxy):
    """Somebody who was there before and works as before; afterwards no file is left open."""
    with RawConnection(proxied).login() as other:
        other.query("BEGIN")
        other.query("CREATE TEMP TABLE mine AS SELECT 1 AS n")
        before = proxy.open_files()
        yield
        assert other.value("SELECT n FROM mine") == b"1"
        assert other.query("COMMIT")[-1].body == b"I"
        wait_until(lambda: proxy.open_files() <= before, "what was opened to be closed")
        with RawConnection(proxied).login() as newcomer:
            assert newcomer.value("SELECT 'welcome'") == b"welcome"


class TestBeforeStartup:
    @pytest.mark.parametrize("data", [
        b"\x00\x00\x00\x00", b"\x00\x00\x00\x03", b"\xff\xff\xff\xff" * 4, b"\x80\x00\x00\x00abcd",
        b"\x00\x00\x27\x15" + b"\x00\x03\x00\x00" + b"u" * 9993,  # 10,005 bytes
        wire.packet(struct.pack("!i", wire.PROTOCOL_3_0) + b"user\0p"),  # no terminator
        wire.packet(b"\x00\x04\x00\x00user\0postgres\0\0"),
        os.urandom(64), b"\x16\x03\x01\x00\xa5\x01\x00", b"\0" * 4096, b"SSH-2.0-OpenSSH_9.2\r\n",
    ], ids=lambda data: data[:12].hex())
    def test_garbage(self, proxied, data):
        with RawConnection(proxied) as raw:
            raw.send(data)
            try:
                raw.socket.shutdown(1)
                messages = raw.read_to_end()
            except OSError:
                messages = []
            for error in raw.errors(messages):
                assert error["V"] == "FATAL" and error["C"] in ("08P01", "0A000", "28000"), error
            assert all(m.type == b"E" for m in messages)

    @pytest.mark.parametrize("major", [1, 2])
    def test_ancient_protocol(self, proxied, major):
        """PostgreSQL answers these in their own form, which has no fields."""
        with RawConnection(proxied) as raw:
            raw.send(wire.packet(struct.pack("!HH", major, 0) + b"x" * 288))
            data = b""
            while piece := raw.socket.recv(4096):
                data += piece
            assert data[:1] == b"E" and b"protocol" in data, data

    def test_http(self, proxied):
        """Somebody took the SQL port for the admin port: say so."""
        with RawConnection(proxied) as raw:
            raw.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while piece := raw.socket.recv(4096):
                data += piece
            assert b"HTTP" in data, data

    def test_oversized_startup(self, proxied):
        """10,000 bytes are PostgreSQL's limit."""
        with RawConnection(proxied) as raw:
            raw.send(struct.pack("!ii", 10_001, wire.PROTOCOL_3_0))
            (error,) = raw.errors(raw.read_to_end())
            assert (error["V"], error["C"]) == ("FATAL", "08P01")

    def test_largest_startup(self, endpoint):
        padding = 10_000 - len(wire.startup([*LOGIN, ("application_name", "")]))
        with RawConnection(endpoint) as raw:
            raw.login(parameters=[("application_name", "a" * padding)])

    def test_unsupported_minor_version_and_options(self, direct, proxied):
        """NegotiateProtocolVersion comes from the server."""
        answers = []
        for endpoint in (direct, proxied):
            with RawConnection(endpoint) as raw:
                raw.send(wire.startup([*LOGIN, ("_pq_.nonsense", "1")], wire.PROTOCOL_3_2))
                answers.append([m for m in raw.read_until(b"Z") if m.type == b"v"])
        assert answers[0] == answers[1] and answers[0]

    def test_startup_byte_by_byte(self, proxied):
        with RawConnection(proxied) as raw:
            for byte in wire.startup(LOGIN):
                raw.send(bytes([byte]))
            assert raw.read_until(b"Z")[0].type == b"R"

    def test_query_in_the_same_segment_as_startup(self, endpoint):
        """Legal where no password is asked for."""
        with RawConnection(endpoint) as raw:
            raw.send(wire.startup(LOGIN) + wire.query("SELECT 'eager'"))
            raw.read_until(b"Z")
            rows = [m for m in raw.read_until(b"Z") if m.type == b"D"]
            assert wire.data_row_values(rows[0].body) == [b"eager"]

    def test_unknown_cancel_key(self, endpoint):
        for request in (wire.cancel_request(1, b"\0\0\0\0"), wire.cancel_request(2**32 - 1, b"abcd"),
                        wire.cancel_request(1, b"x" * 256)):
            with RawConnection(endpoint) as raw:
                raw.send(request)
                assert raw.read_to_end() == []

    def test_cancel_request_without_a_key(self, proxied):
        with RawConnection(proxied) as raw:
            raw.send(wire.packet(struct.pack("!i", wire.CANCEL_REQUEST)))
            assert [e["C"] for e in raw.errors(raw.read_to_end())] in ([], ["08P01"])

    def test_many_connections_that_say_nothing(self, proxied, proxy):
        silent = [RawConnection(proxied) for _ in range(200)]
        with RawConnection(proxied).login() as raw:
            assert raw.value("SELECT 1") == b"1"
        for connection in silent:
            connection.close()

    def test_random_bytes(self, proxied):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        generator = random.Random(seed)
        for _ in range(100):
            with RawConnection(proxied) as raw:
                raw.send(generator.randbytes(generator.randrange(1, 300)))
                raw.abort()


class TestAfterLogin:
    """The server says what it thinks of it; pgfold must not be the one that falls over."""

    MESSAGES = {
        "unknown type": wire.message(b"~", b"what"),
        "backend's type": wire.message(b"Z", b"I"),
        "length 0": b"Q\0\0\0\0",
        "length 3": b"Q\0\0\0\3",
        "negative length": b"Q\xff\xff\xff\xff",
        "smallest length": b"Q\0\0\0\4",
        "length beyond a gibibyte": b"Q\x7f\xff\xff\xff" + b"x" * 100,
        "long sync": b"S\0\0\x40\x00" + b"x" * 100,
        "query without terminator": wire.message(b"Q", b"SELECT 1"),
        "query with bytes after it": wire.message(b"Q", b"SELECT 1\0SELECT 2\0"),
        "parse without terminator": wire.message(b"P", b"name") + wire.sync(),
        "parse with too few types": wire.message(b"P", b"\0SELECT 1\0\xff\xff") + wire.sync(),
        "bind cut short": wire.message(b"B", b"\0\0\0\1") + wire.sync(),
        "bind with a huge value": wire.message(
            b"B", b"\0\0" + struct.pack("!HHi", 0, 1, 0x7fffffff) + b"x") + wire.sync(),
        "bind with a negative value": wire.message(
            b"B", b"\0\0" + struct.pack("!HHi", 0, 1, -5) + b"x") + wire.sync(),
        "bind with too many formats": wire.message(b"B", b"\0\0" + struct.pack("!H", 65535)) + wire.sync(),
        "describe of nonsense": wire.message(b"D", b"?x\0") + wire.sync(),
        "empty describe": wire.message(b"D") + wire.sync(),
        "close of nonsense": wire.message(b"C", b"?x\0") + wire.sync(),
        "execute cut short": wire.message(b"E", b"\0\0") + wire.sync(),
        "sync with a body": wire.message(b"S", b"body"),
        "flush with a body": wire.message(b"H", b"body") + wire.sync(),
        "function call cut short": wire.message(b"F", b"\0\0") + wire.sync(),
        "copy data without a copy": wire.copy_data(b"1\n") + wire.copy_done() + wire.sync(),
        "password after login": wire.password("secret"),
        "startup after login": wire.startup(LOGIN),
        "ssl request after login": wire.ssl_request(),
    }

    @pytest.mark.parametrize("name", sorted(MESSAGES))
    @pytest.mark.parametrize("chunk", [0, 1], ids=["whole", "pieces"])
    def test_as_the_server_would(self, direct, proxied, name, chunk):
        data = self.MESSAGES[name]
        answers = []
        for endpoint in (direct, proxied):
            with RawConnection(endpoint).login() as raw:
                try:
                    if chunk:
                        for byte in data:
                            raw.send(bytes([byte]))
                    else:
                        raw.send(data)
                    raw.socket.shutdown(1)
                except OSError:
                    pass  # answered and closed before all was sent
                answers.append([wire.error_fields(m.body).get("C", "") if m.type == b"E" else m
                                for m in raw.read_to_end()])
        expected, got = answers
        # What pgfold rejects itself, it rejects as a protocol error.
        assert got == expected or got[-1:] == ["08P01"], (expected, got)

    def test_invalid_utf8(self, direct, proxied):
        answers = []
        for endpoint in (direct, proxied):
            with RawConnection(endpoint).login() as raw:
                replies = raw.query(b"SELECT '\xff\xfe\xc3'") + raw.query(b"SELECT 'fine'")
                raw.send(wire.parse("", b"SELECT \x80"), wire.bind("", ""), wire.execute(), wire.sync())
                replies += raw.read_until(b"Z")
                raw.send(wire.parse(b"\xff", b"SELECT $1::text"), wire.bind("", b"\xff", [b"\xff"]),
                         wire.execute(), wire.sync())
                answers.append(replies + raw.read_until(b"Z"))
        assert answers[0] == answers[1]

    @pytest.mark.parametrize("sql", [
        "SELEC", "SELECT (", "SELECT 'open", 'SELECT "open', "SELECT $$open", "/* open", "SELECT $99999999999",
        "\\d", "SELECT 1; SELEC 2; SELECT 3", "'" * 1001, "(" * 5000, "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT 1 " + "UNION SELECT 1 " * 2000, "SELECT " + "NOT " * 3000 + "true", "--", "\x01\x02", "SELECT U&'\\zzzz'",
        "SELECT 1 WHERE 1 IN (" + ",".join("1" * 20_000) + ")",
        "SELECT " + "-" * 3000 + "1", "SELECT " + "a." * 3000 + "b",
    ], ids=lambda sql: sql[:20])
    def test_sql_that_is_hard_to_parse(self, direct, proxied, sql):
        answers = []
        for endpoint in (direct, proxied):
            with RawConnection(endpoint).login() as raw:
                answers.append(raw.query(sql) + raw.query("SELECT 'after'"))
        assert answers[0] == answers[1]

    def test_65535_parameters(self, endpoint):
        with RawConnection(endpoint).login() as raw:
            count = 65535
            sql = "SELECT " + "+".join(f"${i}::int" for i in (1, 2, count))
            raw.send(wire.parse("", sql, [23] * count), wire.bind("", "", [b"7"] * count),
                     wire.execute(), wire.sync())
            rows = [m for m in raw.read_until(b"Z") if m.type == b"D"]
            assert wire.data_row_values(rows[0].body) == [b"21"]

    def test_endless_statement_names(self, proxied, proxy):
        """More prepared statements than anyone follows, each with a text of its own."""
        with RawConnection(proxied).login() as raw:
            count = 12_000
            for start in range(0, count, 1000):
                raw.send(*(wire.parse(f"s{i}", f"SELECT {i} AS c{i}") for i in range(start, start + 1000)),
                         wire.sync())
                raw.read_until(b"Z")
            for i in (0, 5000, count - 1):
                raw.send(wire.bind("", f"s{i}"), wire.execute(), wire.sync())
                rows = [m for m in raw.read_until(b"Z") if m.type == b"D"]
                assert wire.data_row_values(rows[0].body) == [str(i).encode()]

    def test_very_long_names(self, direct, proxied):
        answers = []
        for endpoint in (direct, proxied):
            with RawConnection(endpoint).login() as raw:
                name = "n" * 9_000
                raw.send(wire.parse(name, "SELECT 1"), wire.bind(name, name), wire.execute(name),
                         wire.close(b"S", name), wire.sync())
                answers.append(raw.read_until(b"Z"))
        assert answers[0] == answers[1]

    def test_nothing_but_syncs(self, endpoint):
        with RawConnection(endpoint).login() as raw:
            raw.send(wire.sync() * 10_000)
            for _ in range(10_000):
                assert raw.read_message() == (b"Z", b"I")

    def test_cut_anywhere(self, proxied):
        """A client that goes away after each possible byte."""
        conversation = (wire.parse("s", "SELECT $1::int", [23]) + wire.bind("", "s", [b"1"]) +
                        wire.describe(b"P", "") + wire.execute() + wire.sync() + wire.query("SELECT 1"))
        for end in range(0, len(conversation), 3):
            raw = RawConnection(proxied).login()
            raw.send(conversation[:end])
            raw.abort()

    @pytest.mark.large
    def test_memory_stays_bounded(self, proxied, proxy):
        """Distinct texts without end, as from one who writes literals into comments and names."""
        with RawConnection(proxied).login() as raw:
            for batch in range(60):
                raw.send(*(wire.query(f"SELECT {i} AS column_{batch}_{i} /* {batch}-{i} */")
                           for i in range(500)))
                for _ in range(500):
                    raw.read_until(b"Z")
        assert proxy.peak_rss_kib() < 200 * 1024


class TestServers:
    """A server that breaks the rules harms those who talk to it, nobody else."""

    def answers(self, start_pgfold, conversation, requests=wire.query("SELECT 1")):
        def serve(backend) -> None:
            backend.accept_login()
            backend.read_message()
            conversation(backend)

        with FakeServer(serve) as server:
            # The server has no catalog to read.
            process = start_pgfold(server.endpoint.dsn(), config={"batch": {"mode": "off"}})
            with RawConnection(process.endpoint).login() as raw:
                raw.send(requests)
                data = b""
                try:
                    while piece := raw.socket.recv(1 << 16):
                        data += piece
                except ConnectionResetError:
                    pass
            process.assert_healthy()
            with RawConnection(process.endpoint).login() as again:
                again.send(requests)
            return data

    def test_closes_within_a_message(self, start_pgfold):
        cut = wire.message(b"D", struct.pack("!Hi", 1, 1000) + b"x" * 1000)[:300]
        received = self.answers(start_pgfold, lambda b: b.send(cut))
        assert received.startswith(cut)

    def test_closes_without_a_word(self, start_pgfold):
        self.answers(start_pgfold, lambda b: None)

    @pytest.mark.parametrize("nonsense", [
        b"\0" * 100, b"Z\0\0\0\3", b"D\xff\xff\xff\xff", b"HTTP/1.1 200 OK\r\n\r\n", b"T\0\0\0\4",
        wire.message(b"T", b"\xff\xff"), wire.message(b"D", b"\x7f\xff") + wire.message(b"Z", b"I"),
        wire.message(b"Z", b"") + wire.message(b"Z", b"IIII"), wire.message(b"E", b"Sno terminator"),
        wire.message(b"K", b"") + wire.message(b"S", b"x"), wire.message(b"t", b"\0\5"),
        wire.message(b"Z", b"I") * 50, wire.message(b"C", b"") * 50, wire.message(b"R", struct.pack("!i", 10)),
    ], ids=lambda data: data[:9].hex())
    def test_sends_nonsense(self, start_pgfold, nonsense):
        self.answers(start_pgfold, lambda b: b.send(nonsense))

    @pytest.mark.parametrize("reply", [
        b"", b"X", b"HTTP/1.1 400 Bad Request\r\n\r\n", wire.message(b"R", b""),
        wire.message(b"R", struct.pack("!i", 10)) + b"\0" * 10, wire.message(b"R", struct.pack("!i", 99)),
        wire.error_response("FATAL", "28000", "go away"), b"R\x7f\xff\xff\xff\0\0\0\0",
    ], ids=lambda data: data[:9].hex() or "nothing")
    def test_nonsense_during_login(self, start_pgfold, reply):
        def serve(backend) -> None:
            backend.read_startup()
            backend.send(reply)

        with FakeServer(serve) as server:
            process = start_pgfold(server.endpoint.dsn())
            with RawConnection(process.endpoint) as raw:
                raw.send(wire.startup(LOGIN))
                data = b""
                try:
                    while piece := raw.socket.recv(1 << 16):
                        data += piece
                except ConnectionResetError:
                    pass
            if b"go away" in reply:
                assert data == reply
            process.assert_healthy()
