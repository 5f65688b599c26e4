"""Two sample cities in memory, made once for all tests here."""

import pytest

from datasets.city import City
from datasets.sample import generate


@pytest.fixture(scope="session")
def city() -> City:
    """A city in which every class and every kind of plant occurs."""
    return generate(3_000, seed=5)


@pytest.fixture(scope="session")
def larger_city() -> City:
    """A city with towns, villages, rings and cabinets with centralised splitting."""
    return generate(20_000, seed=2)
