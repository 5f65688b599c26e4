"""File names made of the data's own words: taken by every file system, told apart on each of them, and readable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from gis.cartography.sheets.contents import filled
from gis.errors import Refusal

MOST_BYTES = 160  # of a name without its ending: 255 are allowed, and others put "(1)", ".part" or a date behind it
# After the naming rules of Windows, the strictest of those in use: no < > : " / \ | ? *, no control characters, no
# trailing full stop or space, and no name of a device.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
_FIELD = re.compile(r"\{(\w*)\}")


def safe_name(text: str, instead: str = "page") -> str:
    """``text`` as a file name without ending; ``instead`` where nothing is left of it.

    Letters of every script and emoji stay. Forbidden marks become "_"; controls, directions of writing and halves of
    characters go; a long name is cut between characters.
    """
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(" " if letter in "\t\r\n" else letter for letter in plain)
    plain = "".join(letter for letter in plain if _written(letter))
    plain = re.sub(r" {2,}", " ", _FORBIDDEN.sub("_", plain)).strip(" .")
    plain = _cut(plain, MOST_BYTES).rstrip(" .")
    if not plain.strip("_- "):
        plain = instead
    if plain.split(".")[0].strip().casefold() in _DEVICES:
        plain = f"_{plain}"
    return plain


def _written(letter: str) -> bool:
    """Whether a letter may stand in a name: no control, no half of a character, no mark of direction."""
    kind = unicodedata.category(letter)
    return letter == "\u200d" or kind not in ("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp")


def _cut(text: str, most: int) -> str:
    """At most ``most`` bytes of UTF-8, without the half of what is written with several code points."""
    if len(text.encode("utf-8")) <= most:
        return text
    cut = text.encode("utf-8")[:most].decode("utf-8", "ignore")
    while cut and (unicodedata.combining(text[len(cut)]) or text[len(cut)] in "\u200d\ufe0f" or cut[-1] == "\u200d"):
        cut = cut[:-1]
    return cut


def file_names(pattern: str, words: Iterable[Mapping[str, str]], known: Iterable[str] = ()) -> list[str]:
    """One name for each of ``words``, after ``pattern`` with ``{fields}``: safe, and no two alike in any casing.

    What is alike gets "-2", "-3" … in order. ``known``: fields that may be named though a page has no value.
    Raises Refusal ``atlas.no_field_in_name``.
    """
    rows = list(words)
    named = set(_FIELD.findall(pattern))
    fields = set(known).union(*rows) if rows else set(known) | named
    if unknown := sorted(named - fields):
        raise Refusal("atlas.no_field_in_name", field=unknown[0], known=", ".join(sorted(fields)))
    made: list[str] = []
    taken: set[str] = set()
    for number, row in enumerate(rows, 1):
        text = filled(pattern, {name: row.get(name, "").strip() for name in fields})
        text = re.sub(r"^[_\-\s]+|[_\-\s]+$", "", text)  # where a field at either end is empty
        base = safe_name(text, f"page-{row.get('page', number)}")
        name, turn = base, 1
        while (key := unicodedata.normalize("NFKC", name).casefold()) in taken:
            turn += 1
            name = f"{_cut(base, MOST_BYTES - 6)}-{turn}"
        taken.add(key)
        made.append(name)
    return made
