"""Whatever a caller hands in is planned or refused; nothing else ever comes out."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon

from gis.catalogue import load_catalogue
from gis.editing import Create, Delete, Load, Move, Reshape, Update, UpdateMany, plan
from gis.errors import Refusal
from gis.geometry.columns import Columns
from tests.gis.editing.memory import MemoryProject

CATALOGUE = load_catalogue()
FIELDS = sorted({f.name for cls in CATALOGUE for f in cls.fields} | {"id", "nonsense"})

numbers = st.floats(400_000, 4_000_000)
places = st.tuples(numbers, numbers)
geometries = st.one_of(
    st.none(), st.text(max_size=5), st.just(10**5000), st.just(Point()),
    st.just(GeometryCollection([Point(5e5, 3.7e6)])),
    st.builds(Point, places), st.builds(LineString, st.lists(places, min_size=2, max_size=5)),
    st.builds(Polygon, st.lists(places, min_size=4, max_size=6)),
    st.builds(lambda ring: MultiPolygon([Polygon(ring)]), st.lists(places, min_size=4, max_size=6)),
)  # fmt: skip
values = st.one_of(
    st.none(), st.integers(), st.floats(), st.booleans(), st.text(), st.binary(max_size=3), st.dates(), st.datetimes(),
    st.lists(st.integers(), max_size=2), st.sampled_from(
        ["在用", "是", "2020-01-01", "12.5", "A", "\x00", "\ud800", pd.NA, pd.NaT, np.float32(3), np.int64(2**60),
         10**5000, "9" * 5000,
         np.datetime64("2020-01-01"), dt.timedelta(1), object()]),
)  # fmt: skip
classes = st.sampled_from([cls.name for cls in CATALOGUE])
rows = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)
ids = st.lists(st.one_of(st.integers(-5, 5), st.integers(), st.text(max_size=2), st.just(10**5000)), max_size=3)


def column(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


@st.composite
def intents(draw):
    cls = draw(classes)
    match draw(st.integers(0, 6)):
        case 0:
            return Create(cls, [draw(rows) | {"geom": draw(geometries)} for _ in range(draw(st.integers(0, 3)))])
        case 1:
            return Update(cls, draw(ids), draw(rows))
        case 2:
            return Move(cls, draw(ids), draw(st.floats()), draw(st.floats()))
        case 3:
            return Reshape(cls, draw(st.integers()), draw(geometries))
        case 4:
            return Delete(cls, draw(ids), draw(st.sampled_from(["refuse", "detach", "cascade"])))
    n = draw(st.integers(0, 3))
    fields = {name: column(draw(st.lists(values, min_size=n, max_size=n))) for name in draw(rows)}
    shapes = column(draw(st.lists(geometries, min_size=n, max_size=n))) if draw(st.booleans()) else None
    keys = np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)), dtype=np.int64)
    return draw(st.sampled_from([Load, UpdateMany]))(Columns(cls, keys, fields, shapes))


@settings(max_examples=400, deadline=None)
@given(intents())
def test_a_plan_or_a_refusal(intent):
    said = []
    try:
        said = [plan(MemoryProject(), intent).label]
    except Refusal as refusal:
        said = [refusal.message(language) for language in ("zh", "en")]
    assert all(said), intent
