"""Which encoding a DXF's texts are in: what its header says, unless its own letters prove that wrong."""

from __future__ import annotations

import codecs
import re

from ezdxf.lldxf.encoding import decode_dxf_unicode, decode_mif_to_unicode, has_dxf_unicode, has_mif_encoding
from ezdxf.tools.codepage import toencoding

BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00"
_UNICODE_SINCE = "AC1021"  # from AutoCAD 2007 on a DXF is UTF-8
_VERSION = re.compile(rb"\$ACADVER\s+1\s+(AC\d+)")
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+([\w.-]+)")
_LETTERS = re.compile(rb"[\x80-\xff]+")
_OF_SEVERAL_BYTES = frozenset({"utf-8", "gb18030", "big5", "cp950", "cp932", "cp949", "johab"})
_SCANNED = 1 << 16
_MOST_RUNS = 20_000


def letters_of(data: bytes, wanted: str | None) -> tuple[str, str]:
    """(encoding, why) of a text DXF; the reason is empty where there are no letters beyond ASCII.

    Raises UnicodeDecodeError where the user's encoding does not fit, LookupError where there is none of that name.
    """
    if wanted is not None:
        codecs.decode(data, wanted)
        return codecs.lookup(wanted).name, "import.by_user"
    runs = [found[0] for found, _ in zip(_LETTERS.finditer(data), range(_MOST_RUNS), strict=False)]
    if not runs:
        return "utf-8", ""
    version, page = _VERSION.search(data, 0, _SCANNED), _PAGE.search(data, 0, _SCANNED)
    named = toencoding(page[1].decode("ascii", "ignore")) if page else "cp1252"
    if version is not None and version[1].decode() >= _UNICODE_SINCE:
        named = "utf-8"
    named = {"gbk": "gb18030", "gb2312": "gb18030", "utf8": "utf-8"}.get(named.casefold(), named)
    if named in _OF_SEVERAL_BYTES and _reads(data, named):
        return named, "import.dxf_page"
    if _reads(data, "utf-8"):
        return "utf-8", "import.strict_utf8"
    if _reads(data, "gb18030") and _looks_chinese(runs):
        return "gb18030", "import.dxf_page_wrong"
    return named, "import.dxf_page"


def readable(text: str) -> str:
    r"""Text with its ``\U+7535`` and ``\M+5B5E7`` escapes as letters, and bytes that are none replaced."""
    if text.isascii() and "\\" not in text:
        return text
    if has_dxf_unicode(text):
        text = decode_dxf_unicode(text)
    if has_mif_encoding(text):
        text = decode_mif_to_unicode(text)
    return text.encode("utf-8", "replace").decode("utf-8")


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _looks_chinese(runs: list[bytes]) -> bool:
    """Whether the letters come in pairs, most of them of the 3,755 common ones (GB 2312 rows 16 to 55)."""
    pairs = [run[at : at + 2] for run in runs for at in range(0, len(run) - 1, 2)]
    if not pairs:
        return False
    even = sum(len(run) % 2 == 0 for run in runs)
    common = sum(0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    return even * 10 >= len(runs) * 8 and common * 10 >= len(pairs) * 6
