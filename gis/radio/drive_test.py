"""Levels measured on the road against the levels of a model: which cell a sample belongs to, and how far off they are.

An error is what the model says minus what was measured, in dB: positive where the model promises too much.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as filled
from functools import cache
from typing import Any, Final

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.coverage.grid import Grid
from gis.geometry.columns import Columns
from gis.radio.curves import on_curve
from gis.radio.patterns import pattern_db
from gis.radio.windows import OPEN, Around, Transmitter, box_of
from gis.resources import resource

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Why a sample is not used, as message codes.
NO_PLACE: Final = "radio.drive_no_place"
NO_LEVEL: Final = "radio.drive_no_level_there"
OUT_OF_RANGE: Final = "radio.drive_level_out_of_range"
NO_CELL: Final = "radio.drive_names_no_cell"
UNKNOWN_CELL: Final = "radio.drive_unknown_cell"
AMBIGUOUS: Final = "radio.drive_ambiguous_cell"
TOO_FAR: Final = "radio.drive_cell_too_far"
NOT_PREDICTED: Final = "radio.drive_cell_not_predicted"
NOT_HEARD: Final = "radio.drive_beyond_model"
WIFI: Final = "wifi"  # the technology of samples of hotspots
CELL_FIELDS: Final = ("code", "name", "technology", "pci", "frequency_mhz")
_NEIGHBOURS = 8


@cache
def drive_rules() -> dict[str, Any]:
    """The whole tree of ``drive_tests.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "drive_tests.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Samples:
    """n measurements: places in metres of the project's CRS, level in dBm (NaN = none) and what the phone said of its
    cell: ``technology``, ``code`` (a name folded by ``folded``), None = not said; ``pci``, ``frequency_mhz`` NaN.

    Samples of WiFi name their hotspot: ``code`` is the BSSID (``wifi_survey.bssid``), ``ssid`` the network's name.
    ``lines``: where each stands in its file. ``why``: the message code of what bars it, None = nothing. ``cell``: the
    id of the cell, or of the hotspot, it belongs to, 0 = none.
    """

    x: Floats
    y: Floats
    level_dbm: Floats
    technology: NDArray[np.object_]
    code: NDArray[np.object_]
    pci: Floats
    frequency_mhz: Floats
    lines: Whole
    why: NDArray[np.object_]
    cell: Whole
    ssid: NDArray[np.object_] = filled(default_factory=lambda: np.empty(0, object))

    def __post_init__(self) -> None:
        if not len(self.ssid):  # nobody said
            object.__setattr__(self, "ssid", np.full(len(self.x), None, object))

    def __len__(self) -> int:
        return len(self.x)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Nothing bars it and its cell is known."""
        return np.asarray((self.why == None) & (self.cell != 0))  # noqa: E711 - elementwise

    def barred(self) -> dict[str, int]:
        """How many samples are not used, by message code, most first."""
        codes, counts = np.unique(self.why[~self.usable].astype(str), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {str(codes[i]): int(counts[i]) for i in order}


def folded(name: object) -> str | None:
    """A cell's name for comparing: without case and blanks, a whole number without its ".0"."""
    text = "".join(str(name).split()).casefold() if name is not None else ""
    return (text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text) or None


def earfcn_mhz(channel: Floats) -> Floats:
    """Downlink frequency of LTE carriers (TS 36.101, 5.7.3); NaN where no listed band has the channel.

    >>> earfcn_mhz(np.array([1300.0, 40936.0])).tolist()
    [1815.0, 2624.6]
    """
    found = np.full(len(channel), np.nan)
    for low, first, last in drive_rules()["earfcn"].values():
        here = (channel >= first) & (channel <= last)
        found[here] = low + 0.1 * (channel[here] - first)
    return found


def nr_arfcn_mhz(channel: Floats) -> Floats:
    """Frequency of an NR reference number (TS 38.104 table 5.4.2.1-1); NaN outside FR1.

    >>> nr_arfcn_mhz(np.array([504990.0, 636666.0])).tolist()
    [2524.95, 3549.99]
    """
    low = np.round(0.005 * channel, 6)
    high = np.round(3000.0 + 0.015 * (channel - 600_000.0), 6)
    return np.where(channel < 0, np.nan, np.where(channel < 600_000, low, np.where(channel <= 2_016_666, high, np.nan)))


