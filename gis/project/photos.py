"""What is read out of photos: kind, time of taking, an upright picture of any size. Never trusts the file."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

MOST_PIXELS = 120_000_000  # of a photo that is decoded; a phone's largest has 108 million
_OLDEST = 1900


def facts_of_photo(path: Path) -> tuple[str, str | None]:
    """Kind of file ("image/jpeg"; empty when it is no picture) and when it was taken (ISO, camera's clock)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                mime = Image.MIME.get(image.format or "", "")
                exif = image.getexif()
                told = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
                return mime, _moment(told or exif.get(ExifTags.Base.DateTime))
    except Exception:  # no picture, or a broken one: Pillow's plugins raise nearly anything
        return "", None


def picture(path: Path, box: tuple[int, int] | None = None) -> NDArray[np.uint8] | None:
    """The photo upright as RGBA (height, width, 4), within ``box`` pixels (None: whole); None when it cannot be read.

    A 12-megapixel JPEG takes about 60 ms for a thumbnail (it is decoded at an eighth), 250 ms whole.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    return None
                if box is not None:
                    image.draft("RGB", (2 * box[0], 2 * box[1]))
                    image.thumbnail((2 * max(box), 2 * max(box)))  # before turning: a small picture turns faster
                upright = ImageOps.exif_transpose(image)
                if box is not None:
                    upright.thumbnail(box, Image.Resampling.LANCZOS)
                return np.ascontiguousarray(np.asarray(upright.convert("RGBA"), np.uint8))
    except Exception:  # truncated, no picture, a decompression bomb
        return None


def _moment(told: object) -> str | None:
    try:
        made = dt.datetime.strptime(str(told).strip("\x00 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return made.isoformat() if made.year >= _OLDEST else None
