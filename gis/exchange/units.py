"""Units of a file's cells, brought to the field's own; senseless pairs are refused.

Factors are exact by definition: the international foot and mile (1959), the market units of 1959 (尺 = 1/3 m,
里 = 500 m), bits of 8 to a byte; dBd = dBi − 2.15 (a half-wave dipole). Months count 30 days.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Field
from gis.editing.values import Problems
from gis.errors import Refusal

_LENGTH = {
    "m": 1.0, "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "km": 1e3, "ft": 0.3048, "in": 0.0254, "mi": 1609.344,
    "nmi": 1852.0, "里": 500.0, "尺": 1 / 3,
}  # fmt: skip
_ANGLE = {"°": 1.0, "rad": 180 / np.pi, "gon": 0.9, "mil": 360 / 6400, "密位": 360 / 6000, "′": 1 / 60, "″": 1 / 3600}
_RATE = {
    "Mbit/s": 1.0, "kbit/s": 1e-3, "bit/s": 1e-6, "Gbit/s": 1e3, "MB/s": 8.0, "kB/s": 8e-3, "GB/s": 8e3,
}  # fmt: skip
#: The field's unit -> units its cells may be in, each with its factor.
_FACTORS: dict[str, dict[str, float]] = {
    "m": _LENGTH,
    "°": _ANGLE,
    "Mbit/s": _RATE,
    "MHz": {"MHz": 1.0, "kHz": 1e-3, "Hz": 1e-6, "GHz": 1e3},
    "B": {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024.0, "MiB": 1048576.0},
    "天": {"天": 1.0, "小时": 1 / 24, "周": 7.0, "月": 30.0, "年": 365.0},
    "px": {"px": 1.0, "kpx": 1e3},
}
_COUNTS = ("人", "户", "辆", "芯", "孔", "条", "层", "副")
for _word in _COUNTS:
    _FACTORS[_word] = {_word: 1.0, f"千{_word}": 1e3, f"万{_word}": 1e4, f"百万{_word}": 1e6, f"亿{_word}": 1e8}
_POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_CHINESE_POINTS = {
    "北": 0.0, "东北偏北": 22.5, "东北": 45.0, "东北偏东": 67.5, "东": 90.0, "东南偏东": 112.5, "东南": 135.0,
    "东南偏南": 157.5, "南": 180.0, "西南偏南": 202.5, "西南": 225.0, "西南偏西": 247.5, "西": 270.0, "西北偏西": 292.5,
    "西北": 315.0, "西北偏北": 337.5, "正北": 0.0, "正东": 90.0, "正南": 180.0, "正西": 270.0, "北东": 45.0,
    "南东": 135.0, "南西": 225.0, "北西": 315.0,
}  # fmt: skip
_SPELLINGS = {
    "米": "m", "公尺": "m", "meter": "m", "metre": "m", "meters": "m", "metres": "m", "毫米": "mm", "厘米": "cm",
    "公分": "cm", "分米": "dm", "公里": "km", "千米": "km", "kilometer": "km", "kilometre": "km", "英尺": "ft",
    "feet": "ft", "foot": "ft", "'": "ft", "英寸": "in", "inch": "in", "inches": "in", "英里": "mi", "mile": "mi",
    "miles": "mi", "海里": "nmi", "华里": "里", "市里": "里", "市尺": "尺", "度": "°", "deg": "°", "degree": "°",
    "degrees": "°", "弧度": "rad", "radian": "rad", "radians": "rad", "grad": "gon", "百分度": "gon", "分": "′",
    "arcmin": "′", "秒": "″", "arcsec": "″", "方位": "compass", "罗盘方位": "compass",
    "毫瓦": "mW", "瓦": "W", "千瓦": "kW", "微瓦": "µW", "uw": "µW", "μw": "µW", "watt": "W", "watts": "W",
    "兆赫": "MHz", "千赫": "kHz", "赫兹": "Hz", "赫": "Hz", "吉赫": "GHz", "mbps": "Mbit/s", "mb/s": "Mbit/s",
    "mbit": "Mbit/s", "兆": "Mbit/s", "kbps": "kbit/s", "kb/s": "kbit/s", "bps": "bit/s", "gbps": "Gbit/s",
    "gb/s": "Gbit/s", "千兆": "Gbit/s", "day": "天", "days": "天", "日": "天", "hour": "小时", "hours": "小时",
    "week": "周", "weeks": "周", "星期": "周", "month": "月", "months": "月", "个月": "月", "year": "年", "years": "年",
    "像素": "px", "pixel": "px", "pixels": "px", "byte": "B", "bytes": "B", "字节": "B", "千": "千", "万": "万",
    "people": "人", "homes": "户", "households": "户", "fibres": "芯", "fibers": "芯", "core": "芯", "cores": "芯",
    "bores": "孔", "lanes": "条", "车道": "条", "floors": "层",
}  # fmt: skip
#: How dates may be written where it is not year, month, day: the order, or a count of days or seconds.
DATE_UNITS = ("ymd", "mdy", "dmy", "unix", "unix ms", "excel")
_UNIX = {"unix": 1.0, "unix ms": 1e-3}
_EPOCHS = {"unix": dt.datetime(1970, 1, 1), "excel": dt.datetime(1899, 12, 30)}  # the latter mends 29 February 1900
_PARTS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[T ,]+(.+))?\Z", re.ASCII)
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*)?\Z")
#: The unit in a column's name: in brackets, or the last word.
UNIT_IN_NAME = re.compile(r"[(（\[【]\s*([^()（）\[\]【】]{1,12})\s*[)）\]】]\s*\Z|[ _/,，]([^\s_/,，]{1,8})\Z")
_MOSTLY = 0.9
_DIGITS = 12  # kept of a converted number, so that 30 ft are 9.144 m


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one unit to a field's: ``of`` takes and returns arrays, NaN where there is no such value."""

    unit: str
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def units_for(f: Field) -> tuple[str, ...]:
    """The units in which the cells of a field may be given, its own first; empty where it has none."""
    if f.type in ("date", "datetime"):
        return DATE_UNITS
    if not f.unit or f.type not in ("real", "integer"):
        return ()
    if f.unit in ("dBm", "dBi"):
        return ("dBm", "dBW", "mW", "W", "kW", "µW") if f.unit == "dBm" else ("dBi", "dBd")
    known = tuple(_FACTORS.get(f.unit, {f.unit: 1.0}))
    return (*known, "compass") if f.unit == "°" else known


