"""Pattern files of antenna makers: MSI Planet ``.msi`` and ``.pln``, text with a header, HORIZONTAL 360 and VERTICAL
360.

Attenuations stand in dB below the maximum, one line a degree ("12.0 3.4"); HORIZONTAL runs clockwise from the front,
VERTICAL from the front downwards. GAIN is in dBd unless it says dBi. The vertical cut's front half is kept; the back is
the horizontal cut's matter. A file is taken whole or refused with the line that is wrong.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.radio.patterns import BACK_LOBE_DB, ELEVATION, H_STEPS, Pattern

Floats = NDArray[np.float64]
DIPOLE_DBI = 2.15
_BIGGEST = 1 << 20  # bytes; a pattern has about ten thousand
_MOST_DB = 100.0
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")


def read_pattern(path: Path, *, back_lobe_db: float = BACK_LOBE_DB) -> Pattern:
    """The pattern in a ``.msi`` or ``.pln`` file; attenuations beyond ``back_lobe_db`` are held there.

    Refusals ``radio.no_pattern_file`` and ``radio.pattern_*``, which name the line and what is wrong with it.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= _BIGGEST else None
    except OSError as error:
        raise Refusal("radio.no_pattern_file", path=str(path), reason=error.strerror or str(error)) from error
    if data is None:
        raise _bad(path, 0, "too_large")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    lines = text.splitlines()
    head: dict[str, str] = {}
    cuts: dict[str, Floats] = {}
    at = 0
    while at < len(lines):
        word, _, rest = lines[at].strip().partition(" ")
        word = word.upper().rstrip(":")
        if word in ("HORIZONTAL", "VERTICAL"):
            if word in cuts:
                raise _bad(path, at + 1, "twice", word)
            cuts[word], at = _cut(path, lines, at)
            continue
        if word and word not in head:
            head[word] = rest.strip()
        at += 1
    for word in ("HORIZONTAL", "VERTICAL"):
        if word not in cuts:
            raise _bad(path, len(lines), "missing", word)
    around = np.interp(
        np.arange(H_STEPS) * (360.0 / H_STEPS), np.arange(361.0), np.append(cuts["HORIZONTAL"], cuts["HORIZONTAL"][0])
    )
    # degrees downwards from the front: 0 the horizon, 90 straight down, 270 straight up
    upright = np.interp(-ELEVATION % 360.0, np.arange(361.0), np.append(cuts["VERTICAL"], cuts["VERTICAL"][0]))
    around, upright = around - around.min(), upright - upright.min()
    return Pattern(
        head.get("NAME") or path.stem,
        -np.minimum(around, back_lobe_db),
        -np.minimum(upright, back_lobe_db),
        cap_db=back_lobe_db,
        gain_dbi=_gain(head.get("GAIN", "")),
        frequency_mhz=_first(head.get("FREQUENCY", "")),
        electrical_tilt_deg=_tilt(head),
    )


def _cut(path: Path, lines: list[str], at: int) -> tuple[Floats, int]:
    """(360 attenuations, the line after them) of the cut whose title stands at ``at``."""
    title = lines[at].strip()
    stated = _first(title)
    count = 360 if stated is None else int(stated)
    if not 1 < count <= 3600:
        raise _bad(path, at + 1, "count", title)
    angles, losses = np.empty(count), np.empty(count)
    for row in range(count):
        at += 1
        if at >= len(lines):
            raise _bad(path, at, "ends", title)
        numbers = _NUMBER.findall(lines[at])
        if len(numbers) != 2:
            raise _bad(path, at + 1, "two_numbers", lines[at].strip()[:40])
        angle, loss = (float(number.replace(",", ".")) for number in numbers)
        if not -360.0 <= angle <= 360.0 or not -_MOST_DB <= loss <= _MOST_DB:
            raise _bad(path, at + 1, "out_of_range", lines[at].strip()[:40])
        angles[row], losses[row] = angle % 360.0, abs(loss)  # some makers write the loss as a negative gain
    order = np.argsort(angles, kind="stable")
    angles, losses = angles[order], losses[order]
    if (np.diff(angles) <= 0.0).any():
        raise _bad(path, at + 1, "angle_twice", title)
    if np.diff(np.append(angles, angles[0] + 360.0)).max() > 10.0:
        raise _bad(path, at + 1, "gap", title)
    return np.interp(np.arange(360.0), angles, losses, period=360.0), at + 1


def _gain(text: str) -> float | None:
    value = _first(text)
    if value is None:
        return None
    return value if "dbi" in text.casefold() else value + DIPOLE_DBI


def _tilt(head: dict[str, str]) -> float:
    """The electrical tilt which the cuts already hold; words such as ELECTRICAL say nothing."""
    for word in ("ELECTRICAL_TILT", "TILT"):
        value = _first(head.get(word, ""))
        if value is not None and math.isfinite(value):
            return value
    return 0.0


def _first(text: str) -> float | None:
    found = _NUMBER.search(text)
    return float(found[0].replace(",", ".")) if found else None


def _bad(path: Path, line: int, reason: str, detail: str = "") -> Refusal:
    return Refusal(f"radio.pattern_{reason}", path=path.name, line=line, detail=detail)
