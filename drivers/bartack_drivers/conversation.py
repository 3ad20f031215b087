"""What a reader's bytes mean and what is said to it: the half of a driver that holds no I/O.

Every frame that arrives is first looked at for what it reports, whether or not it was asked for:
many readers talk from power-up on. Then it goes to the *script*, which sets the reader up, asks
and acknowledges. A script is a generator that reads like the talk it leads::

    def script() -> Script[Frame]:
        power = yield Ask("read the power", GET_POWER, lambda frame: frame.command == 0xB7)
        if power is not None and power.data != WANTED:
            yield Ask("set the power", SET_POWER, lambda frame: frame.command == 0xB6)

It runs anew each time the device is opened. A reader that does not answer is reported and still
listened to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bartack_drivers.base import Counters, Read
from bartack_drivers.codecs.framing import Codec, FrameCodec

F = TypeVar("F")

INTERRUPTED_S: Final = 3.0
"""A frame whose rest has not come for so long will not be completed. Readers and kernels may hold
half a frame back for 2 s."""

OVERDUE_S: Final = 0.4
"""A frame takes less. What has not ended by then may be noise that looks like one's beginning."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[F]):
    """Send ``request`` and wait for a frame that ``answers``; the script is handed it, or None.

    ``purpose`` completes the sentence "the reader does not answer when asked to …" and is left
    empty where silence is nothing to report. An empty request only waits.
    """

    purpose: str
    request: bytes
    answers: Callable[[F], bool]
    timeout_s: float = 0.5
    tries: int = 2


@dataclass(frozen=True, slots=True)
class Tell:
    """Send ``data``; no answer is waited for."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Rest:
    """Wait. Frames that come meanwhile are read all the same."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """Say what is wrong with ``topic``, for a technician; an empty text: nothing any more."""

    topic: str
    trouble: str = ""


Script = Generator[Ask[F] | Tell | Rest | Report, F | None, None]

Sightings = Callable[[F, float], Sequence[Read]]
"""What a frame reports that was received at a monotonic time in seconds."""


def only_listen() -> Script[F]:
    """The script for a reader that is not talked to."""
    yield from ()


class Conversation(Generic[F]):
    """Bytes in; reads and bytes to send out. Used by one thread, which brings the time."""

    def __init__(
        self,
        codec: Codec[F],
        sightings: Sightings[F],
        script: Script[F] | None = None,
        silence_s: float = INTERRUPTED_S,
        beep: Callable[[bool], bytes] | None = None,
        farewell: bytes = b"",
    ) -> None:
        """``silence_s``: after so much silence the codec is told that nothing more will come.

        ``beep``: the command that makes the reader itself say accepted (true) or refused; empty
        where the script says it later. It may be called from any thread.
        ``farewell``: the last that is sent, for readers that stay taken until they are told.
        """
        self.codec = codec
        self.farewell = farewell
        self._sightings = sightings
        self._script: Script[F] = script or only_listen()
        self._silence_s = silence_s
        self._beep = beep
        self._heard_s = math.inf
        self._behind_bytes = -1
        self._overdue_s = math.inf
        self._step: Ask[F] | Rest | None = None
        self._tries_left = 0
        self._due_s = -math.inf
        self._begun = False
        self._outgoing = bytearray()
        self._troubles: dict[str, str] = {}

    @property
    def counters(self) -> Counters:
        return self.codec.counters

    @property
    def trouble(self) -> str:
        """What the reader does not do as asked; empty when all is well."""
        return "; ".join(self._troubles.values())

    @property
    def due_s(self) -> float:
        """Until when it may be left alone if nothing arrives."""
        silence_s = self._heard_s + self._silence_s if self.codec.held_bytes else math.inf
        return min(self._due_s, silence_s, self._overdue_s)

    def feed(self, data: bytes, now_s: float) -> list[Read]:
        """Take what arrived at monotonic time ``now_s`` and return the reads it completed."""
        self._begin(now_s)
        self._heard_s = now_s
        return self._hear(self.codec.feed(data), now_s) + self._look_inside(now_s)

    def beep(self, *, accepted: bool) -> bytes:
        """What makes the reader tell who scanned, to be sent at once; empty where it cannot."""
        return self._beep(accepted) if self._beep is not None else b""

    def idle(self, now_s: float) -> list[Read]:
        """Nothing arrived up to ``now_s``: return what that silence completes.

        Only to be called when the line was found silent: bytes that waited while this computer was
        busy must not be taken for two labels.
        """
        if not self.codec.held_bytes or now_s < self._heard_s + self._silence_s:
            return self._look_inside(now_s)
        self._heard_s = math.inf  # told once; what comes next starts the clock anew
        return self._hear(self.codec.flush(), now_s)

    def outgoing(self, now_s: float) -> bytes:
        """What to send to the reader now; to be called after every ``feed`` and ``idle``."""
        self._begin(now_s)
        while self._step is not None and now_s >= self._due_s:
            if self._tries_left > 0:
                self._ask_again(now_s)
            else:
                self._fail(now_s)
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def _begin(self, now_s: float) -> None:
        if not self._begun:
            self._begun = True
            self._advance(None, now_s)

    def _hear(self, frames: Sequence[F], now_s: float) -> list[Read]:
        reads: list[Read] = []
        for frame in frames:
            reads += self._sightings(frame, now_s)
            step = self._step
            if isinstance(step, Ask) and step.answers(frame):
                self._troubles.pop(step.purpose, None)
                self._advance(frame, now_s)
        return reads

    def _look_inside(self, now_s: float) -> list[Read]:
        """Read the frames that the beginning of another, which does not end, holds back."""
        codec = self.codec
        if not isinstance(codec, FrameCodec) or not codec.held_bytes:
            self._behind_bytes, self._overdue_s = -1, math.inf
            return []
        behind_bytes = codec.good_bytes + codec.counters.discarded_bytes
        begun = behind_bytes != self._behind_bytes
        if not begun and now_s < self._overdue_s:
            return []
        self._behind_bytes, self._overdue_s = behind_bytes, now_s + OVERDUE_S
        return [] if begun else self._hear(codec.look_inside(), now_s)

    def _fail(self, now_s: float) -> None:
        step = self._step
        if isinstance(step, Ask) and step.purpose:
            self._troubles[step.purpose] = (
                f"the reader does not answer when asked to {step.purpose}; check its send line, "
                "power and baud rate"
            )
        self._advance(None, now_s)

    def _advance(self, answer: F | None, now_s: float) -> None:
        """Let the script go on to the next step that waits."""
        self._step, self._due_s = None, math.inf
        try:
            step = self._script.send(answer)
            while True:
                match step:
                    case Tell(data):
                        self._outgoing += data
                    case Report(topic, trouble) if trouble:
                        self._troubles[topic] = trouble
                    case Report(topic, _):
                        self._troubles.pop(topic, None)
                    case Ask():
                        self._step, self._tries_left = step, step.tries
                        self._ask_again(now_s)
                        return
                    case Rest(duration_s):
                        self._step, self._tries_left = step, 0
                        self._due_s = now_s + duration_s
                        return
                step = next(self._script)
        except StopIteration:
            return

    def _ask_again(self, now_s: float) -> None:
        if isinstance(self._step, Ask):
            self._outgoing += self._step.request
            self._tries_left -= 1
            self._due_s = now_s + self._step.timeout_s
