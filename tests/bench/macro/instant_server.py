"""A server that answers at once: what the real one has said to a query is said again, byte for byte.

Run as a program: instant_server.py HOST:PORT of the real one; prints "ready: PORT". For clients of
the simple protocol with one query at a time, without TLS.
"""

import socket
import struct
import sys
import threading
from typing import Dict


def _read_exactly(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError
        parts += part
    return parts


def _read_until_ready(server: socket.socket) -> bytes:
    said = b""
    while True:
        head = _read_exactly(server, 5)
        body = _read_exactly(server, struct.unpack("!i", head[1:])[0] - 4)
        said += head + body
        if head[:1] == b"Z":
            return said


def _serve(client: socket.socket, upstream: socket.socket, known: Dict[bytes, bytes]) -> None:
    try:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = _read_exactly(client, 4)
        upstream.sendall(head + _read_exactly(client, struct.unpack("!i", head)[0] - 4))
        client.sendall(_read_until_ready(upstream))
        while True:
            query = client.recv(65536)
            while 1 < len(query) < 5 or len(query) < 1 + struct.unpack("!i", query[1:5])[0]:
                query += _read_exactly(client, 1)
            if query[:1] == b"X":
                break
            answer = known.get(query)
            if answer is None:
                upstream.sendall(query)
                answer = known[query] = _read_until_ready(upstream)
            client.sendall(answer)
    except (ConnectionError, struct.error):
        pass
    finally:
        client.close()
        upstream.close()


def main() -> None:
    host, port = sys.argv[1].rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"ready: {listener.getsockname()[1]}", flush=True)
    known: Dict[bytes, bytes] = {}
    while True:
        client, _ = listener.accept()
        upstream = socket.create_connection((host, int(port)))
        threading.Thread(target=_serve, args=(client, upstream, known), daemon=True).start()


if __name__ == "__main__":
    main()
