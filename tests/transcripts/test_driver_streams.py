"""What real drivers receive, recorded on the client's side of pgfold, equals what they receive
directly, byte for byte.

Masked: process ids and cancel keys; OIDs of tables that the programs make. Left out: notifications,
which come when they come, and with them the answers of programs that poll for them.

A driver may ask for other things from one run to the next: psycopg 3, for one, sends what is left of
a pipeline in one piece or in two, depending on when the news of an error reaches it. Answers can be
compared only where the requests were the same, so a run that asked otherwise is repeated.
"""

import struct
from typing import List, NamedTuple

import pytest

from support import drivers, wire
from support.relay import Recording, Relay
from support.trace import FIRST_NORMAL_OID
from support.wire import Message


ATTEMPTS = 10


class Stream(NamedTuple):
    requests: bytes  # the types of the client's messages
    answers: List[Message]


def mask_row_description(body: bytes) -> bytes:
    (count,) = struct.unpack_from("!H", body)
    out, position = body[:2], 2
    for _ in range(count):
        end = body.index(b"\0", position) + 1
        (table,) = struct.unpack_from("!I", body, end)
        out += body[position:end] + struct.pack("!I", min(table, FIRST_NORMAL_OID))
        out += body[end + 4:end + 18]
        position = end + 18
    return out + body[position:]


def received(recording: Recording) -> List[Message]:
    data = bytes(recording.from_server)
    # SSLRequest is answered by one byte.
    if recording.from_client[4:8] == struct.pack("!i", wire.SSL_REQUEST):
        assert data[:1] == b"N"
        data = data[1:]
    messages = []
    for message in wire.split_messages(data):
        if message.type == b"T":
            message = Message(b"T", mask_row_description(message.body))
        if message.type == b"K":
            message = Message(b"K", b"")
        if message.type != b"A":
            messages.append(message)
    return messages


def requested(recording: Recording) -> bytes:
    data = bytes(recording.from_client)
    # Untyped packets come first: their type byte is the zero high byte of their length.
    while data[:1] == b"\0":
        (length,) = struct.unpack_from("!i", data)
        data = data[length:]
    return b"".join(message.type for message in wire.split_messages(data))


def record(command: List[object], endpoint) -> List[Stream]:
    with Relay(endpoint) as relay:
        drivers.run(command, relay.endpoint.environment(user="trust_user"))
        relay.wait_until_finished()
        streams = [Stream(requested(r), received(r)) for r in relay.recordings]
    # Connections that only cancel, or that were given up after 'N', receive nothing.
    return [s for s in streams if s.answers]


@pytest.mark.timeout(200)
def test_streams(driver, direct, proxied):
    if str(driver[-1]).endswith("dbd_pg_driver.pl"):
        pytest.skip("DBD::Pg polls for notifications, as often as it takes")
    for _ in range(ATTEMPTS):
        expected, got = record(driver, direct), record(driver, proxied)
        if [s.requests for s in expected] == [s.requests for s in got]:
            break
    else:
        pytest.fail(f"the driver never asked for the same in {ATTEMPTS} runs")
    for number, (one, other) in enumerate(zip(expected, got)):
        assert len(one.answers) > 5
        for position, (a, b) in enumerate(zip(one.answers, other.answers)):
            assert a == b, f"connection {number}, message {position}"
        assert len(one.answers) == len(other.answers)
