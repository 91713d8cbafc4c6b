"""A server that says what a test wants, for what PostgreSQL never does."""

import socket
import struct
import threading
from typing import Callable, List

from support import wire
from support.endpoint import Endpoint


class FakeBackend:
    """The server's end of one connection."""

    def __init__(self, stream: socket.socket):
        self.socket = stream
        self.startup = b""

    def read_exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the client closed")
            data += piece
        return data

    def read_packet(self) -> bytes:
        (length,) = struct.unpack("!i", self.read_exactly(4))
        return self.read_exactly(length - 4)

    def read_startup(self) -> int:
        """Refuses encryption; returns the request code of the packet after that."""
        while True:
            self.startup = self.read_packet()
            (code,) = struct.unpack_from("!i", self.startup)
            if code not in (wire.SSL_REQUEST, wire.GSSENC_REQUEST):
                return code
            self.send(b"N")

    def read_message(self) -> wire.Message:
        kind = self.read_exactly(1)
        return wire.Message(kind, self.read_packet())

    def accept_login(self) -> None:
        self.read_startup()
        self.send(wire.message(b"R", struct.pack("!i", 0)),
                  wire.message(b"S", wire.string("server_version") + wire.string("15.0")),
                  wire.message(b"S", wire.string("client_encoding") + wire.string("UTF8")),
                  wire.message(b"K", struct.pack("!ii", 4711, 815)), self.ready())

    def ready(self, status: bytes = b"I") -> bytes:
        return wire.message(b"Z", status)

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))


class FakeServer:
    """Runs `conversation(backend)` for each connection, then closes it.

    What a conversation raises other than a lost connection is kept in `failures`.
    """

    def __init__(self, conversation: Callable[[FakeBackend], None]):
        self._conversation = conversation
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.failures: List[BaseException] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("fake", "127.0.0.1", self.port)

    def __enter__(self) -> "FakeServer":
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()
        assert not self.failures, self.failures

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        with stream:
            stream.settimeout(60)
            try:
                self._conversation(FakeBackend(stream))
            except (ConnectionError, socket.timeout, OSError):
                pass
            except BaseException as problem:  # a failed assertion of the test
                self.failures.append(problem)
