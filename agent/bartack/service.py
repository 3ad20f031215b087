"""What a service owes the machine it runs on: one JSON log line per fact, and word to systemd."""

from __future__ import annotations

import logging
import os
import socket
import sys

import structlog


def configure_logging() -> None:
    """One JSON object a line on standard error, which escapes whatever a message carries."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def notify(state: str) -> None:
    """Tell systemd ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1`` (sd_notify(3)), if it listens.

    Raises ``OSError`` when ``NOTIFY_SOCKET`` is set and nobody is there.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace of Linux
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
        notifier.sendto(state.encode("ascii"), address)


def watchdog_interval_s() -> float | None:
    """How often systemd wants to hear ``WATCHDOG=1``, twice over; None when it does not."""
    interval_us = os.environ.get("WATCHDOG_USEC", "")
    meant_for = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not interval_us.isdigit() or meant_for != str(os.getpid()):
        return None
    return int(interval_us) / 1_000_000 / 2
