"""Signed heads: a station's word for where its log stood (Ed25519, RFC 8032).

A hash chain alone shows that events fit together, not that nobody wrote a new chain. The station
signs its head after every commit; whoever holds a signed head can tell an altered log, and a log
whose end was cut off, from the true one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from bartack.events import INTEGER_MAX, LOG, EventError, Head, Json, canonical

_PATTERNS = {
    "log": LOG,
    "hash": re.compile(r"[0-9a-f]{64}"),
    "key": re.compile(r"[0-9a-f]{64}"),
    "signature": re.compile(r"[0-9a-f]{128}"),
}


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with the station's public key and signature, both as hex."""

    head: Head
    key: str
    signature: str

    def document(self) -> dict[str, Json]:
        """As ledger and status topic carry it."""
        head = self.head
        return {
            "log": head.log,
            "seq": head.seq,
            "hash": head.hash,
            "key": self.key,
            "signature": self.signature,
        }


def signed_head_from(document: Json) -> SignedHead:
    """A signed head from its JSON. Raises ``EventError``; ``is_genuine`` is another question."""
    if not isinstance(document, dict):
        raise EventError("a signed head is a JSON object")
    texts = {name: document.get(name) for name in _PATTERNS}
    for name, pattern in _PATTERNS.items():
        if not pattern.fullmatch(str(texts[name])):
            raise EventError(f"signed head: {name}: missing or malformed")
    seq = document.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= INTEGER_MAX:
        raise EventError("signed head: seq: an integer from 0")
    head = Head(str(texts["log"]), seq, str(texts["hash"]))
    return SignedHead(head, str(texts["key"]), str(texts["signature"]))


def signer(key: Ed25519PrivateKey) -> Callable[[Head], SignedHead]:
    """Signs heads: the station's word that its log ended there."""
    public = public_key(key)
    return lambda head: SignedHead(head, public, key.sign(_message(head)).hex())


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half as 64 hex digits: what a hub pins and a worker may write down."""
    return key.public_key().public_bytes_raw().hex()


def is_genuine(signed: SignedHead) -> bool:
    """Whether the signature is that of the key over the head. False for anything malformed."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
        key.verify(bytes.fromhex(signed.signature), _message(signed.head))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(head: Head) -> bytes:
    return canonical({"v": 1, "log": head.log, "seq": head.seq, "hash": head.hash})
