"""Where the maps of a PDF lie on the Earth: viewports with a geospatial measure, ISO 32000-2 §12.9 and §12.10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pikepdf
import pyproj
from pikepdf import Array, Dictionary, Name, Pdf, String

from desktop.sheets.map_frame import corner_points
from gis.cartography.sheets.specification import SheetSpec
from gis.geometry.columns import BBox

_POINTS_MM = 72.0 / 25.4
_UNIT_SQUARE = (0, 0, 1, 0, 1, 1, 0, 1)


@dataclass(frozen=True, slots=True)
class Viewport:
    """A map: the rectangle on the paper (x0, y0, x1, y1; mm, y down) that shows the ``extent`` in the CRS ``crs``."""

    name: str
    rectangle: tuple[float, float, float, float]
    extent: BBox
    crs: str


def viewports_of(spec: SheetSpec) -> tuple[Viewport, ...]:
    """The maps of a sheet, the main one first: readers that know one map only take the first or the largest."""
    title = spec.fields.get("title") or spec.template
    made = []
    for item in spec.maps:
        lower_left, _, upper_right, _ = corner_points(item)
        rectangle = (lower_left.x(), upper_right.y(), upper_right.x(), lower_left.y())
        name = title if item.role == "main" else f"{title} ({item.id})"
        made.append(Viewport(name, rectangle, spec.extent_of(item), spec.crs))
    return tuple(made)


def add_viewports(pdf: Pdf, page: pikepdf.Page, viewports: Sequence[Viewport], height: float) -> None:
    """Give the page its maps; ``height`` of the paper in mm. Of maps that overlap a reader takes the last (§12.9)."""
    if viewports:
        page.obj["/VP"] = Array([_viewport(pdf, viewport, height) for viewport in viewports])


def _viewport(pdf: Pdf, viewport: Viewport, height: float) -> Dictionary:
    x0, y0, x1, y1 = viewport.rectangle
    measure = Dictionary(
        Type=Name.Measure,
        Subtype=Name.GEO,
        Bounds=Array(_UNIT_SQUARE),
        GCS=_system(pdf, viewport.crs),
        GPTS=Array(_degrees(viewport)),
        LPTS=Array(_UNIT_SQUARE),
        PDU=Array([Name.M, Name.SQM, Name.DEG]),
    )
    return Dictionary(
        Type=Name.Viewport,
        Name=String(viewport.name),
        BBox=Array([round(v * _POINTS_MM, 4) for v in (x0, height - y1, x1, height - y0)]),
        Measure=pdf.make_indirect(measure),
    )


def _degrees(viewport: Viewport) -> list[Decimal]:
    """Latitude and longitude of the corners, lower left first, in the CRS's own datum."""
    crs = pyproj.CRS(viewport.crs)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    xmin, ymin, xmax, ymax = viewport.extent
    made = []
    for x, y in ((xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)):
        lon, lat = to_degrees.transform(x, y)
        made += [Decimal(f"{lat:.9f}"), Decimal(f"{lon:.9f}")]  # pikepdf would cut a float to about 5 cm
    return made


def _system(pdf: Pdf, name: str) -> pikepdf.Object:
    crs = pyproj.CRS(name)
    system = Dictionary(Type=Name.PROJCS, WKT=String(crs.to_wkt("WKT1_ESRI")))
    if (code := crs.to_epsg()) is not None:
        system.EPSG = code
    return pdf.make_indirect(system)
