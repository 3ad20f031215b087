"""Rendered tickets and the camera that serves them."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import zxingcpp

from bartack_sim.camera import Camera
from bartack_sim.ticket import (
    HEIGHT_PX,
    WIDTH_PX,
    Picture,
    Scene,
    Ticket,
    render_scene,
    to_jpeg,
)

TICKET = Ticket("B000123-OP310", ("PO-7712 ST2041 M navy",))


def texts(picture: Picture) -> set[tuple[str, str]]:
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(tilt_deg=8.0, perspective=0.2),
        Scene(tilt_deg=-9.0, light=0.75, noise_sigma=5.0),
        Scene(defocus_px=1.0, offset_px=(120, -80)),
    ],
)
@pytest.mark.parametrize("text", ["B000001", "B000123-OP310"])
def test_both_codes_of_a_ticket_read_back(text: str, scene: Scene) -> None:
    """Code 128 and QR of a rendered ticket say its text, in every scene that operators make."""
    picture = render_scene(Ticket(text, ("PO-7712",)), scene, noise_seed=1)
    assert texts(picture) == {("Code128", text), ("QRCode", text)}


def test_an_empty_table_says_nothing() -> None:
    """Nothing is read where no ticket lies."""
    assert texts(render_scene(None, Scene(), noise_seed=1)) == set()


def test_stress_beyond_reading_is_possible() -> None:
    """Enough blur makes a ticket that no reader reads: the knobs reach far enough."""
    assert texts(render_scene(TICKET, Scene(defocus_px=8.0), noise_seed=1)) == set()


def test_the_same_seed_gives_the_same_picture() -> None:
    """Rendering is a function of ticket, scene and seed."""
    scene = Scene(tilt_deg=3.0, noise_sigma=10.0)
    first, second = (render_scene(TICKET, scene, noise_seed=7) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (HEIGHT_PX, WIDTH_PX)


@pytest.mark.parametrize("text", ["", "B" * 33, "bündel"])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    """Empty, long and non-ASCII texts are refused with what is needed."""
    with pytest.raises(ValueError, match="ASCII"):
        Ticket(text)


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


def test_a_jpeg_is_a_jpeg() -> None:
    """Pictures are served as complete JPEG files."""
    data = to_jpeg(render_scene(None, Scene(), noise_seed=0))
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
