"""The ``bartack-sim`` command: one simulated device, a whole line, or everything at once.

Data on standard output, talk on standard error.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from bartack_sim.demo import BrokerChoice

FAILED, DEVICE, INTERRUPTED = 1, 4, 130

_VALUE = "What to show it, as the driver reports it: a badge's or tag's hex, a label's text."
_RATE = click.FloatRange(0.0, 1.0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Simulated hardware for Bartack: readers, cameras, a sewing line, a demo of everything."""


@main.command()
@click.option("--driver", required=True, help="As listed by `bartack drivers`.")
@click.option("--link", required=True, help="The port's path, or tcp://127.0.0.1:5084.")
@click.option("--badge", "--tag", "--text", "--value", "values", multiple=True, help=_VALUE)
@click.option("--every", type=click.FloatRange(min=0.0), help="Again and again, this many s apart.")
@click.option("--hold", default=0.5, show_default=True, help="For how many s a tag is held.")
@click.option(
    "--suffix", type=click.Choice(["cr", "lf", "crlf", "tab", "none"]), help="text, hid: end."
)
@click.option("--prefix", help="text, hid: what comes before each label.")
@click.option("--aim", help="text: send the AIM identifier of this symbology, such as code128.")
@click.option("--setting", "pairs", multiple=True, metavar="K=V", help="How the device is set up.")
@click.option("--unplug-every", type=click.FloatRange(min=0.5), help="Pull it out every so many s.")
@click.option("--noise", type=_RATE, default=0.0, help="Rate of frames with stray bytes.")
@click.option("--split", type=_RATE, default=0.0, help="Rate of frames that come in pieces.")
@click.option("--merged", type=_RATE, default=0.0, help="Rate of frames that come together.")
@click.option("--truncated", type=_RATE, default=0.0, help="Rate of frames without their end.")
@click.option("--dropout", type=_RATE, default=0.0, help="Rate of frames that are lost.")
@click.option("--wrong-checksum", type=_RATE, default=0.0, help="Rate of false checksums.")
@click.option("--ghost", type=_RATE, default=0.0, help="Rate of tags that are not there.")
@click.option("--power-up", type=_RATE, default=0.0, help="Rate of garbage when power comes.")
@click.option("--slow-s", type=click.FloatRange(min=0.0), default=0.0, help="Delay of answers.")
@click.option("--sleep-s", type=click.FloatRange(min=0.0), default=0.0, help="Falls asleep after.")
@click.option("--seed", type=int, default=0, help="Of the faults.")
def reader(
    driver: str,
    link: str,
    values: tuple[str, ...],
    every: float | None,
    hold: float,
    suffix: str | None,
    prefix: str | None,
    aim: str | None,
    pairs: tuple[str, ...],
    unplug_every: float | None,
    seed: int,
    **rates: float,
) -> None:
    """One reader on a port that any program can open, and talk to.

    Shows it each --value, or else one line of standard input after the other, as soon as a program
    has opened the port. Ends when all was shown and read.
    """
    from bartack_sim.devices.pty import PortError
    from bartack_sim.devices.wire import Wire, make_device, make_outlet
    from bartack_sim.faults import LineFaults
    from bartack_sim.solo import play, unplugged_now_and_then, values_to_show

    _end_on_sigterm()
    given = {"suffix": suffix, "prefix": prefix, "aim": aim}
    settings = {name: value for name, value in given.items() if value is not None}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--setting {pair}: write it as key=value")
        settings[name] = value
    try:
        trial, device = make_device(driver, settings), make_device(driver, settings)
        for value in values:
            trial.place(value)  # refuses what such a device cannot read
        with (
            make_outlet(driver, link) as port,
            Wire(port, device, LineFaults(**rates), random.Random(seed)) as wire,
            unplugged_now_and_then(wire, unplug_every),
        ):
            play(wire, values_to_show(values, sys.stdin, every, time.sleep), hold, _say)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except PortError as error:
        _fail(str(error), DEVICE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@main.command()
@click.argument("text")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--tilt", default=0.0, help="Degrees by which the ticket is turned.")
@click.option("--perspective", default=0.0, help="0 to 0.5: how much its far edge shrinks.")
@click.option("--blur", default=0.0, help="Radius of the defocus in px.")
@click.option("--noise", default=2.0, show_default=True, help="Deviation in grey levels.")
@click.option("--light", default=1.0, show_default=True, help="1 is good light.")
def camera(
    text: str, port: int, tilt: float, perspective: float, blur: float, noise: float, light: float
) -> None:
    """A camera that sees one ticket with TEXT and serves it as MJPEG; prints its address."""
    from bartack_sim.camera import Camera
    from bartack_sim.ticket import Scene, Ticket

    _end_on_sigterm()
    try:
        scene = Scene(tilt, perspective, blur, noise, light)
        ticket = Ticket(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with Camera(port, scene) as running:
            running.show(ticket)
            click.echo(running.url)
            signal.pause()
    except OSError as error:
        _fail(f"port {port}: {error.strerror}; choose another one", DEVICE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@main.command()
@click.option("--stations", type=click.IntRange(1, 99), default=6, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--speed", type=click.FloatRange(0.1, 1000.0), default=60.0, show_default=True)
@click.option("--for", "seconds", type=click.FloatRange(min=0.0), help="End after so many seconds.")
@click.option("--broker-host", default="127.0.0.1", show_default=True)
@click.option("--broker-port", type=click.IntRange(1, 65535), default=1883, show_default=True)
@click.option("--camera/--no-camera", default=True, help="The last station has a camera.")
@click.option("--seed", type=int, default=1)
def line(
    stations: int,
    folder: Path,
    speed: float,
    seconds: float | None,
    broker_host: str,
    broker_port: int,
    camera: bool,
    seed: int,
) -> None:
    """Devices and operators of a line whose agents somebody else runs.

    Writes into the folder: the station files, reference/*.csv for the hub, and truth.jsonl. The
    operators follow stNN.feedback.jsonl there. Prints the path of each station file.
    """
    from bartack_sim.configuration import BrokerAddress
    from bartack_sim.demo import OPEN_END_S, DemoError, lay_out_line, short_enough
    from bartack_sim.devices.pty import PortError
    from bartack_sim.floor import Floor, FloorSettings
    from bartack_sim.interrupts import Interrupts
    from bartack_sim.line import plan_line

    plan = plan_line(seed, stations, (seconds or OPEN_END_S) * speed / 60.0, camera)
    try:
        folder = short_enough(folder.absolute())
        folder.mkdir(parents=True, exist_ok=True)
        with Interrupts() as interrupts, Floor(plan, folder, FloorSettings(speed, seed)) as floor:
            for file in lay_out_line(floor, folder, BrokerAddress(broker_host, broker_port)):
                click.echo(str(file))
            end_s = time.monotonic() + seconds if seconds is not None else float("inf")
            floor.start()
            while not interrupts.asked_to_stop() and time.monotonic() < end_s:
                floor.check()
                time.sleep(0.1)
            floor.stop()
    except DemoError as error:
        _fail(str(error), FAILED)
    except PortError as error:
        _fail(str(error), DEVICE)


@main.command()
@click.option("--stations", type=click.IntRange(1, 99), default=6, show_default=True)
@click.option("--speed", type=click.FloatRange(0.1, 1000.0), default=60.0, show_default=True)
@click.option("--for", "seconds", type=click.FloatRange(min=0.0), help="End after so many seconds.")
@click.option("--check", is_flag=True, help="Compare truth, lamps and the hub at the end.")
@click.option("--chaos", is_flag=True, help="Kill processes and unplug readers all the while.")
@click.option("--json", "as_json", is_flag=True, help="With --check: only JSON, no sentence.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the dashboard.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Use, keep folder.")
@click.option("--camera/--no-camera", default=True, help="The last station has a camera.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--broker", type=click.Choice(["auto", "mosquitto", "iotcore"]), default="auto")
def demo(
    stations: int,
    speed: float,
    seconds: float | None,
    check: bool,
    chaos: bool,
    as_json: bool,
    port: int,
    keep: Path | None,
    camera: bool,
    seed: int,
    broker: BrokerChoice,
) -> None:
    """Broker, hub, agents and a line of simulated stations, with the dashboard's address.

    With --check prints {"acknowledged","committed","lost","doubled","wrong"} at the end and exits
    with 0 only when something was acknowledged and the last three are 0.
    """
    from bartack_sim.clock import local_now
    from bartack_sim.configuration import TIMEZONE
    from bartack_sim.demo import DemoError, DemoSettings, run_demo
    from bartack_sim.interrupts import Interrupts
    from bartack_sim.plant import StartInterruptedError
    from bartack_sim.processes import ProcessError

    settings = DemoSettings(
        stations, speed, seconds, check, chaos, port, keep, camera, seed, broker
    )
    with Interrupts() as interrupts:
        try:
            verdict = run_demo(settings, local_now(TIMEZONE), interrupts, _say)
        except (DemoError, ProcessError) as error:
            _fail(str(error), INTERRUPTED if interrupts.asked_to_stop() else FAILED)
        except StartInterruptedError:
            _fail("interrupted while starting", INTERRUPTED)
    if verdict is None:
        return
    click.echo(json.dumps(verdict.numbers()))
    if not as_json:
        _say(verdict.sentence())
    if not verdict.clean:
        sys.exit(FAILED)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _fail(text: str, status: int) -> NoReturn:
    _say(f"bartack-sim: {text}")
    sys.exit(status)


def _end_on_sigterm() -> None:
    """Let SIGTERM end the command as Ctrl-C does, so that no link is left behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
