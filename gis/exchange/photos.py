"""Geotagged photos: one JPEG or a folder of them as points, with direction, time and the way to the file (EXIF GPS)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PIL import ExifTags, Image

from gis.errors import Refusal
from gis.exchange.cells import columns_of
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.progress import Progress

PHOTOS = frozenset({".jpg", ".jpeg"})
MOST_PHOTOS = 100_000


def photos_in(folder: Path) -> list[Path]:
    """The JPEGs of a folder and those below it, by name; links are not followed."""
    found = [p for p in folder.rglob("*") if p.suffix.casefold() in PHOTOS and p.is_file() and not p.is_symlink()]
    return sorted(found)[: MOST_PHOTOS + 1]


def read_photos(path: Path, *, progress: Progress | None = None) -> RawTable:
    """Points in WGS84 with columns photo, taken, direction, altitude, camera; ``lines`` numbers the photos by name.

    A photo without a position (or with an empty GPS block) and one that cannot be read are rejected.
    Raises Refusal ``import.no_file``, ``import.no_features``.
    """
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    paths = photos_in(path) if path.is_dir() else [path]
    if not paths:
        raise Refusal("import.no_features", path=path.name)
    if len(paths) > MOST_PHOTOS:
        raise Refusal("import.too_large", path=path.name)
    base = path if path.is_dir() else path.parent
    records: list[dict[str, Any]] = []
    points: list[tuple[float, float]] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    for number, photo in enumerate(paths, 1):
        if progress is not None and number % 50 == 0:
            progress.step(number, len(paths), "import.reading")
        shown = photo.relative_to(base).as_posix()
        try:
            record, position = _exif(photo)
        except Exception:
            rejects.append(Reject(number, Refusal("import.broken_photo", photo=shown)))
            continue
        if position is None:
            rejects.append(Reject(number, Refusal("import.photo_without_place", photo=shown)))
            continue
        records.append({"photo": shown, **record})
        points.append(position)
        lines.append(number)
    columns, cells = columns_of(records)
    geometry = np.empty(len(points), dtype=object)
    geometry[:] = shapely.points(np.array(points).reshape(-1, 2))
    evidence = (Evidence("crs", "EPSG:4326", "import.by_format"),)
    return RawTable(columns, cells, np.array(lines, dtype=np.int64), geometry, "EPSG:4326", evidence, tuple(rejects))


def _exif(photo: Path) -> tuple[dict[str, Any], tuple[float, float] | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of broken EXIF, which is then read as none
        with Image.open(photo, formats=("JPEG", "MPO")) as image:
            exif = image.getexif()
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
            detail = exif.get_ifd(ExifTags.IFD.Exif)
            camera = " ".join(str(exif.get(tag, "")).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    record = {
        "taken": _taken(detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)),
        "gps_time": _gps_time(gps),
        "direction": _number(gps.get(ExifTags.GPS.GPSImgDirection)),
        "altitude": _number(gps.get(ExifTags.GPS.GPSAltitude)),
        "camera": camera.strip() or None,
    }
    lat = _angle(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), 90)
    lon = _angle(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return record, None
    return record, (lon, lat)


def _angle(parts: Any, side: Any, limit: float) -> float | None:
    if parts is None or side not in ("N", "S", "E", "W"):
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= limit:
        return None
    return -value if side in ("S", "W") else value


def _number(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)


def _taken(text: Any) -> str | None:
    """``2024:05:06 07:08:09`` as ISO; the camera's own clock, no zone."""
    if not isinstance(text, str) or len(text) < 19 or not text[:4].isdigit():
        return None
    return f"{text[:4]}-{text[5:7]}-{text[8:10]}T{text[11:19]}"


def _gps_time(gps: Any) -> str | None:
    day, clock = gps.get(ExifTags.GPS.GPSDateStamp), gps.get(ExifTags.GPS.GPSTimeStamp)
    if not isinstance(day, str) or clock is None:
        return None
    hours, minutes, seconds = (int(float(part)) for part in clock)
    return f"{day.strip(chr(0)).replace(':', '-')}T{hours:02d}:{minutes:02d}:{seconds:02d}Z"
