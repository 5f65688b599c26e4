"""What is written of a template is read back as it was."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.sheets.editing import added, item_of
from gis.cartography.sheets.items import (
    Box,
    CardItem,
    ChartItem,
    ColumnItem,
    FrameItem,
    LineItem,
    MapItem,
    PictureItem,
    TableItem,
    TextItem,
    identified,
)
from gis.cartography.sheets.template_writing import template_text
from gis.cartography.sheets.templates import SheetTemplate, read_template, sheet_template, template_names
from gis.catalogue import Label

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
lengths = st.floats(1.0, 90.0, allow_nan=False)


@pytest.mark.parametrize("name", template_names())
def test_the_shipped_ones_come_back(name: str) -> None:
    template = sheet_template(name)
    assert read_template(template_text(template), name) == template


@settings(max_examples=150, deadline=None)
@given(words, words, lengths, st.booleans(), st.integers(1, 40))
def test_any_words_and_lengths_come_back(zh: str, en: str, size: float, bold: bool, lines: int) -> None:
    text = TextItem(text={"zh": zh, "en": en}, heading={"zh": en, "en": zh}, size=size, bold=bold, lines=lines)
    made, _ = added(sheet_template("coverage_a4"), replace(text, box=Box(10, 10, size, size)))
    made = replace(made, label=Label(zh, en), words={"title": Label(en, zh)}, generalise_m=size)
    assert read_template(template_text(made), made.name) == made


def test_every_kind_comes_back() -> None:
    template = sheet_template("coverage_a3")
    box = Box(20.125, 30, 60, 41.5)
    for item in (
        MapItem(role="overview", frame_of="map", grid="none", band=0.0, denominator=25_000.0, layers=("area",),
                center=(517_000.5, 3_681_000.0), box=box),
        ChartItem(content="counts", form="pie", box=box),
        PictureItem(file="图 \"一\".png", fit="fill", box=box),
        CardItem(indicator="free_wifi:people", box=box),
        LineItem(width=0.5, ink="mark", box=box),
        FrameItem(fill="#eef2f6", width=0.0, box=box),
        TableItem(content="features:camera", rows=12, box=box),
        ColumnItem(items=identified([TableItem(id="a"), ChartItem(id="b")]), split=1, gap=2.5, box=box),
    ):  # fmt: skip
        template, _ = added(template, item)
    again: SheetTemplate = read_template(template_text(template), template.name)
    assert again == template
    assert item_of(again, "map-2") == item_of(template, "map-2")
