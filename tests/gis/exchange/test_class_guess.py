"""What a file is about, told by its name, its columns and its geometry; and silence where nothing is clear."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.catalogue import Catalogue, load_catalogue
from gis.exchange.class_guess import guess_class
from gis.exchange.raw import RawTable


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def table(columns: dict[str, list[str]], geometry: str | None = None) -> RawTable:
    count = len(next(iter(columns.values())))
    cells = {name: np.array(values, object) for name, values in columns.items()}
    shapes = None if geometry is None else np.array([shapely.from_wkt(geometry)] * count, object)
    return RawTable(tuple(cells), cells, np.arange(2, count + 2, dtype=np.int64), shapes)


PLACES = {"经度": ["120.1", "120.2"], "纬度": ["33.3", "33.4"]}
LINE, AREA = "LINESTRING (120 33, 121 33)", "POLYGON ((120 33, 121 33, 121 34, 120 33))"

CASES = [
    ("title", "2025年摄像头普查", {"编号": ["1", "2"], **PLACES}, None, "camera"),
    ("column", "data", {"热点名称": ["a", "b"], "SSID": ["x", "y"], **PLACES}, None, "wifi_hotspot"),
    ("id", "export", {"国标编码": ["32090200001310000001", "32090200001310000002"], **PLACES}, None, "camera"),
    ("english", "cell sites", {"pci": ["1", "2"], "azimuth": ["0", "120"], **PLACES}, None, "cell"),
    ("line", "光缆2024", {"name": ["a", "b"]}, LINE, "cable"),
    ("area", "x", {"name": ["a", "b"], "层数": ["3", "4"]}, AREA, "building"),
]


@pytest.mark.parametrize(("title", "columns", "geometry", "cls"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_guesses(
    catalogue: Catalogue, title: str, columns: dict[str, list[str]], geometry: str | None, cls: str
) -> None:
    found = guess_class(table(columns, geometry), catalogue, title)
    assert found is not None
    assert found.cls == cls


def test_what_decided_is_told(catalogue: Catalogue) -> None:
    by_name = guess_class(table({"编号": ["1"], **{k: v[:1] for k, v in PLACES.items()}}), catalogue, "摄像头")
    assert by_name is not None
    assert by_name.by == "name"
    by_columns = guess_class(table({"ssid": ["a", "b"], "bssid": ["02:00:00:00:00:01"] * 2, **PLACES}), catalogue, "x")
    assert by_columns is not None
    assert (by_columns.cls, by_columns.by) == ("wifi_hotspot", "columns")


def test_silence_where_nothing_speaks(catalogue: Catalogue) -> None:
    assert guess_class(table({"编号": ["1", "2"], "名称": ["a", "b"], **PLACES}), catalogue, "data") is None
    assert guess_class(table({"a": ["1"], "b": ["2"]}), catalogue) is None


def test_a_name_never_beats_the_geometry(catalogue: Catalogue) -> None:
    found = guess_class(table({"name": ["a", "b"]}, LINE), catalogue, "摄像头")
    assert found is None or catalogue[found.cls].geometry == "line"