def in_range(samples: Samples) -> Samples:
    """Samples of cells whose level their technology cannot report are barred; of an unknown one, what none can."""
    limits: Mapping[str, list[float]] = drive_rules()["levels"]
    low = np.full(len(samples), min(entry[0] for entry in limits.values()))
    high = np.full(len(samples), max(entry[1] for entry in limits.values()))
    for name, (least, most) in limits.items():
        here = samples.technology == name
        low[here], high[here] = least, most
    level = samples.level_dbm
    why = samples.why.copy()
    free = (why == None) & (samples.technology != WIFI)  # noqa: E711 - elementwise
    why[free & np.isnan(level)] = NO_LEVEL
    why[free & ((level < low) | (level > high))] = OUT_OF_RANGE
    return replace(samples, why=why)


def matched(samples: Samples, cells: Columns) -> Samples:
    """Every sample of a cell with the cell it names: by code or name, else by physical cell id, technology and place.

    ``cells`` with ``CELL_FIELDS``. A physical cell id is given again in the next town: the nearest cell with it is
    meant, within reach, if the next one is clearly further; where a frequency is told, only cells of that carrier
    compete. What stays open is barred with its reason, never guessed. The technology of what is matched is its cell's.
    """
    assert cells.geometry is not None
    place = np.full(len(samples), -1, np.int64)
    why = samples.why.copy()
    open_ = (why == None) & (samples.technology != WIFI)  # noqa: E711 - elementwise
    kinds = cells.fields["technology"]
    named = _by_name(cells)
    for i in np.flatnonzero(open_ & (samples.code != None)).tolist():  # noqa: E711 - elementwise
        found = named.get(samples.code[i])
        if found is not None and len(found) == 1 and samples.technology[i] in (None, kinds[found[0]]):
            place[i] = found[0]
    searched = open_ & (place < 0) & ~np.isnan(samples.pci)
    nowhere = open_ & (place < 0) & ~searched
    said = np.asarray(samples.code != None)  # noqa: E711 - elementwise
    why[nowhere & said], why[nowhere & ~said] = UNKNOWN_CELL, NO_CELL
    _by_pci(samples, cells, np.flatnonzero(searched), place, why)
    good = place >= 0
    cell, technology = samples.cell.copy(), samples.technology.copy()
    cell[good], technology[good] = cells.ids[place[good]], kinds[place[good]]
    return replace(samples, cell=cell, technology=technology, why=why)


def _by_name(cells: Columns) -> dict[str, list[int]]:
    named: dict[str, list[int]] = {}
    for field in ("code", "name"):
        if field not in cells.fields:
            continue
        for row, value in enumerate(cells.fields[field]):
            name = folded(value)
            if name is not None and row not in named.setdefault(name, []):
                named[name].append(row)
    return named


def _by_pci(samples: Samples, cells: Columns, rows: Whole, place: Whole, why: NDArray[np.object_]) -> None:
    """Fill ``place`` and ``why`` for the samples ``rows``."""
    rules = drive_rules()["matching"]
    assert cells.geometry is not None
    there = ~(shapely.is_missing(cells.geometry) | shapely.is_empty(cells.geometry))
    numbers = np.asarray(cells.fields["pci"], np.float64)
    kinds = np.asarray(cells.fields["technology"], object)
    frequency = np.asarray(cells.fields["frequency_mhz"], np.float64)
    for pci in np.unique(samples.pci[rows]).tolist():
        with_it = np.flatnonzero(there & (numbers == pci))
        mine = rows[samples.pci[rows] == pci]
        if not len(with_it):
            why[mine] = UNKNOWN_CELL
            continue
        points = shapely.get_coordinates(cells.geometry[with_it])
        tree = cKDTree(points)
        k = min(_NEIGHBOURS, len(with_it))
        distances, found = tree.query(np.column_stack([samples.x[mine], samples.y[mine]]), k=k)
        distances, found = distances.reshape(len(mine), k), with_it[found.reshape(len(mine), k)]
        kind = samples.technology[mine][:, None]
        fits = (kind == None) | (kinds[found] == kind)  # noqa: E711 - elementwise
        told = samples.frequency_mhz[mine][:, None]
        with np.errstate(invalid="ignore"):
            fits &= np.isnan(told) | (np.abs(frequency[found] - told) <= rules["frequency_mhz"])
        distances = np.where(fits, distances, np.inf)
        order = np.argsort(distances, axis=1, kind="stable")
        first = np.take_along_axis(distances, order, axis=1)
        best = found[np.arange(len(mine)), order[:, 0]]
        known = np.isfinite(first[:, 0])
        near = known & (first[:, 0] <= rules["reach_m"])
        second = first[:, 1] if k > 1 else np.full(len(mine), np.inf)
        sure = near & (second >= rules["clear"] * np.maximum(first[:, 0], 1.0))
        place[mine[sure]] = best[sure]
        why[mine[~known]] = UNKNOWN_CELL
        why[mine[known & ~near]] = TOO_FAR
        why[mine[near & ~sure]] = AMBIGUOUS


