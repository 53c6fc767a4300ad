"""A server on 127.0.0.1 whose answers do not end, or come a byte at a time: raw HTTP, as no library would send it."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Script = Callable[["EndlessServer", int], Iterator[bytes]]
"""Yields the pieces of an answer; the number says how many requests came before."""

DRIP = 0.03
"""Seconds between two bytes."""


class EndlessServer(socketserver.ThreadingTCPServer):
    """A running server. ``requests`` are the first lines of what it was asked; ``sent`` counts bytes."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, script: Script, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.script = script
        self.requests: list[str] = []
        self.sent = 0
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def drip(self, pieces: bytes = b"") -> Iterator[bytes]:
        """Yield each byte after a moment; spaces for ever when there are none."""
        for byte in pieces:
            self.stopped.wait(DRIP)
            yield bytes([byte])
        while not pieces and not self.stopped.wait(DRIP):
            yield b" "

    def flood(self, piece: bytes) -> Iterator[bytes]:
        """Yield a piece again and again."""
        while not self.stopped.is_set():
            yield piece


class _Answering(socketserver.StreamRequestHandler):
    server: EndlessServer

    def handle(self) -> None:
        with suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            if b"100-continue" in head.lower():
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if length := re.search(rb"(?i)\r\ncontent-length: *(\d+)", head):
                self.rfile.read(int(length[1]))
            number = len(self.server.requests)
            self.server.requests.append(head.partition(b"\r\n")[0].decode())
            for piece in self.server.script(self.server, number):
                self.wfile.write(piece)
                self.server.sent += len(piece)


@contextmanager
def endless_server(script: Script, certificate: Path | None = None) -> Iterator[EndlessServer]:
    """Run one for the length of a block; with a certificate and its key in one file, it speaks TLS."""
    with EndlessServer(script, certificate) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()
