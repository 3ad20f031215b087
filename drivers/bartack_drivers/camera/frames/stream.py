"""An MJPEG stream over HTTP: opening it, saying why it does not open, and its pictures."""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from bartack_drivers.base import DeviceDenied, DeviceError, DeviceLost, DeviceMissing
from bartack_drivers.camera.frames.newest import Picture
from bartack_drivers.codecs.multipart import MultipartCodec, boundary_of

READ_TIMEOUT_S: Final = 2.0
OPEN_TIMEOUT_S: Final = 4.0
"""Until the head of the answer must be there, however slowly it comes."""

CHUNK_BYTES: Final = 2**16
REASON_MAX_CHARS: Final = 160
"""An error may quote what a camera sent."""


def is_url(port: str) -> bool:
    return port.startswith(("http://", "https://"))


def shown(port: str) -> str:
    """``port`` as it may stand in a log: without user and password of an address."""
    if not is_url(port):
        return port
    scheme, _, rest = port.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


class MjpegStream:
    """An open stream. ``interrupt`` cuts the connection."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """Raises ``DeviceMissing`` or ``DeviceDenied``, which do not show user and password."""
        self._clock = clock
        self._port = shown(url)
        self._connection, parts = _connection(url)
        late = threading.Timer(OPEN_TIMEOUT_S, self._give_up)
        late.daemon = True
        self._socket: socket.socket | None = None
        self._answer: http.client.HTTPResponse | None = None
        self._given_up = False
        try:
            self._connection.connect()
            # An answer that ends with its connection takes the socket away from http.client.
            self._socket = self._connection.sock
            late.start()
            self._connection.request("GET", _target(parts), headers=_headers(parts))
            self._answer = answer = self._connection.getresponse()
            if self._given_up:  # what came so far passes for a whole head
                raise TimeoutError(f"not within {OPEN_TIMEOUT_S:.0f} s")
            content_type = answer.headers.get("Content-Type", "")
            if refusal := _refusal(self._port, answer, content_type):
                raise refusal
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise DeviceMissing(self._port, _why(error)) from error
        except DeviceError:
            self.close()
            raise
        finally:
            late.cancel()
        self._codec = MultipartCodec(boundary_of(content_type))

    def _give_up(self) -> None:
        self._given_up = True
        self.interrupt()

    def grab(self) -> list[Picture]:
        try:
            data = self._answer.read1(CHUNK_BYTES) if self._answer else b""
        except TimeoutError as error:
            reason = f"no more pictures: nothing came for {READ_TIMEOUT_S:.0f} s"
            raise DeviceLost(self._port, reason) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = f"no more pictures: {error}"[:REASON_MAX_CHARS]
            raise DeviceLost(self._port, reason) from error
        if not data:
            raise DeviceLost(self._port, "no more pictures; check cable, power and network")
        mono_s = self._clock()
        return [Picture(mono_s, jpeg=jpeg) for jpeg in self._codec.feed(data)]

    def interrupt(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the camera was quicker
                # Not the method of a TLS socket, which forgets its keys while they are in use.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._answer is not None:
            self._answer.close()
        self._connection.close()

    @property
    def trouble(self) -> str:
        return ""

    @property
    def discarded_bytes(self) -> int:
        return self._codec.counters.discarded_bytes


def _connection(url: str) -> tuple[http.client.HTTPConnection, SplitResult]:
    try:
        parts = urlsplit(url)
        host, number = parts.hostname or "", parts.port
        if not host:
            raise ValueError("it names no host")
        is_secure = parts.scheme == "https"
        scheme = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        return scheme(host, number, timeout=READ_TIMEOUT_S), parts
    except (ValueError, http.client.InvalidURL) as error:
        raise DeviceMissing(shown(url), f"is not an address ({error})") from error


def _target(parts: SplitResult) -> str:
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _headers(parts: SplitResult) -> dict[str, str]:
    headers = {"Accept": "multipart/x-mixed-replace, */*", "Connection": "close"}
    if parts.username is not None:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(account.encode()).decode()
    return headers


def _refusal(port: str, answer: http.client.HTTPResponse, content_type: str) -> DeviceError | None:
    """Why an answer is no stream."""
    status = answer.status
    if status in (401, 403):
        return DeviceDenied(port, f"refuses with HTTP {status}; check user and password")
    if status >= 400:
        return DeviceMissing(port, f"answers HTTP {status}; check the path of the address")
    if status >= 300:
        there = shown(answer.headers.get("Location", "another address"))
        return DeviceMissing(
            port, f"answers HTTP {status}: give {there[:REASON_MAX_CHARS]!r} as its address"
        )
    if not content_type.lower().startswith("multipart/"):
        return DeviceMissing(port, "answers, but not with an MJPEG stream; check the address")
    return None


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({error.verify_message}); make its certificate known"
            " to this machine, or use http:// inside the station's own network"
        )
    said = (str(error) or type(error).__name__)[:REASON_MAX_CHARS]
    return f"does not answer ({said}); check address and power"
