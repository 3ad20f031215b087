"""The factory's broker as config/ ships it: a real Mosquitto with TLS, accounts and ACL."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from installed import Require
from running import free_port, wait_until
from source_tree import REPOSITORY

CONFIG = REPOSITORY / "config"
ACCOUNTS = {"hub": "hub secret", "st07": "st07 secret", "st08": "st08 secret"}
DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker."""

    port: int
    ca_file: Path


def make_certificates(openssl: Path, folder: Path) -> None:
    """A certificate authority and the broker's certificate for localhost, by openssl."""

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Factory CA",
        "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    run("req", *key, "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    run("x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-extfile", "names", "-out", "broker.pem")  # fmt: skip


def local_configuration(folder: Path, port: int) -> Path:
    """The example with this folder's paths and a free port; nothing else is changed."""
    text = (CONFIG / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1")
    text = text.replace("/etc/mosquitto/certs/", f"{folder}/")
    text = text.replace("/etc/mosquitto/", f"{folder}/")
    text = text.replace("/var/lib/mosquitto/", f"{folder}/")
    text = text.replace("/run/mosquitto/", f"{folder}/")
    if os.geteuid() == 0:
        text += "user root\n"  # the test's folder is root's alone
    file = folder / "mosquitto.conf"
    file.write_text(text)
    return file


@contextlib.contextmanager
def factory_broker(folder: Path, require: Require) -> Iterator[Broker]:
    """Run config/mosquitto.conf with config/acl, its files in ``folder``."""
    make_certificates(require("openssl"), folder)
    for number, (user, password) in enumerate(ACCOUNTS.items()):
        create = ["-c"] if number == 0 else []
        program = str(require("mosquitto_passwd"))
        command = [program, "-b", *create, "bartack.passwd", user, password]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    shutil.copy(CONFIG / "acl", folder / "acl")
    port = free_port()
    log = folder / "mosquitto.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [require("mosquitto"), "-c", local_configuration(folder, port)],
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: process.poll() is not None or listens(port), "mosquitto listens")
        assert process.poll() is None, log.read_text(errors="replace")
        yield Broker(port, folder / "ca.pem")
    finally:
        process.terminate()
        process.wait(timeout=DEADLINE_S)


def listens(port: int) -> bool:
    """Whether something takes connections on a port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True
