"""Geotagged photos: one or a folder of them as points; those without a position are found on a track by their time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.errors import Refusal
from gis.exchange.cells import columns_of
from gis.exchange.exif import Exif, read_exif
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.exchange.tracks import read_track, utc_seconds
from gis.progress import Progress

PHOTOS = frozenset({".jpg", ".jpeg"})
_ALSO = frozenset({".png", ".webp", ".heic", ".heif"})
_UNREAD = frozenset({".heic", ".heif"})
MOST_PHOTOS = 100_000
#: Cameras here are set to China's time; only a camera that says its zone, or its GPS, knows better.
CHINA_H = 8.0
_MOST_OFFSET_S = 15 * 3600.0
_SLOW_CLOCK_S = 2.0


def photos_in(folder: Path) -> list[Path]:
    """The photos of a folder and those below it, by name, where at least one is from a camera; no link is followed."""
    found = [
        p
        for p in folder.rglob("*")
        if p.suffix.casefold() in PHOTOS | _ALSO and p.is_file() and not p.is_symlink() and not p.name.startswith(".")
    ]
    if not any(p.suffix.casefold() in PHOTOS | _UNREAD for p in found):
        return []  # pictures of a page, not of a place
    return sorted(found)[: MOST_PHOTOS + 1]


def read_photos(
    path: Path,
    *,
    track: Path | Sequence[Path] | None = None,
    clock_offset_s: float | None = None,
    progress: Progress | None = None,
) -> RawTable:
    """Points in WGS84 with the photos' columns; ``lines`` numbers the photos by name, ``placed_by`` is gps or track.

    A photo without a position is looked for on the ``track`` (GPX or receiver log) by its time. ``clock_offset_s`` is
    how far the camera's clock was ahead of China's time; None takes it from photos that carry both times, else 0. A
    camera that tells its zone needs none. What has no place, and what cannot be read, is rejected by its name.
    Raises Refusal ``import.no_file``, ``import.no_features``, ``import.track_without_times``.
    """
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    paths = photos_in(path) if path.is_dir() else [path]
    if not paths:
        raise Refusal("import.no_features", path=path.name)
    if len(paths) > MOST_PHOTOS:
        raise Refusal("import.too_large", path=path.name)
    base = path if path.is_dir() else path.parent
    rejects: list[Reject] = []
    found: list[tuple[int, str, Exif]] = []
    for number, photo in enumerate(paths, 1):
        if progress is not None and number % 50 == 0:
            progress.step(number, len(paths), "import.reading")
        shown = photo.relative_to(base).as_posix()
        if photo.suffix.casefold() in _UNREAD:
            rejects.append(Reject(number, Refusal("import.photo_heic", photo=shown)))
            continue
        try:
            found.append((number, shown, read_exif(photo)))
        except Exception:  # a picture file can be broken in as many ways as the library has errors
            rejects.append(Reject(number, Refusal("import.broken_photo", photo=shown)))
    evidence = [Evidence("crs", "EPSG:4326", "import.by_format")]
    on_track: dict[int, tuple[float, float]] = {}
    tracks = () if track is None else (track,) if isinstance(track, Path) else tuple(track)
    if tracks:
        on_track, told = _on_track(found, tracks, clock_offset_s, progress)
        evidence += told
    records: list[dict[str, Any]] = []
    points: list[tuple[float, float]] = []
    lines: list[int] = []
    for number, shown, exif in found:
        place = exif.lonlat or on_track.get(number)
        if place is None:
            code = "import.photo_off_track" if tracks and exif.cells.get("taken") else exif.why
            rejects.append(Reject(number, Refusal(code, photo=shown)))
            continue
        by = {} if not tracks else {"placed_by": "gps" if exif.lonlat is not None else "track"}
        records.append({"photo": shown, **exif.cells, **by})
        points.append(place)
        lines.append(number)
    columns, cells = columns_of(records)
    filled = [name for name in columns if name == "photo" or any(cell is not None for cell in cells[name])]
    geometry = np.empty(len(points), dtype=object)
    geometry[:] = shapely.points(np.array(points).reshape(-1, 2))
    rejects.sort(key=lambda reject: reject.line)
    return RawTable(
        tuple(filled), {name: cells[name] for name in filled}, np.array(lines, dtype=np.int64), geometry, "EPSG:4326",
        tuple(evidence), tuple(rejects), datum=_datum(found), media=("photo",) if records else (), media_root=base,
    )  # fmt: skip


def _on_track(
    found: list[tuple[int, str, Exif]],
    paths: Sequence[Path],
    clock_offset_s: float | None,
    progress: Progress | None,
) -> tuple[dict[int, tuple[float, float]], list[Evidence]]:
    """(photo number -> place, evidence) of the photos without a position."""
    walked = read_track(paths, progress)
    offset, reason, count = clock_offset_s, "import.by_user", 0
    if offset is None:
        offset, count = _clock_offset(found)
        reason = "import.clock_by_gps" if count else "import.clock_assumed"
    missing = [(number, exif) for number, _, exif in found if exif.lonlat is None]
    times = np.array([_moment(exif, offset) for _, exif in missing], dtype=np.float64)
    places = walked.at(times)
    matched = {
        number: (float(place[0]), float(place[1]))
        for (number, _), place in zip(missing, places, strict=True)
        if np.isfinite(place).all()
    }
    names = ", ".join(path.name for path in paths)[:120]
    return matched, [
        Evidence("track", names, "import.by_track", {"matched": str(len(matched)), "missing": str(len(missing))}),
        Evidence("clock", f"{offset:+.0f} s", reason, {"count": str(count)}),
    ]


def _moment(exif: Exif, offset_s: float) -> float:
    """Seconds since 1970 UTC at which a photo was taken; its GPS clock is trusted before its own."""
    by_gps = utc_seconds(exif.cells.get("gps_time"))
    if np.isfinite(by_gps):
        return by_gps
    taken = exif.cells.get("taken")
    zoned = taken is not None and len(taken) > 19
    return utc_seconds(taken, CHINA_H) - (0.0 if zoned else offset_s)


def _clock_offset(found: list[tuple[int, str, Exif]]) -> tuple[float, int]:
    """(how far the camera's clock was ahead of China's time, the middle of the photos that tell both; how many do)."""
    ahead = [
        utc_seconds(exif.cells.get("taken"), CHINA_H) - utc_seconds(exif.cells.get("gps_time")) for _, _, exif in found
    ]
    known = [seconds for seconds in ahead if abs(seconds) <= _MOST_OFFSET_S]
    if not known:
        return 0.0, 0
    offset = float(np.median(known))
    # The GPS clock is written when the fix was had, a moment before the picture.
    return (0.0 if abs(offset) <= _SLOW_CLOCK_S else offset), len(known)


def _datum(found: list[tuple[int, str, Exif]]) -> Any:
    """What the photos themselves call their datum, where all with a position agree on GCJ-02."""
    named = {str(exif.cells.get("map_datum") or "").upper() for _, _, exif in found if exif.lonlat is not None}
    return "gcj02" if named and all("GCJ" in name for name in named) else None
