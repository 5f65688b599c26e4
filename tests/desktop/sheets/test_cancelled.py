"""A sheet cancelled while it is painted leaves no painter behind: one that outlives its image ends the program."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPainter

from desktop.sheets import pictures
from gis.errors import Cancelled


class _Paper:
    width, height = 40.0, 30.0


class _Spec:
    paper = _Paper()


def test_the_painter_ends_with_the_work(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[QPainter] = []

    def cancelled(painter: QPainter, *_rest: object) -> None:
        seen.append(painter)
        assert painter.isActive()
        raise Cancelled

    monkeypatch.setattr(pictures, "paint_sheet", cancelled)
    with pytest.raises(Cancelled):
        pictures.sheet_image(_Spec(), None, 2.0)  # type: ignore[arg-type]
    assert not seen[0].isActive()
