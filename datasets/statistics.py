"""Indicator values that come from outside the file, by city and county and year."""

from __future__ import annotations

import numpy as np

from datasets.city import Draft, stream, text, texts
from datasets.frame import Frame
from datasets.plates import PERIODS

# indicator, unit, value in the first and in the last year, ceiling
INDICATORS: tuple[tuple[str, str, float, float, float], ...] = (
    ("internet_penetration", "%", 86.0, 95.5, 99.0),
    ("household_broadband", "%", 81.0, 92.0, 99.5),
    ("bandwidth_urban", "Mbit/s", 168.0, 420.0, 1000.0),
    ("bandwidth_rural", "Mbit/s", 96.0, 260.0, 1000.0),
    ("cable_tv_digital", "%", 98.2, 99.9, 100.0),
    ("fibre_subscriber_share", "%", 93.0, 97.2, 100.0),
    ("informatisation_index", "%", 82.0, 90.5, 100.0),
)


def statistics(frame: Frame, features: int, seed: int) -> Draft:
    """One row an area, indicator and year; the city's value is the counties' mean weighted by people."""
    rng = stream(features, seed, "statistics")
    people = frame.county_numbers[:, 0].astype(float)
    rows = []
    for indicator, unit, first, last, ceiling in INDICATORS:
        level = rng.normal(0, 0.025, len(people))
        for k, period in enumerate(PERIODS):
            value = (first + (last - first) * k / 3) * (1 + level + rng.normal(0, 0.004, len(people)))
            value = np.minimum(value, ceiling).round(2)
            city = round(float((value * people).sum() / people.sum()), 2)
            rows.append((0, period, indicator, city, unit))
            rows.extend((1 + county, period, indicator, float(v), unit) for county, v in enumerate(value))
    columns = list(zip(*rows, strict=True))
    draft = Draft("statistic", len(rows))
    draft.fields = {
        "source": text(len(rows), "sample"),
        "area": np.array(columns[0], dtype=np.int64),
        "period": texts(columns[1]),
        "indicator": texts(columns[2]),
        "value": np.array(columns[3], dtype=float),
        "unit": texts(columns[4]),
    }
    return draft
