"""The stylesheet of the kiosk's typefaces and the files beside it fit each other."""

from __future__ import annotations

import re

from bartack.languages import LANGUAGES
from bartack.languages.values import NATIVE_ZERO, NOT_KNOWN, UNSEEN
from unit.agent.typefaces import STATIC, drawn_characters, stylesheet, typefaces

FONTS_MAX_BYTES = 800_000


def test_every_file_has_a_face_and_every_face_a_file() -> None:
    """Nothing ships unused, and nothing is asked for that is not there."""
    shipped = set((STATIC / "vendor").rglob("*.woff2"))
    assert {face.file for face in typefaces(stylesheet())} == shipped
    assert sum(file.stat().st_size for file in shipped) < FONTS_MAX_BYTES


def test_every_stack_names_every_family() -> None:
    """Whatever the language of the page, a colleague's name in another script is drawn."""
    families = {face.family for face in typefaces(stylesheet())}
    stacks = re.findall(r"--font:(.*?);", stylesheet(), re.DOTALL)
    assert len(stacks) > 1
    for stack in stacks:
        assert set(re.findall(r'"(.*?)"', stack)) == families


def test_digits_and_stand_ins_are_drawn() -> None:
    """Numbers in either numerals and the signs for what is not known or not seen have glyphs."""
    zeros = [ord("0"), *(NATIVE_ZERO[code] for code in LANGUAGES if code in NATIVE_ZERO)]
    wanted = {zero + digit for zero in zeros for digit in range(10)}
    assert wanted | {ord(NOT_KNOWN), ord(UNSEEN), ord("…")} <= drawn_characters()
