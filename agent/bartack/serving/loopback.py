"""Pages for this machine only: where they are served, and under which names."""

from __future__ import annotations

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

HOST: Final = "127.0.0.1"
HOST_NAMES: Final = ("127.0.0.1", "localhost")
"""What a browser may call such a server; a foreign name that leads here is an attack."""


def known_names_only() -> Middleware:
    """Refuses requests that call this server by another name (DNS rebinding)."""
    return Middleware(TrustedHostMiddleware, allowed_hosts=list(HOST_NAMES), www_redirect=False)
