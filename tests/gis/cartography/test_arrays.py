from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import Heat, LayerStyle, SizeBy, Wedge
from gis.catalogue import load_catalogue
from tests.gis.cartography.layers import Table, layer, shapes_of

CAMERA = LayerStyle.from_class(load_catalogue()["camera"])
EVERYWHERE = (-1e9, -1e9, 1e9, 1e9)


def _content(arrays: LayerArrays) -> dict[int, tuple]:
    """What a layer holds: id -> (place, variant, turn, text)."""
    made = {}
    for part, positions in arrays.visible(EVERYWHERE):
        for p in positions:
            turn = None if np.isnan(part.turn[p]) else float(part.turn[p])
            text = None if part.text is None else part.text[p]
            value = arrays.style.variants[part.variant[p]].value
            made[int(part.ids[p])] = (tuple(part.rings(int(p))[0][0]), value, turn, text)
    return made


def _rows(rng: np.random.Generator, ids: list[int]) -> dict:
    return {
        i: (
            shapely.Point(float(rng.integers(0, 100)), float(rng.integers(0, 100))),
            {"kind": str(rng.choice(["fixed", "ptz"])), "azimuth": float(rng.integers(0, 360)), "name": f"K{i}"},
        )
        for i in ids
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.sets(st.integers(1, 30), min_size=1, max_size=8), max_size=5))
def test_patching_is_the_same_as_loading_anew(seed: int, edits: list[set[int]]) -> None:
    rng = np.random.default_rng(seed)
    table = Table("point", _rows(rng, list(range(1, 21))))
    arrays = LayerArrays.load(table, CAMERA).with_labels(table)
    for ids in edits:
        for i in ids:
            if i in table.rows and rng.random() < 0.4:
                del table.rows[i]
            else:
                table.rows |= _rows(rng, [i])
        arrays = arrays.patch(table, np.array(sorted(ids)))
        fresh = LayerArrays.load(table, CAMERA).with_labels(table)
        assert _content(arrays) == _content(fresh)
        assert len(arrays) == len(fresh) == len(table.rows)


BASE = CAMERA.variants[0]
STYLES = [
    CAMERA,
    replace(CAMERA, mode="single", rotate_by=None),
    replace(
        CAMERA,
        mode="rules",
        size_by=SizeBy("height_m", 0, 20),
        variants=(
            BASE,
            replace(BASE, where="azimuth < 90"),
            replace(BASE, where="kind = ptz"),
            replace(BASE, where="azimuth < 200"),
            replace(BASE, where=" "),
        ),
    ),
    replace(
        CAMERA,
        mode="breaks",
        by="height_m",
        wedge=Wedge("azimuth", "hfov", "range_m"),
        variants=(BASE, *(replace(BASE, upper=u) for u in (3.0, 6.5, None))),
    ),
    replace(CAMERA, crowd="heat", heat=Heat(weight_by="height_m"), label_field="kind"),
]


def _drawn(arrays: LayerArrays) -> dict[int, tuple]:
    """All that drawing takes of a layer: id -> (place, variant, turn, text, numbers)."""
    made = {}
    for part, positions in arrays.visible(EVERYWHERE):
        assert set(part.numbers) == set(arrays.style.numbers)
        for p in positions:
            numbers = {name: str(values[p]) for name, values in sorted(part.numbers.items())}
            turn = None if part.turn is None else str(part.turn[p])
            text = None if part.text is None else part.text[p]
            made[int(part.ids[p])] = (tuple(part.rings(int(p))[0][0]), int(part.variant[p]), turn, text, numbers)
    return made


def _measured(rng: np.random.Generator, ids: list[int]) -> dict:
    rows = _rows(rng, ids)
    for _, fields in rows.values():
        fields |= {"height_m": float(rng.integers(0, 12)) if rng.random() < 0.8 else None}
        fields |= {"hfov": 60.0, "range_m": float(rng.integers(20, 90))}
    return rows


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(
        st.tuples(st.sets(st.integers(1, 30), min_size=1, max_size=8), st.integers(0, len(STYLES) - 1)), max_size=6
    ),
)
def test_edits_and_restyling_are_the_same_as_loading_anew(seed: int, steps: list[tuple[set[int], int]]) -> None:
    rng = np.random.default_rng(seed)
    table = Table("point", _measured(rng, list(range(1, 21))))
    arrays = LayerArrays.load(table, STYLES[2]).with_labels(table)
    for ids, style in steps:
        for i in ids:
            if i in table.rows and rng.random() < 0.4:
                del table.rows[i]
            else:
                table.rows |= _measured(rng, [i])
        arrays = arrays.patch(table, np.array(sorted(ids))).restyled(table, STYLES[style])
        fresh = LayerArrays.load(table, STYLES[style]).with_labels(table)
        assert _drawn(arrays) == _drawn(fresh)


def test_a_patch_asks_rules_of_the_edited_features_alone() -> None:
    table = Table("point", _measured(np.random.default_rng(5), list(range(1, 200))))
    seen: list = []
    arrays = LayerArrays.load(table, STYLES[2])
    asked = table.matching
    table.matching = lambda cls, where, ids=None: seen.append(ids) or asked(cls, where, ids)  # type: ignore[method-assign]
    arrays.patch(table, np.array([7, 9]))
    assert seen
    assert all(ids is not None and sorted(ids) == [7, 9] for ids in seen)


