"""The station's signing key: minted when the station first runs, kept beside its ledger."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class KeyFileError(Exception):
    """The key file cannot be used; the text says why and what to do."""


def load_or_make(file: Path) -> Ed25519PrivateKey:
    """The key in ``file`` (PEM, PKCS 8); a new one, readable by its owner alone, if there is none.

    Raises ``KeyFileError``. A damaged key is never replaced in silence: the hub would see another
    station.
    """
    try:
        return _load(file) if file.exists() else _make(file)
    except OSError as error:
        raise KeyFileError(f"{file}: {error.strerror}; check the folder and its owner") from error


def _load(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(
            f"{file}: not a private key ({error}); set it aside to have a new one made, and tell "
            "the hub's keeper that this station's key is replaced"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{file}: not an Ed25519 key; set it aside to have one made")
    return key


def _make(file: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, pem)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key
