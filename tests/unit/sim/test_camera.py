"""The camera that serves tickets, plays presentations, and goes wrong."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
import zxingcpp

from bartack_sim.camera import Camera, Shown, develop
from bartack_sim.ticket import (
    HEIGHT_PX,
    WIDTH_PX,
    Picture,
    Presentation,
    Scene,
    Ticket,
    presentation,
)

TICKET = Ticket("B000123-OP310", ("PO-7712 ST2041 M navy",))


def texts(picture: Picture) -> set[tuple[str, str]]:
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


@pytest.fixture
def camera() -> Iterator[Camera]:
    with Camera(frames_per_s=30.0) as running:
        yield running


def connect(camera: Camera) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", camera.port, timeout=5.0)
    connection.request("GET", "/stream.mjpg")
    return connection.getresponse()


def next_picture(stream: http.client.HTTPResponse) -> Picture:
    """The next part of the stream, decoded; fails when it is not a well-formed part."""
    line = stream.readline()
    while line == b"\r\n":
        line = stream.readline()
    assert line == b"--frame\r\n"
    assert stream.readline() == b"Content-Type: image/jpeg\r\n"
    name, _, length = stream.readline().partition(b": ")
    assert name == b"Content-Length"
    assert stream.readline() == b"\r\n"
    data = np.frombuffer(stream.read(int(length)), dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture.astype(np.uint8)


def until_read(stream: http.client.HTTPResponse, wanted: set[tuple[str, str]]) -> bool:
    return any(texts(next_picture(stream)) == wanted for _ in range(60))


def test_the_stream_shows_what_lies_there(camera: Camera) -> None:
    """A viewer sees the empty table, then the ticket, then the empty table again."""
    stream = connect(camera)
    assert stream.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
    assert until_read(stream, set())
    camera.show(TICKET)
    assert until_read(stream, {("Code128", TICKET.text), ("QRCode", TICKET.text)})
    camera.clear()
    assert until_read(stream, set())
    stream.close()


def test_opencv_reads_the_stream(camera: Camera) -> None:
    """OpenCV opens the address as it opens a network camera, and reads the ticket."""
    camera.show(TICKET)
    capture = cv2.VideoCapture(camera.url)
    done, picture = capture.read()
    capture.release()
    assert done
    assert picture.shape[:2] == (HEIGHT_PX, WIDTH_PX)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    assert ("QRCode", TICKET.text) in texts(grey)


def test_a_stalled_camera_keeps_the_connection(camera: Camera) -> None:
    """While it stalls no picture comes; afterwards the same connection goes on."""
    stream = connect(camera)
    next_picture(stream)
    camera.stall()
    seen = threading.Event()

    def look() -> None:
        for _ in range(30):
            next_picture(stream)
        seen.set()

    viewer = threading.Thread(target=look)
    viewer.start()
    assert not seen.wait(0.3)
    camera.resume()
    assert seen.wait(5.0)
    viewer.join()
    stream.close()


def test_unplugging_cuts_viewers_and_plugging_brings_it_back(camera: Camera) -> None:
    """An unplugged camera ends every stream and answers nobody; then it is back at its address."""
    address = camera.url
    stream = connect(camera)
    next_picture(stream)
    camera.unplug()
    stream.read()  # comes to its end
    with pytest.raises(ConnectionError):
        connect(camera)
    camera.plug()
    assert camera.url == address
    again = connect(camera)
    next_picture(again)
    stream.close()
    again.close()


def test_closing_leaves_no_thread(camera: Camera) -> None:
    """After close no thread of the camera runs, although a viewer was there."""
    before = threading.active_count()
    with Camera(frames_per_s=30.0) as other:
        stream = connect(other)
        next_picture(stream)
    assert threading.active_count() == before
    stream.close()


def presented(frames: int = 8) -> Presentation:
    """A ticket in good light, so that the pictures are made fast and read."""
    return presentation(3, frames=frames, ticket=TICKET, scene=Scene(width_px=640, height_px=480))


def part(stream: http.client.HTTPResponse) -> bytes:
    """The next part's bytes as they were sent."""
    while not (line := stream.readline()).startswith(b"Content-Length"):
        assert line
    stream.readline()
    return stream.read(int(line.partition(b":")[2]))


def test_a_viewer_sees_a_presentation_in_order(camera: Camera) -> None:
    """The stream shows the pictures of a presentation in their order, none twice, then the bare
    table; a viewer on a busy machine may miss some."""
    film = develop(presented())
    stream = connect(camera)
    bare = part(stream)
    seen: list[bytes] = []

    def look() -> None:
        while len(seen) < 200 and not (set(seen) & set(film.pictures) and seen[-1] in before):
            seen.append(part(stream))

    before = {bare, *(part(stream) for _ in range(9))}
    viewer = threading.Thread(target=look)
    viewer.start()
    shown = camera.play(film)
    viewer.join(10.0)
    numbers = [film.pictures.index(picture) for picture in seen if picture in film.pictures]
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= len(film.pictures) // 2
    assert [one.frame for one in shown] == list(film.presentation.frames)
    assert all(one.sent for one in shown)
    stream.close()


def test_the_truth_says_when(camera: Camera) -> None:
    """Frames come at the camera's rate, neither faster nor all at once, within the time of the
    call."""
    began_s = time.monotonic()
    shown = camera.present(presented())
    times = [one.at_s for one in shown]
    assert times == sorted(times)
    assert began_s <= times[0]
    assert times[-1] <= time.monotonic()
    assert times[-1] - times[0] >= 0.8 * (len(shown) - 1) / 30.0


@pytest.mark.parametrize("wrong", [Camera.stall, Camera.freeze])
def test_what_no_viewer_could_see_is_told_as_such(
    camera: Camera, wrong: Callable[[Camera], None]
) -> None:
    """While the camera stalls or is frozen a presentation passes unseen, and the truth says so."""
    wrong(camera)
    shown = camera.present(presented(4))
    assert [one.sent for one in shown] == [False] * 4
    camera.resume()
    assert all(one.sent for one in camera.present(presented(4)))


def test_a_frozen_camera_sends_one_picture(camera: Camera) -> None:
    """Bit for bit the same picture, also while a ticket is presented."""
    stream = connect(camera)
    camera.freeze()
    part(stream)  # may have been on its way
    still = part(stream)
    film = develop(presented(4))
    player = threading.Thread(target=camera.play, args=(film,))
    player.start()
    assert {part(stream) for _ in range(10)} == {still}
    player.join(10.0)
    stream.close()


def test_unplugging_ends_a_presentation() -> None:
    """A camera that is pulled out shows no more frames, and nobody waits for them."""
    film = develop(presented())
    truth: list[Shown] = []
    with Camera(frames_per_s=4.0) as camera:
        stream = connect(camera)
        player = threading.Thread(target=lambda: truth.extend(camera.play(film)))
        player.start()
        while part(stream) not in film.pictures:
            pass
        camera.unplug()
        player.join(10.0)
        assert not player.is_alive()
        assert 0 < len(truth) < len(film.pictures)
        assert camera.play(film) == ()
        stream.close()


def test_two_presentations_at_a_time_are_refused() -> None:
    """There is one table: the second hand is turned away while the first one's ticket is there."""
    film = develop(presented())
    with Camera(frames_per_s=4.0) as camera:
        stream = connect(camera)
        player = threading.Thread(target=camera.play, args=(film,))
        player.start()
        while part(stream) not in film.pictures:
            pass
        with pytest.raises(RuntimeError, match="another"):
            camera.play(film)
        camera.unplug()
        player.join(10.0)
        stream.close()
