"""Memory per idle connection: thousands of clients that have logged in and asked once."""

import asyncio
import resource
import struct
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List

from console import Progress
from stub_server import PROTOCOL_3, READY, message
from targets import DATABASE, USER, Targets
from support.process import Process

CONNECT_SECONDS = 60
CONNECTING_MAX = 64  # logins under way at once


class StubServer(Process):
    def __init__(self, directory: Path):
        super().__init__("stub server", directory / "stub-server.log")
        self.port = 0

    def start(self) -> "StubServer":
        self.spawn([sys.executable, "-B", Path(__file__).with_name("stub_server.py")])
        self.wait_for_output("\n")
        self.port = int(self.output().split()[1])
        return self


async def _log_in(port: int) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = struct.pack("!i", PROTOCOL_3) + f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
    writer.write(struct.pack("!i", len(body) + 4) + body)
    await reader.readuntil(READY)
    writer.write(message(b"Q", b"\0"))
    await reader.readuntil(READY)
    return writer


async def _hold(port: int, count: int, read_rss_kib: Any) -> int:
    """Opens the connections and returns what the process then takes."""
    limit = asyncio.Semaphore(CONNECTING_MAX)

    async def connect() -> asyncio.StreamWriter:
        async with limit:
            return await asyncio.wait_for(_log_in(port), CONNECT_SECONDS)

    writers = await asyncio.gather(*(connect() for _ in range(count)))
    rss_kib = read_rss_kib()
    for writer in writers:
        writer.transport.abort()
    return rss_kib


def measure(directory: Path, names: List[str], count: int, progress: Progress
            ) -> List[Dict[str, Any]]:
    # Each proxied client costs the proxy two descriptors; children inherit the limit.
    wanted = 2 * count + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        count = (hard - 1000) // 2
        wanted = hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    results = []
    with ExitStack() as stack:
        stub = StubServer(directory)
        stack.callback(stub.kill)
        stub.start()
        for target in stack.enter_context(Targets(directory / "idle", stub.port)).start(names):
            progress.step(f"{count} idle connections through {target.name}")
            entry: Dict[str, Any] = {"target": target.name, "connections": count}
            try:
                # A first small crowd makes what is allocated once.
                asyncio.run(_hold(target.port, 16, target.process.rss_kib))
                before = target.process.rss_kib()
                after = asyncio.run(_hold(target.port, count, target.process.rss_kib))
                entry["rss_kib_per_connection"] = (after - before) / count
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as failure:
                entry["failed"] = f"{type(failure).__name__}: {failure}"
            results.append(entry)
    return results
