"""Names of KML's own fields kept: GDAL turns every letter of 高度 into an underscore, and two such names into one."""

from __future__ import annotations

import re
from pathlib import Path

from gis.errors import Refusal
from gis.exchange.encodings import read_text

_FIELD = re.compile(r"""(<(?:\w+:)?(?:Data|SimpleField|SimpleData)\b[^>]*?\bname\s*=\s*)(["'])(.*?)\2""", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DECLARED = re.compile(r"""(<\?xml[^>]*?encoding\s*=\s*)(["'])(.*?)\2""")


def with_plain_names(path: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """(the file to read, alias -> true name): a copy in ``folder`` with aliases where a field's name is not plain."""
    try:
        text = read_text(path).text
    except Refusal:
        return path, {}  # what cannot be decoded is the reader's to refuse
    names = dict.fromkeys(found[3] for found in _FIELD.finditer(text))
    aliases = {name: f"yantu_{index}" for index, name in enumerate(names) if not _PLAIN.match(name)}
    if not aliases:
        return path, {}
    text = _FIELD.sub(lambda m: f"{m[1]}{m[2]}{aliases.get(m[3], m[3])}{m[2]}", text)
    text = _DECLARED.sub(r"\1\2UTF-8\2", text.lstrip("\ufeff"), count=1)
    copy = folder / path.with_suffix(".kml").name
    copy.write_text(text, "utf-8")
    return copy, {alias: name for name, alias in aliases.items()}
