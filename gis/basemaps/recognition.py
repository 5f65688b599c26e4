"""What kind of base map a file or folder is, by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gis.basemaps.basemap import BaseMapSpec, Kind, LonLatBox, spec_key
from gis.basemaps.files import SQLITE, header


def recognised(path: Path) -> BaseMapSpec:
    """The entry for a file or folder; Refusals ``basemaps.*`` for what cannot be a base map."""
    path = path.expanduser().absolute()
    if path.is_dir():
        from gis.basemaps.xyz_folder import folder_facts

        tiles = folder_facts(path)
        options: dict[str, Any] = {"tile_size": tiles.tile_size, "tms": tiles.tms}
        return _spec("xyz_folder", path, tiles.name, tiles.min_zoom, tiles.max_zoom, tiles.attribution, tiles.bounds,
                     options)  # fmt: skip
    start = header(path)
    if start.startswith(SQLITE):
        from gis.basemaps.mbtiles import MBTilesFile

        mbtiles = MBTilesFile(path)
        mbtiles.close()
        told = mbtiles.facts
        return _spec("mbtiles", path, told.name, told.min_zoom, told.max_zoom, told.attribution, told.bounds, {})
    if start.startswith(b"PMTiles"):
        from gis.basemaps.pmtiles_file import PMTilesFile

        pmtiles = PMTilesFile(path)
        pmtiles.close()
        said = pmtiles.facts
        return _spec("pmtiles", path, said.name, said.min_zoom, said.max_zoom, said.attribution, said.bounds, {})
    from gis.basemaps.raster_file import RasterFile

    raster = RasterFile(path, {})  # refuses what is no raster either
    raster.close()
    kind: Kind = "hillshade" if raster.is_terrain else "raster"
    options = {"tint": True} if kind == "hillshade" else {}  # plain grey is too heavy below a map
    return _spec(kind, path, path.stem, 0, 24, "", raster.bounds, options)


def dresses_itself(spec: BaseMapSpec) -> bool:
    """Whether the map has a dark look of its own: relief and vector tiles do. Refusals for a file that is gone."""
    if spec.kind == "mbtiles":
        from gis.basemaps.mbtiles import MBTilesFile

        tiles = MBTilesFile(Path(spec.source))
        tiles.close()
        return tiles.facts.format == "pbf"
    if spec.kind == "pmtiles":
        from gis.basemaps.pmtiles_file import PMTilesFile

        packed = PMTilesFile(Path(spec.source))
        packed.close()
        return packed.facts.format == "pbf"
    return spec.kind == "hillshade"


def _spec(
    kind: Kind, path: Path, name: str, low: int, high: int, attribution: str, bounds: LonLatBox | None,
    options: dict[str, Any],
) -> BaseMapSpec:  # fmt: skip
    source = str(path)
    if bounds is not None:
        options = {**options, "bounds": [round(edge, 7) for edge in bounds]}
    return BaseMapSpec(
        spec_key(kind, source), kind, source, name, "wgs84", low, high, attribution, options
    )  # fmt: skip
