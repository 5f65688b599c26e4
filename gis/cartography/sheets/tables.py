"""The tables of a sheet, settled as words: shares by area, counts, gaps, stations of a route, features, statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cartography.sheets.chainage import Route, chainage_table
from gis.cartography.sheets.city import CityFile, CoverageRun, area_figures
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.policy import Aim, Policy
from gis.cartography.sheets.restriction import lengths_shown
from gis.cartography.sheets.specification import Table
from gis.cartography.sheets.statistics import statistic_table
from gis.catalogue import FeatureClass, Field
from gis.errors import Language
from gis.geometry.columns import BBox, Columns

_TABLE_CLASSES = 5
MOST_ROWS = 50_000  # of a table of features, some 700 pages of A4: more are counted, not settled
_FEATURE_FIELDS = 5


@dataclass(frozen=True)
class Sources:
    """What the tables and charts of one sheet are made from. ``frame``: what the main map shows."""

    city: CityFile
    run: CoverageRun | None
    classes: tuple[str, ...]
    frame: BBox
    language: Language
    page: AtlasPage | None = None
    route: Route | None = None
    inventory: bool = False
    policy: Policy | None = None

    @cached_property
    def counts(self) -> Counts | None:
        """Features by area, counted once for tables and charts."""
        return counts_of(self)

    @property
    def aims(self) -> Mapping[str, Aim]:
        """The imported statistics that the policy knows."""
        return self.policy.statistics if self.policy is not None else {}

    @property
    def zh(self) -> bool:
        """Whether words are Chinese."""
        return self.language == "zh"


def table_of(content: str, sources: Sources, most: int = 0) -> Table | None:
    """The table of that content; None where there is nothing to tell. ``most``: rows of features at the most."""
    what, _, of = content.partition(":")
    if what == "areas" and sources.inventory:  # a sheet without an analysis has its counts instead
        what = "counts"
    match what:
        case "areas":
            return _areas_table(sources) if sources.run is not None else None
        case "counts":
            return _counts_table(sources)
        case "gaps":
            return _gaps_table(sources) if sources.run is not None else None
        case "chainage":
            return chainage_table(sources.route, sources.language) if sources.route is not None else None
        case "features":
            return _features_table(sources, of, most or MOST_ROWS)
        case "statistic":
            return statistic_table(sources.city, of, sources.page, sources.language, sources.aims)
    return None


def percentages(shares: Sequence[Any]) -> list[str]:
    """A column of shares as percentages of equally many decimals: two where all are below one per cent."""
    known = [float(share) for share in shares if share is not None and share == share]
    decimals = 2 if known and max(known) < 0.01 else 1
    return ["–" if s is None or s != s else f"{100.0 * float(s):.{decimals}f}%" for s in shares]


def page_figures(run: CoverageRun, page: AtlasPage | None) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """The rows of a run by area and the one for the whole; of the page's own area and its parts on an atlas page."""
    if page is not None and page.code:
        listed: list[Mapping[str, Any]] = run.summary.get("areas", [])
        own = next((row for row in listed if str(row.get("code") or "") == page.code), None)
        if own is not None:
            parts = [row for row in listed if row.get("parent") == own.get("id")]
            parts.sort(key=lambda row: str(row.get("code") or ""))
            return (parts, own) if parts else ([own], None)
    return area_figures(run)


def _areas_table(sources: Sources) -> Table | None:
    """Shares by area, the whole as the last row."""
    assert sources.run is not None
    rows, total = page_figures(sources.run, sources.page)
    if not rows:
        return None
    zh = sources.zh
    whole = {"name": "合计" if zh else "Total", **total} if total is not None else None
    largest = max(float(row.get("covered_m2") or 0.0) for row in rows) / 1e6
    decimals = 0 if largest >= 1000 else 1 if largest >= 10 else 2
    listed = [*rows, *([whole] if whole is not None else [])]
    cells = tuple(
        zip(
            [str(row.get("name") or row.get("code") or "") for row in listed],
            [f"{float(row.get('covered_m2') or 0.0) / 1e6:,.{decimals}f}" for row in listed],
            percentages([row.get("area_share") for row in listed]),
            percentages([row.get("population_share") for row in listed]),
            [f"{int(row.get('sites') or 0):,}" for row in listed],
            strict=True,
        )
    )
    head = ("区域", "覆盖 km²", "面积率", "人口率", "站点") if zh else ("Area", "km²", "of area", "of people", "Sites")
    title = "分区覆盖率" if zh else "Coverage by area"
    return Table(title, head, cells, (False, True, True, True, True), total is not None)


