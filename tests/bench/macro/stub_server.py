"""A server for connections that only idle: lets everybody in and answers the empty query.

Run as a program: prints "ready: PORT". PostgreSQL itself would need a process per connection.
"""

import asyncio
import struct

PARAMETERS = {"server_version": "15.0", "server_encoding": "UTF8", "client_encoding": "UTF8",
              "DateStyle": "ISO, MDY", "TimeZone": "UTC", "integer_datetimes": "on",
              "standard_conforming_strings": "on", "IntervalStyle": "postgres",
              "application_name": "", "is_superuser": "off", "session_authorization": "bench",
              "in_hot_standby": "off", "default_transaction_read_only": "off"}
SSL_REQUEST, GSSENC_REQUEST, PROTOCOL_3 = 80877103, 80877104, 196608


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


READY = message(b"Z", b"I")
WELCOME = (message(b"R", struct.pack("!i", 0))
           + b"".join(message(b"S", f"{name}\0{value}\0".encode())
                      for name, value in PARAMETERS.items())
           + message(b"K", struct.pack("!ii", 1, 1)) + READY)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            length, code = struct.unpack("!ii", await reader.readexactly(8))
            await reader.readexactly(length - 8)
            if code not in (SSL_REQUEST, GSSENC_REQUEST):
                break
            writer.write(b"N")
        writer.write(WELCOME)
        while True:
            kind, length = struct.unpack("!ci", await reader.readexactly(5))
            await reader.readexactly(length - 4)
            if kind == b"X":
                break
            if kind == b"Q":
                writer.write(message(b"I") + READY)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(f"ready: {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
