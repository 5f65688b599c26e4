"""Numbers, units, dates and scales as the user reads them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest

from desktop.shell import formatting
from desktop.shell.words import set_language
from gis.catalogue import load_catalogue


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (1234567, "1,234,567"), (12.50, "12.5"), (-8.0, "-8"), (0.1 + 0.2, "0.3"), (math.nan, "—")],
)
def test_numbers(value, said):
    assert formatting.number(value) == said


def test_units_stay_with_their_number():
    assert formatting.with_unit(20, "dBm") == "20\u202fdBm"
    assert formatting.with_unit(65, "°") == "65°"
    assert formatting.share(0.8512) == "85.1%"


def test_length_and_area_choose_their_unit():
    assert formatting.length(12.34) == "12.3\u202fm"
    assert formatting.length(4560) == "4.56\u202fkm"
    assert formatting.area(5000) == "5,000\u202fm²"
    assert formatting.area(25_000) == "2.50\u202f公顷"
    assert formatting.area(16_931_000_000) == "16,931.0\u202fkm²"


@pytest.mark.parametrize(
    ("text", "denominator"),
    [
        ("1:25,000", 25000), ("25000", 25000), ("1/500", 500), ("1：2.5万", 25000), ("10k", 10000), ("", None),
        ("1:0", None), ("abc", None), ("inf", None), ("-5", None),
    ],
)  # fmt: skip
def test_scales_are_read_in_any_dress(text, denominator):
    assert formatting.parse_scale(text) == denominator


def test_scale_reads_back_what_it_writes():
    assert formatting.parse_scale(formatting.scale(12345.4)) == 12345


def test_moments_are_near_or_far():
    now = datetime.now()
    assert formatting.moment(now.isoformat()).startswith("今天")
    assert formatting.moment("2019-05-01T08:30:00") == "2019年5月1日 08:30"
    set_language("en")
    assert formatting.moment("2019-05-01T08:30:00") == "1 May 2019 08:30"
    assert formatting.moment((now - timedelta(days=400)).timestamp()).count(" ") == 3
    assert formatting.moment("no date") == "no date"


def test_values_speak_the_language_of_the_catalogue():
    hotspot = load_catalogue()["wifi_hotspot"]
    assert formatting.value_text(hotspot.field("status"), "planned") == "规划"
    assert formatting.value_text(hotspot.field("free"), 0.0) == "否"
    assert formatting.value_text(hotspot.field("eirp_dbm"), 20.0) == "20\u202fdBm"
    assert formatting.value_text(hotspot.field("eirp_dbm"), math.nan) == ""
    set_language("en")
    assert formatting.value_text(hotspot.field("status"), "planned") == "Planned"
    assert formatting.value_text(hotspot.field("status"), "no such code") == "no such code"
