"""One page of an atlas as the sheets it takes, each with what it is painted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from desktop.sheets.atlas.order import AtlasOrder
from desktop.sheets.continuation import with_further_pages
from gis.cartography.sheets.atlas import PlannedPage
from gis.cartography.sheets.atlas_marks import Pointer, marked, with_totals
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.restriction import Restricted, RestrictedRun
from gis.cartography.sheets.specification import SheetSpec, fitting_denominator, frame_extent
from gis.geometry.columns import BBox, Shapes
from gis.project.atlas import has_ground, region_of
from gis.project.drawing import DrawingReader
from gis.project.sheet_cards import SheetCards
from gis.project.styles import styles_of

_AROUND_MM = 25.0  # of paper beyond the map that symbols and names may reach in from
_REACH_M = 600.0  # how far a field of view reaches at the most


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """The sheets of a page: the first is the map, others carry on tables that are too long for it."""

    planned: PlannedPage
    sheets: tuple[tuple[SheetSpec, Any], ...]
    pointers: tuple[Pointer, ...] = ()

    @property
    def denominator(self) -> float:
        """The scale of the page's map."""
        return self.sheets[0][0].denominator


class ProjectReading:
    """A snapshot that also knows its session's CRS, the base maps, and which features meet a style's rules."""

    def __init__(self, session: Any, snapshot: Any, grounds: Sequence[Any] = ()) -> None:
        self.crs, self.srid, self.catalogue = session.crs, session.srid, session.catalogue
        self.grounds = grounds
        self._snapshot = snapshot
        self.matching = DrawingReader(snapshot, session.catalogue).matching

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)


class Nearby:
    """A reader that hands the painter only what lies near the maps of a sheet: ``boxes`` by class."""

    def __init__(self, reader: Any, boxes: Mapping[str, BBox]) -> None:
        self._reader, self._boxes = reader, boxes
        self.catalogue, self.srid, self.grounds = reader.catalogue, reader.srid, reader.grounds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        """Geometries near the maps."""
        found: Shapes = self._reader.shapes(cls, bbox=bbox or self._boxes.get(cls), ids=ids)
        return found


def drawn_page(
    session: Any, reading: ProjectReading, order: AtlasOrder, planned: PlannedPage, run: Any | None
) -> DrawnPage:
    """Settle one page. Raises Refusal ``sheets.*`` and whatever the data of the page lead to."""
    wish = order.wish
    extent = _with_air(planned, wish.margin)
    city: Any = reading
    shown = run if order.template.subject == "coverage" else None
    policy = SheetCards(session, reading, run=shown, language=order.language, page=planned.page)
    if wish.restrict != "none":
        # What has an outline is about its ground; a route or a site is about itself and all that the map shows.
        ground = has_ground(planned)
        region = region_of(planned) if ground else shapely.box(*_frame(order, extent))
        city = Restricted(reading, region, {} if ground else {planned.cls: planned.ids})
        if run is not None:
            codes = city.columns("area", ["code"], geometry=False).fields["code"]
            run = RestrictedRun(run, [str(code) for code in codes if code])
    words = {"place": planned.title, **order.words}
    spec = compose(
        city, order.template, run=run, folder=session.attachments_folder(), extent=extent,
        denominator=wish.scale or None, language=order.language, date=order.date, words=words, layers=order.layers,
        styles=styles_of(session), page=planned.page, policy=policy,
    )  # fmt: skip
    totals = order.totals_at(planned.number)
    if totals is not None and wish.restrict != "none":
        spec = with_totals(spec, totals, session.catalogue)
    spec, pointers = marked(spec, planned, order.titles)
    source = Nearby(city if wish.restrict == "features" else reading, _boxes(spec))
    first, *further = with_further_pages(spec)
    return DrawnPage(planned, ((first, source), *((sheet, reading) for sheet in further)), tuple(pointers))


def _frame(order: AtlasOrder, extent: BBox) -> BBox:
    """The ground of the page's main map."""
    window = order.template.map_item.inner()
    center = ((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    return frame_extent(window, center, order.wish.scale or fitting_denominator(extent, window))


def _with_air(planned: PlannedPage, margin: float) -> BBox:
    xmin, ymin, xmax, ymax = region_of(planned).bounds if planned.page.outline is None else planned.extent
    if xmax - xmin < 1.0 or ymax - ymin < 1.0:  # a point, a straight line
        xmin, ymin, xmax, ymax = region_of(planned).bounds
    dx, dy = (xmax - xmin) * margin, (ymax - ymin) * margin
    return float(xmin - dx), float(ymin - dy), float(xmax + dx), float(ymax + dy)


def _boxes(spec: SheetSpec) -> dict[str, BBox]:
    """Of every class the ground on which it is drawn; densities follow from the whole class and have none."""
    found: dict[str, list[BBox]] = {}
    whole: set[str] = set()
    for item in spec.maps:
        view = spec.views[item.id]
        around = max(_AROUND_MM * view.metres_per_mm, _REACH_M)
        xmin, ymin, xmax, ymax = spec.extent_of(item)
        for layer in view.layers:
            found.setdefault(layer.cls, []).append((xmin - around, ymin - around, xmax + around, ymax + around))
            if layer.style.crowd == "heat":
                whole.add(layer.cls)
    made: dict[str, BBox] = {}
    for cls, boxes in found.items():
        if cls not in whole:
            west, south, east, north = shapely.total_bounds(shapely.box(*zip(*boxes, strict=True)))
            made[cls] = (float(west), float(south), float(east), float(north))
    return made