def known_unit(text: str, f: Field) -> str | None:
    """The unit of ``units_for(f)`` that is spelt so, in any language and case; None for another."""
    word = unicodedata.normalize("NFKC", text).strip().rstrip(".")
    offered = units_for(f)
    folded = word.casefold()
    if word in offered:
        return word
    spelt = _SPELLINGS.get(folded)
    if spelt in ("千", "万"):
        spelt = f"{spelt}{f.unit}"
    if spelt in offered:
        return spelt
    same = [unit for unit in offered if unicodedata.normalize("NFKC", unit).casefold() == folded]
    return same[0] if len(same) == 1 else None


def conversion(f: Field, unit: str) -> Conversion:
    """How numbers in ``unit`` become the field's. Raises Refusal ``import.senseless_unit``."""
    known = known_unit(unit, f)
    if known is None:
        offered = ", ".join(units_for(f)) or "—"
        raise Refusal("import.senseless_unit", unit=unit, field_zh=f.label.zh, field_en=f.label.en, known=offered)
    if f.unit == "dBm" and known != "dBm":
        if known == "dBW":
            return Conversion(known, lambda v: v + 30.0)
        scale = {"mW": 1.0, "W": 1e3, "kW": 1e6, "µW": 1e-3}[known]
        return Conversion(known, lambda v: 10.0 * np.log10(np.where(v > 0, v * scale, np.nan)))
    if f.unit == "dBi":
        return Conversion(known, (lambda v: v + 2.15) if known == "dBd" else (lambda v: v))
    factor = 1.0 if known == "compass" else _FACTORS.get(f.unit, {}).get(known, 1.0)
    return Conversion(known, lambda v: v * factor)


def converted(cells: NDArray[Any], f: Field, unit: str) -> tuple[NDArray[Any], Problems]:
    """Cells given in ``unit`` as numbers in the field's, float64 (n,), and by row what cannot be read.

    A unit written in the cell itself ("500 mW") wins. Of a date field: texts that begin with year, month, day.
    Raises Refusal ``import.senseless_unit``.
    """
    if f.type in ("date", "datetime"):
        return _dates(cells, f, unit)
    main = conversion(f, unit)
    if cells.dtype.kind in "fiu":
        return _rounded(main.of(cells.astype(np.float64))), {}
    distinct: dict[Any, list[int]] = {}
    for row, cell in enumerate(cells):
        if cell is not None:
            distinct.setdefault(cell, []).append(row)
    made = np.full(len(cells), np.nan)
    problems: Problems = {}
    for cell, rows in distinct.items():
        value = _value(cell, f, main)
        if value != value:
            why = Refusal("import.no_amount", value=str(cell)[:60], unit=main.unit)
            problems.update(dict.fromkeys(rows, why))
        else:
            made[rows] = value
    return _rounded(made), problems


def _dates(cells: NDArray[Any], f: Field, unit: str) -> tuple[NDArray[np.object_], Problems]:
    if unit not in DATE_UNITS:
        raise Refusal(
            "import.senseless_unit", unit=unit, field_zh=f.label.zh, field_en=f.label.en, known=", ".join(DATE_UNITS)
        )
    made = np.full(len(cells), None, dtype=object)
    problems: Problems = {}
    known: dict[str, str | None] = {}
    for row, cell in enumerate(cells):
        if cell is None or cell != cell:
            continue
        text = str(cell)
        if text not in known:
            known[text] = _date(text, unit)
        made[row] = known[text]
        if made[row] is None:
            problems[row] = Refusal("import.no_amount", value=text[:60], unit=unit)
    return made, problems


