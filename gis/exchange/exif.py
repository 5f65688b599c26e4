"""What a photo says of itself: position, direction, time, camera (EXIF 2.32, GPS IFD; DJI's XMP for drones)."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import ExifTags
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

_BEGINNINGS: dict[bytes, Callable[[Path], ImageFile]] = {
    b"\xff\xd8": JpegImageFile,
    b"\x89P": PngImageFile,
    b"RI": WebPImageFile,
}
_ISO = re.compile(r"(\d{4})[:\-/.](\d{2})[:\-/.](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_ZONE = re.compile(r"[+-]\d{2}:\d{2}\Z")
_XMP = {
    "direction": re.compile(rb'GimbalYawDegree\s*(?:=\s*"|>)\s*([+-]?[\d.]+)'),
    "height": re.compile(rb'RelativeAltitude\s*(?:=\s*"|>)\s*([+-]?[\d.]+)'),
}
_XP_COMMENT, _XP_TITLE = 0x9C9C, 0x9C9B
_H_ERROR = 31  # GPSHPositioningError, metres


@dataclass(frozen=True, slots=True)
class Exif:
    """One photo: ``cells`` by column name, ``lonlat`` WGS84 degrees or None, ``why`` there is none (a message code).

    ``taken`` is the camera's own clock as ISO, with its zone where the camera knew it; ``gps_time`` is UTC.
    """

    cells: dict[str, Any] = field(default_factory=dict)
    lonlat: tuple[float, float] | None = None
    why: str = "import.photo_without_place"


def read_exif(photo: Path) -> Exif:
    """The EXIF of a photo; a broken entry is left out, a file that is no picture raises what the library raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of broken EXIF, which is then read as none
        with _opened(photo) as image:
            width, height = image.size
            exif = image.getexif()
            gps = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
            detail = dict(exif.get_ifd(ExifTags.IFD.Exif))
            xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
        base, tags = ExifTags.Base, ExifTags.GPS
        drone = _drone(xmp.encode() if isinstance(xmp, str) else xmp)
        direction = _number(gps.get(tags.GPSImgDirection), 0, 360)
        altitude = _number(gps.get(tags.GPSAltitude), -1000, 20_000)
        if altitude is not None and gps.get(tags.GPSAltitudeRef) in (b"\x01", 1):
            altitude = -altitude
        taken = detail.get(base.DateTimeOriginal) or exif.get(base.DateTime)
        comment = _comment(detail.get(base.UserComment)) or _wide(exif.get(_XP_COMMENT)) or _wide(exif.get(_XP_TITLE))
        cells = {
            "taken": _taken(taken, detail.get(base.OffsetTimeOriginal)),
            "gps_time": _gps_time(gps),
            "direction": drone.get("direction") if direction is None else direction,
            "direction_ref": {"T": "true", "M": "magnetic"}.get(_text(gps.get(tags.GPSImgDirectionRef)) or ""),
            "altitude": altitude,
            "flight_height": drone.get("height"),
            "accuracy": _number(gps.get(_H_ERROR), 0, 1e5),
            "dop": _number(gps.get(tags.GPSDOP), 0, 1e3),
            "map_datum": _text(gps.get(tags.GPSMapDatum)),
            "camera": " ".join(filter(None, (_text(exif.get(base.Make)), _text(exif.get(base.Model))))) or None,
            "focal_35mm": _number(detail.get(base.FocalLengthIn35mmFilm), 1, 10_000),
            "comment": comment or _text(exif.get(base.ImageDescription)),
            "width_px": width,
            "height_px": height,
        }  # fmt: skip
    lonlat, why = _position(gps)
    return Exif(cells, lonlat, why)


def _opened(photo: Path) -> ImageFile:
    """The picture, of which only the head is read: the library's limit of pixels would refuse phones of 200 million."""
    with photo.open("rb") as file:
        return _BEGINNINGS[file.read(2)](photo)


