"""Opens a saved base map: which modules serve which kind."""

from __future__ import annotations

from pathlib import Path

from gis.basemaps.basemap import BaseMap, BaseMapSpec, LonLatBox
from gis.basemaps.grid import web_mercator
from gis.basemaps.raster_tiles import RasterTiles, bounds_of
from gis.basemaps.tiled import TiledBaseMap, Tiles


def opened(spec: BaseMapSpec, cache: Path | None, offline: bool, key: str | None, limit: int | None = None) -> BaseMap:
    """The base map of ``spec``, as ``basemap.open_basemap`` says."""
    return TiledBaseMap(spec, _tiles(spec, cache, offline, key, limit))


def _tiles(spec: BaseMapSpec, cache: Path | None, offline: bool, key: str | None, limit: int | None) -> Tiles:
    path = Path(spec.source)
    match spec.kind:
        case "mbtiles":
            from gis.basemaps.mbtiles import MBTilesFile

            return _of_file(spec, MBTilesFile(path))
        case "pmtiles":
            from gis.basemaps.pmtiles_file import PMTilesFile

            return _of_file(spec, PMTilesFile(path))
        case "xyz_folder":
            return _of_folder(spec, path)
        case "raster":
            from gis.basemaps.raster_file import RasterFile, RasterPictures

            return RasterPictures(RasterFile(path, spec.options))
        case "hillshade":
            from gis.basemaps.raster_file import RasterFile
            from gis.basemaps.relief import Relief

            return Relief(RasterFile(path, spec.options), spec.options)
        case "xyz" | "wmts":
            from gis.basemaps.online import online_tiles

            return online_tiles(spec, cache, offline, key, limit)


def _zooms(spec: BaseMapSpec, low: int, high: int) -> tuple[int, int]:
    """The levels the user wants of those there are."""
    wanted = max(low, spec.min_zoom), min(high, spec.max_zoom)
    return wanted if wanted[0] <= wanted[1] else (low, high)


def _bounds(spec: BaseMapSpec, found: LonLatBox | None) -> LonLatBox | None:
    return bounds_of(spec.options.get("bounds")) or found


def _of_file(spec: BaseMapSpec, file: object) -> Tiles:
    from gis.basemaps.mbtiles import MBTilesFile
    from gis.basemaps.pmtiles_file import PMTilesFile

    assert isinstance(file, MBTilesFile | PMTilesFile)
    facts = file.facts
    low, high = _zooms(spec, facts.min_zoom, facts.max_zoom)
    bounds = _bounds(spec, facts.bounds)
    if facts.format == "pbf":
        from gis.basemaps.vector_tiles import VectorTiles

        return VectorTiles(file, low, high, bounds, facts.attribution)
    return RasterTiles(file, web_mercator(low, high, facts.tile_size), bounds, facts.attribution)


def _of_folder(spec: BaseMapSpec, path: Path) -> Tiles:
    from gis.basemaps.xyz_folder import XyzFolder, folder_facts

    told = spec.options.get("tms")
    facts = folder_facts(path, told if isinstance(told, bool) else None)
    low, high = _zooms(spec, facts.min_zoom, facts.max_zoom)
    return RasterTiles(
        XyzFolder(path, facts.tms), web_mercator(low, high, facts.tile_size), _bounds(spec, facts.bounds),
        facts.attribution,
    )  # fmt: skip
