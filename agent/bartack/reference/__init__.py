"""Reference data as a station needs it: who owns a badge, what a bundle is, what work pays.

The hub sends tables of text; here they become values. A table that does not hold is refused whole
and the old one stays, because half a table would refuse honest work. Everything here is pure.
"""

from bartack.badges import Operator
from bartack.reference.book import Reference, with_table
from bartack.reference.cells import InvalidReferenceError
from bartack.reference.values import (
    UNIT_PIECES,
    Bundle,
    DatedRate,
    Fault,
    Guarantee,
    OffReason,
    Operation,
    Period,
    Rate,
    Shift,
)

__all__ = [
    "UNIT_PIECES",
    "Bundle",
    "DatedRate",
    "Fault",
    "Guarantee",
    "InvalidReferenceError",
    "OffReason",
    "Operation",
    "Operator",
    "Period",
    "Rate",
    "Reference",
    "Shift",
    "with_table",
]
