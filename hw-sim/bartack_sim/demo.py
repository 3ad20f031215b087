"""Everything at once: broker, hub, agents, hardware and operators, and the check of the result."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bartack_sim.broker import BrokerHandle, find_mosquitto
from bartack_sim.chaos import Chaos, Target, blows
from bartack_sim.clock import local_date
from bartack_sim.conduct import Witnesses, judge_all, undisputed
from bartack_sim.configuration import (
    TIMEZONE,
    BrokerAddress,
    ShiftPlan,
    hub_toml,
    station_file,
    station_toml,
)
from bartack_sim.floor import Floor, FloorSettings
from bartack_sim.habits import HABITS, Habits
from bartack_sim.held import unresolved
from bartack_sim.interrupts import Interrupts
from bartack_sim.judge import Verdict, read_events
from bartack_sim.line import Line, plan_line, target_pieces, with_tables
from bartack_sim.office import Office
from bartack_sim.plant import Dashboard, Plant, PortTakenError
from bartack_sim.ports import free_port
from bartack_sim.reference import write_reference
from bartack_sim.rerating import not_rerated
from bartack_sim.state_topics import behind, read_states
from bartack_sim.station_rules import PAY_TABLES, Table

BrokerChoice = Literal["auto", "mosquitto", "iotcore"]

DASHBOARD_PORT = 8700
SOCKET_PATH_MAX = 100
DRAIN_S = 60.0
OPEN_END_S = 4 * 3600.0
"""For how long a demo without an end has bundles."""

RAISED_AFTER_S = 60.0
"""When the office raises a rate, where half time is not sooner."""

SHIFT_ENDS = 15
"""How many ends of shifts a table has that sends everybody home by the clock."""

FINDINGS_SHOWN = 20


class DemoError(Exception):
    """The demo cannot be set up this way; the text says what to change."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """``run_s`` None runs until interrupted; ``port`` 0 takes 8700 or any free one.

    ``tables`` None lets the seed choose a way of paying for one; there is none where people have no
    habits.
    """

    stations: int = 6
    speed: float = 60.0
    run_s: float | None = None
    check: bool = False
    chaos: bool = False
    port: int = 0
    keep: Path | None = None
    camera: bool = True
    seed: int = 1
    broker: BrokerChoice = "auto"
    habits: Habits = HABITS["mixed"]
    tables: tuple[Table, ...] | None = None


def run_demo(
    settings: DemoSettings, local_now: datetime, interrupts: Interrupts, say: Callable[[str], None]
) -> Verdict | None:
    """Run the demo to its end; the verdict when a check was asked for.

    ``local_now`` is the time at the site: the shift begins then. Nothing is left running or lying
    about, however this ends. Raises ``DemoError``, ``ProcessError`` or ``StartInterruptedError``.
    """
    minutes = (settings.run_s or OPEN_END_S) * settings.speed / 60.0
    try:
        line = plan_line(
            settings.seed, settings.stations, minutes, settings.camera, bool(settings.habits.acts)
        )
    except ValueError as error:
        raise DemoError(str(error)) from error
    line = with_tables(line, _tables(settings), shift_ends(local_now))
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(settings.keep))
        broker = BrokerHandle(folder, free_port(), _mosquitto(settings.broker))
        address = BrokerAddress("127.0.0.1", broker.port)
        shift = _shift(line, local_now, settings.speed)
        dashboard = Dashboard(
            _web_port(settings.port),
            lambda port: hub_toml(line, folder, address, port, shift),
            fixed=bool(settings.port),
        )
        stations = tuple(station.code for station in line.places)
        plant = stack.enter_context(
            Plant(folder, stations, broker, dashboard, interrupts.in_a_hurry)
        )
        floor = stack.enter_context(Floor(line, folder, _floor_settings(settings)))
        today = local_now.date()
        lay_out_line(floor, folder, address, today)
        extra = len(stations) - settings.stations
        say(
            f"{settings.stations} stations{f' and {extra} beside the line' if extra else ''},"
            f" {len(line.bundles)} bundles, sewn {settings.speed:g} times"
            f" faster than life; broker {broker.kind}, {folder}"
        )
        try:
            plant.start(folder / "reference", interrupts.asked_to_stop)
        except PortTakenError as error:
            raise DemoError(f"--{error}; choose another port") from error
        say(f"dashboard: {plant.dashboard}   (Ctrl-C ends)")
        office = Office(line, settings.speed, folder / "reference", today, plant.take_in)
        _run_line(settings, plant, floor, office, interrupts, say)
        verdict = _check(plant, floor, office, interrupts, say) if settings.check else None
        for name in plant.stop():
            say(f"{name} did not stop in time and was killed")
        return verdict


def _tables(settings: DemoSettings) -> tuple[Table, ...]:
    if not settings.habits.acts:
        return ()
    if settings.tables is not None:
        return settings.tables
    return (PAY_TABLES[settings.seed % len(PAY_TABLES)],)


def shift_ends(local_now: datetime) -> tuple[datetime, ...]:
    """Each full minute of a while to come, so that whoever waits for one need not wait long."""
    minute = local_now.replace(second=0, microsecond=0)
    return tuple(minute + timedelta(minutes=number) for number in range(1, SHIFT_ENDS + 1))


def _floor_settings(settings: DemoSettings) -> FloorSettings:
    calm = not settings.chaos
    return FloorSettings(settings.speed, settings.seed, habits=settings.habits, calm=calm)


def _run_line(
    settings: DemoSettings,
    plant: Plant,
    floor: Floor,
    office: Office,
    interrupts: Interrupts,
    say: Callable[[str], None],
) -> None:
    """Let the line work until time is over or someone interrupts."""
    began_s = time.monotonic()
    chaos = None
    if settings.chaos:
        plan = blows(settings.seed, tuple(plant.agents))
        chaos = Chaos(plan, _killer(plant), lambda code: floor.benches[code], began_s)
    floor.start()
    while not interrupts.asked_to_stop():
        now_s = time.monotonic()
        if settings.run_s is not None and now_s >= began_s + settings.run_s:
            break
        floor.check()
        office.step(floor.reported())
        if now_s >= began_s + min(RAISED_AFTER_S, (settings.run_s or OPEN_END_S) / 2):
            office.raise_rates()
        for sentence in plant.revive():
            say(sentence)
        if chaos is not None:
            chaos.step(now_s)
        time.sleep(0.05)
    if chaos is not None:
        chaos.finish()
    floor.stop()
    office.step(floor.reported())
    for sentence in floor.laid_aside:
        say(f"laid aside: {sentence}")
    if chaos is not None:
        dealt = chaos.dealt
        say(
            f"chaos: {dealt['agent']} agents, {dealt['broker']} brokers, {dealt['hub']} hubs"
            f" killed, {dealt['reader']} readers unplugged"
        )


def _killer(plant: Plant) -> Callable[[Target, str | None], None]:
    """Kill a process and start it again at once, as systemd would."""

    def kill(target: Target, station: str | None) -> None:
        if target == "agent":
            victim = plant.agents[station or ""]
        else:
            victim = plant.hub if target == "hub" else plant.broker.child
        victim.kill()
        victim.start()

    return kill


def _check(
    plant: Plant,
    floor: Floor,
    office: Office,
    interrupts: Interrupts,
    say: Callable[[str], None],
) -> Verdict:
    """Wait for the backlog to drain, then compare what was meant, shown and committed."""
    deadline = time.monotonic() + DRAIN_S
    line, settings = floor.line, floor.settings
    address = ("127.0.0.1", plant.broker.port, line.site, line.code)
    states: dict[str, dict[str, Any]] = {}
    while True:
        waiting = plant.undrained()
        events = [] if waiting else read_events(plant.export().splitlines())
        waiting += [f"not disputed: {it}" for it in undisputed(events)]
        waiting += [f"not credited: {it}" for it in unresolved(events, office.imported)]
        late = not_rerated(floor.line, events, raised=office.raised)
        waiting += [f"not rated anew: {it}" for it in late]
        # Whose day has ended begins a new sum.
        one_day = len({local_date(event["at"], TIMEZONE) for event in events}) == 1
        states = read_states(*address, [*plant.agents]) if one_day and not waiting else {}
        waiting += [f"not told yet: {it}" for it in behind(states, events)]
        if not waiting or time.monotonic() >= deadline or interrupts.in_a_hurry():
            break
        for sentence in plant.revive():
            say(sentence)
        time.sleep(0.2)
    for sentence in waiting:
        say(f"not drained: {sentence}")
    seen = Witnesses(
        floor.truth(),
        floor.answers(),
        floor.lamps(),
        events,
        states,
        office.imported,
        office.raised,
    )
    verdict = judge_all(
        line,
        settings.speed,
        seen,
        order=marks_order(settings),
        calm=settings.calm,
    )
    if floor.unreadable_lamps():
        say(f"{floor.unreadable_lamps()} feedback lines were torn")
    for finding in verdict.findings[:FINDINGS_SHOWN]:
        say(finding)
    return verdict


def marks_order(settings: FloorSettings) -> bool:
    """Whether stations mark skipped operations: where there are people who skip them."""
    return "skip_steps" in settings.habits.acts


def _shift(line: Line, local_now: datetime, speed: float) -> ShiftPlan:
    end = local_now + timedelta(hours=1)
    return ShiftPlan(f"{local_now:%H:%M}", f"{end:%H:%M}", target_pieces(line, 1.0, speed))


def lay_out_line(floor: Floor, folder: Path, broker: BrokerAddress, today: date) -> list[Path]:
    """Write the reference data and the station files of this line; returns the station files."""
    write_reference(floor.line, folder / "reference", today, floor.speed)
    files = []
    for station in floor.line.places:
        bench = floor.benches[station.code]
        text = station_toml(
            floor.line,
            station,
            folder,
            broker,
            bench.badge_link,
            bench.ticket_address,
            "flag" if marks_order(floor.settings) else "off",
        )
        file = station_file(folder, station.code)
        file.write_text(text, encoding="utf-8")
        files.append(file)
    return files


def _mosquitto(choice: BrokerChoice) -> str | None:
    """Mosquitto's path, or None for iotcore."""
    found = find_mosquitto() if choice != "iotcore" else None
    if choice == "mosquitto" and found is None:
        raise DemoError("--broker mosquitto: not installed; as root: apt install mosquitto")
    return found


def _web_port(wanted: int) -> int:
    port = free_port(wanted or DASHBOARD_PORT)
    if wanted and port != wanted:
        raise DemoError(f"--port {wanted}: another program listens there; choose another port")
    return port


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The demo's folder: removed afterwards unless it is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="bartack-") as name:
            yield short_enough(Path(name))
        return
    folder = keep.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DemoError(f"--keep {keep}: the folder is not empty; choose a new one")
    yield short_enough(folder)


def short_enough(folder: Path) -> Path:
    """The folder, if unix sockets fit into it; raises ``DemoError`` otherwise."""
    if len(os.fsencode(folder / "st99.sock")) > SOCKET_PATH_MAX:
        raise DemoError(
            f"{folder}: too long for unix sockets; choose a shorter --folder, --keep or TMPDIR"
        )
    return folder
