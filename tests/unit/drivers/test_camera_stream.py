"""How an MJPEG stream is asked for, and what is said where it does not come."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from bartack_drivers.base import DeviceDenied, DeviceError, DeviceMissing
from bartack_drivers.camera.frames import stream
from bartack_drivers.camera.frames.stream import shown
from bartack_drivers.registry import open_source
from contract.devices import eventually, read_until
from contract.recordings import recordings_of

RECORDING = next(iter(recordings_of("camera")))
PARTS = RECORDING.parts()
PERIOD_S = 0.05
MULTIPART = b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n"


def chunked(body: bytes, size: int = 3000) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


class Answering:
    """Answers every request with the same head, and then sends parts over and over."""

    def __init__(
        self, head: bytes, parts: Sequence[bytes] = (), context: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[bytes] = []
        self._head = head
        self._parts = parts
        self._context = context
        self._left = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while not self._left.is_set():
            try:
                raw, _ = self._listening.accept()
                with raw, self._wrapped(raw) as connection:
                    self._talk(connection)
            except OSError:
                continue  # the driver went away, or this server was closed

    def _wrapped(self, raw: socket.socket) -> socket.socket:
        if self._context is None:
            return raw
        return self._context.wrap_socket(raw, server_side=True)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(5.0)
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        self.requests.append(request)
        connection.sendall(self._head)
        for part in itertools.cycle(self._parts or [b""]):
            if self._left.wait(PERIOD_S):
                return
            connection.sendall(part)

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._left.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        (b"HTTP/1.0 200 OK\r\n" + MULTIPART + b"\r\n", PARTS),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + MULTIPART + b"\r\n",
            [chunked(part) for part in PARTS],
        ),
        (b"HTTP/1.1 200 OK\n" + MULTIPART.replace(b"=frame\r\n", b'="--frame"\n') + b"\n", PARTS),
    ],
    ids=["until it closes", "chunked", "bare line feeds and quotes"],
)
def test_streams_of_all_sorts_are_read(head: bytes, parts: list[bytes]) -> None:
    """However the body is transferred, its labels are read."""
    with (
        Answering(head, parts) as server,
        open_source("camera", f"http://{server.place}/v?x=1", {}) as source,
    ):
        values = {read.value for read in read_until(source, 2)}
    assert values <= {value for value, _ in RECORDING.codes()}
    assert server.requests[0].startswith(b"GET /v?x=1 HTTP/1.1\r\n")
    assert b"Authorization" not in server.requests[0]


def test_an_account_is_sent_and_not_shown() -> None:
    """User and password of the address, which may be escaped, go to the camera and nowhere else."""
    with Answering(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") as server:
        with pytest.raises(DeviceDenied, match="HTTP 401; check user and password") as caught:
            open_source("camera", f"http://line%207:p%40ss@{server.place}/", {})
        assert caught.value.port == f"http://{server.place}/"
        assert "p%40ss" not in str(caught.value)
        account = base64.b64encode(b"line 7:p@ss")
        assert b"Authorization: Basic " + account + b"\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("head", "kind", "told"),
    [
        (b"HTTP/1.1 403 No\r\n\r\n", DeviceDenied, "refuses with HTTP 403"),
        (b"HTTP/1.1 404 No\r\n\r\n", DeviceMissing, "HTTP 404; check the path"),
        (
            b"HTTP/1.1 302 There\r\nLocation: http://u:secret@cam/live\r\n\r\n",
            DeviceMissing,
            "give 'http://cam/live' as its address",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", DeviceMissing, "not with an"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", DeviceMissing, "does not answer"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", DeviceMissing, "does not answer"),
        (b"SSH-2.0-OpenSSH\r\n", DeviceMissing, "does not answer"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + MULTIPART + b"\r\nzz\r\n",
            DeviceMissing,
            "no more pictures",
        ),
    ],
)
def test_what_is_no_stream_says_why(head: bytes, kind: type[DeviceError], told: str) -> None:
    """Refusals, other addresses, web pages and things that do not talk HTTP are told apart."""
    with Answering(head) as server, pytest.raises(kind, match=told) as caught:
        open_source("camera", f"http://{server.place}/", {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://h:x/", "https:///x", "http://a b/"]
)
def test_what_is_no_address_is_missing(url: str) -> None:
    """Nonsense for an address is a clear error."""
    with pytest.raises(DeviceMissing):
        open_source("camera", url, {})
    assert shown(url) == url


def test_a_head_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that sends its answer byte by byte is given up all the same."""
    monkeypatch.setattr(stream, "OPEN_TIMEOUT_S", 0.5)
    began_s = time.monotonic()
    with (
        dripping() as place,
        pytest.raises(DeviceMissing, match="does not answer"),
    ):
        open_source("camera", f"http://{place}/", {})
    assert time.monotonic() - began_s < 10
    assert eventually(
        lambda: not any(isinstance(it, threading.Timer) for it in threading.enumerate())
    )


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends one header byte after the other for as long as somebody listens."""
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nA: ")
                while not left.wait(0.02):
                    connection.sendall(b"b")
            except OSError:
                return  # given up, as it should be

    left = threading.Event()
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        left.set()
        thread.join()
        listening.close()


def test_a_certificate_must_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera with a certificate of its own is told how to be trusted, and then is read."""
    file = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    head = b"HTTP/1.1 200 OK\r\n" + MULTIPART + b"\r\n"
    with Answering(head, PARTS, context) as server:
        url = f"https://{server.place}/"
        with pytest.raises(DeviceMissing, match=r"certificate is not trusted .* http://"):
            open_source("camera", url, {})
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        with open_source("camera", url, {}) as source:
            assert read_until(source, 1)


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "camera.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    return file
