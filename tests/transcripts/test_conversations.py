"""Every byte that a client receives is the same directly and through pgfold.

`pytest tests/transcripts --record` writes the expected answers anew from a direct connection.
"""

import pytest

from support import trace
from support.pgfold import Pgfold
from support.relay import Relay
from transcripts.conversation import Conversation, all_conversations, comparable


@pytest.fixture(params=all_conversations(), ids=lambda path: path.stem)
def conversation(request, transcript_database):
    return Conversation(request.param)


def test_direct(conversation, direct, request):
    """The file says what PostgreSQL answers; without this the others could compare nothing."""
    if request.config.getoption("--record"):
        conversation.record(direct)
    messages = conversation.play(direct)
    login = next(i for i, m in enumerate(messages) if m.type == b"Z") + 1
    assert [trace.backend_line(m) for m in messages[login:]] == conversation.lines()


def test_through_pgfold(conversation, direct, proxied):
    assert comparable(conversation.play(proxied)) == comparable(conversation.play(direct))


@pytest.mark.parametrize("chunk", [1, 3])
def test_client_sends_in_pieces(conversation, direct, proxied, chunk):
    assert comparable(conversation.play(proxied, chunk)) == comparable(conversation.play(direct))


@pytest.fixture(scope="module")
def in_pieces(pg, scratch, _binary):
    """A pgfold whose server sends byte by byte."""
    with Relay(pg.endpoint, server_chunk=1, record=False) as relay:
        process = Pgfold(scratch / "pieces", relay.endpoint.dsn()).start()
        yield process
        process.stop()


def test_server_sends_in_pieces(conversation, direct, in_pieces):
    received = conversation.play(in_pieces.endpoint, 2)
    assert comparable(received) == comparable(conversation.play(direct))
    in_pieces.assert_healthy()
