"""Figures that nobody of this project wrote, read from where they lie; tests skip where they are not."""

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared/data/radio"


def vectors(part: str) -> list[dict[str, str]]:
    """The rows of one file of reference values."""
    path = FOLDER / part
    if not path.exists():
        pytest.skip(f"the shared reference values are not at {path}")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
