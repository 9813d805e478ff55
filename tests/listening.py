"""A server on loopback that takes what is posted to it and answers as a test has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Posted(NamedTuple):
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Posted], "tuple[int, bytes] | None"]  # None: the connection breaks off


class Listener:
    """What arrived, and how it is answered; `answer` may be put anew at any time."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answer: Answering = lambda _: (200, b"{}")
        self.url = ""


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener while the block runs."""
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted = Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            heard.posted.append(posted)
            answered = heard.answer(posted)
            if answered is None:
                self.connection.close()
                return
            status, said = answered
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    heard.url = f"http://127.0.0.1:{server.server_port}/in?x=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
