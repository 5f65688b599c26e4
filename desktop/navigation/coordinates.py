"""The coordinate systems by the names the user knows, and how a reading of a typed text is told."""

from __future__ import annotations

from desktop.shell.formatting import geographic, length
from desktop.shell.words import language, mark, tr
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs, project_crs
from gis.geometry.places import SYSTEMS, Reading, System, written

NAMES: dict[System, str] = {
    "project": mark("Project's grid"),
    "lonlat": mark("Longitude, latitude"),
    "dms": mark("Degrees, minutes, seconds"),
    "gcj02": mark("GCJ-02 (AMap, Tencent)"),
    "bd09": mark("BD-09 (Baidu)"),
    "zoned": mark("3-degree zone with number"),
    "utm": mark("UTM"),
}
# What the status bar can show beside the project's grid.
SHOWN: tuple[System, ...] = ("lonlat", "dms", "gcj02", "bd09", "zoned", "utm")


def in_all_systems(x: float, y: float, crs: ProjectCrs) -> list[tuple[System, str]]:
    """A position written in every system that has it."""
    made = [(system, written(x, y, crs, system)) for system in SYSTEMS]
    return [(system, said) for system, said in made if said]


def system_text(reading: Reading) -> str:
    """How a text was understood: the system, and that latitude or northing was taken to stand first."""
    if reading.system.startswith("EPSG:"):
        said = f"{reading.system} {project_crs(reading.system).line(language())}"
    elif reading.system == "lonlat":
        said = "CGCS2000 / WGS 84"
    else:
        said = tr(NAMES[reading.system])  # type: ignore[index]
    if reading.order == "east first":
        return said
    turned = tr("northing first") if reading.system.startswith("EPSG:") else tr("latitude first")
    return f"{said} · {turned}"


def reading_text(reading: Reading, extent: BBox | None) -> str:
    """Where a reading leads: longitude and latitude, and how far that is from all that is on the map."""
    said = geographic(reading.lon, reading.lat)
    away = distance_to(extent, reading.x, reading.y) if extent is not None else 0.0
    if away == 0:
        return said
    far = tr("{far} off the data", far=length(away))
    return f"{said}  ({far})"


def distance_to(box: BBox, x: float, y: float) -> float:
    """Metres from a position to a box, 0 inside."""
    dx = max(box[0] - x, 0.0, x - box[2])
    dy = max(box[1] - y, 0.0, y - box[3])
    return float((dx * dx + dy * dy) ** 0.5)