@dataclass(frozen=True, slots=True)
class Counts:
    """Features of n classes in m areas: ``numbers`` (m, n)."""

    areas: tuple[str, ...]
    kinds: tuple[FeatureClass, ...]
    numbers: NDArray[np.int64]


def counts_of(sources: Sources) -> Counts | None:
    """How many features of the most frequent point classes each area has, of what the frame shows.

    The areas are the counties; on a page about an area those inside it. None where there are none.
    """
    city, frame = sources.city, sources.frame
    kinds = [city.catalogue[name] for name in sources.classes]
    kinds = [cls for cls in kinds if cls.family != "ground" and cls.geometry == "point"]
    areas = _parts_of(city, sources.page) or city.columns(
        "area", ["name", "code"], where="\"level\" = 'county'", bbox=frame
    )
    if areas.geometry is None or not len(areas) or not kinds:
        return None
    order = np.argsort(np.array([str(code or "") for code in areas.fields["code"]]), kind="stable")
    outlines = areas.geometry[order]
    names = [str(areas.fields["name"][i] or areas.fields["code"][i] or "") for i in order]
    shapely.prepare(outlines)
    numbers = np.zeros((len(outlines), len(kinds)), np.int64)
    for k, cls in enumerate(kinds):
        places = city.columns(cls.name, [], bbox=frame).geometry
        xy = shapely.get_coordinates(places) if places is not None else np.zeros((0, 2))
        numbers[:, k] = [_inside(outline, xy) for outline in outlines]
    most = sorted(range(len(kinds)), key=lambda k: -int(numbers[:, k].sum()))[:_TABLE_CLASSES]
    most.sort()
    return Counts(tuple(names), tuple(kinds[k] for k in most), numbers[:, most])


def _parts_of(city: CityFile, page: AtlasPage | None) -> Columns | None:
    """The areas that belong to the one a page is about."""
    if page is None or not page.code:
        return None
    own = city.columns("area", ["code"], where='"code" = ?', params=(page.code,), geometry=False, limit=1)
    if not len(own):
        return None
    parts = city.columns("area", ["name", "code"], where='"parent" = ?', params=(int(own.ids[0]),))
    return parts if len(parts) else None


def _inside(outline: Any, xy: NDArray[np.float64]) -> int:
    if outline is None:
        return 0
    xmin, ymin, xmax, ymax = outline.bounds
    near = xy[(xy[:, 0] >= xmin) & (xy[:, 0] <= xmax) & (xy[:, 1] >= ymin) & (xy[:, 1] <= ymax)]
    return int(shapely.contains_xy(outline, near).sum()) if len(near) else 0


def _counts_table(sources: Sources) -> Table | None:
    zh, counts = sources.zh, sources.counts
    if counts is None or (sources.page is not None and len(counts.areas) < 2):
        return _classes_table(sources) if sources.page is not None else None
    rows: list[tuple[str, ...]] = [
        (name, *(f"{number:,}" for number in line)) for name, line in zip(counts.areas, counts.numbers, strict=True)
    ]
    rows.append(("合计" if zh else "Total", *(f"{int(number):,}" for number in counts.numbers.sum(axis=0))))
    head = ("区域" if zh else "Area", *(cls.label.text(sources.language) for cls in counts.kinds))
    title = "分区资源数量" if zh else "Counts by area"
    return Table(title, head, tuple(rows), (False, *(True for _ in counts.kinds)), True)


def _classes_table(sources: Sources) -> Table | None:
    """Each class of the page with its number, lines with their kilometres."""
    zh, rows = sources.zh, []
    for name in sources.classes:
        cls = sources.city.catalogue[name]
        if cls.family == "ground":
            continue
        found = sources.city.columns(name, [], bbox=sources.frame, geometry=cls.geometry == "line")
        if len(found):
            km = ""
            if found.geometry is not None:
                lengths = lengths_shown(sources.city, name, found.geometry, sources.frame)
                km = f"{lengths.sum() / 1000.0:,.2f}"
            rows.append((cls.label.text(sources.language), f"{len(found):,}", km))
    if not rows:
        return None
    head = ("资源", "数量", "长度 km") if zh else ("Class", "Number", "Length km")
    note = ""
    if any(km for _, _, km in rows):
        note = "长度只计本页范围内的部分" if zh else "Lengths: the parts inside this page"
    return Table("本页资源" if zh else "On this page", head, tuple(rows), (False, True, True), note=note)


