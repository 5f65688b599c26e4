"""Fibres are found by the colours of their tube and of themselves."""

from __future__ import annotations

import pytest

from gis.catalogue.colours import fibre_colours


@pytest.mark.parametrize(
    ("fibre", "scheme", "tube", "shell", "core"),
    [
        (1, "full", 1, "蓝", "蓝"),
        (12, "full", 1, "蓝", "青绿"),
        (13, "full", 2, "橙", "蓝"),
        (30, "tia598", 3, "绿", "白"),
        (1, "leading", 1, "红", "蓝"),
        (14, "leading", 2, "绿", "橙"),
        (25, "leading", 3, "本色", "蓝"),
        (144, None, 12, "青绿", "青绿"),
    ],
)
def test_tube_and_fibre(fibre: int, scheme: str | None, tube: int, shell: str, core: str) -> None:
    found = fibre_colours(fibre, 12, scheme, 144)
    assert found is not None
    assert (found[0], found[1].zh, found[2].zh) == (tube, shell, core)


@pytest.mark.parametrize(("fibre", "per_tube", "count"), [(0, 12, 24), (25, 12, 24), (1, 0, 24), (-3, 6, None)])
def test_a_fibre_that_is_not_there(fibre: int, per_tube: int, count: int | None) -> None:
    assert fibre_colours(fibre, per_tube, "full", count) is None
