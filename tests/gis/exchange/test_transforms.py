"""What becomes of cells on their way into a field: units, pieces, joints, names, dates, expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import Catalogue, load_catalogue
from gis.errors import Refusal
from gis.exchange.raw import RawTable
from gis.exchange.transforms import Source, cells_of, values_of
from gis.exchange.units import converted, known_unit, unit_in_cells, unit_in_name, units_for


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def column(*cells: Any) -> np.ndarray:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made


def table(**columns: Sequence[str | None]) -> RawTable:
    count = len(next(iter(columns.values())))
    return RawTable(tuple(columns), {n: column(*c) for n, c in columns.items()}, np.arange(2, count + 2))


RAW = table(
    线路=["K1/人民路/12", "K2", None],
    高=["350", "4e2", None],
    名=["东", None, "西"],
    号=["1", "2", None],
    旧=["a", "b", "c"],
)


@pytest.mark.parametrize(
    ("source", "cells"),
    [
        (Source("旧"), ["a", "b", "c"]),
        (Source(constant="x"), ["x", "x", "x"]),
        (Source("旧", values={"a": "甲", "b": ""}), ["甲", None, "c"]),
        (Source("线路", split="/"), ["K1", "K2", None]),
        (Source("线路", split="/", part=2), ["人民路", None, None]),
        (Source("线路", split="/", part=-1), ["12", "K2", None]),
        (Source("线路", split="/", part=9), [None, None, None]),
        (Source("名", join=("号", "旧"), glue="-"), ["东-1-a", "2-b", "西-c"]),
        (Source(join=("名", "号"), glue=""), ["东1", "2", "西"]),
        (Source("线路", split="/", part=1, join=("号",), values={"K1 1": "甲"}), ["甲", "K2 2", None]),
    ],
    ids=["plain", "constant", "renamed", "first", "second", "last", "missing", "joined", "join-only", "all"],
)
def test_cells(source: Source, cells: list[str | None]) -> None:
    assert cells_of(RAW, source).tolist() == cells


def test_an_expression_is_computed_by_who_can() -> None:
    def evaluate(raw: RawTable, text: str) -> np.ndarray:
        assert text == "高 * 2"
        return np.array([700.0, 800.0, np.nan])

    assert cells_of(RAW, Source(expression="高 * 2"), evaluate)[:2].tolist() == [700, 800]
    assert cells_of(RAW, Source(expression="高 * 2", join=("旧",)), evaluate).tolist() == ["700 a", "800 b", "c"]
    assert cells_of(RAW, Source(expression="高 * 2", values={"700": "x"}), evaluate).tolist() == ["x", "800", None]


@pytest.mark.parametrize(
    ("source", "code"),
    [(Source("nope"), "import.no_column"), (Source("名", join=("nope",)), "import.no_column"),
     (Source("名", split="/", part=0), "import.no_part"), (Source(expression="1"), "import.no_calculator")],
    ids=["column", "joined", "part-0", "no-calculator"],
)  # fmt: skip
def test_what_a_source_cannot_be(source: Source, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        cells_of(RAW, source)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("cls", "field", "unit", "cell", "value"),
    [
        ("camera", "height_m", "ft", "30", 9.144), ("camera", "height_m", "cm", "350", 3.5),
        ("camera", "height_m", "厘米", "350", 3.5), ("camera", "height_m", "cm", "3.5 m", 3.5),
        ("camera", "height_m", "cm", "12英尺", 3.6576), ("camera", "height_m", "m", "４５０cm", 4.5),
        ("wifi_hotspot", "eirp_dbm", "mW", "100", 20), ("wifi_hotspot", "eirp_dbm", "W", "0.5", 26.98970004336),
        ("wifi_hotspot", "eirp_dbm", "mW", "20 dBm", 20), ("wifi_hotspot", "eirp_dbm", "dBW", "-7", 23),
        ("cell", "gain_dbi", "dBd", "15", 17.15), ("cell", "frequency_mhz", "GHz", "3.5", 3500),
        ("premises", "access_rate_mbps", "Gbps", "1", 1000), ("premises", "access_rate_mbps", "kbps", "2048", 2.048),
        ("camera", "azimuth", "rad", "3.14159265358979", 180), ("camera", "azimuth", "compass", "SW", 225),
        ("camera", "azimuth", "compass", "东南方向", 135), ("camera", "azimuth", "compass", "90", 90),
        ("camera", "azimuth", "密位", "1500", 90), ("area", "population", "万人", "12.5", 125_000),
        ("premises", "households", "千户", "1.2", 1200), ("camera", "storage_days", "月", "3", 90),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_units(catalogue: Catalogue, cls: str, field: str, unit: str, cell: str, value: float) -> None:
    f = catalogue[cls].field(field)
    made, problems = values_of(table(a=[cell, None]), catalogue[cls], f, Source("a", unit=unit))
    assert problems == {}
    assert made[0] == pytest.approx(value, rel=1e-11)
    assert np.isnan(made[1])


def test_converted_numbers_carry_no_noise(catalogue: Catalogue) -> None:
    f = catalogue["camera"].field("height_m")
    assert converted(column("30", "29", "0.1"), f, "ft")[0].tolist() == [9.144, 8.8392, 0.03048]
    assert converted(np.array([30.0, np.nan]), f, "ft")[0].tolist()[0] == 9.144


@pytest.mark.parametrize(
    ("cls", "field", "unit"),
    [("camera", "height_m", "W"), ("camera", "height_m", "kg"), ("camera", "azimuth", "m"), ("camera", "name", "m"),
     ("wifi_hotspot", "eirp_dbm", "dB"), ("wifi_hotspot", "channel", "MHz"), ("camera", "installed_on", "m"),
     ("camera", "height_m", "mdy")],
    ids="-".join,
)  # fmt: skip
def test_senseless_units_are_refused(catalogue: Catalogue, cls: str, field: str, unit: str) -> None:
    with pytest.raises(Refusal) as refusal:
        values_of(table(a=["1"]), catalogue[cls], catalogue[cls].field(field), Source("a", unit=unit))
    assert refusal.value.code == "import.senseless_unit"


def test_cells_that_are_no_amount_are_named(catalogue: Catalogue) -> None:
    cls = catalogue["camera"]
    values, problems = values_of(
        table(a=["3", "高", "4 kg", "-600"]), cls, cls.field("height_m"), Source("a", unit="ft")
    )
    assert {row: why.code for row, why in problems.items()} == {
        1: "import.no_amount", 2: "import.no_amount", 3: "edit.out_of_range",
    }  # fmt: skip
    assert np.isnan(values[1:]).all()


def test_power_of_nothing_is_no_level(catalogue: Catalogue) -> None:
    cls = catalogue["wifi_hotspot"]
    _, problems = values_of(table(a=["0", "-3"]), cls, cls.field("eirp_dbm"), Source("a", unit="mW"))
    assert [why.code for why in problems.values()] == ["import.no_amount"] * 2


@pytest.mark.parametrize(
    ("unit", "cell", "date"),
    [
        ("mdy", "1/18/2017", "2017-01-18"), ("dmy", "18.1.2017", "2017-01-18"), ("dmy", "3-4-17", "2017-04-03"),
        ("mdy", "12/31/2020 11:05 PM", "2020-12-31"), ("unix", "1294561074", "2011-01-09"),
        ("unix ms", "1294561074000", "2011-01-09"), ("excel", "45000", "2023-03-15"),
        ("ymd", "2024年5月6日", "2024-05-06"),
        ("mdy", "31/12/2020", None), ("unix", "x", None), ("excel", "1e99", None), ("dmy", "30/02/2020", None),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_dates_of_other_orders(catalogue: Catalogue, unit: str, cell: str, date: str | None) -> None:
    cls = catalogue["camera"]
    values, problems = values_of(table(a=[cell]), cls, cls.field("installed_on"), Source("a", unit=unit))
    assert values.tolist() == [date]
    assert (0 in problems) == (date is None)


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["1/18/2017", "2/3/2018"], "mdy"), (["18/1/2017", "3/2/2018"], "dmy"), (["1/2/2017", "2/3/2018"], None),
        (["18/1/2017", "1/18/2017"], None), (["2017-01-18"], None), (["1294561074", "1662692508"], "unix"),
        (["45000", "45010"], "excel"), (["12", "13"], None), ([], None), (["a"], None),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_the_order_of_dates_is_told_where_it_is_sure(catalogue: Catalogue, cells: list[str], unit: str | None) -> None:
    assert unit_in_cells(column(*cells), catalogue["camera"].field("installed_on")) == unit


@pytest.mark.parametrize(
    ("name", "field", "unit"),
    [("挂高(cm)", "height_m", "cm"), ("height_ft", "height_m", "ft"), ("高度（厘米）", "height_m", "cm"),
     ("高度(m)", "height_m", None), ("高度", "height_m", None), ("height[km]", "height_m", "km"),
     ("高度(设计)", "height_m", None), ("name(cm)", "name", None), ("方位角(rad)", "azimuth", "rad")],
    ids=lambda value: str(value),
)  # fmt: skip
def test_units_in_names(catalogue: Catalogue, name: str, field: str, unit: str | None) -> None:
    assert unit_in_name(name, catalogue["camera"].field(field)) == unit


def test_units_in_cells(catalogue: Catalogue) -> None:
    height, azimuth = (catalogue["camera"].field(name) for name in ("height_m", "azimuth"))
    assert unit_in_cells(column("30 ft", "25ft", None, "9"), height) == "ft"
    assert unit_in_cells(column("30 m", "25m"), height) is None
    assert unit_in_cells(column("SW", "N", "东"), azimuth) == "compass"
    assert unit_in_cells(column("90", "180"), azimuth) is None


def test_every_offered_unit_can_be_taken(catalogue: Catalogue) -> None:
    for cls in catalogue:
        for f in cls.fields:
            for unit in units_for(f):
                converted(column("1", None), f, unit)
                assert f.type in ("date", "datetime") or known_unit(unit, f) == unit


@given(st.text(max_size=20))
def test_any_cell_is_an_amount_or_named(cell: str) -> None:
    f = load_catalogue()["camera"].field("height_m")
    values, problems = converted(column(cell), f, "ft")
    assert np.isnan(values[0]) == (0 in problems)
