"""What the commands share: exit codes, and how a command talks and fails."""

from __future__ import annotations

import signal
import sys
from typing import Final, NoReturn

import click

FAILED: Final = 1
DEVICE: Final = 4
INTERRUPTED: Final = 130


def say(text: str) -> None:
    """Talk, on standard error."""
    click.echo(text, err=True)


def fail(text: str, status: int) -> NoReturn:
    """End the command with the reason and an exit code."""
    say(f"bartack-sim: {text}")
    sys.exit(status)


def end_on_sigterm() -> None:
    """Let SIGTERM end the command as Ctrl-C does, so that no link is left behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
