"""First names and languages of invented operators, from the countries where most garments are sewn.

Names with letters beyond ASCII are there on purpose: the whole way to the dashboard is UTF-8.
"""

from __future__ import annotations

PEOPLE: tuple[tuple[str, str], ...] = (
    ("Rahima", "bn"),
    ("Shirin", "bn"),
    ("Nasrin", "bn"),
    ("Kulsum", "bn"),
    ("Jahanara", "bn"),
    ("Selim", "bn"),
    ("Rafiq", "bn"),
    ("Moushumi", "bn"),
    ("Lakshmi", "hi"),
    ("Kavita", "hi"),
    ("Sunita", "hi"),
    ("Ramesh", "hi"),
    ("Dilani", "si"),
    ("Kumari", "si"),
    ("Selvi", "ta"),
    ("Yasmeen", "ur"),
    ("Bilal", "ur"),
    ("Linh", "vi"),
    ("Hương", "vi"),
    ("Ngọc", "vi"),
    ("Thảo", "vi"),
    ("Dũng", "vi"),
    ("Ayşe", "tr"),
    ("Zeynep", "tr"),
    ("Gülsüm", "tr"),
    ("Emine", "tr"),
    ("Oğuz", "tr"),
)
"""(name, language) of each."""

STAFF: tuple[tuple[str, str, str], ...] = (
    ("supervisor", "Farzana", "bn"),
    ("mechanic", "Đức", "vi"),
    ("clerk", "Salma", "bn"),
)
"""(role, name, language) of those who walk about."""

TWINS: tuple[tuple[str, str, str, int], ...] = (
    ("E991", "Ruma", "bn", 0x9001),
    ("E992", "Jhuma", "bn", 0x9002),
)
"""(code, name, language, high bits of the badge) of two packers whose badges look alike to some
readers."""
