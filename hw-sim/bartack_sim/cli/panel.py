"""``bartack-sim lamps`` and ``lcd``: what an operator would see, in a terminal or as JSON Lines."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

import click

from bartack_sim.cli.common import DEVICE, INTERRUPTED, end_on_sigterm, fail, say
from bartack_sim.devices.pty import PortError
from bartack_sim.panel.display import GLYPH_SIGN, Display
from bartack_sim.panel.drawing import display_drawn, lamps_drawn
from bartack_sim.panel.lamps import CHIP_LINES, LampBoard
from bartack_sim.panel.lcd import SIZES, BusPanel
from bartack_sim.panel.socket_port import Panel, SocketPort

_TURN_S: Final = 0.5
_LINE: Final = click.IntRange(0, CHIP_LINES - 1)

_link = click.option(
    "--link",
    type=click.Path(path_type=Path),
    required=True,
    help='Where a program finds it: port = "sim:PATH" in a station file.',
)
_json = click.option("--json", "as_json", is_flag=True, help="A line of JSON for each change.")


@click.command()
@_link
@click.option("--green", type=_LINE, default=17, show_default=True, help="Line of the lamp.")
@click.option("--amber", type=_LINE, default=27, show_default=True, help="Line of the lamp.")
@click.option("--red", type=_LINE, default=22, show_default=True, help="Line of the lamp.")
@click.option("--buzzer", type=_LINE, default=23, show_default=True, help="Line of the buzzer.")
@click.option("--active-low", is_flag=True, help="Wired so that a low line lights a lamp.")
@_json
def lamps(link: Path, active_low: bool, as_json: bool, **wiring: int) -> None:
    """Three lamps and a buzzer on the lines of a chip, until Ctrl-C.

    With --json: {"at_s","lit"}, at_s in seconds of the machine's monotonic clock.
    """
    if len(set(wiring.values())) != len(wiring):
        raise click.UsageError("two lamps are on one line; give each its own")

    def changed(at_s: float) -> None:
        if as_json:
            _tell({"at_s": round(at_s, 4), "lit": list(board.lit)})
        else:
            _draw(lamps_drawn(board.lit, coloured=_coloured()))

    board = LampBoard(wiring, active_low, changed)
    if not as_json:
        changed(0.0)
    _serve(link, board)


@click.command()
@_link
@click.option("--size", type=click.Choice(list(SIZES)), default="16x2", show_default=True)
@click.option("--address", default="0x27", show_default=True, help="Of its expander on the bus.")
@_json
def lcd(link: Path, size: str, address: str, as_json: bool) -> None:
    """A character display (HD44780 behind a PCF8574) on an I2C bus, until Ctrl-C.

    With --json: {"at_s","rows","glyphs"}; a glyph in a row is a circled digit from 1, its dots are
    in glyphs.
    """
    try:
        number = int(address, 0)
    except ValueError:
        number = -1
    if not 0x08 <= number <= 0x77:
        raise click.UsageError(f"--address {address}: from 0x08 to 0x77")

    def changed(at_s: float) -> None:
        if as_json:
            rows = display.rows()
            signs = {sign for row in rows for sign in row if 0 <= ord(sign) - GLYPH_SIGN < 8}
            glyphs = {sign: display.glyph(ord(sign) - GLYPH_SIGN) for sign in sorted(signs)}
            _tell({"at_s": round(at_s, 4), "rows": rows, "glyphs": glyphs})
        else:
            _draw(display_drawn(display, coloured=_coloured()))

    display = Display(*SIZES[size], powered_s=time.monotonic())
    if not as_json:
        changed(0.0)
    _serve(link, BusPanel(display, number, changed))


def _serve(link: Path, panel: Panel) -> None:
    end_on_sigterm()
    try:
        with SocketPort(link, panel):
            say(f'{link}: write port = "sim:{link.absolute()}" into [[feedback]]')
            while True:
                # In turns: the system may give a signal to the serving thread, which wakes nobody.
                time.sleep(_TURN_S)
    except PortError as error:
        fail(str(error), DEVICE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _draw(picture: str) -> None:
    """On a terminal each picture takes the place of the one before."""
    if sys.stdout.isatty():
        picture = f"\x1b[2J\x1b[H{picture}"
    click.echo(picture)
    sys.stdout.flush()


def _tell(seen: dict[str, object]) -> None:
    click.echo(json.dumps(seen))
    sys.stdout.flush()
