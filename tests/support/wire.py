"""Messages of the PostgreSQL protocol, version 3: builders, and a splitter for byte streams.

Named as in the manual, "Message Formats".
"""

import struct
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

PROTOCOL_3_0 = 0x0003_0000
PROTOCOL_3_2 = 0x0003_0002
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104


class Message(NamedTuple):
    type: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return message(self.type, self.body)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def split_messages(data: bytes) -> Iterator[Message]:
    """Whole messages of a backend's stream; raises if it ends within one."""
    position = 0
    while position < len(data):
        if len(data) - position < 5:
            raise ValueError(f"cut header: {data[position:]!r}")
        (length,) = struct.unpack_from("!i", data, position + 1)
        end = position + 1 + length
        if length < 4 or end > len(data):
            raise ValueError(f"cut or malformed message at {position}: {data[position:][:32]!r}")
        yield Message(data[position:position + 1], data[position + 5:end])
        position = end


def string(text) -> bytes:
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


# Untyped first packets


def packet(body: bytes) -> bytes:
    return struct.pack("!i", len(body) + 4) + body


def startup(parameters: Sequence[Tuple[str, str]], version: int = PROTOCOL_3_0) -> bytes:
    body = struct.pack("!i", version)
    for name, value in parameters:
        body += string(name) + string(value)
    return packet(body + b"\0")


def ssl_request() -> bytes:
    return packet(struct.pack("!i", SSL_REQUEST))


def gssenc_request() -> bytes:
    return packet(struct.pack("!i", GSSENC_REQUEST))


def cancel_request(process_id: int, secret: bytes) -> bytes:
    return packet(struct.pack("!iI", CANCEL_REQUEST, process_id) + secret)


# Frontend messages


def query(sql) -> bytes:
    return message(b"Q", string(sql))


def parse(name, sql, types: Sequence[int] = ()) -> bytes:
    return message(b"P", string(name) + string(sql) +
                   struct.pack("!H", len(types)) + b"".join(struct.pack("!I", t) for t in types))


def bind(portal, statement, values: Sequence[Optional[bytes]] = (), formats: Sequence[int] = (),
         result_formats: Sequence[int] = ()) -> bytes:
    body = string(portal) + string(statement)
    body += struct.pack("!H", len(formats)) + b"".join(struct.pack("!h", f) for f in formats)
    body += struct.pack("!H", len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    body += struct.pack("!H", len(result_formats))
    body += b"".join(struct.pack("!h", f) for f in result_formats)
    return message(b"B", body)


def describe(kind: bytes, name) -> bytes:
    return message(b"D", kind + string(name))


def execute(portal="", rows: int = 0) -> bytes:
    return message(b"E", string(portal) + struct.pack("!i", rows))


def close(kind: bytes, name) -> bytes:
    return message(b"C", kind + string(name))


def sync() -> bytes:
    return message(b"S")


def flush() -> bytes:
    return message(b"H")


def terminate() -> bytes:
    return message(b"X")


def password(secret) -> bytes:
    return message(b"p", string(secret))


def copy_data(data: bytes) -> bytes:
    return message(b"d", data)


def copy_done() -> bytes:
    return message(b"c")


def copy_fail(reason) -> bytes:
    return message(b"f", string(reason))


def function_call(oid: int, arguments: Sequence[Optional[bytes]], formats: Sequence[int] = (1,),
                  result_format: int = 1) -> bytes:
    body = struct.pack("!IH", oid, len(formats)) + b"".join(struct.pack("!h", f) for f in formats)
    body += struct.pack("!H", len(arguments))
    for value in arguments:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"F", body + struct.pack("!h", result_format))


# Backend messages


def error_fields(body: bytes) -> dict:
    """ErrorResponse and NoticeResponse: field type → text."""
    fields = {}
    for part in body.split(b"\0"):
        if part:
            fields[part[:1].decode()] = part[1:].decode(errors="replace")
    return fields


def error_response(severity: str, sqlstate: str, text: str) -> bytes:
    return message(b"E", string("S" + severity) + string("V" + severity) + string("C" + sqlstate) +
                   string("M" + text) + b"\0")


def data_row_values(body: bytes) -> List[Optional[bytes]]:
    (count,) = struct.unpack_from("!H", body)
    position, values = 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, position)
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[position:position + length])
            position += length
    return values
