"""Bundle tickets as a camera over a sewing table sees them: printed, spoilt, presented. Pure."""

from bartack_sim.ticket.card import TEXT_MAX_CHARS, Picture, Symbology, Ticket, render_card
from bartack_sim.ticket.frame import Frame
from bartack_sim.ticket.hand import Presentation, drawn_scene, presentation
from bartack_sim.ticket.scene import (
    HEIGHT_PX,
    WIDTH_PX,
    Scene,
    in_view,
    render_scene,
    shoot,
    to_jpeg,
)
from bartack_sim.ticket.stress import StressLevel, stress_levels

__all__ = [
    "HEIGHT_PX",
    "TEXT_MAX_CHARS",
    "WIDTH_PX",
    "Frame",
    "Picture",
    "Presentation",
    "Scene",
    "StressLevel",
    "Symbology",
    "Ticket",
    "drawn_scene",
    "in_view",
    "presentation",
    "render_card",
    "render_scene",
    "shoot",
    "stress_levels",
    "to_jpeg",
]
