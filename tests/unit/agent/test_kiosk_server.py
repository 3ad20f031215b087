"""The operator's screen as a server, over real sockets: what it gives, and whom it lets press."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from bartack.kiosk.screen import FRESH_S, STREAMS_MAX, Screen
from bartack.kiosk.server import BURST, serve
from bartack.serving.thread import Serving
from running import wait_until

DONE_S = 5.0
Act = tuple[str, str, int | None]


@dataclass(slots=True)
class Clock:
    """Stands until it is moved."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Kiosk:
    """A server in this process, and what it was told to do."""

    screen: Screen
    acts: list[Act] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    running: Serving | None = None

    def take(self, command: str, argument: str, seq: int | None) -> bool:
        self.acts.append((command, argument, seq))
        return True

    @property
    def port(self) -> int:
        assert self.running is not None
        return self.running.port

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, str]:
        """Status and text of an answer; ``Sec_Fetch_Site`` stands for ``Sec-Fetch-Site``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DONE_S)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def press(self, body: bytes = b'{"command": "undo"}', **changed: str) -> tuple[int, str]:
        """A POST as the page makes it, with headers changed; an empty one is left out."""
        usual = {
            "Origin": self.origin,
            "Sec_Fetch_Site": "same-origin",
            "Content_Type": "application/json",
            "X_Bartack_Token": self.token(),
        }
        headers = {name: value for name, value in {**usual, **changed}.items() if value}
        return self.request("POST", "/act", body, **headers)

    def token(self) -> str:
        with self.stream() as messages:
            name, data = next(messages)
            while name != "token":
                name, data = next(messages)
            return str(json.loads(data)["token"])

    @contextmanager
    def stream(self) -> Iterator[Iterator[tuple[str, str]]]:
        """The messages of an open stream, name and data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DONE_S)
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        assert answer.status == 200
        try:
            yield _messages(answer)
        finally:
            answer.close()
            connection.close()


