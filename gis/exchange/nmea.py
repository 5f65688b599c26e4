"""Receiver logs (NMEA 0183): one fix an epoch from GGA and RMC, each sentence proved by its checksum."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.errors import Refusal
from gis.exchange.cells import columns_of
from gis.exchange.encodings import Decoded, read_text
from gis.exchange.raw import Evidence, RawTable, Reject

_SENTENCE = re.compile(r"\$(?P<body>[^*$]*)(?:\*(?P<sum>[0-9A-Fa-f]{2}))?\s*\Z")
_COLUMNS = ("time", "quality", "satellites", "hdop", "altitude", "speed_kn", "course")
_HALF_DAY = 43_200.0
_HEAD = 1 << 16
_AMONG_OTHERS = re.compile(rb"\$[A-Z]{5},[ -~]*\*[0-9A-Fa-f]{2}\r?\n")


def read_nmea(path: Path, *, encoding: str | None = None) -> RawTable:
    """Every fix as a point in WGS84; ``lines`` is the line of its first sentence.

    Bad checksums, broken sentences and epochs without a fix are rejected by line. The date comes from RMC and is
    carried on over midnight. Raises Refusal ``import.no_features`` where no GGA or RMC stands in the file.
    """
    decoded = _text(path, encoding)
    rejects: list[Reject] = []
    epochs: list[tuple[int, str, dict[str, Any]]] = []
    others = 0
    for line, text in enumerate(decoded.text.splitlines(), 1):
        start = text.find("$")
        if start < 0:
            others += bool(text.strip())
            continue
        found = _SENTENCE.match(text[start:])
        if found is None:
            rejects.append(Reject(line, Refusal("import.broken_sentence")))
            continue
        body = found["body"]
        cells = body.split(",")
        if cells[0][-3:] not in ("GGA", "RMC"):
            others += 1
            continue
        if found["sum"] is None or int(found["sum"], 16) != checksum(body):
            rejects.append(Reject(line, Refusal("import.bad_checksum")))
            continue
        try:
            fix = _gga(cells) if cells[0].endswith("GGA") else _rmc(cells)
        except (ValueError, IndexError):
            rejects.append(Reject(line, Refusal("import.broken_sentence")))
            continue
        clock = cells[1]
        if epochs and clock and epochs[-1][1] == clock and cells[0][-3:] not in epochs[-1][2]["sentences"]:
            last = epochs[-1][2]
            last["sentences"].append(cells[0][-3:])
            last.update({k: v for k, v in fix.items() if last.get(k) is None})
        else:
            epochs.append((line, clock, {**fix, "sentences": [cells[0][-3:]]}))
    if not epochs and not rejects:
        raise Refusal("import.no_features", path=path.name)
    records: list[dict[str, Any]] = []
    lines: list[int] = []
    points: list[tuple[float, float]] = []
    _dated(epochs)
    for line, _, fix in epochs:
        if fix.get("lon") is None or fix.get("lat") is None:
            rejects.append(Reject(line, Refusal("import.no_fix")))
            continue
        points.append((fix["lon"], fix["lat"]))
        records.append({name: fix[name] for name in _COLUMNS if name in fix})
        lines.append(line)
    columns, made = columns_of(records)
    geometry = np.empty(len(points), dtype=object)
    geometry[:] = shapely.points(np.array(points).reshape(-1, 2))
    evidence = (
        decoded.evidence,
        Evidence("crs", "EPSG:4326", "import.by_format"),
        Evidence("sentences", str(others), "import.other_sentences"),
    )
    return RawTable(columns, made, np.array(lines, dtype=np.int64), geometry, "EPSG:4326", evidence,
                    tuple(sorted(rejects, key=lambda reject: reject.line)))  # fmt: skip


def looks_like_nmea(head: bytes) -> bool:
    """Whether a file's beginning, in any encoding, is that of a receiver's log."""
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n").startswith((b"$G", b"$B", b"$P"))


def _text(path: Path, encoding: str | None) -> Decoded:
    """The log's text; UTF-16 without a mark, and sentences among a receiver's own binary messages, are found."""
    try:
        return read_text(path, encoding)
    except Refusal as refusal:
        if refusal.code != "import.binary" or encoding is not None:
            raise
        data = path.read_bytes()
        for wide, mark in (("utf-16-le", b"$\0G\0"), ("utf-16-be", b"\0$\0G")):
            if mark in data[:_HEAD]:
                return read_text(path, wide)
        if len(_AMONG_OTHERS.findall(data[:_HEAD])) < 3:
            raise
        return Decoded(data.decode("ascii", "replace"), "ascii", Evidence("encoding", "ascii", "import.among_binary"))


def checksum(body: str) -> int:
    """The exclusive or of all letters between $ and *."""
    total = 0
    for letter in body:
        total ^= ord(letter)
    return total


def _gga(cells: list[str]) -> dict[str, Any]:
    fix: dict[str, Any] = {"clock": _clock(cells[1])}
    if cells[6] not in ("", "0"):
        fix |= {"lat": _degrees(cells[2], cells[3]), "lon": _degrees(cells[4], cells[5]), "quality": cells[6],
                "satellites": cells[7], "hdop": cells[8], "altitude": cells[9]}  # fmt: skip
    return fix


def _rmc(cells: list[str]) -> dict[str, Any]:
    fix: dict[str, Any] = {"clock": _clock(cells[1]), "date": _day(cells[9])}
    if cells[2] == "A":
        fix |= {"lat": _degrees(cells[3], cells[4]), "lon": _degrees(cells[5], cells[6]),
                "speed_kn": cells[7], "course": cells[8]}  # fmt: skip
    return fix


def _degrees(text: str, side: str) -> float:
    """``ddmm.mmm`` or ``dddmm.mmm`` with N, S, E or W."""
    whole = text.index(".") if "." in text else len(text)
    minutes = float(text[whole - 2 :])
    value = int(text[: whole - 2]) + minutes / 60
    if side not in ("N", "S", "E", "W") or minutes >= 60 or value > (90 if side in "NS" else 180):
        raise ValueError(text)
    return -value if side in "SW" else value


def _clock(text: str) -> float | None:
    """Seconds of the day of ``hhmmss.ss``."""
    return int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:]) if text else None


def _day(text: str) -> date | None:
    if not text:
        return None
    year = int(text[4:6])
    return date((1900 if year >= 80 else 2000) + year, int(text[2:4]), int(text[:2]))


def _dated(epochs: list[tuple[int, str, dict[str, Any]]]) -> None:
    """Give each fix its time: the date of its RMC, or the last one, moved on where the clock has passed midnight."""
    day: date | None = None
    before: float | None = None
    for _, _, fix in epochs:
        clock = fix.get("clock")
        if fix.get("date") is not None:
            day = fix["date"]
        elif day is not None and clock is not None and before is not None and clock < before - _HALF_DAY:
            day += timedelta(days=1)
        if clock is None:
            continue
        before = clock
        seconds = f"{int(clock // 3600):02d}:{int(clock % 3600 // 60):02d}:{clock % 60:06.3f}".removesuffix(".000")
        fix["time"] = f"{day.isoformat()}T{seconds}Z" if day is not None else seconds
