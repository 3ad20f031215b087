"""Reference data from a folder of CSV files, every mistake reported at once. Pure."""

from bartack_hub.reference.files import CELL_MAX_CHARS, FILE_MAX_BYTES, Source
from bartack_hub.reference.line_shifts import shift_rows
from bartack_hub.reference.reading import COLUMNS, OPTIONAL_COLUMNS, Tables, read_tables

__all__ = [
    "CELL_MAX_CHARS",
    "COLUMNS",
    "FILE_MAX_BYTES",
    "OPTIONAL_COLUMNS",
    "Source",
    "Tables",
    "read_tables",
    "shift_rows",
]