@dataclass(frozen=True, slots=True)
class Links:
    """n samples with their cells' predictions: ``rows`` of the samples, ``cell`` ids, places, ``level_dbm`` measured,
    ``predicted_dbm``, ``distance_m`` along the ground, ``antenna_db`` (≤ 0) and ``power_dbm`` of the cell by
    its data (no offset), ``frequency_mhz``."""

    rows: Whole
    cell: Whole
    x: Floats
    y: Floats
    level_dbm: Floats
    predicted_dbm: Floats
    distance_m: Floats
    antenna_db: Floats
    power_dbm: Floats
    frequency_mhz: Floats

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def error_db(self) -> Floats:
        """Predicted minus measured."""
        return self.predicted_dbm - self.level_dbm

    def take(self, chosen: NDArray[Any] | slice) -> Links:
        """Some of them."""
        return Links(*(getattr(self, name)[chosen] for name in self.__slots__))


def no_links() -> Links:
    """None at all."""
    return Links(np.zeros(0, np.int64), np.zeros(0, np.int64), *(np.zeros(0) for _ in range(8)))


def joined(parts: list[Links]) -> Links:
    """Several as one."""
    return Links(*(np.concatenate([getattr(part, name) for part in parts]) for name in Links.__slots__))


def links_of(
    samples: Samples,
    transmitters: Mapping[int, tuple[Transmitter, float, float]],
    receiver_height_m: float,
    around: Around | None = None,
    grid: Grid | None = None,
) -> tuple[Links, NDArray[np.object_]]:
    """The usable samples with the predictions of their cells, and what bars samples now.

    ``transmitters``: by cell id, with the frequency in MHz and the offset in dB that its power holds.
    ``around`` is asked on ``grid``, which holds all samples: the distance is the sample's own, sight and losses on the
    way are those of its pixel.
    """
    why = samples.why.copy()
    parts = [no_links()]
    usable = np.flatnonzero(samples.usable)
    order = usable[np.argsort(samples.cell[usable], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(samples.cell[order])) + 1) if len(order) else []:
        key = int(samples.cell[rows[0]])
        if key not in transmitters:
            why[rows] = NOT_PREDICTED
            continue
        transmitter, frequency, offset = transmitters[key]
        away = np.hypot(samples.x[rows] - transmitter.x, samples.y[rows] - transmitter.y)
        within = away <= transmitter.limit_m
        why[rows[~within]] = NOT_HEARD
        rows = rows[within]
        if not len(rows):
            continue
        x, y = samples.x[rows], samples.y[rows]
        level, gain, distance = levels_at(transmitter, x, y, receiver_height_m, around, grid)
        count = len(rows)
        parts.append(
            Links(
                rows,
                np.full(count, key),
                x,
                y,
                samples.level_dbm[rows],
                level,
                distance,
                gain,
                np.full(count, transmitter.power_dbm - offset),
                np.full(count, frequency),
            )
        )
    return joined(parts), why


