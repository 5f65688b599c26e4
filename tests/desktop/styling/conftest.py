"""The window with the style panel open on the hotspots of the small city."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from desktop.shell.window import MainWindow
from desktop.styling.controls import CalmBox
from desktop.styling.panel import StylePanel


@pytest.fixture(scope="session", autouse=True)
def classifying() -> None:
    """The library of class breaks is loaded before the first story: on a busy machine that takes seconds."""
    import mapclassify  # noqa: F401


@pytest.fixture
def panel(window: MainWindow, at_rest: Callable[[], None]) -> StylePanel:
    """Opened as the user does: by a click on the symbol in the layers panel."""
    from desktop.panels.layer_tree import NAME, swatch_box

    tree = window.layers.tree
    item = next(item for item in window.layers._items() if item.data(NAME) == "wifi_hotspot")
    tree.scrollTo(item.index())
    from PySide6.QtTest import QTest

    place = swatch_box(tree.visualRect(item.index())).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    at_rest()
    made = window.rooms.panel("style")
    assert isinstance(made, StylePanel)
    return made


@pytest.fixture
def drawn(window: MainWindow) -> Callable[[str], Any]:
    """The style in which the canvas draws a class; None for the catalogue's."""
    return lambda cls: next(state.style for state in window.canvas.layers() if state.name == cls)


@pytest.fixture
def choose(qtbot) -> Callable[[CalmBox, object], None]:
    """Chooses in a list by the keyboard."""

    def by_keys(box: CalmBox, data: object) -> None:
        target = next(i for i in range(box.count()) if box.itemData(i) == data)
        box.setFocus()
        key = Qt.Key.Key_Down if target > box.currentIndex() else Qt.Key.Key_Up
        for _ in range(abs(target - box.currentIndex())):
            qtbot.keyClick(box, key)
        assert box.currentData() == data

    return by_keys


@pytest.fixture
def pick(qtbot) -> Callable[[Any, object], None]:
    """Opens a picture button and clicks one of its pictures."""

    def click(button: Any, key: object) -> None:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert button.popup.isVisible()
        place: QPoint = button.grid.place(key)
        qtbot.mouseClick(button.grid, Qt.MouseButton.LeftButton, pos=place)
        assert not button.popup.isVisible()

    return click
