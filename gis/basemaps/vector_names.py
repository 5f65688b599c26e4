"""Names of towns on vector base maps, written with a font of the system that has Chinese; none where there is none."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZES = ((4, 4.2), (8, 3.5), (99, 3.0))  # millimetres by the zoom a class is named from
INK, HALO = (0x5A646E, 0xA9B3BD), (0xF8F7F4, 0x1A2026)  # by day and by night
MOST = 60  # names of a picture
GAP = 6  # pixels between two names
_FONTS = {
    "win32": ("msyh.ttc", "simhei.ttf", "simsun.ttc", "Deng.ttf"),
    "darwin": ("PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc"),
}
_FREE = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "NotoSansCJKsc-Regular.otf", "SourceHanSansCN-Regular.otf",
    "SourceHanSansSC-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf",
)  # fmt: skip
_writing = Lock()  # a font is used by one thread at a time


@dataclass(frozen=True)
class Name:
    """A name, where it stands in pixels, and the zoom its class is named from: the smaller, the greater the place."""

    x: float
    y: float
    text: str
    from_zoom: int


def write(pixels: NDArray[np.uint32], names: Sequence[Name], pixels_per_mm: float, dark: bool) -> None:
    """Write names, the first first, into an opaque picture; those which would touch an earlier one are left out."""
    path = font_path()
    if path is None:
        return
    h, w = pixels.shape
    taken: list[tuple[float, float, float, float]] = []
    with _writing:
        for name in names:
            if len(taken) >= MOST:
                break
            size = round(next(mm for zoom, mm in SIZES if name.from_zoom <= zoom) * pixels_per_mm)
            text, halo = _masks(path, max(size, 8), name.text)
            th, tw = text.shape
            left, top = round(name.x - tw / 2), round(name.y - th / 2)
            box = (left - GAP, top - GAP, left + tw + GAP, top + th + GAP)
            if left < 0 or top < 0 or left + tw > w or top + th > h:
                continue
            if any(box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken):
                continue
            taken.append(box)
            part = pixels[top : top + th, left : left + tw]
            part[:] = _laid(_laid(part, halo, HALO[dark]), text, INK[dark])


@lru_cache(1)
def font_path() -> str | None:
    """A font file of this system with Chinese letters."""
    if sys.platform == "win32":
        folders = [Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"]
    elif sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/System/Library/Fonts/Supplemental"), Path("/Library/Fonts")]
    else:
        folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]
    wanted = (*_FONTS.get(sys.platform, ()), *_FREE)
    there: dict[str, str] = {}
    for folder in folders:
        for at, _, files in os.walk(folder):
            there |= {file: str(Path(at) / file) for file in files if file in wanted}
    return next((there[file] for file in wanted if file in there), None)


@lru_cache(8)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@lru_cache(512)
def _masks(path: str, size: int, text: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """How much of each pixel the letters cover, and how much they and their halo do."""
    font, edge = _font(path, size), max(size // 8, 1)
    left, top, right, bottom = font.getbbox(text, stroke_width=edge)
    side = (max(int(right - left), 1), max(int(bottom - top), 1))
    made = []
    for stroke in (0, edge):
        image = Image.new("L", side, 0)
        ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font, stroke_width=stroke)
        made.append(np.asarray(image))
    return made[0], made[1]


def _laid(below: NDArray[np.uint32], mask: NDArray[np.uint8], color: int) -> NDArray[np.uint32]:
    made = np.full_like(below, 0xFF000000)
    share = mask.astype(np.uint32)
    for shift in (0, 8, 16):
        under, over = (below >> shift) & 0xFF, np.uint32((color >> shift) & 0xFF)
        made |= ((under * (255 - share) + over * share + 127) // 255) << shift
    return made
