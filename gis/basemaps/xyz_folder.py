"""Folders of tiles, ``z/x/y.png`` (or jpg, webp), as downloaders and gdal2tiles write them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from math import atan, degrees, pi, sinh
from pathlib import Path

from gis.basemaps.basemap import DEEPEST, LonLatBox
from gis.basemaps.decoding import LARGEST_FILE
from gis.basemaps.raster_tiles import bounds_of, plain_text, tile_size_of
from gis.errors import Refusal

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_NUMBER = re.compile(r"\d{1,8}\Z")
_LOOKED_AT = 200  # folders of one level that are opened to find its rows


@dataclass(frozen=True)
class FolderFacts:
    """What lies in the folder. ``tms``: rows are counted from the south."""

    min_zoom: int
    max_zoom: int
    tms: bool
    bounds: LonLatBox | None
    tile_size: int
    name: str
    attribution: str


class XyzFolder:
    """A folder of tiles; thread-safe, nothing is kept open."""

    def __init__(self, folder: Path, tms: bool) -> None:
        if not folder.exists():
            raise Refusal("basemaps.no_file", path=folder)
        if not folder.is_dir():
            raise Refusal("basemaps.unknown_format", path=folder)
        self.folder = folder
        self.tms = tms
        self._suffixes: tuple[str, ...] = SUFFIXES  # the one that was found last comes first

    def get(self, zoom: int, column: int, row: int) -> bytes | None:
        """The bytes of a tile, rows counted from the north; None if there is none."""
        if self.tms:
            row = (1 << zoom) - 1 - row
        stem = f"{self.folder}{os.sep}{zoom}{os.sep}{column}{os.sep}{row}"
        suffixes = self._suffixes
        for suffix in suffixes:
            try:
                with open(stem + suffix, "rb") as file:
                    body = file.read(LARGEST_FILE + 1)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise Refusal("basemaps.bad_tile", reason=error.strerror or type(error).__name__) from error
            if suffix != suffixes[0]:
                self._suffixes = (suffix, *(other for other in SUFFIXES if other != suffix))
            return body or None
        return None

    def close(self) -> None:
        """Nothing is open."""


def folder_facts(folder: Path, tms: bool | None = None) -> FolderFacts:
    """What a folder of tiles holds; ``tms`` None = as its description says, else rows from the north.

    Raises Refusal ``basemaps.unknown_format`` (no levels in it), ``basemaps.empty``.
    """
    zooms = sorted(zoom for zoom in _numbers(folder) if zoom <= DEEPEST)
    if not zooms:
        raise Refusal("basemaps.unknown_format", path=folder)
    told = _description(folder)
    if tms is None:
        tms = (folder / "tilemapresource.xml").exists() or told.get("scheme") == "tms"
    filled = [zoom for zoom in zooms if _some_tile(folder / str(zoom)) is not None]
    if not filled:
        raise Refusal("basemaps.empty", path=folder)
    some = _some_tile(folder / str(filled[-1]))
    size = 256
    if some is not None:
        with some.open("rb") as file:
            size = tile_size_of(file.read(1 << 20))
    bounds = bounds_of(told.get("bounds")) or _bounds(folder, filled[-1], tms)
    return FolderFacts(
        filled[0], filled[-1], tms, bounds, size, plain_text(told.get("name"), 200) or folder.name,
        plain_text(told.get("attribution"), 500),
    )  # fmt: skip


def _bounds(folder: Path, zoom: int, tms: bool) -> LonLatBox | None:
    """The box of the tiles of one level, by the names of its folders and of the tiles in some of them."""
    columns = sorted(column for column in _numbers(folder / str(zoom)) if column < 1 << zoom)
    if not columns:
        return None
    rows: list[int] = []
    for column in columns[:: max(len(columns) // _LOOKED_AT, 1)] + columns[-1:]:
        with os.scandir(folder / str(zoom) / str(column)) as entries:
            found = [int(stem) for stem in (Path(entry.name).stem for entry in entries) if _NUMBER.match(stem)]
        rows += [min(found), max(found)] if found else []
    rows = [row for row in rows if row < 1 << zoom]
    if not rows:
        return None
    n = 1 << zoom
    north, south = (n - 1 - max(rows), n - 1 - min(rows)) if tms else (min(rows), max(rows))
    return (
        columns[0] / n * 360 - 180, _latitude((south + 1) / n), (columns[-1] + 1) / n * 360 - 180, _latitude(north / n),
    )  # fmt: skip


def _latitude(share: float) -> float:
    """The latitude at a share of the way from the north to the south of Web Mercator."""
    return degrees(atan(sinh(pi * (1 - 2 * share))))


def _numbers(folder: Path) -> list[int]:
    try:
        with os.scandir(folder) as entries:
            return [int(entry.name) for entry in entries if _NUMBER.match(entry.name) and entry.is_dir()]
    except OSError as error:
        raise Refusal("basemaps.unreadable", path=folder, reason=error.strerror or type(error).__name__) from error


def _some_tile(level: Path) -> Path | None:
    for column in _numbers(level):
        with os.scandir(level / str(column)) as entries:
            for entry in entries:
                stem, suffix = os.path.splitext(entry.name)
                if _NUMBER.match(stem) and suffix.lower() in SUFFIXES:
                    return Path(entry.path)
    return None


def _description(folder: Path) -> dict[str, object]:
    """metadata.json beside the levels, as mbutil writes it; empty when there is none that can be read."""
    try:
        with (folder / "metadata.json").open("rb") as file:
            made = json.loads(file.read(1 << 20))
    except (OSError, ValueError, RecursionError):
        return {}
    return made if isinstance(made, dict) else {}
