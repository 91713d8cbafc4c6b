"""Conversations kept as text: what the client sends, and what PostgreSQL answers to it.

A file holds blocks that are separated by blank lines; "#" starts a comment. In a block come the
frontend lines, sent in one write, then the backend lines, which are read before the next block
starts. Login and termination are left out. support/trace.py has the form of the lines.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional

from support import trace, wire
from support.endpoint import Endpoint
from support.raw_connection import ConnectionEnded, RawConnection
from support.wire import Message

FOLDER = Path(__file__).parent / "conversations"


@dataclass
class Block:
    comments: List[str] = field(default_factory=list)
    frontend: List[str] = field(default_factory=list)
    backend: List[str] = field(default_factory=list)


class Conversation:
    def __init__(self, path: Path):
        self.path = path
        self.blocks: List[Block] = []
        for paragraph in path.read_text().strip("\n").split("\n\n"):
            block = Block()
            for line in paragraph.split("\n"):
                kind = {"#": block.comments, "F": block.frontend, "B": block.backend}
                kind[line[:1]].append(line)
            self.blocks.append(block)

    def play(self, endpoint: Endpoint, chunk: Optional[int] = None) -> List[Message]:
        """All that the client receives, from login to the end of the connection."""
        with RawConnection(endpoint) as connection:
            received = self._login(connection, chunk)
            for block in self.blocks:
                self._send(connection, b"".join(map(trace.frontend_message, block.frontend)), chunk)
                for _ in block.backend:
                    received.append(connection.read_message())
            try:
                self._send(connection, wire.terminate(), chunk)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server has ended it already
            return received + connection.read_to_end()

    def lines(self) -> List[str]:
        return [line for block in self.blocks for line in block.backend]

    def record(self, endpoint: Endpoint, quiet_seconds: float = 0.5) -> None:
        """Writes the file anew with what the server answers: whatever comes before a pause."""
        with RawConnection(endpoint) as connection:
            self._login(connection, None)
            connection.socket.settimeout(quiet_seconds)
            for block in self.blocks:
                connection.send(*map(trace.frontend_message, block.frontend))
                block.frontend = [trace.with_length(line) for line in block.frontend]
                block.backend = []
                try:
                    while True:
                        block.backend.append(trace.backend_line(connection.read_message()))
                except (TimeoutError, ConnectionEnded):
                    pass
        paragraphs = ["\n".join(b.comments + b.frontend + b.backend) for b in self.blocks]
        self.path.write_text("\n\n".join(paragraphs) + "\n")

    @staticmethod
    def _login(connection: RawConnection, chunk: Optional[int]) -> List[Message]:
        parameters = [("user", "postgres"), ("database", "transcripts"),
                      ("application_name", "transcript")]
        Conversation._send(connection, wire.startup(parameters), chunk)
        return connection.read_until(b"Z")

    @staticmethod
    def _send(connection: RawConnection, data: bytes, chunk: Optional[int]) -> None:
        for start in range(0, len(data), chunk or max(len(data), 1)):
            connection.send(data[start:start + (chunk or len(data))])


def all_conversations() -> List[Path]:
    return sorted(FOLDER.glob("*.trace"))


def comparable(messages: List[Message]) -> List[Message]:
    """Byte for byte, but for what each connection has of its own: its process id and key."""
    def mask(message: Message) -> Message:
        if message.type == b"K":
            return Message(message.type, b"key")
        if message.type == b"A":
            return Message(message.type, b"pid!" + message.body[4:])
        return message

    return [mask(message) for message in messages]