def levels_at(
    transmitter: Transmitter,
    x: Floats,
    y: Floats,
    receiver_height_m: float,
    around: Around | None = None,
    grid: Grid | None = None,
) -> tuple[Floats, Floats, Floats]:
    """(level in dBm, antenna's part in dB, ground distance in m) at n places; no floor cuts it off."""
    rows, extra = np.full(len(x), int(OPEN.rows[0, 0]), np.uint8), np.zeros(len(x))
    if around is not None and grid is not None:
        box = box_of(transmitter, grid)
        if box.pixels:
            there = around(transmitter, box, grid)
            i = np.floor((grid.north - y) / grid.resolution_m).astype(np.int64) - box.top
            j = np.floor((x - grid.west) / grid.resolution_m).astype(np.int64) - box.left
            i, j = np.clip(i, 0, box.height - 1), np.clip(j, 0, box.width - 1)
            rows = there.rows[(i, j) if there.rows.size > 1 else (i * 0, j * 0)]
            extra = np.asarray(there.extra_db[(i, j) if there.extra_db.size > 1 else (i * 0, j * 0)], np.float64)
    pattern = transmitter.pattern
    loss, gain, squared = _at(
        x - transmitter.x, y - transmitter.y, transmitter.height_m - receiver_height_m,
        math.radians(transmitter.azimuth), math.radians(transmitter.mechanical_tilt),
        math.radians(transmitter.electrical_tilt - pattern.electrical_tilt_deg),
        pattern.horizontal, pattern.weight, pattern.vertical, pattern.cap_db,
        transmitter.curves.loss, np.ascontiguousarray(rows),
    )  # fmt: skip
    return transmitter.power_dbm - loss - extra + gain, gain, np.sqrt(squared)


@njit(cache=True, nogil=True)
def _at(
    east: Floats,
    north: Floats,
    rise: float,
    azimuth: float,
    mechanical: float,
    electrical: float,
    horizontal: Floats,
    weight: Floats,
    vertical: Floats,
    cap: float,
    loss: NDArray[np.float32],
    rows: NDArray[np.uint8],
) -> tuple[Floats, Floats, Floats]:
    lost, gain, squared = np.empty(east.size), np.empty(east.size), np.empty(east.size)
    sine, cosine = math.sin(azimuth), math.cos(azimuth)
    for i in range(east.size):
        dx, dy = east[i], north[i]
        squared[i] = dx * dx + dy * dy
        lost[i] = on_curve(loss[rows[i]], squared[i])
        gain[i] = pattern_db(
            dx * sine + dy * cosine, dx * cosine - dy * sine, -rise,
            mechanical, electrical, horizontal, weight, vertical, cap,
        )  # fmt: skip
    return lost, gain, squared


@dataclass(frozen=True, slots=True)
class ErrorFigures:
    """How far a model is off, in dB. ``mean_db``: its bias; ``sigma_db``: the spread around it (of a sample, n − 1);
    ``rms_db``: both together; ``correlation`` of predicted and measured, None where one of them does not vary."""

    count: int
    mean_db: float
    mean_absolute_db: float
    sigma_db: float
    rms_db: float
    correlation: float | None


def error_figures(measured_dbm: Floats, predicted_dbm: Floats) -> ErrorFigures | None:
    """The figures of n pairs; None where there is no pair."""
    error = predicted_dbm - measured_dbm
    if not len(error):
        return None
    sigma = float(np.std(error, ddof=1)) if len(error) > 1 else 0.0
    varies = len(error) > 2 and float(np.ptp(measured_dbm)) > 0.0 and float(np.ptp(predicted_dbm)) > 0.0
    return ErrorFigures(
        len(error),
        float(error.mean()),
        float(np.abs(error).mean()),
        sigma,
        float(np.sqrt(np.mean(error**2))),
        float(np.corrcoef(measured_dbm, predicted_dbm)[0, 1]) if varies else None,
    )


def errors_by_cell(links: Links) -> dict[int, ErrorFigures]:
    """The figures of every cell by id, the one with most samples first."""
    ids, place, counts = np.unique(links.cell, return_inverse=True, return_counts=True)
    order = np.argsort(place.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(counts)[:-1]) if len(ids) else []
    made = {}
    for i in np.argsort(-counts, kind="stable").tolist():
        figures = error_figures(links.level_dbm[groups[i]], links.predicted_dbm[groups[i]])
        assert figures is not None
        made[int(ids[i])] = figures
    return made
