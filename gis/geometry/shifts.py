"""Shifts between two coordinate systems that PROJ knows no exact path between: seven or four parameters, and their fit.

Beijing 1954, Xian 1980 and local plane grids reach CGCS2000 only through parameters of the survey office or through
control points known in both systems. x is longitude or easting, y latitude or northing; degrees and metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, cast

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
Convention = Literal["position_vector", "coordinate_frame"]

TARGET = "EPSG:4490"  # CGCS2000, longitude and latitude
_ARC_SECOND = math.pi / 648_000
_SUSPECT = 4.0  # a point off by so many times the scatter of the others is a blunder, at a chance below 1 in 10,000
_FLOOR_M = 0.05  # control points are not better than this
_MOST_LEFT_OUT = 300
_VERTICAL = 1e-3  # weight of heights, which are not known, beside that of places


@dataclass(frozen=True, slots=True)
class Helmert7:
    """Seven parameters from the datum of ``source_crs`` to CGCS2000 (Bursa–Wolf; EPSG methods 1033 and 1032).

    Translations metres, rotations arc-seconds, ``ds`` parts per million. The two conventions differ in the sign of the
    rotations. Heights are taken as 0 on both ellipsoids.
    """

    dx: float
    dy: float
    dz: float
    rx: float = 0.0
    ry: float = 0.0
    rz: float = 0.0
    ds: float = 0.0
    convention: Convention = "position_vector"
    source_crs: str = "EPSG:4214"

    def transformed(self, x: ArrayLike, y: ArrayLike, target_crs: str = TARGET, source_crs: str | None = None) -> Pair:
        """Positions of ``source_crs`` (a system on the same datum; None: the shift's own) in ``target_crs``."""
        source = source_crs or self.source_crs
        lon, lat = _to_degrees(source).transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
        moved = self._geocentric(_geocentric(np.asarray(lon), np.asarray(lat), _ellipsoid(source)))
        lon, lat = _geographic(moved, _ellipsoid(TARGET))
        east, north = _between(TARGET, target_crs).transform(lon, lat)
        return np.asarray(east), np.asarray(north)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {
            "kind": "helmert7", "dx": self.dx, "dy": self.dy, "dz": self.dz, "rx": self.rx, "ry": self.ry,
            "rz": self.rz, "ds": self.ds, "convention": self.convention, "source_crs": self.source_crs,
        }  # fmt: skip

    def _geocentric(self, xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        sign = 1.0 if self.convention == "position_vector" else -1.0
        rx, ry, rz = (sign * r * _ARC_SECOND for r in (self.rx, self.ry, self.rz))
        turn = np.array([[1.0, -rz, ry], [rz, 1.0, -rx], [-ry, rx, 1.0]])
        moved: NDArray[np.float64] = np.array([self.dx, self.dy, self.dz]) + (1 + self.ds * 1e-6) * (xyz @ turn.T)
        return moved


@dataclass(frozen=True, slots=True)
class Similarity4:
    """Four parameters between two plane systems.

    X = dx + scale·(x·cos r − y·sin r), Y = dy + scale·(x·sin r + y·cos r);
    x, X eastings, y, Y northings; ``rotation`` arc-seconds, anticlockwise; ``scale`` about 1. ``target_crs``: the plane
    system it leads to, None = the project's. ``source_crs``: the plane positions are first brought into, None = they
    already are in it, whatever it is: a local grid.
    """

    dx: float
    dy: float
    scale: float = 1.0
    rotation: float = 0.0
    target_crs: str | None = None
    source_crs: str | None = None

    @classmethod
    def of_survey(
        cls, north: float, east: float, rotation: float, scale_ppm: float, target_crs: str | None = None
    ) -> Similarity4:
        """From a Chinese parameter sheet, where X is north, Y east and the rotation (arc-seconds) turns north to east.

        X₂ = X₀ + (1 + m)·(X·cos α − Y·sin α), Y₂ = Y₀ + (1 + m)·(X·sin α + Y·cos α).
        """
        return cls(east, north, 1 + scale_ppm * 1e-6, -rotation, target_crs)

    def moved(self, x: ArrayLike, y: ArrayLike) -> Pair:
        """Positions in the target's plane."""
        east, north = np.asarray(x, np.float64), np.asarray(y, np.float64)
        a = self.scale * math.cos(self.rotation * _ARC_SECOND)
        b = self.scale * math.sin(self.rotation * _ARC_SECOND)
        return self.dx + a * east - b * north, self.dy + b * east + a * north

    def inverse(self) -> Similarity4:
        """The way back."""
        scale, rotation = 1 / self.scale, -self.rotation
        back = Similarity4(0.0, 0.0, scale, rotation)
        dx, dy = back.moved(self.dx, self.dy)
        return Similarity4(-float(dx), -float(dy), scale, rotation)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        made: dict[str, Any] = {
            "kind": "similarity4",
            "dx": self.dx,
            "dy": self.dy,
            "scale": self.scale,
            "rotation": self.rotation,
        }
        for key in ("target_crs", "source_crs"):
            if getattr(self, key) is not None:
                made[key] = getattr(self, key)
        return made


Shift = Helmert7 | Similarity4


@dataclass(frozen=True, slots=True)
class Fit:
    """Parameters found from n control points, and how well they agree.

    ``residuals`` (n, 2): target minus fitted, east and north in metres; ``rms_m`` their root mean square length.
    ``left_out`` (n,): how far each point lies from where the others alone put it, NaN where they are too few.
    ``suspects``: indices of points that look like blunders, worst first.
    """

    shift: Shift
    residuals: NDArray[np.float64]
    rms_m: float
    left_out: NDArray[np.float64]
    suspects: tuple[int, ...] = ()
    names: tuple[str, ...] = field(default=())

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Each point's residual as one length, metres (n,)."""
        return np.hypot(self.residuals[:, 0], self.residuals[:, 1])


def shift_from_dict(data: Any) -> Shift:
    """A shift kept as plain data. Raises Refusal ``import.wrong_shift`` with the key."""
    if not isinstance(data, Mapping):
        raise Refusal("import.wrong_shift", key="", reason="?")
    numbers = {
        "helmert7": ("dx", "dy", "dz", "rx", "ry", "rz", "ds"),
        "similarity4": ("dx", "dy", "scale", "rotation"),
    }.get(str(data.get("kind")))
    if numbers is None:
        raise Refusal("import.wrong_shift", key="kind", reason=str(data.get("kind")))
    words = {"helmert7": ("convention", "source_crs"), "similarity4": ("target_crs", "source_crs")}[str(data["kind"])]
    for key in data:
        if key not in (*numbers, *words, "kind"):
            raise Refusal("import.wrong_shift", key=str(key), reason=str(data[key]))
    given: dict[str, Any] = {}
    for key in numbers:
        if key in data:
            value = data[key]
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise Refusal("import.wrong_shift", key=key, reason=str(value))
            given[key] = float(value)
    for key in words:
        if data.get(key) is not None:
            given[key] = str(data[key])
    for key in ("source_crs", "target_crs"):
        if key in given:
            checked_crs(given[key])
    if given.get("convention", "position_vector") not in ("position_vector", "coordinate_frame"):
        raise Refusal("import.wrong_shift", key="convention", reason=given["convention"])
    if given.get("scale", 1.0) <= 0:
        raise Refusal("import.wrong_shift", key="scale", reason=str(given["scale"]))
    needed = numbers[:3] if data["kind"] == "helmert7" else numbers[:2]
    for key in needed:
        if key not in given:
            raise Refusal("import.wrong_shift", key=key, reason="—")
    return Helmert7(**given) if data["kind"] == "helmert7" else Similarity4(**given)


def fit_similarity(
    source: ArrayLike, target: ArrayLike, names: Sequence[str] = (), *, target_crs: str | None = None
) -> Fit:
    """The four parameters that bring plane positions ``source`` (n, 2) closest to ``target`` (n, 2), n ≥ 2.

    Least squares in closed form. Raises Refusal ``import.too_few_points``, ``import.points_in_a_heap``.
    """
    given, wanted = _points(source, target, least=2)
    _spread(given)

    def solve(which: NDArray[np.intp]) -> Similarity4:
        s, t = given[which], wanted[which]
        sc, tc = s.mean(axis=0), t.mean(axis=0)
        ds, dt = s - sc, t - tc
        square = float((ds**2).sum())
        a = float((ds * dt).sum()) / square
        b = float((ds[:, 0] * dt[:, 1] - ds[:, 1] * dt[:, 0]).sum()) / square
        scale, rotation = math.hypot(a, b), math.atan2(b, a) / _ARC_SECOND
        dx = tc[0] - (a * sc[0] - b * sc[1])
        dy = tc[1] - (b * sc[0] + a * sc[1])
        return Similarity4(float(dx), float(dy), scale, rotation, target_crs)

    def residual(shift: Similarity4) -> NDArray[np.float64]:
        return wanted - np.column_stack(shift.moved(given[:, 0], given[:, 1]))

    return _fitted(cast("Callable[[NDArray[np.intp]], Shift]", solve), cast("Any", residual), given, 2, names)


def fit_helmert(
    source: ArrayLike,
    target: ArrayLike,
    names: Sequence[str] = (),
    *,
    source_crs: str,
    target_crs: str = TARGET,
    convention: Convention = "position_vector",
) -> Fit:
    """The seven parameters that bring positions of ``source_crs`` (n, 2) closest to those of ``target_crs``, n ≥ 3.

    Least squares about the points' own centre (Molodensky–Badekas), brought back to the Earth's, so that a city's
    small extent does not spoil it; heights are left all but free. Raises as `fit_similarity`.
    """
    given, wanted = _points(source, target, least=3)
    lon, lat = _to_degrees(source_crs).transform(given[:, 0], given[:, 1])
    xyz = _geocentric(np.asarray(lon), np.asarray(lat), _ellipsoid(source_crs))
    wanted_lon, wanted_lat = (np.asarray(v) for v in _between(target_crs, TARGET).transform(wanted[:, 0], wanted[:, 1]))
    _spread(xyz)
    _not_in_line(xyz)

    def solve(which: NDArray[np.intp]) -> Helmert7:
        made = _bursa_wolf(xyz[which], wanted_lon[which], wanted_lat[which])
        sign = 1.0 if convention == "position_vector" else -1.0
        return replace(
            made, rx=sign * made.rx, ry=sign * made.ry, rz=sign * made.rz, convention=convention, source_crs=source_crs
        )

    def residual(shift: Helmert7) -> NDArray[np.float64]:
        made_lon, made_lat = shift.transformed(given[:, 0], given[:, 1], TARGET, source_crs)
        return _metres(made_lon, made_lat, wanted_lon, wanted_lat)

    return _fitted(cast("Callable[[NDArray[np.intp]], Shift]", solve), cast("Any", residual), xyz, 3, names)


def _bursa_wolf(source: NDArray[np.float64], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Helmert7:
    """The seven parameters (position vector) from geocentric positions (n, 3) to CGCS2000, by linear least squares.

    Nothing is known of heights: the vertical only keeps the parameters from running away.
    """
    target = _geocentric(lon, lat, _ellipsoid(TARGET))
    centre = source.mean(axis=0)
    d = source - centre
    rows = np.zeros((len(d), 3, 7))
    rows[:, 0, 0] = rows[:, 1, 1] = rows[:, 2, 2] = 1
    rows[:, :, 3] = d  # (1 + s)
    rows[:, 1, 4], rows[:, 2, 4] = -d[:, 2], d[:, 1]  # (1 + s)·rx
    rows[:, 0, 5], rows[:, 2, 5] = d[:, 2], -d[:, 0]
    rows[:, 0, 6], rows[:, 1, 6] = -d[:, 1], d[:, 0]
    weigh = np.ones(7)
    weigh[3:] = 1 / float(np.sqrt((d**2).sum(axis=1).mean()))  # all unknowns in metres
    plumb = _plumb(lon, lat)
    left, right = (plumb @ rows).reshape(-1, 7), (plumb @ (target - centre)[:, :, None]).reshape(-1)
    found, *_ = np.linalg.lstsq(left * weigh, right, rcond=None)
    found = found * weigh
    scale = float(found[3])
    rx, ry, rz = (float(v) / scale for v in found[4:])
    turn = np.array([[1.0, -rz, ry], [rz, 1.0, -rx], [-ry, rx, 1.0]])
    dx, dy, dz = (float(v) for v in found[:3] + centre - scale * (turn @ centre))
    return Helmert7(
        dx, dy, dz, rx / _ARC_SECOND, ry / _ARC_SECOND, rz / _ARC_SECOND, (scale - 1) * 1e6, "position_vector"
    )


def checked_crs(crs: str) -> pyproj.CRS:
    """The system of that name; Refusal ``import.unknown_crs``."""
    try:
        return _crs(crs)
    except pyproj.exceptions.CRSError:
        raise Refusal("import.unknown_crs", crs=crs[:80]) from None


def old_datum(crs: str) -> Literal["beijing54", "xian80"] | None:
    """Which of the two former Chinese datums a system stands on; Refusal ``import.unknown_crs``."""
    system = checked_crs(crs)
    datum = system.geodetic_crs.datum if system.geodetic_crs is not None else None
    name = datum.name.casefold().replace("_", " ") if datum is not None else ""
    if "beijing" in name:
        return "beijing54"
    return "xian80" if "xian" in name or "xi'an" in name else None


def _fitted(
    solve: Callable[[NDArray[np.intp]], Shift],
    residual: Callable[[Shift], NDArray[np.float64]],
    given: NDArray[np.float64],
    least: int,
    names: Sequence[str],
) -> Fit:
    count = len(given)
    everyone = np.arange(count)
    shift = solve(everyone)
    residuals = residual(shift)
    left_out = np.full(count, np.nan)
    if least < count <= _MOST_LEFT_OUT:
        for i in range(count):
            others = np.delete(everyone, i)
            if _usable(given[others], least):
                left_out[i] = float(np.hypot(*residual(solve(others))[i]))
    rms = float(np.sqrt((residuals**2).sum(axis=1).mean()))
    return Fit(shift, residuals, rms, left_out, _suspects(solve, residual, given, least), tuple(names))


def _suspects(
    solve: Callable[[NDArray[np.intp]], Shift],
    residual: Callable[[Shift], NDArray[np.float64]],
    given: NDArray[np.float64],
    least: int,
) -> tuple[int, ...]:
    """Points which lie far from where the others put them, while the others agree among themselves; one by one."""
    kept = np.arange(len(given))
    suspects: list[int] = []
    # With one point over the least the others fit exactly whatever they are: nothing can be told.
    while least + 2 <= len(kept) <= _MOST_LEFT_OUT and len(suspects) * 3 < len(given):
        worst, worst_ratio = -1, _SUSPECT
        for i in kept:
            others = kept[kept != i]
            if not _usable(given[others], least):
                continue
            lengths = np.hypot(*residual(solve(others)).T)
            freedom = max(2 * len(others) - (4 if least == 2 else 7), 1)
            scatter = max(math.sqrt(float((lengths[others] ** 2).sum()) / freedom * 2), _FLOOR_M)
            if lengths[i] / scatter > worst_ratio:
                worst, worst_ratio = int(i), float(lengths[i] / scatter)
        if worst < 0:
            break
        suspects.append(worst)
        kept = kept[kept != worst]
    return tuple(suspects)


def _usable(points: NDArray[np.float64], least: int) -> bool:
    try:
        _spread(points)
        if least == 3:
            _not_in_line(points)
    except Refusal:
        return False
    return len(points) >= least


def _points(source: ArrayLike, target: ArrayLike, least: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    given, wanted = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if given.ndim != 2 or given.shape[1:] != (2,) or given.shape != wanted.shape:
        raise ValueError("two arrays (n, 2) of one length are needed")
    if len(given) < least:
        raise Refusal("import.too_few_points", count=len(given), least=least)
    if not (np.isfinite(given).all() and np.isfinite(wanted).all()):
        raise Refusal("import.wrong_points", line=int(np.flatnonzero(~np.isfinite(given + wanted).all(axis=1))[0]) + 1)
    return given, wanted


def _spread(points: NDArray[np.float64]) -> None:
    if len(points) and float(np.ptp(points, axis=0).max()) < 1.0:
        raise Refusal("import.points_in_a_heap")


def _not_in_line(points: NDArray[np.float64]) -> None:
    """Three points on one line leave a rotation about it open."""
    sizes = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if len(sizes) < 2 or sizes[1] < 1e-3 * sizes[0]:
        raise Refusal("import.points_in_a_line")


def _geocentric(
    lon: NDArray[np.float64], lat: NDArray[np.float64], ellipsoid: tuple[float, float]
) -> NDArray[np.float64]:
    a, e2 = ellipsoid
    phi, lam = np.radians(lat), np.radians(lon)
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    across = n * np.cos(phi)
    return np.stack([across * np.cos(lam), across * np.sin(lam), n * (1 - e2) * np.sin(phi)], axis=-1)


def _plumb(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """From geocentric axes to east, north and up (n, 3, 3), up with next to no weight."""
    phi, lam = np.radians(lat), np.radians(lon)
    nothing = np.zeros_like(lam)
    east = np.stack([-np.sin(lam), np.cos(lam), nothing], axis=-1)
    north = np.stack([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)], axis=-1)
    up = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    return np.stack([east, north, up * _VERTICAL], axis=1)


def _geographic(xyz: NDArray[np.float64], ellipsoid: tuple[float, float]) -> Pair:
    """Longitude and latitude by Bowring's formula; his error is below 1e-9 arc-seconds near the ground."""
    a, e2 = ellipsoid
    b = a * math.sqrt(1 - e2)
    x, y, z = xyz[..., 0], xyz[..., 1], xyz[..., 2]
    p = np.hypot(x, y)
    theta = np.arctan2(z * a, p * b)
    lat = np.arctan2(z + e2 / (1 - e2) * b * np.sin(theta) ** 3, p - e2 * a * np.cos(theta) ** 3)
    return np.degrees(np.arctan2(y, x)), np.degrees(lat)


def metres_between(lonlat: ArrayLike, wanted: ArrayLike) -> NDArray[np.float64]:
    """How far positions (n, 2) in degrees lie from ``wanted`` (n, 2): east and north in metres, to be added to them."""
    given, there = np.asarray(lonlat, np.float64), np.asarray(wanted, np.float64)
    return _metres(given[:, 0], given[:, 1], there[:, 0], there[:, 1])


def _metres(lon: Any, lat: Any, wanted_lon: Any, wanted_lat: Any) -> NDArray[np.float64]:
    """Wanted minus made, east and north in metres on the ellipsoid."""
    a, e2 = _ellipsoid(TARGET)
    w2 = 1 - e2 * np.sin(np.radians(wanted_lat)) ** 2
    east = np.radians(wanted_lon - lon) * a / np.sqrt(w2) * np.cos(np.radians(wanted_lat))
    north = np.radians(wanted_lat - lat) * a * (1 - e2) / (w2 * np.sqrt(w2))
    return np.column_stack([east, north])


@cache
def _crs(name: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(name)


@cache
def _ellipsoid(crs: str) -> tuple[float, float]:
    """(semi-major axis in metres, first eccentricity squared)."""
    found = checked_crs(crs).ellipsoid
    if found is None:
        raise Refusal("import.unknown_crs", crs=crs[:80])
    flattening = 1 / found.inverse_flattening if found.inverse_flattening else 0.0
    return float(found.semi_major_metre), flattening * (2 - flattening)


@cache
def _to_degrees(crs: str) -> pyproj.Transformer:
    """From a system to longitude and latitude on its own datum."""
    system = checked_crs(crs)
    return pyproj.Transformer.from_crs(system, system.geodetic_crs, always_xy=True)


@cache
def _between(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(checked_crs(source), checked_crs(target), always_xy=True)