def _messages(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    name = ""
    for line in answer:
        key, _, value = line.decode().rstrip("\r\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, value


@contextmanager
def serving() -> Iterator[Kiosk]:
    clock = Clock()
    made = Kiosk(Screen(clock=clock), clock=clock)
    made.running = serve(made.screen, 0, made.take)
    try:
        yield made
    finally:
        made.running.stop()


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Kiosk]:
    """One for all tests that change nothing."""
    with serving() as made:
        yield made


def documents(messages: Iterator[tuple[str, str]]) -> Iterator[int]:
    return (json.loads(data)["number"] for name, data in messages if name == "document")


def test_a_page_gets_what_is_there_and_what_comes(kiosk: Kiosk) -> None:
    """A stream begins with version and token, then the newest document, then each later one."""
    kiosk.screen.put({"number": 1})
    with kiosk.stream() as messages:
        assert [next(messages)[0], next(messages)[0]] == ["version", "token"]
        numbers = documents(messages)
        assert next(numbers) == 1
        kiosk.screen.put({"number": 2})
        assert next(numbers) == 2


def test_an_old_document_is_no_news(kiosk: Kiosk) -> None:
    """A page that opens while the core stands still is not shown what was true before."""
    kiosk.screen.put({"number": 1})
    kiosk.clock.now_s = FRESH_S + 0.1
    with kiosk.stream() as messages:
        next(messages), next(messages)
        kiosk.screen.put({"number": 2})
        assert next(documents(messages)) == 2


def test_a_document_is_what_it_was_when_it_was_put(kiosk: Kiosk) -> None:
    """What the core changes afterwards is not shown."""
    document = {"number": 1}
    kiosk.screen.put(document)
    document["number"] = 9
    with kiosk.stream() as messages:
        assert next(documents(messages)) == 1


def test_a_stalled_browser_is_skipped_ahead(kiosk: Kiosk) -> None:
    """A browser that takes nothing holds up neither the core nor another, and gets the newest."""
    big = "x" * 20_000
    kiosk.screen.put({"number": 0, "fill": big})
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.settimeout(DONE_S)
    stalled.connect(("127.0.0.1", kiosk.port))
    stalled.sendall(b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    with stalled, kiosk.stream() as messages:
        numbers = documents(messages)
        assert next(numbers) == 0
        began_s = time.monotonic()
        for number in range(1, 401):
            kiosk.screen.put({"number": number, "fill": big})
        assert time.monotonic() - began_s < 1.0
        while next(numbers) != 400:
            pass
        taken = bytearray()
        while b'"number":400,' not in taken:
            taken += stalled.recv(65536)
        assert taken.count(b"event: document") < 300


def test_open_streams_are_bound(kiosk: Kiosk) -> None:
    """One page too many is told so; when one closes there is room again."""
    kiosk.screen.put({"number": 1})
    with ExitStack() as opened:
        for _ in range(STREAMS_MAX):
            next(opened.enter_context(kiosk.stream()))
        status, text = kiosk.request("GET", "/stream")
        assert (status, "too many" in text) == (503, True)
    until_s = time.monotonic() + DONE_S
    while time.monotonic() < until_s:
        kiosk.screen.put({"number": 2})  # a closed socket is noticed by writing to it
        try:
            with kiosk.stream() as messages:
                assert next(documents(messages)) == 2
                return
        except AssertionError:
            continue
    pytest.fail("no room after all pages were closed")


def test_many_connections_are_refused_and_leave_it_well(kiosk: Kiosk) -> None:
    """A thousand half requests do not stop the page that is there."""
    with ExitStack() as opened:
        for _ in range(300):
            one = opened.enter_context(socket.create_connection(("127.0.0.1", kiosk.port), DONE_S))
            one.sendall(b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    wait_until(lambda: kiosk.request("GET", "/")[0] == 200, "a page, once they are gone")
    kiosk.screen.put({"number": 1})
    with kiosk.stream() as messages:
        assert next(documents(messages)) == 1


def test_an_act_is_handed_on(kiosk: Kiosk) -> None:
    """What is pressed on the page reaches the core as command, argument and seq."""
    status, _ = kiosk.press(b'{"command": "dispute", "argument": "", "seq": 41}')
    assert status == 202
    assert kiosk.press(b'{"command": "off-start", "argument": "NF"}')[0] == 202
    assert kiosk.acts == [("dispute", "", 41), ("off-start", "NF", None)]


STRANGERS = {
    "no token": ({"X_Bartack_Token": ""}, 403),
    "a wrong token": ({"X_Bartack_Token": "x" * 32}, 403),
    "a token that is no text": ({"X_Bartack_Token": "\xe9"}, 403),
    "another site": ({"Sec_Fetch_Site": "cross-site"}, 403),
    "another port": ({"Sec_Fetch_Site": "same-site"}, 403),
    "a foreign origin": ({"Origin": "http://evil.example"}, 403),
    "an opaque origin": ({"Origin": "null"}, 403),
    "an origin of another port": ({"Origin": "http://127.0.0.1:1"}, 403),
    "a form": ({"Content_Type": "text/plain"}, 415),
    "a foreign name": ({"Host": "evil.example"}, 400),
}


@pytest.mark.parametrize(("headers", "status"), STRANGERS.values(), ids=list(STRANGERS))
def test_nobody_else_may_press(shared: Kiosk, headers: dict[str, str], status: int) -> None:
    """A request that another page could have caused is refused and does nothing."""
    assert shared.press(b'{"command": "undo"}', **headers)[0] == status
    assert shared.acts == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_else_may_look(shared: Kiosk, site: str) -> None:
    """Another page can neither read the stream nor use up its places."""
    assert shared.request("GET", "/stream", Sec_Fetch_Site=site)[0] == 403


@pytest.mark.parametrize("path", ["/", "/words/en", "/stream", "/static/main.js", "/nothing"])
def test_a_foreign_name_gets_nothing(shared: Kiosk, path: str) -> None:
    """A name that was made to lead here (DNS rebinding) is refused for every path."""
    assert shared.request("GET", path, Host="evil.example")[0] == 400


def test_a_token_is_of_one_start(shared: Kiosk) -> None:
    """Two servers have two tokens."""
    other = serve(Screen(), 0, lambda *_: True)
    try:
        second = Kiosk(Screen(), running=other)
        assert len(shared.token()) >= 32
        assert shared.token() != second.token()
    finally:
        other.stop()


def test_bad_bodies_are_refused_by_reason(shared: Kiosk) -> None:
    """No JSON, an unknown command and a giant are refused with words, and do nothing."""
    assert shared.press(b"{")[0] == 422
    status, text = shared.press(b'{"command": "pay-me"}')
    assert (status, json.loads(text)["error"].startswith("command: ")) == (422, True)
    assert shared.press(b'{"command": "undo"}' + b" " * 100_000)[0] == 413
    assert shared.acts == []


def test_an_endless_body_is_cut_off(shared: Kiosk) -> None:
    """A body without a length ends the request as soon as it is too long."""
    head = (
        f"POST /act HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {shared.origin}\r\n"
        f"X-Bartack-Token: {shared.token()}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared.port), DONE_S) as sending:
        sending.sendall(head.replace("Host: 127.0.0.1", f"Host: 127.0.0.1:{shared.port}").encode())
        sending.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert b" 413 " in sending.recv(1024).partition(b"\r\n")[0]


def test_a_page_gone_mad_is_slowed(kiosk: Kiosk) -> None:
    """Faster than a hand presses, acts are refused, and the core gets no more than are allowed."""
    token = kiosk.token()
    answers = [kiosk.press(X_Bartack_Token=token)[0] for _ in range(3 * BURST)]
    assert set(answers) == {202, 429}
    assert answers[:BURST] == [202] * BURST
    assert len(kiosk.acts) == answers.count(202)


@pytest.mark.parametrize("path", ["/", "/words/bn", "/static/main.js", "/static/theme.css", "/x"])
def test_every_answer_is_armoured(shared: Kiosk, path: str) -> None:
    """Page, files, words and refusals forbid foreign content and framing."""
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=DONE_S)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    connection.close()


@pytest.mark.parametrize("path", ["/words/xx", "/words/..%2fen", "/words/en.json"])
def test_only_languages_have_words(shared: Kiosk, path: str) -> None:
    """A language that there is not is refused, whatever its name looks like."""
    assert shared.request("GET", path)[0] == 404
    status, text = shared.request("GET", "/words/en")
    assert (status, "ok" in json.loads(text)) == (200, True)


def test_it_listens_on_this_machine_only(shared: Kiosk) -> None:
    """The address is the loopback's."""
    assert shared.running is not None
    assert shared.running.address == f"http://127.0.0.1:{shared.port}/"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", shared.port), 1.0)


def test_a_taken_port_is_said(shared: Kiosk) -> None:
    """A second screen on the same port does not start, and says why."""
    with pytest.raises(OSError, match="in use"):
        serve(Screen(), shared.port, lambda *_: True)


def test_it_ends_at_once_with_streams_open() -> None:
    """Open pages do not hold up the end of the agent."""
    screen = Screen()
    running = serve(screen, 0, lambda *_: True)
    kiosk = Kiosk(screen, running=running)
    screen.put({"number": 1})
    with kiosk.stream() as messages:
        assert next(documents(messages)) == 1
        began_s = time.monotonic()
        running.stop()
        assert time.monotonic() - began_s < 3.0
    assert not running.is_alive
    screen.put({"number": 2})  # and a core that goes on for a moment is not disturbed
