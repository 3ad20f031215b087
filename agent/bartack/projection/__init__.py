"""What a station knows, folded from its events: session, credits, totals by day, what is open.

Everything here is pure. ``state`` has the values, ``applying`` how an event changes them, ``days``
the sums of the factory's days, ``documents`` the state as JSON.
"""

from bartack.projection.applying import apply, credit_of, replay
from bartack.projection.days import (
    day_and_hour,
    earned_by,
    local_date,
    local_time,
    minutes_of,
    utc_label,
)
from bartack.projection.documents import (
    day_document,
    decimal_text,
    restore,
    snapshot,
    today_document,
)
from bartack.projection.state import (
    DAYS_KEPT,
    Account,
    Asking,
    Call,
    Credit,
    Day,
    Defect,
    Held,
    Level,
    OffStandard,
    PayOn,
    Recent,
    Resting,
    Rules,
    Session,
    Started,
    State,
    Tally,
    Work,
    spots,
)

__all__ = [
    "DAYS_KEPT",
    "Account",
    "Asking",
    "Call",
    "Credit",
    "Day",
    "Defect",
    "Held",
    "Level",
    "OffStandard",
    "PayOn",
    "Recent",
    "Resting",
    "Rules",
    "Session",
    "Started",
    "State",
    "Tally",
    "Work",
    "apply",
    "credit_of",
    "day_and_hour",
    "day_document",
    "decimal_text",
    "earned_by",
    "local_date",
    "local_time",
    "minutes_of",
    "replay",
    "restore",
    "snapshot",
    "spots",
    "today_document",
    "utc_label",
]
