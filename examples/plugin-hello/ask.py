"""Sends one request of the native protocol and prints the answer:  python3 ask.py 127.0.0.1:10911 20001 name=Ada"""

import json
import socket
import struct
import sys


def ask(host: str, port: int, code: int, fields: dict[str, str], body: bytes = b"") -> tuple[dict, bytes]:
    """The answer's header and body. A frame is: length of all that follows, length of the header, header, body."""
    header = json.dumps({"code": code, "opaque": 1, "flag": 0, "language": "OTHER", "version": 409, "extFields": fields}).encode()
    with socket.create_connection((host, port), timeout=20) as connection, connection.makefile("rb") as answer:
        connection.sendall(struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body)
        size, header_size = struct.unpack(">II", answer.read(8))
        return json.loads(answer.read(header_size)), answer.read(size - 4 - header_size)


if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit("usage: python3 ask.py HOST:PORT CODE [NAME=VALUE ...]")
    host, _, port = sys.argv[1].rpartition(":")
    header, body = ask(host, int(port), int(sys.argv[2]), dict(word.split("=", 1) for word in sys.argv[3:]))
    print(f"code {header['code']}", header.get("remark") or "", header.get("extFields") or "")
    if body: print(body.decode(errors="replace"))
