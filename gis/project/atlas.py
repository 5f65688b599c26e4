"""The pages of an atlas of a project: which features, squares or groups make them, what they are called, what is on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cartography.sheets.atlas import MOST_PAGES, POINT_HALF_M, ROUTES, AtlasWish, Plan, PlannedPage, page_list
from gis.cartography.sheets.atlas_grid import Grid
from gis.cartography.sheets.atlas_neighbours import neighbours
from gis.cartography.sheets.atlas_totals import PageTotals, page_totals
from gis.cartography.sheets.pages import AtlasPage
from gis.catalogue import FeatureClass, Field
from gis.coverage.regions import LEVELS
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.project.session import Session
from gis.query import compile_filter

_LOOKED_AT = 200  # edits: that so many are undone and others done instead changes the counts
_ROW_SHARE = 0.5  # pages whose tops differ by less than so much of a page's height stand in one row


def plan_pages(session: Session, wish: AtlasWish, language: Language = "zh", progress: Progress | None = None) -> Plan:
    """The pages that a wish makes of a project, those of its list of pages, in order; nothing is drawn.

    Raises Refusal ``atlas.*`` for a wish that makes no page or too many, ``query.*`` for a wrong expression,
    ``catalogue.*`` for a class or field that is not there.
    """
    progress = progress or Progress()
    progress.step(0, 2, "atlas.planning")
    made, unplaced = _squares(session, wish, progress) if wish.source == "grid" else _features(session, wish, language)
    if not made:
        raise Refusal("atlas.nothing", unplaced=unplaced)
    if len(made) > MOST_PAGES:
        raise Refusal("atlas.too_many", count=f"{len(made):,}", most=f"{MOST_PAGES:,}")
    made = [
        replace(page, page=replace(page.page, number=number, count=len(made))) for number, page in enumerate(made, 1)
    ]
    wanted = page_list(wish.pages, len(made))
    progress.step(1, 2, "atlas.planning")
    beside = neighbours([page.number for page in made], [region_of(page) if _tiles(page) else None for page in made])
    pages = tuple(replace(made[n - 1], neighbours=beside[n - 1]) for n in wanted)
    return Plan(pages, len(made), unplaced)


def totals_of(
    session: Session, plan: Plan, classes: Sequence[str], progress: Progress | None = None
) -> list[PageTotals]:
    """How much of each class every page of a plan has, and the pages so far together."""
    progress = progress or Progress()
    names = [name for name in dict.fromkeys(classes) if session.catalogue[name].spatial]
    layers = []
    with session.reading() as snapshot:
        for i, name in enumerate(names):
            progress.step(i, len(names), "atlas.counting")
            rows = snapshot.columns(name, [])
            assert rows.geometry is not None
            layers.append((session.catalogue[name], rows.ids, rows.geometry))
    return page_totals([region_of(page) for page in plan.pages], layers)


def region_of(page: PlannedPage) -> Any:
    """The ground a page is about: its outline where that is an area, else the rectangle around it."""
    if has_ground(page):
        return shapely.from_wkb(page.page.outline)
    return shapely.box(*_roomy(page.extent))


def has_ground(page: PlannedPage) -> bool:
    """Whether the page is about an area, and so what lies in it is its own."""
    return page.page.outline is not None and shapely.get_dimensions(shapely.from_wkb(page.page.outline)) == 2


def _tiles(page: PlannedPage) -> bool:
    """Whether pages of this kind lie beside one another."""
    return page.page.outline is not None and page.cls in ("", "area")


def _roomy(extent: BBox) -> BBox:
    """An extent that shows something even of a point or a short line."""
    xmin, ymin, xmax, ymax = extent
    dx, dy = (max(POINT_HALF_M - (b - a) / 2, 0.0) for a, b in ((xmin, xmax), (ymin, ymax)))
    return xmin - dx, ymin - dy, xmax + dx, ymax + dy


def _squares(session: Session, wish: AtlasWish, progress: Progress) -> tuple[list[PlannedPage], int]:
    with session.reading() as snapshot:
        kinds = [cls for cls in session.catalogue if cls.spatial and cls.name != "area" and snapshot.count(cls.name)]
        boxes = [box for cls in kinds if (box := snapshot.extent(cls.name)) is not None]
        if wish.empty and (box := snapshot.extent("area")) is not None:
            boxes.append(box)
        if not boxes:
            return [], 0
        lows, highs = np.min(boxes, axis=0), np.max(boxes, axis=0)
        grid = Grid.over((float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3])), wish.grid_m)
        if wish.empty:
            cells = {(c, r) for c in range(grid.columns) for r in range(grid.rows)}
        else:
            cells = set()
            for i, cls in enumerate(kinds):
                progress.step(i, len(kinds), "atlas.planning")

                def shapes_of(ids: NDArray[np.int64], name: str = cls.name) -> NDArray[np.object_]:
                    found = snapshot.columns(name, [], ids=ids).geometry
                    assert found is not None
                    return found

                cells |= grid.filled([(snapshot.shapes(cls.name), shapes_of)])
    made = []
    for column, row in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        box, name = grid.box(column, row), grid.name(column, row)
        outline = shapely.to_wkb(shapely.box(*box))
        made.append(PlannedPage(AtlasPage(0, 0, name, name, outline, {"code": name, "name": name}), box))
    return made, 0


def _features(session: Session, wish: AtlasWish, language: Language) -> tuple[list[PlannedPage], int]:
    cls = session.catalogue[_class_of(wish)]
    if not cls.spatial:
        raise Refusal("query.no_place", cls=cls.label.text(language))
    wanted: list[str] = []
    params: list[Any] = []
    if wish.source == "areas":
        if wish.level not in LEVELS:
            raise Refusal("atlas.no_level", level=wish.level, known=", ".join(LEVELS))
        wanted.append('"level" = ?')
        params.append(wish.level)
    if wish.where.strip():
        condition = compile_filter(wish.where, cls)
        wanted.append(f"({condition.sql})")
        params += condition.parameters
    names = [f.name for f in cls.fields]
    group = _group_field(wish, cls)
    if wish.order not in ("place", "code", "name"):
        cls.field(wish.order)
    with session.reading() as snapshot:
        rows = snapshot.columns(cls.name, names, where=" AND ".join(wanted) or None, params=tuple(params))
        words = _Words(snapshot, cls, rows, language)
    assert rows.geometry is not None
    placed = np.nonzero(~(shapely.is_missing(rows.geometry) | shapely.is_empty(rows.geometry)))[0]
    unplaced = len(rows) - len(placed)
    if len(placed) > MOST_PAGES and wish.per == "feature":
        raise Refusal("atlas.too_many", count=f"{len(placed):,}", most=f"{MOST_PAGES:,}")
    if wish.per == "group" and group is not None:
        return _grouped(cls, rows, placed, words, group), unplaced
    made = []
    for place in placed.tolist():
        shape = rows.geometry[place]
        fields = words.row(place)
        name, code = fields.get("name", ""), fields.get("code", "")
        title = name or code or f"{cls.label.text(language)} {rows.ids[place]}"
        page = AtlasPage(0, 0, title, code, shapely.to_wkb(shape), fields)
        label = "" if group is None else words.text(group, place)
        made.append(PlannedPage(page, _bounds(shape), label, cls.name, (int(rows.ids[place]),)))
    return _sorted(made, wish, rows, placed), unplaced


def _class_of(wish: AtlasWish) -> str:
    if wish.source == "areas":
        return "area"
    if wish.source == "routes":
        return wish.cls or ROUTES[0]
    if not wish.cls:
        raise Refusal("atlas.no_class")
    return wish.cls


def _group_field(wish: AtlasWish, cls: FeatureClass) -> Field | None:
    if wish.group_by:
        return cls.field(wish.group_by)
    if wish.output == "groups" and wish.source == "areas":  # a file for each district
        return cls.field("parent")
    if wish.per == "group":
        raise Refusal("atlas.no_groups")
    return None


def _grouped(
    cls: FeatureClass, rows: Columns, placed: NDArray[np.int64], words: _Words, group: Field
) -> list[PlannedPage]:
    """One page for each value of a field, in the order of its code list, else of the words."""
    assert rows.geometry is not None
    members: dict[str, list[int]] = {}
    for place in placed.tolist():
        members.setdefault(words.text(group, place), []).append(place)
    listed = {code.label.text(words.language): i for i, code in enumerate(group.codes)}
    made = []
    for value in sorted(members, key=lambda value: (value == "", listed.get(value, len(listed)), _by_sound(value))):
        places = members[value]
        shapes = rows.geometry[places]
        outline = shapely.to_wkb(shapely.union_all(shapes)) if cls.geometry in ("polygon", "multipolygon") else None
        bounds = shapely.total_bounds(shapes)
        name = value or ("未填写" if words.language == "zh" else "not given")
        fields = {"code": name, "name": name, group.name: value, "count": f"{len(places):,}"}
        ids = tuple(int(i) for i in rows.ids[places])
        extent: BBox = (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))
        made.append(PlannedPage(AtlasPage(0, 0, name, "", outline, fields), extent, name, cls.name, ids))
    return made


class _Words:
    """What the fields of a row say, as words."""

    def __init__(self, snapshot: Any, cls: FeatureClass, rows: Columns, language: Language) -> None:
        self._cls, self._rows, self.language = cls, rows, language
        self._names: dict[str, dict[int, str]] = {}
        for f in cls.fields:
            if f.type == "ref" and f.ref:
                self._names[f.name] = _names_of(snapshot, f.ref, rows.fields[f.name])

    def row(self, place: int) -> dict[str, str]:
        """Every field of a row."""
        return {f.name: self.text(f, place) for f in self._cls.fields}

    def text(self, field: Field, place: int) -> str:
        """One field of a row; "" where nothing is given."""
        value = self._rows.fields[field.name][place]
        if field.type == "ref":
            return self._names[field.name].get(int(value), "")
        if value is None or value != value:
            return ""
        if field.codes:
            return str(field.code_label(str(value), self.language))
        if field.type == "boolean":
            return ("是" if value else "否") if self.language == "zh" else ("yes" if value else "no")
        if field.type == "integer":
            return f"{value:.0f}"
        return f"{value:g}" if field.type == "real" else str(value)


def _names_of(snapshot: Any, cls: str, ids: NDArray[np.int64]) -> dict[int, str]:
    """Names, else codes, of the rows a column refers to."""
    kind = snapshot.catalogue[cls]
    wanted = np.unique(ids[ids != 0])
    names = [name for name in ("name", "code") if kind.has_field(name)]
    if not len(wanted) or not names:
        return {}
    found = snapshot.columns(cls, names, ids=wanted, geometry=False)
    columns = [found.fields[name] for name in names]
    return {int(key): next((str(column[i]) for column in columns if column[i]), "") for i, key in enumerate(found.ids)}


def _sorted(pages: list[PlannedPage], wish: AtlasWish, rows: Columns, placed: NDArray[np.int64]) -> list[PlannedPage]:
    """In the order asked for; the pages of a group together where each group is a file."""
    if wish.order == "place":
        order = _in_rows([page.extent for page in pages])
    else:
        values = rows.fields[wish.order][placed] if wish.order in rows.fields else np.zeros(len(placed))
        keys = [
            (True, 0.0, b"")
            if value is None or value != value
            else (False, float(value), b"")
            if values.dtype != object
            else (False, 0.0, _by_sound(str(value)))
            for value in values.tolist()
        ]
        names = [_by_sound(page.page.name) for page in pages]
        order = sorted(range(len(pages)), key=lambda i: (keys[i], names[i], pages[i].ids))
    made = [pages[i] for i in order]
    return sorted(made, key=lambda page: (page.group == "", _by_sound(page.group))) if wish.output == "groups" else made


def _in_rows(extents: Sequence[BBox]) -> list[int]:
    """Rows from north to south, each from west to east."""
    if not extents:
        return []
    height = float(np.median([e[3] - e[1] for e in extents])) or 1.0
    middles = [((e[0] + e[2]) / 2, (e[1] + e[3]) / 2) for e in extents]
    order = sorted(range(len(extents)), key=lambda i: -middles[i][1])
    rows: list[list[int]] = []
    for i in order:
        if rows and middles[rows[-1][0]][1] - middles[i][1] < height * _ROW_SHARE:
            rows[-1].append(i)
        else:
            rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda i: middles[i][0])]


def _by_sound(text: str) -> bytes:
    """GB 18030 bytes: its common Chinese letters stand in the order of their pinyin."""
    return text.encode("gb18030", "replace")


def _bounds(shape: Any) -> BBox:
    xmin, ymin, xmax, ymax = (float(v) for v in shape.bounds)
    return xmin, ymin, xmax, ymax


def page_words(page: PlannedPage) -> Mapping[str, str]:
    """What names of files and texts may say of a page: its feature's fields, page, pages, page_name, name and group."""
    own = page.page
    return {**own.words(), "name": own.name, "code": own.code, "group": page.group}


def data_stamp(session: Session) -> str:
    """Changes with every edit of the project, its styles and stored arrangements: what is drawn depends on these."""
    newest = session.history(limit=_LOOKED_AT)
    said: list[Any] = [
        str(session.path.resolve()),
        [[entry.seq, entry.undone, entry.at] for entry in newest],
        {cls: count for cls, count in session.counts().items() if count},
        session.documents("style"),
    ]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
