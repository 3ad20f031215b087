"""A TCP proxy that makes a link fail the way networks do: cut, stalled, swallowed, late.

It runs in a thread of its own and knows nothing of MQTT. ``up`` is from the client to the server,
``down`` the way back.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

Way = Literal["up", "down"]
WAYS: tuple[Way, ...] = ("up", "down")


class FaultProxy:
    """Listens at ``port`` on 127.0.0.1 and passes bytes on to ``server_port`` there."""

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.accepted = 0
        """Connections that were made through it so far."""
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallowing: set[Way] = set()
        self._refusing = False
        self._flowing = asyncio.Event()
        self._delay_s = 0.0
        self._cut_after_bytes: int | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._flowing.set()
        listening = asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # --- what can go wrong --------------------------------------------------------------------

    def cut(self) -> None:
        """End every connection with a reset."""
        self._do(self._abort_all)

    def refuse(self) -> None:
        """End every connection and every new one at once."""
        self._refusing = True
        self.cut()

    def swallow(self, *ways: Way) -> None:
        """Take the bytes of these ways and pass none on; no connection ends. Both: a black hole."""
        self._swallowing = set(ways)

    def stall(self) -> None:
        """Hold all bytes back until ``heal``; nothing is lost."""
        self._do(self._flowing.clear)

    def delay(self, seconds: float) -> None:
        """Pass each piece on so much later."""
        self._delay_s = seconds

    def cut_after(self, bytes_up: int) -> None:
        """Cut once, when so many more bytes went up."""
        self._cut_after_bytes = bytes_up

    @property
    def is_cut_pending(self) -> bool:
        return self._cut_after_bytes is not None

    def heal(self) -> None:
        """Work as a network should. Connections that lost bytes are ended."""
        self._refusing = False
        self._delay_s = 0.0
        self._cut_after_bytes = None
        if self._swallowing:
            self._swallowing = set()
            self.cut()
        self._do(self._flowing.set)

    # --- in the loop's thread -----------------------------------------------------------------

    def _do(self, what: Callable[[], object]) -> None:
        done = threading.Event()

        def act() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(10), "the proxy's loop stands still"

    def _abort_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        self._flowing.set()
        self._abort_all()
        while self._writers:
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        self.accepted += 1
        try:
            server = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:  # the server is down, and the client sees just that
            writer.transport.abort()
            return
        ends = {writer, server[1]}
        self._writers |= ends
        try:
            await asyncio.gather(
                self._pass_on(reader, server[1], "up"), self._pass_on(server[0], writer, "down")
            )
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        try:
            while data := await reader.read(16384):
                await asyncio.sleep(self._delay_s)
                await self._flowing.wait()
                if way in self._swallowing:
                    continue
                writer.write(data)
                await writer.drain()
                if way == "up":
                    self._count(len(data))
        except ConnectionError:
            return  # one end went; the other is ended with it
        finally:
            if not self._swallowing:
                writer.close()

    def _count(self, bytes_up: int) -> None:
        if self._cut_after_bytes is None:
            return
        self._cut_after_bytes -= bytes_up
        if self._cut_after_bytes <= 0:
            self._cut_after_bytes = None
            self._abort_all()