def _date(cell: str, unit: str) -> str | None:
    """A date as year-month-day, with the time of day as it was written."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if unit == "ymd":
        return text
    if unit in ("mdy", "dmy"):
        found = _PARTS.match(text)
        if found is None or len(found[3]) not in (2, 4) or len(found[1]) > 2:
            return None
        month, day = (found[1], found[2]) if unit == "mdy" else (found[2], found[1])
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        try:
            dt.date(int(year), int(month), int(day))
        except ValueError:
            return None
        return f"{year}-{month:0>2}-{day:0>2}" + (f" {_clock(found[4])}" if found[4] else "")
    try:
        amount = float(text)
        epoch = _EPOCHS["excel" if unit == "excel" else "unix"]
        step = dt.timedelta(days=amount) if unit == "excel" else dt.timedelta(seconds=amount * _UNIX[unit])
        return (epoch + step).isoformat(" ", "seconds")
    except (ValueError, OverflowError):
        return None


def _clock(text: str) -> str:
    """A time of day with AM or PM as one of 24 hours; another as it is."""
    found = re.match(r"(\d{1,2})(:\d\d(?::\d\d)?)(?:\.\d+)?\s*([AaPp])\.?[Mm]\.?\Z", text.strip())
    if found is None:
        return text.strip()
    return f"{int(found[1]) % 12 + (12 if found[3] in 'Pp' else 0):02d}{found[2]}"


def date_order(cells: NDArray[Any]) -> str | None:
    """How a column writes its dates where that can only be one way and is not year, month, day; None otherwise.

    Day and month are told apart by a day above 12; seconds and days by what falls between 1990 and 2100.
    """
    filled = [unicodedata.normalize("NFKC", str(cell)).strip() for cell in cells if cell is not None]
    if not filled:
        return None
    parts = [found for text in filled if (found := _PARTS.match(text)) and len(found[1]) <= 2]
    if len(parts) > _MOSTLY * len(filled):
        first = sum(int(found[1]) > 12 for found in parts)
        second = sum(int(found[2]) > 12 for found in parts)
        return None if bool(first) == bool(second) else "dmy" if first else "mdy"
    try:
        numbers = np.array([float(text) for text in filled])
    except ValueError:
        return None
    for unit, low, high in (("unix", 6.3e8, 4.1e9), ("unix ms", 6.3e11, 4.1e12), ("excel", 32_874, 73_050)):
        if ((numbers >= low) & (numbers <= high)).mean() > _MOSTLY:
            return unit
    return None


def unit_in_name(column: str, f: Field) -> str | None:
    """The unit that a column's name gives, where it is another than the field's: 挂高(cm), height_ft; None without."""
    found = UNIT_IN_NAME.search(unicodedata.normalize("NFKC", column))
    unit = known_unit(found[1] or found[2], f) if found and f.unit else None
    return None if unit == f.unit else unit


def unit_in_cells(cells: NDArray[Any], f: Field) -> str | None:
    """The unit written behind most of the numbers, where it is another than the field's; None without."""
    if f.type in ("date", "datetime"):
        return date_order(cells)
    counts: dict[str, int] = {}
    filled = 0
    for cell in cells:
        if cell is None:
            continue
        filled += 1
        text = unicodedata.normalize("NFKC", str(cell)).strip()
        found = _NUMBER.match(text)
        unit = (known_unit(found[2], f) if found[2] else None) if found else None
        if found is None and f.unit == "°" and _compass(text) is not None:
            unit = "compass"
        if unit is not None:
            counts[unit] = counts.get(unit, 0) + 1
    unit, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return unit if most * 2 > filled and unit != f.unit else None


def _value(cell: Any, f: Field, main: Conversion) -> float:
    text = unicodedata.normalize("NFKC", str(cell)).replace("−", "-").strip()
    found = _NUMBER.match(text)
    if found is None:
        points = _compass(text) if main.unit == "compass" else None
        return float("nan") if points is None else points
    chosen = main
    if found[2]:
        written = known_unit(found[2], f)
        if written is None:
            return float("nan")
        chosen = conversion(f, written)
    return float(chosen.of(np.array([float(found[1])]))[0])


def _compass(text: str) -> float | None:
    """Degrees of a point of the compass, in either language."""
    word = text.strip().upper()
    if word in _POINTS:
        return _POINTS.index(word) * 22.5
    return _CHINESE_POINTS.get(word.removesuffix("方向").removesuffix("方").removesuffix("向").removeprefix("朝"))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = _DIGITS - 1 - np.floor(np.log10(np.abs(values)))
    scale = 10.0 ** np.clip(np.nan_to_num(digits, nan=0.0, posinf=0.0, neginf=0.0), 0, 15)
    made: NDArray[np.float64] = np.round(values * scale) / scale
    return made
