"""What tells Chafon's readers apart when they are looked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bartack_drivers.driver import Probe
from bartack_drivers.registry import DRIVERS
from bartack_sim.devices import uhf_prime, uhfreader18, uhfreader288
from bartack_sim.devices.device import Device

NAMES = ("uhf_prime", "uhfreader18", "uhfreader288")
DEVICES: dict[str, Callable[..., Device]] = {
    "uhf_prime": uhf_prime.device,
    "uhfreader18": uhfreader18.device,
    "uhfreader288": uhfreader288.device,
}


def probe_of(name: str) -> Probe:
    (probe,) = DRIVERS[name].probes
    return probe


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("there", NAMES)
def test_a_reader_answers_its_own_probe_only(name: str, there: str) -> None:
    """Each reader is found by its driver's probe and by no other, also in active mode."""
    for active in ("true", "false"):
        made: Device = DEVICES[there](active=active)
        made.place("00323038")
        heard = b"".join(made.turn(1.0) + made.hear(probe_of(name).request, 1.5) + made.turn(2.0))
        assert probe_of(name).answers(heard) == (name == there)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("heard", [b"", b"\xff" * 40, b"\x00" * 40, b"login: "])
def test_noise_and_echoes_are_no_answers(name: str, heard: bytes) -> None:
    """A line that sends back what it is told, or rubbish, is no reader."""
    probe = probe_of(name)
    assert not probe.answers(heard)
    assert not probe.answers(probe.request)
    assert not probe.answers(heard + probe.request * 2)
