"""CAD drawings (DXF) with ezdxf, inside the reading child: every entity of the model space is a row or has a reason.

Symbols (block inserts) and texts are points with their attributes as columns, arcs and splines become lines within
`FLAT` of their course, a block that is a whole drawing (drawn far from its base point) is taken apart. A DXF names no
coordinate system.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from ezdxf import path as curves
from ezdxf import recover
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.insert import Insert
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError

from gis.exchange.dxf_letters import BINARY, letters_of, readable
from gis.exchange.foreign_child import ALL_LAYERS, save_shapes

MOST_ENTITIES = 2_000_000
MOST_COLUMNS = 200
FLAT = 0.01  # drawing units (metres in a survey); coarser for curves over 100 units
_FLAT_SHARE = 1e-4
_DEEPEST = 12
_MOST_COPIES = 10_000  # of one insert with rows and columns
_OWN = ("layer", "entity", "text", "block", "rotation", "elevation", "radius", "cass_code", "handle")
_CURVES = frozenset({"LINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "LWPOLYLINE", "POLYLINE", "HELIX"})
_FACES = frozenset({"SOLID", "TRACE", "3DFACE"})
_TEXTS = frozenset({"TEXT", "MTEXT", "ATTDEF", "ATTRIB"})
_TAKEN_APART = frozenset({"MLINE", "ACAD_PROXY_ENTITY"})


@dataclass(frozen=True, slots=True)
class Block:
    """A block by its parts: ``is_drawing`` where they are drawn away from its base point, so that it is a piece of the
    plan and no symbol; ``box`` its two corners seen from the base point; ``count`` of the entities it comes apart into.
    """

    is_drawing: bool = False
    box: tuple[tuple[float, float], ...] = ()
    count: int = 0
    holds_itself: bool = False


class TooManyEntitiesError(MemoryError):
    """More entities than a drawing of a city has: a block that holds itself many times over."""


def read_drawing(order: dict[str, Any], out: Path) -> dict[str, Any]:
    """The answer of ``foreign_child`` for a drawing; ``order["layer"]`` is one of its layers, or None for all.

    Closed lines are areas where ``order["prefer"]`` is "polygon"; circles are their centres where it is "point".
    """
    gc.disable()  # millions of objects that all stay: looking for garbage among them takes a quarter of the time
    document, told = _opened(Path(order["path"]), order["encoding"])
    gc.freeze()
    gc.enable()
    drawing = _Drawing(document, order["prefer"])
    space = document.modelspace()
    wanted = None if order["layer"] in (None, ALL_LAYERS) else order["layer"]
    layers = Counter(str(entity.dxf.get("layer", "0")) for entity in space)
    answer: dict[str, Any] = {"layers": [[readable(name), "", count] for name, count in layers.items()]}
    if wanted is not None and wanted not in [entry[0] for entry in answer["layers"]]:
        return {**answer, "error": wanted, "code": "layer"}
    for number, entity in enumerate(space, 1):
        if wanted is None or readable(str(entity.dxf.get("layer", "0"))) == wanted:
            drawing.take(entity, number)
        if order["rows"] is not None and len(drawing.numbers) >= order["rows"]:
            break
    drawing.drop_broken()
    if not drawing.numbers:
        kinds = ", ".join(f"{kind} {count}" for kind, count in drawing.left.most_common(6))
        code = "import.nothing_drawn" if kinds else "import.no_features"
        return {**answer, "error": code, "code": "refusal", "refusal": code, "args": {"kinds": kinds}}
    save_shapes(out, drawing.blobs(), [True] * len(drawing.shapes), drawing.numbers)
    return {
        **answer,
        "layer": wanted or ALL_LAYERS,
        "crs": None,
        "columns": drawing.columns(),
        "z": False,
        "curves": drawing.rounded,
        "rejects": drawing.rejects,
        "evidence": told + drawing.told(sum(len(layout) for layout in document.layouts if not layout.is_modelspace)),
    }


def _opened(path: Path, encoding: str | None) -> tuple[Drawing, list[dict[str, Any]]]:
    """The drawing and the evidence of its letters; a damaged one is mended as far as that goes."""
    with path.open("rb") as file:
        if file.read(len(BINARY)) == BINARY:
            return readfile(path), []
    letters, reason = letters_of(path.read_bytes(), encoding)
    told = [{"what": "encoding", "value": letters, "reason": reason}] if reason else []
    try:
        return readfile(path, encoding=letters), told
    except (DXFError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        # WORKAROUND: recover takes no encoding and believes a header that is often wrong in Chinese drawings.
        recover.detect_encoding = lambda tags: letters
        document, _ = recover.readfile(path)
        return document, [*told, {"what": "mended", "value": path.suffix, "reason": "import.drawing_mended"}]


class _Drawing:
    """Rows made of entities: shapes with their cells, what was left and why."""

    def __init__(self, document: Any, prefer: str | None) -> None:
        self.document = document
        self.prefer = prefer
        self.shapes: list[Any] = []
        self.records: list[dict[str, Any]] = []
        self.numbers: list[int] = []
        self.rejects: list[tuple[int, str, dict[str, str]]] = []
        self.left: Counter[str] = Counter()
        self.rounded = 0
        self.apart: set[str] = set()
        self.centres = 0
        self.seen = 0
        self._blocks: dict[str, Block] = {}

    def take(self, entity: DXFEntity, number: int, depth: int = 0) -> None:
        """Make rows of one entity, or note why there is none."""
        self.seen += 1
        if self.seen > MOST_ENTITIES:
            raise TooManyEntitiesError
        kind = entity.dxftype()
        try:
            made = list(self._rows(entity, kind, number, depth))
        except (MemoryError, RecursionError) as error:
            raise TooManyEntitiesError from error
        except Exception:  # one broken entity among many; the library raises what its parts raise
            self._leave(number, kind, "import.broken_geometry")
            return
        for shape, cells in made:
            self.shapes.append(shape)
            self.records.append(self._common(entity, kind) | cells)
            self.numbers.append(number)

    def drop_broken(self) -> None:
        """Leave out, with a reason, what is drawn nowhere: no corner, or one that is no number."""
        made = np.array(self.shapes, dtype=object)
        corners, owner = shapely.get_coordinates(made, return_index=True)
        wrong = np.ones(len(made), dtype=bool)
        wrong[owner] = False
        wrong[owner[~np.isfinite(corners).all(axis=1)]] = True
        for row in np.flatnonzero(wrong).tolist():
            self._leave(self.numbers[row], str(self.records[row]["entity"]), "import.broken_geometry")
        keep = np.flatnonzero(~wrong).tolist()
        self.shapes = [self.shapes[row] for row in keep]
        self.records = [self.records[row] for row in keep]
        self.numbers = [self.numbers[row] for row in keep]
        self.rejects.sort(key=lambda reject: reject[0])

    def blobs(self) -> list[bytes]:
        """The shapes as WKB."""
        return [bytes(blob) for blob in shapely.to_wkb(shapely.force_2d(np.array(self.shapes, dtype=object)))]

    def columns(self) -> dict[str, list[Any]]:
        """Own columns that say anything, then the attributes of blocks by their tags."""
        names: dict[str, None] = {}
        for record in self.records:
            names.update(dict.fromkeys(record))
        tags = [name for name in names if name not in _OWN][:MOST_COLUMNS]
        own = [name for name in _OWN if any(record.get(name) not in (None, "") for record in self.records)]
        return {readable(name): [_cell(record.get(name)) for record in self.records] for name in (*own, *tags)}

    def told(self, on_paper: int) -> list[dict[str, Any]]:
        """What the reader decided, as evidence."""
        told = []
        if on_paper:
            told.append({"what": "paper", "value": str(on_paper), "reason": "import.paper_left_out"})
        if self.apart:
            names = ", ".join(sorted(map(readable, self.apart)))[:120]
            told.append({"what": "blocks", "value": names, "reason": "import.blocks_taken_apart"})
        if self.centres:
            told.append({"what": "circles", "value": str(self.centres), "reason": "import.circles_as_points"})
        return told

    def _leave(self, number: int, entity: str, code: str, **args: str) -> None:
        self.left[entity] += 1
        self.rejects.append((number, code, args))

    def _common(self, entity: DXFEntity, kind: str) -> dict[str, Any]:
        code = None
        if entity.has_xdata("SOUTH"):  # CASS keeps its feature code there
            code = next((tag.value for tag in entity.get_xdata("SOUTH") if tag.code == 1000), None)
        return {"layer": str(entity.dxf.get("layer", "0")), "entity": kind, "handle": entity.dxf.get("handle"),
                "cass_code": code}  # fmt: skip

    def _rows(self, entity: Any, kind: str, number: int, depth: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        if kind == "POINT":
            yield self._point(entity.dxf.location)
        elif kind == "INSERT":
            yield from self._insert(entity, number, depth)
        elif kind in _TEXTS:
            words = entity.plain_text() if hasattr(entity, "plain_text") else entity.dxf.text
            shape, cells = self._point(entity.ocs().to_wcs(entity.dxf.insert))
            yield shape, cells | {"text": words, "rotation": entity.dxf.get("rotation")}
        elif kind in _CURVES:
            yield from self._curve(entity, kind, number)
        elif kind in _FACES:
            corners = [entity.ocs().to_wcs(corner) if kind != "3DFACE" else corner for corner in entity.vertices()]
            yield shapely.Polygon([(corner[0], corner[1]) for corner in corners]), {}
        elif kind == "HATCH" or kind == "MPOLYGON":
            yield _area(entity), {}
        elif kind in _TAKEN_APART:
            before = len(self.numbers)
            parts = list(entity.virtual_entities()) if depth < _DEEPEST else []
            for part in parts:
                part.dxf.layer = entity.dxf.get("layer", "0")
                self.take(part, number, depth + 1)
            if len(self.numbers) == before and not parts:
                self._leave(number, kind, "import.not_a_shape", kind=kind)
        else:
            self._leave(number, kind, "import.not_a_shape", kind=kind)

    def _point(self, at: Any) -> tuple[Any, dict[str, Any]]:
        return shapely.Point(at[0], at[1]), {"elevation": round(float(at[2]), 4) or None}

    def _curve(self, entity: Any, kind: str, number: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
            self._leave(number, kind, "import.not_a_shape", kind="MESH")
            return
        if kind == "CIRCLE" and self.prefer == "point":
            self.centres += 1
            shape, cells = self._point(entity.ocs().to_wcs(entity.dxf.center))
            yield shape, {**cells, "radius": entity.dxf.radius}
            return
        if kind == "LWPOLYLINE" and not entity.has_arc and not entity.dxf.hasattr("extrusion"):
            corners, closed = [(at[0], at[1]) for at in entity.lwpoints], bool(entity.closed)
            if closed and corners and corners[0] != corners[-1]:
                corners.append(corners[0])
        else:
            course = curves.make_path(entity)
            self.rounded += course.has_curves
            corners, closed = _flattened(course), course.is_closed or bool(getattr(entity, "is_closed", False))
        height = entity.dxf.get("elevation") if kind in ("LWPOLYLINE", "POLYLINE") else None
        radius = entity.dxf.radius if kind == "CIRCLE" else None
        made = shapely.Polygon if closed and len(corners) > 3 and self.prefer == "polygon" else shapely.LineString
        yield made(corners), {"elevation": _height(height), "radius": radius}

    def _insert(self, entity: Insert, number: int, depth: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        name = str(entity.dxf.get("name", ""))
        block = self.document.blocks.get(name)
        if block is not None and block.block is not None and block.block.is_xref:
            self._leave(number, "XREF", "import.is_xref", name=readable(str(block.block.dxf.get("xref_path", name))))
            return
        if entity.mcount > _MOST_COPIES:
            self._leave(number, "INSERT", "import.too_many_copies", count=str(entity.mcount))
            return
        known = self._block(name)
        if known.holds_itself:
            self._leave(number, "INSERT", "import.block_in_itself", name=readable(name))
            return
        if known.is_drawing and self.seen + known.count > MOST_ENTITIES:
            raise TooManyEntitiesError
        for one in entity.multi_insert() if entity.mcount > 1 else (entity,):
            if known.is_drawing and depth < _DEEPEST:
                self.apart.add(name)
                for part in one.virtual_entities():
                    self.take(part, number, depth + 1)
                continue
            shape, cells = self._point(one.ocs().to_wcs(one.dxf.insert))
            cells |= {"block": name, "rotation": one.dxf.get("rotation")}
            for attribute in one.attribs:
                tag = readable(str(attribute.dxf.get("tag", ""))).strip()
                if tag:
                    cells[tag if tag not in _OWN else f"{tag}_"] = attribute.plain_text()
            yield shape, cells

    def _block(self, name: str) -> Block:
        """What a block is; of one whose parts hold it again, that."""
        if name not in self._blocks:
            self._blocks[name] = Block(holds_itself=True)  # until its parts are known: a part that asks is inside it
            self._blocks[name] = self._measured(name)
        return self._blocks[name]

    def _measured(self, name: str) -> Block:
        block = self.document.blocks.get(name)
        if block is None or block.block is None:
            return Block()
        corners: list[tuple[float, float]] = []
        count = 0
        for entity in block:
            if entity.dxftype() != "INSERT":
                count += 1
                corners += _corners(entity)
                continue
            inner = self._block(str(entity.dxf.get("name", "")))
            if inner.holds_itself:
                return inner
            count += entity.mcount * (inner.count if inner.is_drawing else 1)
            at = entity.dxf.insert
            scale = (entity.dxf.get("xscale", 1.0), entity.dxf.get("yscale", 1.0))
            corners += [(at[0] + x * scale[0], at[1] + y * scale[1]) for x, y in inner.box] or [(at[0], at[1])]
        base = block.block.dxf.get("base_point", (0.0, 0.0, 0.0))
        places = np.array(corners, dtype=np.float64).reshape(-1, 2) - np.array([base[0], base[1]])
        places = places[np.isfinite(places).all(axis=1)]
        if not len(places):
            return Block(count=count)
        low, high = places.min(axis=0), places.max(axis=0)
        room = max(float(np.hypot(*(high - low))), 1e-9) * 2
        away = bool((low > room).any() or (high < -room).any())
        return Block(away, ((float(low[0]), float(low[1])), (float(high[0]), float(high[1]))), count)


def _corners(entity: Any) -> list[tuple[float, float]]:
    """A few points of an entity in its own plane, enough to see where a block is drawn."""
    kind, dxf = entity.dxftype(), entity.dxf
    if kind == "LINE":
        found = [dxf.start, dxf.end]
    elif kind == "LWPOLYLINE":
        found = list(entity.vertices())
    elif kind == "POLYLINE":
        found = [vertex.dxf.location for vertex in entity.vertices if vertex.dxf.hasattr("location")]
    else:
        found = [dxf.get(name) for name in ("insert", "location", "center", "vtx0", "vtx2") if dxf.hasattr(name)]
    return [(float(at[0]), float(at[1])) for at in found]


def _flattened(course: Any) -> list[tuple[float, float]]:
    if not course.has_curves:
        return [(at.x, at.y) for at in course.control_vertices()]
    control = np.array([(at.x, at.y) for at in course.control_vertices()])
    span = float(np.hypot(*(control.max(axis=0) - control.min(axis=0))))
    return [(at.x, at.y) for at in course.flattening(max(FLAT, span * _FLAT_SHARE), segments=4)]


def _area(entity: Any) -> Any:
    """The area of a hatch: its boundaries, a ring inside another being a hole (even-odd)."""
    rings = [_flattened(course) for course in curves.from_hatch(entity)]
    area: Any = shapely.Polygon()
    for ring in rings:
        if len(ring) > 3:
            area = shapely.symmetric_difference(area, shapely.make_valid(shapely.Polygon(ring)))
    return area


def _height(value: Any) -> float | None:
    if value is None:
        return None
    height = float(value[2]) if hasattr(value, "__len__") or hasattr(value, "z") else float(value)
    return round(height, 4) or None


def _cell(value: Any) -> Any:
    return readable(value) if isinstance(value, str) else value
