"""A client that speaks the protocol by hand over a socket, for what drivers would never send."""

import os
import socket
import ssl
import struct
from typing import List, Optional, Sequence, Tuple

from support import wire
from support.endpoint import DATABASE, SUPERUSER, Endpoint
from support.wire import Message


class ConnectionEnded(Exception):
    """The peer closed. `rest` is an incomplete message that came before, mostly empty."""

    def __init__(self, rest: bytes):
        super().__init__(f"connection ended, {len(rest)} bytes of a message left")
        self.rest = rest


def open_socket(endpoint: Endpoint, timeout: float = 30.0) -> socket.socket:
    if endpoint.host.startswith("/"):
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(timeout)
        stream.connect(os.path.join(endpoint.host, f".s.PGSQL.{endpoint.port}"))
    else:
        stream = socket.create_connection((endpoint.host, endpoint.port), timeout)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


class RawConnection:
    """Flow: RawConnection(endpoint).login() … send(…), read_until(b"Z") … close()."""

    def __init__(self, endpoint: Endpoint, timeout: float = 30.0):
        self.endpoint = endpoint
        self.socket = open_socket(endpoint, timeout)
        self.buffer = b""
        self.process_id = 0
        self.secret = b""
        self.parameters: dict = {}

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def login(self, user: str = SUPERUSER, database: str = DATABASE,
              parameters: Sequence[Tuple[str, str]] = (), version: int = wire.PROTOCOL_3_0
              ) -> "RawConnection":
        """With trust authentication. An ErrorResponse raises."""
        self.send(wire.startup([("user", user), ("database", database), *parameters], version))
        for reply in self.read_until(b"Z"):
            if reply.type == b"E":
                raise AssertionError(f"login failed: {wire.error_fields(reply.body)}")
            if reply.type == b"K":
                (self.process_id,) = struct.unpack_from("!I", reply.body)
                self.secret = reply.body[4:]
            if reply.type == b"S":
                name, value = reply.body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
        return self

    def start_tls(self, context: Optional[ssl.SSLContext] = None) -> "RawConnection":
        self.socket.sendall(wire.ssl_request())
        answer = self.socket.recv(1)
        assert answer == b"S", f"TLS refused: {answer!r}"
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=self.endpoint.host)
        return self

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))

    def read_message(self) -> Message:
        while True:
            if len(self.buffer) >= 5:
                (length,) = struct.unpack_from("!i", self.buffer, 1)
                assert length >= 4, f"malformed message from the server: {self.buffer[:16]!r}"
                if len(self.buffer) >= length + 1:
                    found = Message(self.buffer[:1], self.buffer[5:length + 1])
                    self.buffer = self.buffer[length + 1:]
                    return found
            try:
                data = self.socket.recv(1 << 16)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                data = b""
            if not data:
                raise ConnectionEnded(self.buffer)
            self.buffer += data

    def read_until(self, kind: bytes) -> List[Message]:
        """Messages up to and with the first of type `kind`, or up to a FATAL error."""
        messages = []
        while True:
            messages.append(self.read_message())
            if messages[-1].type == kind:
                return messages
            if messages[-1].type == b"E" and \
                    wire.error_fields(messages[-1].body).get("V") in ("FATAL", "PANIC"):
                return messages

    def read_to_end(self) -> List[Message]:
        messages = []
        try:
            while True:
                messages.append(self.read_message())
        except ConnectionEnded as end:
            assert end.rest == b"", f"the connection ended within a message: {end.rest[:64]!r}"
            return messages

    def query(self, sql) -> List[Message]:
        self.send(wire.query(sql))
        return self.read_until(b"Z")

    def value(self, sql) -> Optional[bytes]:
        """The first column of the first row."""
        replies = self.query(sql)
        rows = [r for r in replies if r.type == b"D"]
        assert rows, f"no row: {[(r.type, wire.error_fields(r.body)) for r in replies]}"
        return wire.data_row_values(rows[0].body)[0]

    def errors(self, messages: List[Message]) -> List[dict]:
        return [wire.error_fields(m.body) for m in messages if m.type == b"E"]

    def close(self) -> None:
        self.socket.close()

    def abort(self) -> None:
        """Ends with a TCP reset instead of an orderly close."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
