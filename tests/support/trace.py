"""Messages as lines of text, in the form of libpq's PQtrace() (fe-trace.c, regress mode).

    F	18	Query	 "SELECT 1"
    B	33	RowDescription	 1 "?column?" 0 0 23 4 -1 0

What differs from one server or build to the next is masked: OIDs that are not PostgreSQL's own
as NNNN; file, line and routine of errors as SSSS. Unlike libpq, quotes, backslashes and control
characters inside strings are escaped, so that frontend lines can be read back.
"""

import hashlib
import re
import struct
from typing import Callable, Dict, List, Tuple

from support import wire
from support.wire import Message

FIRST_NORMAL_OID = 16384
SHOWN_BYTES_MAX = 400  # of a longer value, the rest is told by its hash

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\(.)")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|(\S+)')


def _escape(data: bytes, quote: str) -> str:
    out = []
    for byte in data:
        character = chr(byte)
        if character in (quote, "\\"):
            out.append("\\" + character)
        elif character in "\n\t":
            out.append({"\n": "\\n", "\t": "\\t"}[character])
        elif 32 <= byte < 127:
            out.append(character)
        else:
            out.append(f"\\x{byte:02x}")
    return quote + "".join(out) + quote


def _unescape(text: str) -> bytes:
    """\\xNN is a byte, \\n and \\t are what they are in C; anything else is UTF-8."""
    out, position = b"", 0
    for match in _ESCAPED.finditer(text):
        out += text[position:match.start()].encode()
        if match.group(1):
            out += bytes.fromhex(match.group(1))
        else:
            out += {"n": "\n", "t": "\t"}.get(match.group(2), match.group(2)).encode()
        position = match.end()
    return out + text[position:].encode()


class _Cursor:
    """Reads a body field by field, writing each as trace text."""

    def __init__(self, body: bytes):
        self.body = body
        self.position = 0
        self.out: List[str] = []

    def _take(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.body, self.position)
        self.position += struct.calcsize(form)
        return value

    def number(self, form: str) -> int:
        value = self._take(form)
        self.out.append(str(value))
        return value

    def int16(self) -> int:
        return self.number("!h")

    def int32(self) -> int:
        return self.number("!i")

    def oid(self) -> None:
        value = self._take("!I")
        self.out.append("NNNN" if value >= FIRST_NORMAL_OID else str(value))

    def char(self) -> str:
        character = chr(self._take("!B"))
        self.out.append(character)
        return character

    def string(self, masked: bool = False) -> None:
        end = self.body.index(b"\0", self.position)
        text = self.body[self.position:end]
        self.out.append('"SSSS"' if masked else _escape(text, '"'))
        self.position = end + 1

    def bytes(self, count: int) -> None:
        data = self.body[self.position:self.position + count]
        shown = _escape(data[:SHOWN_BYTES_MAX], "'")
        if len(data) > SHOWN_BYTES_MAX:
            shown += f"...md5:{hashlib.md5(data).hexdigest()}"
        self.out.append(shown)
        self.position += count

    def value(self) -> None:
        length = self.int32()
        if length >= 0:
            self.bytes(length)

    def rest(self) -> None:
        if self.position < len(self.body):
            self.bytes(len(self.body) - self.position)


def _row_description(c: _Cursor) -> None:
    for _ in range(c.int16()):
        c.string(), c.oid(), c.int16(), c.oid(), c.int16(), c.int32(), c.int16()


def _data_row(c: _Cursor) -> None:
    for _ in range(c.int16()):
        c.value()


def _parameter_description(c: _Cursor) -> None:
    for _ in range(c.int16()):
        c.oid()


def _copy_response(c: _Cursor) -> None:
    c.char_code = c.number("!b")
    for _ in range(c.int16()):
        c.int16()


def _fields(c: _Cursor) -> None:
    while c.body[c.position] != 0:
        c.string(masked=c.char() in "FLR")
    c.position += 1
    c.out.append("\\x00")


def _authentication(c: _Cursor) -> None:
    c.int32()
    c.rest()


def _notification(c: _Cursor) -> None:
    c._take("!i")
    c.out.append("NNNN")
    c.string(), c.string()


def _key(c: _Cursor) -> None:
    c.out += ["NNNN", "NNNN"]
    c.position = len(c.body)


def _nothing(_: _Cursor) -> None:
    pass


