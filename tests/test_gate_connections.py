"""A thousand connections, clients that hang up, bodies that are too large: over real sockets, and never a 500."""

from __future__ import annotations

import json
import resource
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gate_service import Service, check_windows, event, stored

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

CONNECTIONS = 1_000


def allowed(soft: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connections") / "j"


@pytest.fixture(scope="module")
def service(journal: Path) -> Iterator[Service]:
    """One that is begun with fewer open files than it has connections, as far as it does not ask for more."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4 * CONNECTIONS:
        pytest.skip(f"this system allows {hard} open files")
    allowed(4 * CONNECTIONS)
    with Service(journal, preexec_fn=lambda: allowed(CONNECTIONS // 2)) as made:
        yield made
    allowed(before)


def request(body: bytes, *headers: str) -> bytes:
    lines = ["POST /v1/decisions HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(waiting: dict[socket.socket, bytes]) -> dict[socket.socket, bytes]:
    """What each connection is told, until it was told all or was closed."""
    told = dict(waiting)
    with selectors.DefaultSelector() as ready:
        for one in waiting:
            ready.register(one, selectors.EVENT_READ)
        while ready.get_map():
            found = ready.select(20)
            assert found, "no answer within 20 s"
            for key, _ in found:
                one = key.fileobj
                assert isinstance(one, socket.socket)
                try:
                    read = one.recv(65_536)
                except ConnectionResetError:
                    read = b""
                told[one] += read
                head, _, body = told[one].partition(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                if not read or (length and len(body) >= int(length)):
                    ready.unregister(one)
    return told


def test_a_thousand_connections_at_once(service: Service, journal: Path) -> None:
    made = [socket.create_connection(("127.0.0.1", service.port), 20) for _ in range(CONNECTIONS)]
    for round in range(2):
        for number, one in enumerate(made):
            one.sendall(request(json.dumps(event(number + round * CONNECTIONS)).encode()))
        told = answers(dict.fromkeys(made, b""))
        assert {text.split(b"\r\n")[0] for text in told.values()} == {b"HTTP/1.1 200 OK"}
        ids = [json.loads(text.partition(b"\r\n\r\n")[2])["id"] for text in told.values()]
        assert ids == [f"o{number + round * CONNECTIONS}" for number in range(CONNECTIONS)]
    for one in made:
        one.close()
    assert service.ask("GET", "/ready")[0] == 200
    assert check_windows(journal) >= 2 * CONNECTIONS


def test_those_that_hang_up_meanwhile_are_decided_on_or_not_and_nobody_else_notices(
    service: Service, journal: Path
) -> None:
    for number in range(5_000, 5_200):
        text = request(json.dumps(event(number)).encode())
        with socket.create_connection(("127.0.0.1", service.port), 20) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset, not a farewell
            one.sendall(text if number % 2 else text[: 5_250 - number])
    status, told = service.decide([event(number) for number in range(5_000, 5_200)])
    assert (status, {one["status"] for one in told}) == (200, {200})
    assert service.ask("GET", "/ready")[0] == 200
    assert b'status="500"' not in service.ask("GET", "/metrics")[1]
    ids = [entry["event"]["id"] for entry in stored(journal)]
    assert {f"o{number}" for number in range(5_000, 5_200)} <= set(ids)
    assert len(set(ids)) == len(ids) == check_windows(journal), "each was decided on once, then or when sent again"


@pytest.mark.parametrize("chunked", [False, True], ids=["a stated length", "in chunks"])
def test_ten_megabytes_are_refused(service: Service, journal: Path, chunked: bool) -> None:
    service.decide(event(1))
    before = len(stored(journal))
    body = json.dumps([event(n) for n in range(60_000)]).encode()
    assert len(body) > 10_000_000
    text = request(body)
    if chunked:
        head = b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        text = head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with socket.create_connection(("127.0.0.1", service.port), 20) as one:
        with suppress(BrokenPipeError, ConnectionResetError):  # it was refused before all of it was sent
            one.sendall(text)
        told = answers({one: b""})[one]
    assert told.startswith(b"HTTP/1.1 413") or not told
    if not chunked:
        assert b"a request holds at most" in told
    assert service.decide(event(1))[0] == 200
    assert len(stored(journal)) == before