class Silent(Table):
    """A table that must not be read."""

    def shapes(self, *args, **kwargs):
        raise AssertionError("read")

    columns = matching = shapes


def test_looks_and_class_bounds_cost_no_reading() -> None:
    table = Table("point", _measured(np.random.default_rng(6), list(range(1, 30))))
    silent = Silent("point", {})
    for style in STYLES:
        arrays = LayerArrays.load(table, style).with_labels(table)
        look = replace(style, variants=tuple(replace(v, color="#123456", size=5.0) for v in style.variants))
        assert arrays.restyled(silent, look).base is arrays.base
    breaks = LayerArrays.load(table, STYLES[3])
    finer = replace(STYLES[3], variants=(BASE, *(replace(BASE, upper=u) for u in (1.0, 2.0, 5.0, 9.0, None))))
    assert _drawn(breaks.restyled(silent, finer)) == _drawn(LayerArrays.load(table, finer))
    coded = LayerArrays.load(table, CAMERA)
    fewer = replace(CAMERA, variants=(BASE, *CAMERA.variants[:0:-1]))
    assert _drawn(coded.restyled(silent, fewer)) == _drawn(LayerArrays.load(table, fewer))
    fewer = replace(CAMERA, variants=CAMERA.variants[:2])
    assert _drawn(coded.restyled(silent, fewer)) == _drawn(LayerArrays.load(table, fewer))


def test_labels_that_are_turned_on_are_read() -> None:
    table = Table("point", _rows(np.random.default_rng(2), [1, 2]))
    mute = replace(CAMERA, labels={})
    arrays = LayerArrays.load(table, mute).with_labels(table)
    assert not arrays.named
    assert sorted(arrays.restyled(table, CAMERA).base.text.tolist()) == ["K1", "K2"]
    numbers = replace(CAMERA, label_field="azimuth")
    texts = LayerArrays.load(table, CAMERA).with_labels(table).restyled(table, numbers).base.text.tolist()
    assert sorted(texts) == sorted(f"{row['azimuth']:g}" for _, row in table.rows.values())


def test_a_label_may_be_made_of_several_fields() -> None:
    table = Table("point", _rows(np.random.default_rng(2), [1, 2]))
    table.rows[3] = (shapely.Point(1, 1), {})
    style = replace(CAMERA, label_field="{name} · {kind} {azimuth}°{name.__class__}")
    arrays = LayerArrays.load(table, style)
    assert not arrays.named
    arrays = arrays.with_labels(table).patch(table, np.array([2]))
    texts = {int(part.ids[p]): part.text[p] for part, at in arrays.visible(EVERYWHERE) for p in at}
    for i in (1, 2):
        fields = table.rows[i][1]
        assert texts[i] == f"K{i} · {fields['kind']} {fields['azimuth']:g}°{{name.__class__}}"
    assert texts[3] is None


def test_the_old_arrays_are_not_touched_by_a_patch() -> None:
    table = Table("point", _rows(np.random.default_rng(1), [1, 2, 3]))
    arrays = LayerArrays.load(table, CAMERA)
    before = _content(arrays)
    del table.rows[2]
    arrays.patch(table, np.array([2]))
    assert _content(arrays) == before


def test_rings_of_polygons_keep_to_their_feature() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(4, 4, 6, 6).exterior])
    pair = shapely.MultiPolygon([shapely.box(20, 0, 22, 2), shapely.box(30, 0, 33, 3)])
    arrays = layer("area", [pair, ring, shapely.MultiPolygon()], level=np.array(["town"] * 3, object))
    found = {int(part.ids[p]): part.rings(int(p)) for part, at in arrays.visible(EVERYWHERE) for p in at}
    assert sorted(found) == [1, 2]
    assert [len(r) for r in found[1]] == [5, 5]
    assert {tuple(v) for v in found[2][1]} == {(4, 4), (4, 6), (6, 6), (6, 4)}


def test_chosen_features_are_the_living_ones_in_view() -> None:
    table = Table("point", {i: (shapely.Point(i, 0), {}) for i in range(10)} | {99: (shapely.Point(500, 0), {})})
    arrays = LayerArrays.load(table, CAMERA)
    del table.rows[3]
    arrays = arrays.patch(table, np.array([3]))
    found = arrays.chosen(np.array([2, 3, 4, 99, 12345]), (-1, -1, 100, 1))
    assert sorted(int(i) for part, at in found for i in part.ids[at]) == [2, 4]


def test_restyling_reads_only_what_it_needs() -> None:
    table = Table("point", _rows(np.random.default_rng(2), [1, 2]))
    arrays = LayerArrays.load(table, CAMERA)
    blue = CAMERA.changed(color="#0000FF")
    assert arrays.restyled(table, blue).base is arrays.base
    other = replace(CAMERA, by=None)
    assert arrays.restyled(table, other).base is not arrays.base
    assert set(arrays.restyled(table, other).base.variant) == {0}


def test_read_only_arrays_are_copied_for_the_kernels() -> None:
    shapes = shapes_of("line", [shapely.LineString([(0, 0), (1, 1)])])
    for array in (shapes.coords, shapes.ring_offsets, shapes.feature_offsets, shapes.bounds):
        array.setflags(write=False)
    style = LayerStyle.from_class(load_catalogue()["cable"])
    base = LayerArrays.of(shapes, None, style).base
    assert all(a.flags.writeable for a in (base.coords, base.ring_offsets, base.first_ring, base.bounds, base.variant))