_BACKEND: Dict[bytes, Tuple[str, Callable[[_Cursor], None]]] = {
    b"1": ("ParseComplete", _nothing), b"2": ("BindComplete", _nothing),
    b"3": ("CloseComplete", _nothing), b"A": ("NotificationResponse", _notification),
    b"C": ("CommandComplete", _Cursor.string), b"D": ("DataRow", _data_row),
    b"E": ("ErrorResponse", _fields), b"G": ("CopyInResponse", _copy_response),
    b"H": ("CopyOutResponse", _copy_response), b"W": ("CopyBothResponse", _copy_response),
    b"I": ("EmptyQueryResponse", _nothing), b"K": ("BackendKeyData", _key),
    b"N": ("NoticeResponse", _fields), b"R": ("Authentication", _authentication),
    b"S": ("ParameterStatus", lambda c: (c.string(), c.string())),
    b"T": ("RowDescription", _row_description), b"t": ("ParameterDescription", _parameter_description),
    b"V": ("FunctionCallResponse", _Cursor.value), b"Z": ("ReadyForQuery", _Cursor.char),
    b"c": ("CopyDone", _nothing), b"d": ("CopyData", _Cursor.rest), b"n": ("NoData", _nothing),
    b"s": ("PortalSuspended", _nothing),
    b"v": ("NegotiateProtocolVersion",
           lambda c: (c.int32(), [c.string() for _ in range(c.int32())])),
}


def backend_line(message: Message) -> str:
    name, write = _BACKEND[message.type]
    cursor = _Cursor(message.body)
    write(cursor)
    assert cursor.position == len(message.body), f"bytes left over in {message}"
    fields = "".join(" " + field for field in cursor.out)
    length = len(message.body) + 4
    # The masked texts differ in length.
    shown = "NN" if message.type in (b"E", b"N", b"K") else str(length)
    return f"B\t{shown}\t{name}" + (f"\t{fields}" if fields else "")


class _Tokens:
    """What follows a frontend message's name."""

    def __init__(self, text: str):
        self.tokens = []
        for match in _TOKEN.finditer(text):
            quoted = match.group(1) if match.group(1) is not None else match.group(2)
            self.tokens.append(match.group(3) if quoted is None else _unescape(quoted))

    def take(self):
        return self.tokens.pop(0)

    def number(self) -> int:
        return int(self.take())

    def numbers(self) -> List[int]:
        return [self.number() for _ in range(self.number())]

    def value(self):
        return None if self.number() < 0 else self.take()

    def values(self):
        return [self.value() for _ in range(self.number())]


_FRONTEND: Dict[str, Callable[[_Tokens], bytes]] = {
    "Query": lambda t: wire.query(t.take()),
    "Parse": lambda t: wire.parse(t.take(), t.take(), t.numbers()),
    # portal, statement, then the formats come before the values
    "Bind": lambda t: _bind(t.take(), t.take(), t.numbers(), t.values(), t.numbers()),
    "Describe": lambda t: wire.describe(t.take().encode(), t.take()),
    "Execute": lambda t: wire.execute(t.take(), t.number()),
    "Close": lambda t: wire.close(t.take().encode(), t.take()),
    "Sync": lambda t: wire.sync(), "Flush": lambda t: wire.flush(),
    "Terminate": lambda t: wire.terminate(),
    "CopyData": lambda t: wire.copy_data(t.take()), "CopyDone": lambda t: wire.copy_done(),
    "CopyFail": lambda t: wire.copy_fail(t.take()),
    "FunctionCall": lambda t: _function_call(t.number(), t.numbers(), t.values(), t.number()),
}


def _bind(portal, statement, formats, values, result_formats) -> bytes:
    return wire.bind(portal, statement, values, formats, result_formats)


def _function_call(oid, formats, arguments, result_format) -> bytes:
    return wire.function_call(oid, arguments, formats, result_format)


def frontend_message(line: str) -> bytes:
    """Reads a line "F<tab>length<tab>Name<tab>fields"; the length may be "-"."""
    parts = line.split("\t", 3)
    tokens = _Tokens(parts[3] if len(parts) > 3 else "")
    built = _FRONTEND[parts[2]](tokens)
    assert not tokens.tokens, f"left over in {line!r}: {tokens.tokens}"
    return built


def with_length(line: str) -> str:
    """The same frontend line with its true length filled in."""
    parts = line.split("\t", 3)
    parts[1] = str(len(frontend_message(line)) - 1)
    return "\t".join(parts)
