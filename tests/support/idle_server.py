"""A server for thousands of clients: it lets everybody in and answers every query with nothing.

Run as a program, it prints its port. It is a process of its own, so that its many sockets do not
count among those of the test.
"""

import asyncio
import resource
import struct
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import wire
from support.endpoint import Endpoint
from support.process import Process

READY = wire.message(b"Z", b"I")
WELCOME = (wire.message(b"R", struct.pack("!i", 0)) +
           wire.message(b"S", b"server_version\x0015.0\0") +
           wire.message(b"K", struct.pack("!ii", 1, 2)) + READY)
ANSWER = wire.message(b"C", b"SELECT 0\0") + READY


class IdleServer(Process):
    """Flow: with IdleServer(directory) as server: connect to server.endpoint."""

    def __init__(self, directory: Path):
        super().__init__("idle server", directory / "idle_server.log")

    def __enter__(self) -> "IdleServer":
        self.spawn([sys.executable, __file__])
        self.wait_for_output("port ")
        self.port = int(self.output().split()[1])
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("idle server", "127.0.0.1", self.port)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        await reader.readexactly(length - 4)
        writer.write(WELCOME)
        while True:
            kind, length = struct.unpack("!ci", await reader.readexactly(5))
            await reader.readexactly(length - 4)
            if kind == b"X":
                return
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.start_server(_converse, "127.0.0.1", 0, backlog=4096, limit=4096)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
