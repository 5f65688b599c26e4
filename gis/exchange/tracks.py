"""Where somebody was at a time: the recorded track of a walk or drive, for photos that carry no position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.foreign import read_foreign
from gis.exchange.nmea import read_nmea
from gis.progress import Progress

#: Between two fixes further apart than this nobody knows the way; a photo near one of them still gets its place.
GAP_S = 300.0
NEAR_S = 60.0


@dataclass(frozen=True, slots=True)
class Track:
    """n fixes in order of time: ``times`` float64 (n,) seconds since 1970 UTC, ``lonlat`` float64 (n, 2) WGS84."""

    times: NDArray[np.float64]
    lonlat: NDArray[np.float64]

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions float64 (m, 2) at the times (m,), straight between two fixes; NaN where the track does not tell.

        It tells between fixes at most `GAP_S` apart, and within `NEAR_S` of any fix.
        """
        found = np.full((len(times), 2), np.nan)
        if not len(self.times):
            return found
        after = np.clip(np.searchsorted(self.times, times), 0, len(self.times) - 1)
        before = np.clip(after - 1, 0, None)
        early, late = self.times[before], self.times[after]
        inside = (times >= early) & (times <= late) & (late - early <= GAP_S)
        span = np.where(late > early, late - early, 1.0)
        share = np.clip((times - early) / span, 0, 1)[:, None]
        between = self.lonlat[before] * (1 - share) + self.lonlat[after] * share
        nearest = np.where(np.abs(times - early) <= np.abs(times - late), before, after)
        near = np.abs(times - self.times[nearest]) <= NEAR_S
        found[near] = self.lonlat[nearest[near]]
        found[inside] = between[inside]
        return found


def read_track(paths: Path | Sequence[Path], progress: Progress | None = None) -> Track:
    """The fixes with a time of one or more GPX files or receiver logs, together.

    Raises Refusal ``import.track_without_times`` where no point has one, and those of the readers.
    """
    times: list[NDArray[np.float64]] = []
    places: list[NDArray[np.float64]] = []
    listed = (paths,) if isinstance(paths, Path) else tuple(paths)
    for path in listed:
        if path.suffix.casefold() == ".gpx":
            try:
                _, raw = read_foreign(path, layer="track_points", progress=progress)
            except Refusal as refusal:
                if refusal.code in ("import.no_features", "import.no_layer"):
                    continue  # waypoints and routes have no time of being there
                raise
        else:
            raw = read_nmea(path)
        if raw.geometry is None or "time" not in raw.cells:
            continue
        seconds = np.array([utc_seconds(cell) for cell in raw.cells["time"]], dtype=np.float64)
        good = np.isfinite(seconds)
        times.append(seconds[good])
        places.append(np.array([(shape.x, shape.y) for shape in raw.geometry[good]], dtype=np.float64).reshape(-1, 2))
    if not sum(map(len, times)):
        raise Refusal("import.track_without_times", path=", ".join(path.name for path in listed)[:200])
    order = np.argsort(np.concatenate(times), kind="stable")
    return Track(np.concatenate(times)[order], np.concatenate(places)[order])


def utc_seconds(text: str | None, zone_h: float = 0.0) -> float:
    """Seconds since 1970 UTC of an ISO time; a time without a zone is in ``zone_h`` (hours east); NaN if it is none."""
    if text is None:
        return float("nan")
    try:
        moment = datetime.fromisoformat(text.strip().replace("/", "-"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone(timedelta(hours=zone_h)))
        return moment.astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return float("nan")
