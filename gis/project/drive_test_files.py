"""Drive-test files: which columns hold level, cell, technology and time, and the samples they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.placement import Datum, fold, guess_placement, place, place_points
from gis.exchange.radio_lists import SIGHTINGS
from gis.exchange.raw import Dialect, Evidence, RawTable
from gis.progress import Progress
from gis.project.session import Session
from gis.radio.drive_test import NO_PLACE, WIFI, Samples, drive_rules, earfcn_mhz, folded, in_range, nr_arfcn_mhz
from gis.radio.wifi_survey import bssid, ssid, wifi_in_range

Floats = NDArray[np.float64]
_HEAD = 50
ROLES = ("level", "code", "pci", "technology", "frequency", "channel", "time", "bssid", "ssid")


@dataclass(frozen=True, slots=True)
class DriveChoices:
    """What the user says of a file; None leaves it to the columns' names. ``columns``: role of ``ROLES`` -> column.

    ``technology``: of all samples, where the file has no column of it.
    """

    dialect: Dialect = field(default_factory=Dialect)
    crs: str | None = None
    datum: str | None = None
    x: str | None = None
    y: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    technology: str | None = None


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file read: its samples (not yet matched), the columns by role, and how its places were understood.

    ``levels``: every column of levels in use, the first that a row fills counts. ``times``: text of each sample.
    """

    path: Path
    form: str
    columns: dict[str, str]
    levels: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    samples: Samples
    times: NDArray[np.object_]


def columns_in(path: Path, dialect: Dialect | None = None) -> tuple[str, ...]:
    """The columns of a file, from its head; refusals of reading."""
    return read_raw(path, dialect, prefer="point", rows=_HEAD)[1].columns


def read_drive_test(
    session: Session, path: Path, choices: DriveChoices | None = None, progress: Progress | None = None
) -> DriveFile:
    """Read measured levels from any file the import reader knows.

    Refusals ``import.*`` of reading and placing; ``radio.drive_no_column``, ``.drive_no_level``,
    ``.drive_no_cell_column``, ``.drive_all_out_of_range``.
    """
    choices = choices or DriveChoices()
    if progress is not None:
        progress.step(0, 0, "radio.drive_reading")
    form, raw = read_raw(path, choices.dialect, prefer="point", progress=progress)
    if choices.dialect.layer is None and any(told.value == SIGHTINGS for told in raw.evidence if told.what == "kind"):
        # As a list of senders its sightings are merged; here each is a sample.
        form, raw = read_raw(path, replace(choices.dialect, layer="*"), prefer="point", progress=progress)
    columns, levels = _columns(raw, choices, path)
    placement = guess_placement(
        raw,
        session.crs.to_string(),
        crs=choices.crs,
        datum=cast("Datum | None", choices.datum),
        x=choices.x,
        y=choices.y,
    )
    if placement.kind in ("columns", "pair"):
        x, y, _ = place_points(raw, placement, session.crs.to_string())
    else:
        shapes, _ = place(raw, placement, session.crs.to_string())
        points = np.array([isinstance(shape, shapely.Point) for shape in shapes], bool)
        x, y = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
        x[points], y[points] = shapely.get_x(shapes[points]), shapely.get_y(shapes[points])
    technology = _technologies(raw, columns.get("technology"))
    if choices.technology is not None:
        technology[technology == None] = choices.technology  # noqa: E711 - elementwise
    stations, names = _hotspots(raw, columns, technology)
    level, technology = _levels(raw, levels, technology)
    if not np.isfinite(level).any():
        raise Refusal("radio.drive_no_level", path=path.name, known=", ".join(raw.columns))
    why = np.full(len(raw), None, object)
    why[~(np.isfinite(x) & np.isfinite(y))] = NO_PLACE
    frequency = _numbers(raw, columns.get("frequency"))
    channel = _numbers(raw, columns.get("channel"))
    frequency = np.where(np.isnan(frequency) & (technology == "LTE"), earfcn_mhz(channel), frequency)
    frequency = np.where(np.isnan(frequency) & (technology == "NR"), nr_arfcn_mhz(channel), frequency)
    empty = np.full(len(raw), None, object)
    code = empty.copy()
    if "code" in columns:
        code[:] = [folded(cell) for cell in raw.cells[columns["code"]]]
    wifi = technology == WIFI
    code[wifi], names[~wifi] = stations[wifi], None
    samples = in_range(
        Samples(
            x,
            y,
            level,
            technology,
            code,
            _numbers(raw, columns.get("pci")),
            frequency,
            raw.lines,
            why,
            np.zeros(len(raw), np.int64),
            names,
        )
    )
    samples = wifi_in_range(samples)
    known = level[np.isfinite(level) & ~wifi]
    if not len(known):
        known = level[np.isfinite(level)]
    least = min(limits[0] for limits in drive_rules()["levels"].values())
    most = max(limits[1] for limits in drive_rules()["levels"].values())
    if not ((known >= least) & (known <= most)).any():
        low, high = float(known.min()), float(known.max())
        raise Refusal("radio.drive_all_out_of_range", column=levels[0][0], low=low, high=high)
    times = raw.cells[columns["time"]] if "time" in columns else empty
    named = tuple(name for name, _ in levels)
    return DriveFile(path, form, columns, named, (*raw.evidence, *placement.evidence), samples, times)


