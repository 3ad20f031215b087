"""``bartack detect``: which readers are plugged in."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bartack.cli.common import INTERRUPTED, NO_DEVICE, fail, json_option

if TYPE_CHECKING:
    from bartack_drivers.detect import PortReport
    from bartack_drivers.ports import DevicePort

_NOTHING_FOUND = """\
no reader was found. Many talk only when they read something: run it again while you hold a badge
or tag to the reader or scan labels, with --listen 5 for more time. Check power and cable; name a
port that is not listed with --port. Where you know the reader, see what it says:
bartack monitor --driver NAME --port PORT"""


@click.command()
@click.option("--port", "ports", multiple=True, help="Look at this port only; may be repeated.")
@click.option(
    "--listen",
    "listen_s",
    type=click.FloatRange(0.1, 60.0),
    default=0.4,
    show_default=True,
    help="How many seconds to listen at each baud rate.",
)
@json_option
def detect(ports: Sequence[str], listen_s: float, as_json: bool) -> None:
    """Find out which readers are plugged in. Asks only what changes nothing.

    Prints [[reader]] tables for the station file.
    """
    from bartack.found import reader_tables
    from bartack_drivers.detect import detect as look
    from bartack_drivers.ports import cameras, keyboard_like, serial_ports, stable_name
    from bartack_drivers.registry import DRIVERS

    known = {port.name: port for port in serial_ports()}
    names = list(dict.fromkeys(stable_name(port) for port in ports)) or list(known)
    others = [] if ports else [("input", it) for it in keyboard_like()]
    others += [] if ports else [("camera", it) for it in cameras()]
    if names:
        click.echo("hold a badge or tag to the reader, or scan labels, while this runs", err=True)
    else:
        click.echo("this machine has no serial port; is the reader plugged in?", err=True)
    try:
        reports = look(names, list(DRIVERS.values()), listen_s)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    for report in reports:
        _tell(report, known.get(report.port))
    for link, other in others:
        suited = " or ".join(it.name for it in DRIVERS.values() if it.link == link) or "none yet"
        click.echo(f"{_named(other.name, other)}: not asked; its driver is {suited}", err=True)
    if as_json:
        click.echo(json.dumps(_document(reports, known, [other for _, other in others]), indent=2))
    elif tables := reader_tables(reports):
        click.echo(tables, nl=False)
    if not any(report.found for report in reports):
        fail(NO_DEVICE, _NOTHING_FOUND)


def _tell(report: PortReport, port: DevicePort | None) -> None:
    if report.unusable:
        click.echo(report.unusable, err=True)
        return
    told = [f"{it.driver}, {it.how} at {it.baudrate} bits/s" for it in report.found]
    told = [" or ".join(told), *report.noticed] if told else list(report.noticed)
    said = "; ".join(told) or "nothing was heard and nothing answered"
    click.echo(f"{_named(report.port, port)}: {said}", err=True)


def _named(name: str, port: DevicePort | None) -> str:
    usb = f"{port.usb} {port.product}".strip() if port else ""
    return f"{name} ({usb})" if usb else name


def _document(
    reports: Sequence[PortReport], known: dict[str, DevicePort], others: Sequence[DevicePort]
) -> dict[str, object]:
    return {
        "ports": [
            {
                "port": report.port,
                "usb": known[report.port].usb if report.port in known else "",
                "found": [
                    {"driver": it.driver, "baudrate": it.baudrate, "how": it.how}
                    for it in report.found
                ],
                "noticed": list(report.noticed),
                "unusable": report.unusable,
            }
            for report in reports
        ],
        "others": [{"port": it.name, "usb": it.usb, "product": it.product} for it in others],
    }
