"""A TCP relay that records what passes, and can cut it into small pieces."""

import socket
import threading
from dataclasses import dataclass, field
from typing import List, Optional

from support.endpoint import Endpoint
from support.raw_connection import open_socket
from support.waiting import wait_until


@dataclass
class Recording:
    """One connection: everything the client and the server have sent through the relay."""

    from_client: bytearray = field(default_factory=bytearray)
    from_server: bytearray = field(default_factory=bytearray)
    finished: bool = False


class Relay:
    """Flow: with Relay(endpoint) as relay: connect to relay.endpoint …; relay.recordings.

    `server_chunk`: the server's bytes go on in pieces of at most that many, one write each.
    `stall()` stops reading from the server's side, `resume()` goes on.
    """

    def __init__(self, target: Endpoint, *, server_chunk: Optional[int] = None,
                 client_chunk: Optional[int] = None, record: bool = True):
        self.target = target
        self.server_chunk = server_chunk
        self.client_chunk = client_chunk
        self.record = record
        self.recordings: List[Recording] = []
        self._sockets: List[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.target.label, "127.0.0.1", self.port, self.target.defaults)

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._listener.close()
        self.resume()
        self.cut()

    def cut(self) -> None:
        """Ends all connections at once."""
        for stream in self._sockets:
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stall(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def wait_until_finished(self) -> None:
        wait_until(lambda: all(r.finished for r in self.recordings), "the relay's connections to end")

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        recording = Recording()
        self.recordings.append(recording)
        try:
            server = open_socket(self.target)
        except OSError:
            client.close()
            recording.finished = True
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(None)
        server.settimeout(None)
        self._sockets += [client, server]
        pumps = [
            threading.Thread(target=self._pump, daemon=True,
                             args=(client, server, recording.from_client, self.client_chunk)),
            threading.Thread(target=self._pump, daemon=True,
                             args=(server, client, recording.from_server, self.server_chunk)),
        ]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        client.close()
        server.close()
        recording.finished = True

    def _pump(self, source: socket.socket, sink: socket.socket, log: bytearray,
              chunk: Optional[int]) -> None:
        try:
            while True:
                self._flowing.wait()
                data = source.recv(1 << 16)
                if not data:
                    break
                if self.record:
                    log += data
                if chunk is None:
                    sink.sendall(data)
                else:
                    for start in range(0, len(data), chunk):
                        sink.sendall(data[start:start + chunk])
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
