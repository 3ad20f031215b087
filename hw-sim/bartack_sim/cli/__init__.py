"""The ``bartack-sim`` command: one simulated device, a whole line, or everything at once.

Data on standard output, talk on standard error.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bartack_sim.cli.common import DEVICE, FAILED, INTERRUPTED, end_on_sigterm, fail, say
from bartack_sim.cli.panel import lamps, lcd

if TYPE_CHECKING:
    from bartack_sim.demo import BrokerChoice
    from bartack_sim.ticket import Symbology

_VALUE = "What to show it, as the driver reports it: a badge's or tag's hex, a label's text."
_SYMBOLOGIES = ["code128", "code39", "itf", "ean13", "datamatrix"]
_HABITS = ["plain", "honest", "mixed", "dishonest"]
_SECONDS = click.FloatRange(min=0.0)
_RATE = click.FloatRange(0.0, 1.0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Simulated hardware for Bartack: readers, cameras, a sewing line, a demo of everything."""


for command in (lamps, lcd):
    main.add_command(command)


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

    end_on_sigterm()
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
            play(wire, values_to_show(values, sys.stdin, every, time.sleep), hold, say)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except PortError as error:
        fail(str(error), DEVICE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@main.command()
@click.option("--text", "texts", multiple=True, help="Of a ticket; several come by turns.")
@click.option("--line", "lines", multiple=True, help="A line for the eye on each ticket.")
@click.option("--symbology", type=click.Choice(_SYMBOLOGIES), default="code128", show_default=True)
@click.option("--present", is_flag=True, help="Hands move tickets in, hold them, take them away.")
@click.option(
    "--shown",
    type=click.FloatRange(0.2, 60.0),
    default=2.0,
    show_default=True,
    help="For so many s each.",
)
@click.option(
    "--pause", type=_SECONDS, default=2.0, show_default=True, help="s of bare table between."
)
@click.option("--count", type=click.IntRange(1), help="End after so many tickets.")
@click.option("--qr/--no-qr", default=None, help="A QR code beside the bar code.")
@click.option("--tilt", "tilt_deg", type=float, help="Degrees by which the ticket is turned.")
@click.option("--perspective", type=float, help="0 to 0.5: how much longer its near edge looks.")
@click.option("--blur", "defocus_px", type=float, help="Radius of the defocus in px.")
@click.option("--motion", "motion_px", type=float, help="px it moves in an exposure.")
@click.option("--motion-direction", "motion_deg", type=float, help="0 is along the rows.")
@click.option("--noise", "noise_sigma", type=float, help="Deviation in grey levels.")
@click.option("--light", type=float, help="1 is good light.")
@click.option("--glare", type=float, help="Times full white that a reflection adds.")
@click.option("--glare-at", "glare_px", type=float, nargs=2, help="px right, down of its middle.")
@click.option("--lint", "lint_fibres", type=int, help="Threads on the ticket.")
@click.option("--wrinkle", type=float, help="1 bends it by about two modules.")
@click.option("--module", "module_px", type=float, help="px a module of the bar code.")
@click.option("--qr-module", "qr_module_px", type=float, help="px a module of the QR code.")
@click.option("--offset", "offset_px", type=float, nargs=2, help="px right, down of the middle.")
@click.option("--jpeg-quality", type=int, help="1 to 100.")
@click.option(
    "--size", type=click.Choice(["1280x720", "640x480"]), default="1280x720", show_default=True
)
@click.option(
    "--fps",
    type=click.FloatRange(1.0, 60.0),
    default=15.0,
    show_default=True,
    help="Frames a second.",
)
@click.option("--stall-after", "stall_s", type=_SECONDS, help="No picture after so many s.")
@click.option("--freeze-after", "freeze_s", type=_SECONDS, help="The same one for ever.")
@click.option("--unplug-after", "unplug_s", type=_SECONDS, help="Pull it out.")
@click.option(
    "--fault-for", "lasting_s", type=_SECONDS, default=5.0, show_default=True, help="Then well."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--seed", type=int, default=0, help="Of all that is drawn by lot.")
def camera(
    texts: tuple[str, ...],
    lines: tuple[str, ...],
    symbology: Symbology,
    present: bool,
    qr: bool | None,
    size: str,
    fps: float,
    port: int,
    seed: int,
    shown: float,
    pause: float,
    count: int | None,
    stall_s: float | None,
    freeze_s: float | None,
    unplug_s: float | None,
    lasting_s: float,
    **knobs: Any,
) -> None:
    """A camera that serves tickets as MJPEG; prints its address, then the truth as JSON lines.

    One --text lies there for good; several come by turns. With --present hands bring tickets, of
    which all that no option fixes is drawn by lot: text, angle, blur, light, lint.
    """
    from bartack_sim.camera import Camera
    from bartack_sim.camera_faults import FaultPlan, failing
    from bartack_sim.showing import Timing, frame_count, lay_all, planned, present_all
    from bartack_sim.ticket import Scene, Ticket

    end_on_sigterm()
    if not texts and not present:
        raise click.UsageError("--text: what shall lie there? Or --present for tickets by lot")
    timing = Timing(shown, pause, count)
    fixed = {name: value for name, value in knobs.items() if value is not None}
    fixed["width_px"], fixed["height_px"] = (int(side) for side in size.split("x"))
    if qr is False:
        fixed["qr_module_px"] = None
    try:
        scene = Scene(**fixed)
        tickets = [Ticket(text, lines, symbology) for text in texts]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    faults = FaultPlan(stall_s, freeze_s, unplug_s, lasting_s)
    try:
        with Camera(port, scene, seed, fps) as running, failing(running, faults, say):
            click.echo(running.url)
            if present:
                plan = planned(tickets, fixed, qr, seed, frame_count(timing, fps))
                present_all(running, plan, timing, _tell)
            else:
                lay_all(running, tickets, scene, timing, _tell)
    except OSError as error:
        fail(f"port {port}: {error.strerror}; choose another one", DEVICE)
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
@click.option("--habits", type=click.Choice(_HABITS), default="mixed", show_default=True)
def line(
    stations: int,
    folder: Path,
    speed: float,
    seconds: float | None,
    broker_host: str,
    broker_port: int,
    camera: bool,
    seed: int,
    habits: str,
) -> None:
    """Devices and operators of a line whose agents somebody else runs.

    Writes into the folder: the station files, reference/*.csv for the hub, and truth.jsonl. The
    operators follow stNN.feedback.jsonl there. Prints the path of each station file.
    """
    from bartack_sim.clock import local_now
    from bartack_sim.configuration import TIMEZONE, BrokerAddress
    from bartack_sim.demo import OPEN_END_S, DemoError, lay_out_line, short_enough
    from bartack_sim.devices.pty import PortError
    from bartack_sim.floor import Floor, FloorSettings
    from bartack_sim.habits import HABITS
    from bartack_sim.interrupts import Interrupts
    from bartack_sim.line import plan_line

    minutes = (seconds or OPEN_END_S) * speed / 60.0
    plan = plan_line(seed, stations, minutes, camera, bool(HABITS[habits].acts))
    try:
        folder = short_enough(folder.absolute())
        folder.mkdir(parents=True, exist_ok=True)
        settings = FloorSettings(speed, seed, habits=HABITS[habits])
        with Interrupts() as interrupts, Floor(plan, folder, settings) as floor:
            address, today = BrokerAddress(broker_host, broker_port), local_now(TIMEZONE).date()
            for file in lay_out_line(floor, folder, address, today):
                click.echo(str(file))
            end_s = time.monotonic() + seconds if seconds is not None else float("inf")
            floor.start()
            while not interrupts.asked_to_stop() and time.monotonic() < end_s:
                floor.check()
                time.sleep(0.1)
            floor.stop()
    except DemoError as error:
        fail(str(error), FAILED)
    except PortError as error:
        fail(str(error), DEVICE)


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
@click.option("--habits", type=click.Choice(_HABITS), default="mixed", show_default=True)
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
    habits: str,
) -> None:
    """Broker, hub, agents and a line of simulated stations, with the dashboard's address.

    With --check prints {"acknowledged","committed","lost","doubled","wrong"} at the end and exits
    with 0 only when something was acknowledged and the last three are 0.
    """
    from bartack_sim.clock import local_now
    from bartack_sim.configuration import TIMEZONE
    from bartack_sim.demo import DemoError, DemoSettings, run_demo
    from bartack_sim.habits import HABITS
    from bartack_sim.interrupts import Interrupts
    from bartack_sim.plant import StartInterruptedError
    from bartack_sim.processes import ProcessError

    settings = DemoSettings(
        stations, speed, seconds, check, chaos, port, keep, camera, seed, broker, HABITS[habits]
    )
    with Interrupts() as interrupts:
        try:
            verdict = run_demo(settings, local_now(TIMEZONE), interrupts, say)
        except (DemoError, ProcessError) as error:
            fail(str(error), INTERRUPTED if interrupts.asked_to_stop() else FAILED)
        except StartInterruptedError:
            fail("interrupted while starting", INTERRUPTED)
    if verdict is None:
        return
    click.echo(json.dumps(verdict.numbers()))
    if not as_json:
        say(verdict.sentence())
    if not verdict.clean:
        sys.exit(FAILED)


def _tell(truth: Mapping[str, object]) -> None:
    click.echo(json.dumps(truth))
