"""What must come of a scan by the rules of the floor, written down anew. Pure.

Each piece is paid once for each operation, to somebody who has learnt it and is signed in; a scan
gets what is left of its bundle. Where books cannot tell how much that is, several answers are
right.
"""

from __future__ import annotations

from collections.abc import Sequence

from bartack_sim.truth import Want

SIGNED_IN = (Want("info", "signed_in"), Want("info", "already_signed_in"))


def finish(
    left: Sequence[int], *, may: bool, signed_in: bool, part: int | None = None
) -> tuple[Want, ...]:
    """Right answers to a ticket: ``left`` pieces may be left, ``part`` of them are asked for.

    Whoever may have been signed out meanwhile (``signed_in`` False) can be asked for the badge.
    Answers that count come first.
    """
    wants = [] if signed_in else [Want("refused", "no_operator")]
    for pieces in left:
        if pieces == 0:
            wants.append(Want("refused", "already_done"))
        elif part is not None and part > pieces:
            wants.append(Want("refused", "too_many_pieces"))
        elif not may:
            wants.append(Want("refused", "not_assigned"))
        else:
            wants.append(Want("ok", None, part or pieces))
    return tuple(sorted(dict.fromkeys(wants), key=lambda want: want.outcome != "ok"))
