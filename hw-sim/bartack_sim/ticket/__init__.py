"""Bundle tickets as a camera over a sewing table sees them: printed, spoilt, presented. Pure."""

from bartack_sim.ticket.card import TEXT_MAX_CHARS, Picture, Symbology, Ticket, render_card
from bartack_sim.ticket.scene import (
    HEIGHT_PX,
    WIDTH_PX,
    Scene,
    in_view,
    render_scene,
    shoot,
    to_jpeg,
)

__all__ = [
    "HEIGHT_PX",
    "TEXT_MAX_CHARS",
    "WIDTH_PX",
    "Picture",
    "Scene",
    "Symbology",
    "Ticket",
    "in_view",
    "render_card",
    "render_scene",
    "shoot",
    "to_jpeg",
]
