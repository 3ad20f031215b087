"""What an operator reads, in nine languages (docs/languages.md).

Each language is one flat JSON file of texts beside this; ``values`` makes what is put into them
harmless, ``sentences`` puts it in, ``catalogue`` reads the files.
"""

from bartack.languages.catalogue import load_languages
from bartack.languages.sentences import ENGLISH, LANGUAGES, Direction, Language, Languages
from bartack.languages.values import NOT_KNOWN, Numerals, local_hour

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "NOT_KNOWN",
    "Direction",
    "Language",
    "Languages",
    "Numerals",
    "load_languages",
    "local_hour",
]
