"""Classes of level: the threshold is a border, whatever it is set to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.classes import classify, level_classes, technologies, technology
from gis.errors import Refusal


@pytest.mark.parametrize(
    ("name", "threshold"),
    [("wifi", -75.0), ("GSM", -90.0), ("UMTS", -95.0), ("LTE", -105.0), ("NR", -105.0), ("any", 0.0)],
)
def test_thresholds_of_the_city(name: str, threshold: float) -> None:
    assert technology(name).threshold_dbm == threshold
    assert technology(name.lower()) == technology(name)


@given(st.sampled_from(technologies()), st.floats(-130.0, 20.0))
def test_covered_means_at_or_above_the_threshold(name: str, threshold: float) -> None:
    classes = level_classes(name, threshold)
    bounds = [entry.minimum for entry in classes]
    assert bounds == sorted(bounds, reverse=True)
    assert [entry.covered for entry in classes] == [True] * (len(classes) - 1) + [False]
    assert classes[-2].minimum == threshold
    assert len({entry.color for entry in classes}) == len(classes)
    assert all(entry.label.zh and entry.label.en for entry in classes)


@given(st.lists(st.floats(-150.0, 0.0), min_size=1))
def test_each_level_falls_into_the_strongest_class_it_reaches(levels: list[float]) -> None:
    classes = level_classes("LTE")
    found = classify(np.array(levels), classes)
    for level, place in zip(levels, found, strict=True):
        reached = [i for i, entry in enumerate(classes, 1) if level >= entry.minimum]
        assert place == (reached[0] if reached else 0)


def test_nothing_received_is_no_class() -> None:
    assert classify(np.array([-9999.0, np.nan, -200.0]), level_classes("wifi")).tolist() == [0, 0, 0]


def test_unknown_technology_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        technology("smoke signals")
    assert refused.value.code == "coverage.no_technology"
    assert "LTE" in refused.value.hint("en")
