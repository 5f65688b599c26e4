"""Changes of a template: what hypothesis may ask for never leaves a sheet that could not be drawn."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.sheets import editing, snapping
from gis.cartography.sheets.items import (
    PAPERS,
    Box,
    ChartItem,
    ColumnItem,
    LegendItem,
    MapItem,
    Margins,
    TextItem,
    all_items,
    kind_of,
)
from gis.cartography.sheets.templates import SheetTemplate, sheet_template, template_names
from gis.errors import Refusal

TEMPLATE = sheet_template("coverage_a3")
FREE = [item.id for item in TEMPLATE.items]
ids_ = st.lists(st.sampled_from(FREE), min_size=1, max_size=5, unique=True)
lengths = st.floats(-600, 600, allow_nan=False)


def on_paper(template: SheetTemplate) -> bool:
    paper = template.paper
    return all(
        item.box is not None
        and item.box.x >= -0.001
        and item.box.y >= -0.001
        and item.box.right <= paper.width + 0.001
        and item.box.bottom <= paper.height + 0.001
        for item in template.items
    )


def box(template: SheetTemplate, id: str) -> Box:
    found = editing.item_of(template, id).box
    assert found is not None
    return found


@pytest.mark.parametrize("name", template_names())
def test_what_is_shipped_is_sound(name: str) -> None:
    assert editing.checked(sheet_template(name)) is sheet_template(name)


@settings(max_examples=60, deadline=None)
@given(ids_, lengths, lengths)
def test_a_moved_group_keeps_its_shape_and_stays_on_the_paper(ids: list[str], dx: float, dy: float) -> None:
    made = editing.moved(TEMPLATE, ids, dx, dy)
    assert on_paper(made)
    shifts = {
        (round(box(made, i).x - box(TEMPLATE, i).x, 2), round(box(made, i).y - box(TEMPLATE, i).y, 2)) for i in ids
    }
    xs, ys = [x for x, _ in shifts], [y for _, y in shifts]
    assert max(xs) - min(xs) <= 0.011
    assert max(ys) - min(ys) <= 0.011
    assert [i.id for i in made.items if i not in TEMPLATE.items] == [
        i.id for i in made.items if i.id in ids and i.box != box(TEMPLATE, i.id)
    ]


@settings(max_examples=60, deadline=None)
@given(ids_, st.sampled_from(editing.EDGES))
def test_aligned_items_share_the_edge_and_keep_their_size(ids: list[str], edge: editing.Edge) -> None:
    made = editing.aligned(TEMPLATE, ids, edge)
    boxes = [box(made, id) for id in ids]
    at = {
        "left": [b.x for b in boxes], "right": [b.right for b in boxes], "top": [b.y for b in boxes],
        "bottom": [b.bottom for b in boxes], "center": [b.x + b.width / 2 for b in boxes],
        "middle": [b.y + b.height / 2 for b in boxes],
    }[edge]  # fmt: skip
    assert max(at) - min(at) < 0.003
    assert [(b.width, b.height) for b in boxes] == [(box(TEMPLATE, i).width, box(TEMPLATE, i).height) for i in ids]
    assert on_paper(made)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(FREE), min_size=3, max_size=6, unique=True))
def test_distributed_items_have_equal_gaps_and_the_outer_ones_stay(ids: list[str]) -> None:
    small = replace(
        TEMPLATE,
        items=tuple(
            item if isinstance(item, MapItem) else replace(item, box=Box(20 + 17 * i, 40 + 3 * i * i % 60, 15, 8))
            for i, item in enumerate(TEMPLATE.items)
        ),
    )
    chosen = [id for id in ids if not isinstance(editing.item_of(small, id), MapItem)]
    made = editing.distributed(small, chosen, "horizontal")
    if len(chosen) < 3:
        assert made is small
        return
    boxes = sorted((box(made, id) for id in chosen), key=lambda b: b.x)
    gaps = [after.x - before.right for before, after in pairwise(boxes)]
    assert max(gaps) - min(gaps) < 0.01
    assert boxes[0].x == pytest.approx(min(box(small, i).x for i in chosen), abs=0.002)
    assert boxes[-1].right == pytest.approx(max(box(small, i).right for i in chosen), abs=0.002)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PAPERS)), st.sampled_from(("portrait", "landscape")), st.sampled_from(template_names()))
def test_any_template_fits_any_paper(paper: str, orientation: str, name: str) -> None:
    before = sheet_template(name)
    made = editing.on_paper(before, paper, orientation)  # type: ignore[arg-type]
    assert made.paper.name == paper
    assert editing.orientation_of(made.paper) == orientation
    assert on_paper(made)
    assert [item.id for item in made.items] == [item.id for item in before.items]
    inner = editing.printed_box(made)
    main = made.map_item.box
    assert main is not None
    if before.map_item.box is not None and before.map_item.box.x == before.margins.left:
        assert main.x == pytest.approx(inner.x, abs=0.01)


def test_paper_and_back_is_the_same_sheet() -> None:
    there = editing.on_paper(TEMPLATE, "A1", "portrait")
    back = editing.on_paper(there, "A3", "landscape")
    for item in TEMPLATE.items:
        assert item.box is not None
        for name in ("x", "y", "width", "height"):
            assert getattr(box(back, item.id), name) == pytest.approx(getattr(item.box, name), abs=0.02)


def test_margins_carry_what_stands_at_them() -> None:
    made = editing.with_margins(TEMPLATE, Margins(30, 10, 12, 9))
    assert made.map_item.box is not None
    assert made.map_item.box.x == pytest.approx(30)
    with pytest.raises(Refusal) as refused:
        editing.with_margins(TEMPLATE, Margins(200, 10, 200, 9))
    assert refused.value.code == "sheets.no_room"


@settings(max_examples=60, deadline=None)
@given(ids_, st.booleans(), st.booleans())
def test_order_is_only_a_permutation(ids: list[str], up: bool, whole: bool) -> None:
    made = (editing.raised if up else editing.lowered)(TEMPLATE, ids, whole)
    assert sorted(item.id for item in made.items) == sorted(FREE)
    assert {item.id: item for item in made.items} == {item.id: item for item in TEMPLATE.items}
    if whole:
        chosen = [item.id for item in made.items if item.id in ids]
        edge = [item.id for item in made.items][-len(ids) :] if up else [item.id for item in made.items][: len(ids)]
        assert edge == chosen
    if not whole and len(ids) == 1 and FREE.index(ids[0]) not in (0, len(FREE) - 1):
        there = [item.id for item in made.items].index(ids[0])
        assert there == FREE.index(ids[0]) + (1 if up else -1)


def test_order_within_a_column() -> None:
    column = next(item for item in TEMPLATE.items if isinstance(item, ColumnItem))
    first, second = column.items[0].id, column.items[1].id
    made = editing.raised(TEMPLATE, [first])
    assert [item.id for item in editing.item_of(made, column.id).items[:2]] == [second, first]  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(ids_)
def test_duplicates_have_ids_of_their_own(ids: list[str]) -> None:
    made, new = editing.duplicated(TEMPLATE, ids)
    everything = [item.id for item in all_items(made.items)]
    assert len(set(everything)) == len(everything)
    assert len(new) == len(ids)
    assert on_paper(made)
    assert sum(isinstance(i, MapItem) and i.role == "main" for i in made.items) == 1
    assert editing.removed(made, new) == TEMPLATE


def test_added_removed_and_what_is_refused() -> None:
    made, id = editing.added(TEMPLATE, ChartItem(box=Box(20, 40, 80, 50)))
    assert id == "chart"
    assert kind_of(made.items[-1]) == "chart"
    made, second = editing.added(made, ChartItem(box=Box(20, 100, 80, 50)))
    assert second == "chart-2"
    assert editing.removed(made, ["chart", "chart-2"]) == TEMPLATE
    for wrong, code in (
        (MapItem(box=Box(20, 40, 80, 50)), "sheets.second_main"),
        (ChartItem(box=Box(400, 40, 80, 50)), "sheets.off_paper"),
        (ChartItem(), "sheets.off_paper"),
        (MapItem(role="inset", box=Box(20, 40, 8, 8)), "sheets.too_small"),
        (LegendItem(of="nowhere", box=Box(20, 40, 80, 50)), "sheets.no_map"),
        (TextItem(text={"zh": "字"}, box=Box(20, 40, 80, 50)), "sheets.text_needed"),
    ):
        with pytest.raises(Refusal) as refused:
            editing.added(TEMPLATE, wrong)
        assert refused.value.code == code
        for language in ("zh", "en"):
            assert refused.value.message(language)
    with pytest.raises(Refusal) as refused:
        editing.removed(TEMPLATE, [TEMPLATE.map_item.id])
    assert refused.value.code == "sheets.main_needed"


def test_a_map_that_goes_takes_no_scale_with_it() -> None:
    made, inset = editing.added(TEMPLATE, MapItem(role="inset", box=Box(30, 200, 60, 60)))
    made = editing.changed(made, "scale", of=inset)
    made = editing.changed(made, "map", frame_of=inset)
    made = editing.removed(made, [inset])
    assert editing.item_of(made, "scale").of == ""  # type: ignore[attr-defined]
    assert made.map_item.frame_of == ""


def test_properties_and_roles() -> None:
    made = editing.changed(TEMPLATE, "legend", columns=2)
    assert editing.item_of(made, "legend").columns == 2  # type: ignore[attr-defined]
    made, inset = editing.added(made, MapItem(role="inset", box=Box(30, 200, 60, 60)))
    swapped = editing.changed(made, inset, role="main")
    assert swapped.map_item.id == inset
    assert editing.item_of(swapped, "map").role == "inset"  # type: ignore[attr-defined]
    named = editing.changed(editing.changed(made, "scale", of=inset), inset, id="downtown")
    assert editing.item_of(named, "scale").of == "downtown"  # type: ignore[attr-defined]
    for id, fields, code in (
        ("legend", {"wings": 2}, "sheets.no_property"),
        ("nobody", {"size": 2.0}, "sheets.no_item"),
        ("map", {"role": "inset"}, "sheets.main_needed"),
        ("scale", {"id": "north"}, "sheets.same_id"),
        ("scale", {"box": Box(0, 0, 900, 10)}, "sheets.off_paper"),
    ):
        with pytest.raises(Refusal) as refused:
            editing.changed(made, id, **fields)
        assert refused.value.code == code


def test_in_and_out_of_a_column() -> None:
    column = next(item for item in TEMPLATE.items if isinstance(item, ColumnItem))
    made = editing.taken_out(TEMPLATE, "legend", Box(320, 31, 88, 70))
    assert box(made, "legend") == Box(320, 31, 88, 70)
    assert "legend" not in [child.id for child in editing.item_of(made, column.id).items]  # type: ignore[attr-defined]
    back = editing.put_into(made, ["legend"], column.id)
    assert editing.item_of(back, column.id).items[-1].id == "legend"  # type: ignore[attr-defined]
    assert len(all_items(back.items)) == len(all_items(TEMPLATE.items))
    with pytest.raises(Refusal) as refused:
        editing.put_into(TEMPLATE, ["map"], column.id)
    assert refused.value.code == "sheets.not_in_column"
    with pytest.raises(Refusal) as refused:
        editing.resized(TEMPLATE, "legend", Box(0, 0, 50, 50))
    assert refused.value.code == "sheets.in_column"


@settings(max_examples=100, deadline=None)
@given(ids_, lengths, lengths, st.sampled_from((0.0, 1.0, 5.0)))
def test_a_snapped_group_is_near_and_its_guides_touch_it(ids: list[str], dx: float, dy: float, grid: float) -> None:
    snap = snapping.snapped(TEMPLATE, ids, dx, dy, tolerance=2.0, grid=grid)
    group = editing.around(editing.boxes_of(TEMPLATE, ids).values())
    paper = TEMPLATE.paper
    assert (snap.box.width, snap.box.height) == (group.width, group.height)
    assert -1e-9 <= snap.box.x <= paper.width - group.width + 1e-9
    assert -1e-9 <= snap.box.y <= paper.height - group.height + 1e-9
    reach = max(2.0, grid / 2) + 1e-9
    if 0 <= group.x + dx <= paper.width - group.width:
        assert abs(snap.box.x - (group.x + dx)) <= reach
    for guide in snap.guides:
        edges = (
            (snap.box.x, snap.box.x + snap.box.width / 2, snap.box.right)
            if guide.vertical
            else (snap.box.y, snap.box.y + snap.box.height / 2, snap.box.bottom)
        )
        assert min(abs(guide.at - edge) for edge in edges) < 1e-5
        assert guide.start < guide.end


def test_it_holds_on_to_margins_items_and_the_grid() -> None:
    lone = replace(TEMPLATE, items=(TEMPLATE.map_item,))
    lone, id = editing.added(lone, ChartItem(box=Box(330, 100, 40, 33)))
    to_margin = snapping.snapped(lone, [id], 37.2, 2.7)
    assert to_margin.box.right == pytest.approx(420 - 12)
    assert {guide.source for guide in to_margin.guides if guide.vertical} == {"margin"}
    to_item = snapping.snapped(lone, [id], -19.5, 0)  # the right edge of the map is at 312
    assert to_item.box.x == pytest.approx(312)
    assert any(guide.source == "item" and guide.vertical and guide.at == 312 for guide in to_item.guides)
    free = snapping.snapped(lone, [id], 8.4, 7.6, grid=5.0)
    assert (free.box.x, free.box.y) == (340, 110)
    assert not free.guides


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(FREE),
    st.tuples(st.sampled_from(("left", "right", "")), st.sampled_from(("top", "bottom", ""))).map(
        lambda pair: {edge for edge in pair if edge}
    ),
    lengths,
    lengths,
)
def test_a_resized_edge_never_turns_over_nor_leaves_the_paper(id: str, handle: set[str], dx: float, dy: float) -> None:
    old = box(TEMPLATE, id)
    left = old.x + (dx if "left" in handle else 0)
    top = old.y + (dy if "top" in handle else 0)
    right = old.right + (dx if "right" in handle else 0)
    bottom = old.bottom + (dy if "bottom" in handle else 0)
    snap = snapping.snapped_edges(TEMPLATE, id, Box(left, top, right - left, bottom - top), frozenset(handle))
    made = editing.resized(TEMPLATE, id, snap.box)
    assert on_paper(made)
    if "left" not in handle:
        assert box(made, id).x == pytest.approx(old.x, abs=0.002)
    if "right" not in handle and "left" not in handle:
        assert box(made, id).width == pytest.approx(old.width, abs=0.002)
