"""The sample as a whole: its size, its sameness, and that every value is one the catalogue allows."""

import re

import numpy as np
import pytest
import shapely

from datasets.city import City
from datasets.sample import generate
from gis.catalogue import FeatureClass, Field, load_catalogue
from gis.errors import Refusal

CATALOGUE = load_catalogue()
DATE = re.compile(r"(19|20)\d\d-\d\d-\d\d\Z")
KINDS = {"point": "Point", "line": "LineString", "polygon": "Polygon", "multipolygon": "MultiPolygon"}
MADE = [cls for cls in CATALOGUE if cls.owner is None]  # photos belong to real places
FIELDS = [(cls, field) for cls in MADE for field in cls.fields]


def test_every_class_of_the_catalogue_occurs(city: City) -> None:
    assert set(city.columns) == {cls.name for cls in MADE}
    assert all(len(columns) > 0 for columns in city.columns.values())


@pytest.mark.parametrize("features", [1_000, 1_500, 4_000, 11_000])
def test_has_exactly_the_features_asked_for(features: int) -> None:
    columns = generate(features, seed=3).columns.values()
    assert sum(len(c) for c in columns if c.geometry is not None) == features


def test_buildings_and_premises_are_about_half_of_it(larger_city: City) -> None:
    n = larger_city.features
    assert 0.20 * n < len(larger_city.columns["building"]) < 0.27 * n
    assert 0.24 * n < len(larger_city.columns["premises"]) < 0.32 * n


@pytest.mark.parametrize("features", [999, 0, -5, 1_000_001])
def test_refuses_other_sizes(features: int) -> None:
    with pytest.raises(Refusal, match=r"sample\.size"):
        generate(features)


def test_same_size_and_seed_give_the_same_city_bit_for_bit(city: City) -> None:
    again = generate(3_000, seed=5)
    assert again.truth == city.truth
    for name, columns in city.columns.items():
        other = again.columns[name]
        assert np.array_equal(columns.ids, other.ids)
        assert columns.fields.keys() == other.fields.keys()
        for field, values in columns.fields.items():
            same = np.array_equal(values, other.fields[field], equal_nan=values.dtype != object)
            assert same, f"{name}.{field}"
        if columns.geometry is not None:
            assert (shapely.to_wkb(columns.geometry) == shapely.to_wkb(other.geometry)).all()


def test_another_seed_gives_another_city(city: City) -> None:
    other = generate(3_000, seed=6)
    assert other.truth["fibre"] != city.truth["fibre"]
    assert not np.array_equal(other.columns["building"].ids, city.columns["building"].ids)


def test_ids_are_unique_over_all_classes_and_fit_in_53_bits(larger_city: City) -> None:
    ids = np.concatenate([columns.ids for columns in larger_city.columns.values()])
    assert len(np.unique(ids)) == len(ids)
    assert ids.min() > 0
    assert ids.max() < 1 << 53


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=[f"{c.name}.{f.name}" for c, f in FIELDS])
def test_every_value_is_allowed(city: City, cls: FeatureClass, field: Field) -> None:
    columns = city.columns[cls.name]
    if field.name not in columns.fields:
        assert not field.required
        return
    values = columns.fields[field.name]
    if field.type == "ref":
        assert values.dtype == np.int64
        given = values[values != 0]
        assert np.isin(given, city.columns[field.ref].ids).all()
    elif field.type in ("real", "integer", "boolean"):
        assert values.dtype == np.float64
        given = values[~np.isnan(values)]
        assert np.isfinite(given).all()
        if field.type == "integer":
            assert (given == np.round(given)).all()
        if field.type == "boolean":
            assert np.isin(given, (0, 1)).all()
        assert field.minimum is None or (given >= field.minimum).all()
        assert field.maximum is None or (given <= field.maximum).all()
    else:
        assert values.dtype == object
        given = np.array([v for v in values if v is not None], dtype=object)
        assert all(type(v) is str and v for v in given)
        if field.type == "code":
            assert set(given) <= {code.value for code in field.codes}
        if field.type == "date":
            assert all(DATE.match(v) for v in given)
        if field.unique:
            assert len(set(given)) == len(given)
    if field.required:
        assert len(given) == len(columns)


@pytest.mark.parametrize("cls", [c for c in CATALOGUE if c.spatial], ids=lambda c: c.name)
def test_every_geometry_is_of_its_kind_valid_and_in_or_near_the_city(larger_city: City, cls: FeatureClass) -> None:
    shapes = larger_city.columns[cls.name].geometry
    assert {shape.geom_type for shape in shapes} == {KINDS[cls.geometry]}
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert np.isfinite(shapely.get_coordinates(shapes)).all()
    outline = larger_city.columns["area"].geometry[0]
    assert shapely.dwithin(outline, shapes, 6_000.0).all()


def test_no_person_and_no_plate_is_stored(city: City) -> None:
    plate = re.compile(r"苏[A-Z]·?[A-Z0-9]{5,6}")
    for columns in city.columns.values():
        for values in columns.fields.values():
            if values.dtype == object:
                assert not any(plate.search(v) for v in values if v is not None)
