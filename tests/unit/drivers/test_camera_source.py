"""The camera on a real MJPEG stream: live, stalled, hung up, refused, and back."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from bartack_drivers.base import DeviceDenied, DeviceLost, DeviceMissing, Source
from bartack_drivers.camera.frames.stream import shown
from bartack_drivers.registry import open_source
from bartack_sim.camera import Camera
from bartack_sim.ticket import Ticket
from contract.devices import PATIENCE_S, Heard, MjpegServer, eventually, read_until, running
from contract.recordings import Recording, recordings_of

TICKET = next(iter(recordings_of("camera")))


def open_stream(url: str) -> Source:
    return open_source("camera", url, dict(TICKET.options))


def camera_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("camera ")}


def served(recording: Recording = TICKET) -> MjpegServer:
    return MjpegServer(recording.parts())


def test_a_stream_is_read() -> None:
    """Labels in the pictures of a stream are reads, stamped with when they were seen."""
    before_s = time.monotonic()
    with served() as server, open_stream(server.url) as source:
        reads = read_until(source, 2)
        assert {read.value for read in reads} <= {value for value, _ in TICKET.codes()}
        assert all(before_s <= read.mono_s <= time.monotonic() for read in reads)
        assert source.counters.good_frames >= 1


def look_on(heard: Heard, pictures: int) -> None:
    """Wait until so many more pictures were looked at."""
    first = None
    while True:
        counters = heard.ticks.get(timeout=PATIENCE_S)
        seen = counters.good_frames if counters is not None else 0
        first = seen if first is None else first
        if seen >= first + pictures:
            return


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_each_presentation_is_one_read(times: int) -> None:
    """Over a real stream: shown, taken away and shown again, a ticket is as many reads; another one
    laid over it is read at once."""
    heard, text, other = Heard(), "B000001", "B000002"
    with (
        Camera(frames_per_s=15.0) as camera,
        running(lambda: open_source("camera", camera.url, {"gone_s": 0.3}), heard),
    ):
        heard.wait_for("up")
        for _ in range(times):
            camera.show(Ticket(text))
            assert heard.next() == ("read", text)
            camera.clear()
            look_on(heard, 12)
        camera.show(Ticket(text))
        assert heard.next() == ("read", text)
        camera.show(Ticket(other))
        assert heard.next() == ("read", other)
        look_on(heard, 12)
    assert heard.events.empty()


def test_a_stalled_stream_is_lost() -> None:
    """A stream that stays connected but shows nothing new is lost within seconds."""
    with served() as server, open_stream(server.url) as source:
        read_until(source, 1)
        server.stall()
        began_s = time.monotonic()
        with pytest.raises(DeviceLost, match="picture"):
            read_for_ever(source)
        assert time.monotonic() - began_s < 6


def read_for_ever(source: Source) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        source.read(0.1)


def test_closing_ends_threads_and_connections() -> None:
    """A closed camera leaves no thread and no connection behind."""
    others = camera_threads()
    with served() as server:
        with open_stream(server.url) as source:
            read_until(source, 1)
            ours = camera_threads() - others
            assert ours
        for thread in ours:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        assert eventually(lambda: server.open_connections == 0)


def test_a_stream_that_comes_back_is_read_again() -> None:
    """Refused and served again, the camera is down with the reason and then up by itself."""
    heard = Heard()
    with served() as server, running(lambda: open_stream(server.url), heard):
        heard.wait_for("read")
        server.refuse()
        assert "no more pictures" in heard.wait_for("down")
        assert "HTTP 503" in heard.wait_for("down")
        server.serve()
        heard.wait_for("up")
        heard.wait_for("read")


def test_an_address_nobody_listens_at_is_missing() -> None:
    """A refused connection says so and what to check."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeviceMissing, match=r"does not answer .*check address and power"):
        open_stream(f"http://127.0.0.1:{port}/")


def test_an_address_that_serves_no_pictures_is_missing() -> None:
    """A web page in place of a stream is told apart from silence."""
    page = b"<html>hello</html>" * 10_000
    with MjpegServer([page]) as server, pytest.raises(DeviceMissing, match=r"picture|MJPEG"):
        open_stream(server.url)


def test_a_file_is_no_camera() -> None:
    """A path that is not a camera says how to choose one."""
    with pytest.raises(DeviceMissing, match="not a camera"):
        open_stream(__file__)


def test_passwords_of_addresses_are_not_shown() -> None:
    """What a log shows of an address has neither user nor password."""
    assert shown("http://u:secret@camera.lan:81/s?x=1") == "http://camera.lan:81/s?x=1"
    with pytest.raises(DeviceMissing) as caught:
        open_stream("http://u:secret@127.0.0.1:1/")
    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value, DeviceDenied)