def _position(gps: dict[int, Any]) -> tuple[tuple[float, float] | None, str]:
    tags = ExifTags.GPS
    given = [gps.get(tag) for tag in (tags.GPSLatitude, tags.GPSLongitude)]
    if given == [None, None]:
        return None, "import.photo_without_place"
    lat = _angle(given[0], gps.get(tags.GPSLatitudeRef), "NS", 90)
    lon = _angle(given[1], gps.get(tags.GPSLongitudeRef), "EW", 180)
    if lat is None or lon is None:
        return None, "import.photo_half_a_place"
    if lat == 0 and lon == 0:
        return None, "import.photo_without_fix"
    if _text(gps.get(tags.GPSStatus)) == "V":  # the receiver itself calls the fix void
        return None, "import.photo_without_fix"
    return (lon, lat), ""


def _angle(parts: Any, side: Any, sides: str, limit: float) -> float | None:
    named = _text(side)
    if parts is None or named is None or named.upper() not in sides:
        return None
    try:
        listed = [float(part) for part in parts] if hasattr(parts, "__len__") else [float(parts)]
        value = math.fsum(part / (1.0, 60.0, 3600.0)[power] for power, part in enumerate(listed[:3]))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not 0 <= value <= limit:
        return None
    return -value if named.upper() == sides[1] else value


def _number(value: Any, low: float, high: float) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return round(number, 3) if low <= number <= high else None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        for encoding in ("utf-8", "gb18030"):
            try:
                value = value.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    if not isinstance(value, str):
        return None
    return value.replace("\0", " ").strip() or None


def _wide(value: Any) -> str | None:
    """Windows' own tags: UTF-16 bytes."""
    if isinstance(value, tuple):
        value = bytes(part for part in value if isinstance(part, int) and 0 <= part < 256)
    return _text(value.decode("utf-16-le", "ignore")) if isinstance(value, bytes) else _text(value)


def _comment(value: Any) -> str | None:
    """UserComment: eight bytes that name the letters, then the text."""
    if not isinstance(value, bytes):
        return _text(value)
    head, body = value[:8], value[8:]
    if head.startswith(b"UNICODE"):
        big = body[:2] == b"\xfe\xff" or (body[:1] == b"\0" and body[1:2] != b"\0")
        return _text(body.decode("utf-16-be" if big else "utf-16-le", "ignore").lstrip("\ufeff"))
    if head.startswith(b"ASCII") or not head.strip(b"\0"):
        return _text(body)
    return _text(value)


def _taken(text: Any, zone: Any) -> str | None:
    """``2024:05:06 07:08:09`` as ISO, with the zone where the camera tells it."""
    found = _ISO.match(_text(text) or "")
    if found is None or found[1] == "0000":
        return None
    year, month, day, hour, minute, second = found.groups()
    named = _text(zone) or ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{named if _ZONE.match(named) else ''}"


def _gps_time(gps: dict[int, Any]) -> str | None:
    day, clock = _text(gps.get(ExifTags.GPS.GPSDateStamp)), gps.get(ExifTags.GPS.GPSTimeStamp)
    if day is None or clock is None:
        return None
    try:
        hours, minutes, seconds = (int(float(part)) for part in clock)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    found = _ISO.match(f"{day} {hours:02d}:{minutes:02d}:{seconds:02d}")
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}:{found[5]}:{found[6]}Z" if found else None


def _drone(xmp: bytes) -> dict[str, float]:
    """Where a drone's camera looked (degrees clockwise from north) and how high it flew over its start (m)."""
    found: dict[str, float] = {}
    for name, pattern in _XMP.items():
        match = pattern.search(xmp[: 1 << 20])
        if match:
            try:
                found[name] = round(float(match[1]), 2)
            except ValueError:
                continue
    if "direction" in found:
        found["direction"] = round(found["direction"] % 360, 2)
    return found
