"""A painter that is told which layer of the map comes next and which rare letters it paints, for documents."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QPaintDevice, QPainter

# Keys of layers; those of classes are made by ``class_layer``.
SHEET, GROUND, COVERAGE, LABELS, GRID = "sheet", "ground", "coverage", "labels", "grid"
_CLASS = "class:"


def class_layer(cls: str) -> str:
    """The key of the layer in which a class of features is painted."""
    return _CLASS + cls


def class_of(key: str) -> str | None:
    """The class whose layer has that key; None for the others."""
    return key.removeprefix(_CLASS) if key.startswith(_CLASS) else None


class LayeredPainter(QPainter):
    """A painter that calls ``on_turn(key)`` between layers: what is painted from then on belongs to that one.

    ``rare``: the letters beyond U+FFFF that were painted, in normal and in bold type, in the order they first occurred.
    """

    def __init__(self, device: QPaintDevice, key: str, on_turn: Callable[[str], None]) -> None:
        super().__init__(device)
        self._key, self._on_turn = key, on_turn
        self.rare: dict[bool, list[str]] = {False: [], True: []}

    def turn(self, key: str) -> None:
        """Go on in the layer of that key."""
        if key != self._key:
            self._key = key
            self._on_turn(key)

    def restart(self, key: str) -> None:
        """A new page begins in the layer of that key."""
        self._key = key


def turn(painter: QPainter, key: str) -> None:
    """Go on in the layer of that key, where the painter keeps layers apart."""
    if isinstance(painter, LayeredPainter):
        painter.turn(key)


def note(painter: QPainter, text: str, bold: bool) -> None:
    """Remember the letters of a text beyond U+FFFF: Qt's PDF paints them, but forgets which they are."""
    if text and not text.isascii() and max(text) > "\uffff" and isinstance(painter, LayeredPainter):
        known = painter.rare[bold]
        known += [letter for letter in dict.fromkeys(text) if letter > "\uffff" and letter not in known]