def gaps_of(sources: Sources) -> list[Mapping[str, Any]]:
    """The gaps of the run by rank, those whose middle the map shows."""
    assert sources.run is not None
    xmin, ymin, xmax, ymax = sources.frame
    ranked: list[Mapping[str, Any]] = (sources.run.summary.get("gaps") or {}).get("ranked", [])
    return [gap for gap in ranked if xmin <= gap["x"] <= xmax and ymin <= gap["y"] <= ymax]


def _gaps_table(sources: Sources) -> Table | None:
    gaps, zh = gaps_of(sources), sources.zh
    if not gaps:
        return None
    rows = tuple(
        (
            f"{gap['rank']}  {gap.get('area_name') or ''}".rstrip(),
            f"{gap['area_m2'] / 1e6:,.2f}",
            f"{gap['people'] or 0:,.0f}",
            f"{gap['premises'] or 0:,}",
            f"{(gap['road_m'] or 0) / 1000:,.1f}",
        )
        for gap in gaps
    )
    head = (
        ("序号与区域", "km²", "人口", "接入点", "道路 km")
        if zh
        else ("Rank and area", "km²", "People", "Premises", "Roads km")
    )
    title = "覆盖空洞（按人口）" if zh else "Gaps where people live"
    return Table(title, head, rows, (False, True, True, True, True))


def _features_table(sources: Sources, asked: str, most: int) -> Table | None:
    """The features of a class in the frame, by code: its brief fields, or those named after a second colon."""
    name, _, named = asked.partition(":")
    if name not in sources.city.catalogue:
        return None
    cls = sources.city.catalogue[name]
    wanted = [field.strip() for field in named.split(",") if cls.has_field(field.strip())]
    fields = [cls.field(field) for field in wanted] or _usual_fields(cls)
    narrowed = {"bbox": sources.frame} if cls.spatial else {}
    key = "code" if cls.has_field("code") else fields[0].name
    keys = sources.city.columns(name, [key], geometry=False, **narrowed)
    if not len(keys):
        return None
    words = np.array([str(value if value is not None else "") for value in keys.fields[key]], object)
    ids = keys.ids[np.argsort(words, kind="stable")][: min(most, MOST_ROWS)]
    found = sources.city.columns(name, [field.name for field in fields], geometry=False, ids=ids)
    place = {int(id): i for i, id in enumerate(found.ids)}
    order = [place[int(id)] for id in ids if int(id) in place]
    columns = [field_words(sources.city, field, found.fields[field.name], sources.language) for field in fields]
    rows = tuple(tuple(column[i] for column in columns) for i in order)
    head = tuple(_head(field, sources.language) for field in fields)
    numeric = tuple(field.type in ("real", "integer") for field in fields)
    label = cls.label.text(sources.language)
    title = f"{label}一览（{len(keys):,}）" if sources.zh else f"{label}: {len(keys):,} listed by code"
    return Table(title, head, rows, (False, *numeric[1:]), left_out=len(keys) - len(rows))


def _usual_fields(cls: FeatureClass) -> list[Field]:
    fields = [cls.field(name) for name in cls.brief if cls.has_field(name)]
    fields = fields or [field for field in cls.fields if not field.stamp and field.group == "main"]
    return [field for field in fields if not field.restricted][:_FEATURE_FIELDS]


def _head(field: Field, language: Language) -> str:
    unit = field.unit_text(language)
    label = field.label.text(language)
    return f"{label} {unit}" if unit else label


def field_words(city: CityFile, field: Field, values: NDArray[Any], language: Language) -> list[str]:
    """A column of stored values as words: labels of codes, codes of referred rows, yes and no."""
    match field.type:
        case "code":
            return [field.code_label(value, language) for value in values]
        case "boolean":
            yes, no = ("是", "否") if language == "zh" else ("yes", "no")
            return ["" if value != value else yes if value else no for value in values]
        case "real" | "integer":
            return ["" if value != value else f"{value:,.10g}" for value in values]
        case "ref":
            targets = np.unique(values[values != 0])
            codes: dict[int, str] = {}
            if field.ref is not None and len(targets) and city.catalogue[field.ref].has_field("code"):
                found = city.columns(field.ref, ["code"], ids=targets, geometry=False)
                codes = {int(i): str(c or "") for i, c in zip(found.ids, found.fields["code"], strict=True)}
            return [codes.get(int(value), "") for value in values]
    return ["" if value is None else str(value) for value in values]