def _columns(
    raw: RawTable, choices: DriveChoices, path: Path
) -> tuple[dict[str, str], list[tuple[str, tuple[str, ...]]]]:
    """(column by role, columns of levels with the technologies that report them)."""
    given = dict(choices.columns)
    for column in given.values():
        if column not in raw.columns:
            raise Refusal("radio.drive_no_column", column=column, known=", ".join(raw.columns))
    by_name: dict[str, str] = {}
    for column in raw.columns:
        by_name.setdefault(fold(column), column)
    rules = drive_rules()
    found = {}
    for role, names in rules["columns"].items():
        named = given.get(role) or next((by_name[name] for name in names if name in by_name), None)
        if named is not None:
            found[role] = named
    if "level" in given:
        levels: list[tuple[str, tuple[str, ...]]] = [(given["level"], ())]
    else:
        levels = [
            (by_name[name], tuple(entry["technologies"]))
            for entry in rules["level"]
            for name in entry["names"]
            if name in by_name
        ]
    known = ", ".join(raw.columns)
    if not levels:
        raise Refusal("radio.drive_no_level", path=path.name, known=known)
    if not {"code", "pci", "bssid", "ssid"} & set(found):
        raise Refusal("radio.drive_no_cell_column", path=path.name, known=known)
    return found, levels


def _hotspots(
    raw: RawTable, columns: dict[str, str], technology: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """(BSSID, SSID) of each row, None = none; rows with either that tell no technology become WiFi's in place."""
    stations, names = np.full(len(raw), None, object), np.full(len(raw), None, object)
    if "bssid" in columns:
        stations[:] = [bssid(cell) for cell in raw.cells[columns["bssid"]]]
    if "ssid" in columns:
        names[:] = [ssid(cell) for cell in raw.cells[columns["ssid"]]]
    told = (stations != None) | ((names != None) & ("pci" not in columns))  # noqa: E711 - elementwise
    technology[told & (technology == None)] = WIFI  # noqa: E711 - elementwise
    return stations, names


def _technologies(raw: RawTable, column: str | None) -> NDArray[np.object_]:
    """The technology a row names, None where it names none that is known."""
    made = np.full(len(raw), None, object)
    if column is None:
        return made
    names = {fold(word): name for name, words in drive_rules()["technologies"].items() for word in (name, *words)}
    said = [None if cell is None else names.get(fold(str(cell))) for cell in raw.cells[column]]
    made[:] = said
    return made


def _levels(
    raw: RawTable, levels: list[tuple[str, tuple[str, ...]]], technology: NDArray[np.object_]
) -> tuple[Floats, NDArray[np.object_]]:
    """The level of each row from the first column that its technology fills, and its technology as that tells."""
    level, technology = np.full(len(raw), np.nan), technology.copy()
    for column, reporters in levels:
        values = _numbers(raw, column)
        fits = np.isnan(level) & np.isfinite(values)
        if reporters:
            fits &= (technology == None) | np.isin(technology.astype(str), reporters)  # noqa: E711 - elementwise
        level[fits] = values[fits]
        if len(reporters) == 1:
            technology[fits] = reporters[0]
    return level, technology


def _numbers(raw: RawTable, column: str | None) -> Floats:
    """A column as numbers, NaN where a cell is none; units behind the number are left off."""
    if column is None:
        return np.full(len(raw), np.nan)
    plain = raw.numbers(column)
    return plain if plain is not None else np.array([_number(cell) for cell in raw.cells[column]], np.float64)


def _number(cell: Any) -> float:
    if cell is None:
        return np.nan
    text = str(cell).strip().casefold().replace("−", "-")
    for unit in ("dbm", "mhz"):
        text = text.removesuffix(unit).strip()
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
