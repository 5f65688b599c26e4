"""One consistent look at the project file: columns, frames, rows, windows, search and read-only SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass
from gis.geometry.columns import BBox, Columns, Shapes
from gis.storage import console, reading, search_index
from gis.storage.blobs import Decoded, Packed, decode, geometries, join
from gis.storage.collecting import uncollected
from gis.storage.search_index import Hit

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_KINDS = {"point": "point", "line": "line", "polygon": "polygon", "multipolygon": "polygon"}


class Snapshot:
    """Reads through one connection inside a read transaction, which the store opens and ends; one thread at a time.

    ``where`` is trusted SQL of our own with ``?`` for ``params``, never what a user typed. ``bbox``, ``ids`` and
    ``where`` narrow together; unknown ids are passed over. Rows come in the order of their ids.
    Raises Refusal ``catalogue.no_class``, ``catalogue.no_field``, ``reading.bad_geometry``.
    """

    def __init__(self, connection: apsw.Connection, catalogue: Catalogue, srid: int, version: int) -> None:
        self._connection = connection
        self.catalogue = catalogue
        self.srid = srid
        self.version = version

    def count(self, cls: str) -> int:
        """How many rows a class has."""
        found = self._connection.execute(f'SELECT count(*) FROM "{self.catalogue[cls].name}"').fetchone()
        return int(found[0]) if found else 0

    def counts(self) -> dict[str, int]:
        """How many rows each class has."""
        return {cls.name: self.count(cls.name) for cls in self.catalogue}

    def columns(
        self,
        cls: str,
        fields: Sequence[str] | None = None,
        *,
        bbox: BBox | None = None,
        ids: Sequence[int] | NDArray[np.int64] | None = None,
        where: str | None = None,
        params: Sequence[Any] = (),
        geometry: bool = True,
        limit: int | None = None,
    ) -> Columns:
        """Rows column by column. ``fields`` None means all of the catalogue; stamps may be named too."""
        kind = self.catalogue[cls]
        names = [f.name for f in kind.fields] if fields is None else list(fields)
        with uncollected():
            wanted = self._chosen(kind, bbox, ids, where, params, limit)
            return self._columns(kind, names, wanted, geometry)

    def _columns(
        self, kind: FeatureClass, names: Sequence[str], wanted: NDArray[np.int64] | None, geometry: bool
    ) -> Columns:
        cls = kind.name
        if not (geometry and kind.spatial):
            return Columns(cls, *reading.values(self._connection, kind, names, wanted))
        values = reading.values(self._connection, kind, names, wanted)[1] if names else {}
        keys: list[NDArray[np.int64]] = []
        shapes: list[NDArray[np.object_]] = []
        for packed in reading.blobs(self._connection, kind, wanted):
            keys.append(packed.ids)
            shapes.append(_with_nulls(packed, cls))
        if not keys:
            return Columns(cls, np.zeros(0, np.int64), values, np.zeros(0, object))
        return Columns(cls, np.concatenate(keys), values, np.concatenate(shapes))

    def shapes(
        self, cls: str, *, bbox: BBox | None = None, ids: Sequence[int] | NDArray[np.int64] | None = None
    ) -> Shapes:
        """Geometries as flat arrays for drawing; features without one are left out."""
        kind = self.catalogue[cls]
        if bbox is not None:
            whole = reading.extent(self._connection, kind)
            if whole is not None and _inside(whole, bbox):
                bbox = None  # everything that has a geometry, then: no need to ask the index
        wanted = self._chosen(kind, bbox, ids, None, (), None)
        pieces: list[Decoded] = []
        if kind.spatial:
            pieces = [decode(packed, cls) for packed in reading.blobs(self._connection, kind, wanted, nulls=False)]
        if not pieces:
            pieces = [decode(Packed.of(np.zeros(0, np.int64), []), cls)]
        return join(pieces).shapes(_KINDS.get(kind.geometry, "point"))

    def frame(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> gpd.GeoDataFrame | pd.DataFrame:
        """The same as ``columns``, as a GeoDataFrame with its CRS (a DataFrame for a table), column "id" first.

        References, whole numbers and booleans take pandas' nullable types.
        """
        import geopandas as gpd
        import pandas as pd

        kind = self.catalogue[cls]
        columns = self.columns(cls, fields, **narrowed)
        data: dict[str, Any] = {"id": columns.ids}
        for name, column in columns.fields.items():
            match reading.field_type(kind, name):
                case "ref":
                    data[name] = pd.arrays.IntegerArray(column, column == 0)
                case "integer" if not np.any(column % 1 > 0):
                    empty = np.isnan(column)
                    data[name] = pd.arrays.IntegerArray(np.where(empty, 0, column).astype(np.int64), empty)
                case "boolean":
                    data[name] = pd.arrays.BooleanArray(column != 0, np.isnan(column))
                case _:
                    data[name] = column
        if columns.geometry is None:
            return pd.DataFrame(data)
        return gpd.GeoDataFrame(data, geometry=columns.geometry, crs=self.srid)

    def row(self, cls: str, id: int) -> dict[str, Any] | None:
        """All fields of one feature with "id", stamps and "geom" (shapely or None); None when there is no such row.

        Values are plain: float, int, bool, str or None.
        """
        kind = self.catalogue[cls]
        names = [f.name for f in kind.fields]
        names += [stamp for stamp in ("updated_at", "updated_by") if stamp not in names]
        wanted = "".join(f', "{name}"' for name in [*names, *(["geom"] if kind.spatial else [])])
        found = self._connection.execute(f'SELECT id{wanted} FROM "{cls}" WHERE id = ?', (int(id),)).fetchone()
        if found is None:
            return None
        row: dict[str, Any] = dict(zip(["id", *names], found, strict=False))
        for f in kind.fields:
            if f.type == "boolean" and row[f.name] is not None:
                row[f.name] = bool(row[f.name])
        if kind.spatial:
            blob = found[-1]
            row["geom"] = None if blob is None else _with_nulls(Packed.of(np.array([id], np.int64), [blob]), cls)[0]
        return row

    def ids_in(self, cls: str, bbox: BBox) -> NDArray[np.int64]:
        """The ids of features whose bounding box meets ``bbox``, through the spatial index."""
        return reading.ids_in(self._connection, self.catalogue[cls], bbox)

    def ids(
        self, cls: str, where: str | None = None, params: Sequence[Any] = (), order: str | None = None
    ) -> NDArray[np.int64]:
        """The ids of rows that meet ``where``, in the order of ``order`` (trusted SQL too)."""
        return reading.ids_of(self._connection, self.catalogue[cls], where, params, order=order)

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounds of a class, or of everything; up to 0.5 m wider than the coordinates. None when empty."""
        classes = self.catalogue if cls is None else (self.catalogue[cls],)
        boxes = [box for kind in classes if (box := reading.extent(self._connection, kind)) is not None]
        if not boxes:
            return None
        lows, highs = np.min(boxes, axis=0), np.max(boxes, axis=0)
        return (float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3]))

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Features whose code, name, address or remark holds what the user typed, best first."""
        return search_index.find(self._connection, self.catalogue, text, limit)

    def sql(
        self, text: str, params: Sequence[Any] = (), limit: int = 10_000, time_limit_s: float = 30.0
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """A user's SELECT: column names and at most ``limit`` rows. Anything that writes is refused."""
        return console.select(self._connection, text, params, limit, time_limit_s)

    def _chosen(
        self,
        cls: FeatureClass,
        bbox: BBox | None,
        ids: Sequence[int] | NDArray[np.int64] | None,
        where: str | None,
        params: Sequence[Any],
        limit: int | None,
    ) -> NDArray[np.int64] | None:
        """The sorted ids that are asked for, or None for the whole class."""
        chosen: NDArray[np.int64] | None = None
        if bbox is not None:
            chosen = reading.ids_in(self._connection, cls, bbox)
        if ids is not None:
            given = reading.present(self._connection, cls, np.asarray(ids, np.int64))
            chosen = given if chosen is None else np.intersect1d(chosen, given, assume_unique=True)
        if where is not None:
            met = np.sort(reading.ids_of(self._connection, cls, where, params))
            chosen = met if chosen is None else np.intersect1d(chosen, met, assume_unique=True)
        if limit is not None:
            chosen = reading.ids_of(self._connection, cls, limit=limit) if chosen is None else chosen[: max(limit, 0)]
        return chosen


def _with_nulls(packed: Packed, cls: str) -> NDArray[np.object_]:
    """The geometries of a chunk, None where there is none."""
    made = geometries(decode(packed, cls), cls)
    given = packed.lengths > 0
    if given.all():
        return made
    whole = np.empty(len(packed.ids), object)
    whole[given] = made
    return whole


def _inside(inner: BBox, outer: BBox) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
