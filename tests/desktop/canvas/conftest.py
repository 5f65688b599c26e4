"""A canvas on the test town, drawn and at rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.canvas import MapCanvas
from gis.editing.intents import Intent
from gis.project import Session
from tests.desktop.canvas.town import make_town


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's file, to be copied."""
    path = tmp_path_factory.mktemp("town") / "town.yantu"
    make_town(path).close()
    return path


@pytest.fixture
def town(town_file: Path, tmp_path: Path) -> Iterator[Session]:
    """A town that may be changed."""
    path = tmp_path / "town.yantu"
    shutil.copyfile(town_file, path)
    session = Session.open(path, author="tester")
    yield session
    session.close()


@pytest.fixture
def canvas(qtbot, town: Session) -> Iterator[MapCanvas]:
    """A canvas of 800 × 600 on the town; intents are performed as the window would."""
    made = MapCanvas()
    qtbot.addWidget(made, before_close_func=lambda widget: widget.stop())
    made.resize(800, 600)
    made.show()
    made.problems = []
    made.failed.connect(made.problems.append)
    made.set_session(town)
    qtbot.waitUntil(lambda: not made.loading and not made.busy, timeout=20_000)
    yield made
    made.stop()
    assert made.problems == []


@pytest.fixture
def at_rest(qtbot, canvas: MapCanvas) -> Callable[[], None]:
    """Waits until the picture is that of the newest request."""

    def wait() -> None:
        qtbot.wait(30)
        qtbot.waitUntil(lambda: not canvas.busy and not canvas.loading, timeout=10_000)

    return wait


@pytest.fixture
def wishes(canvas: MapCanvas, town: Session) -> list[Intent]:
    """The intents made so far, each of them performed."""
    made: list[Intent] = []

    def perform(intent: Intent) -> None:
        made.append(intent)
        town.perform(intent)

    canvas.intentMade.connect(perform)
    return made


@pytest.fixture
def pixel(canvas: MapCanvas) -> Callable[..., QPoint]:
    """The pixel of project coordinates or of a feature's first vertex."""

    def find(x: float, y: float) -> QPoint:
        px, py = canvas.view.to_pixels(x, y)
        return QPoint(round(px), round(py))

    return find


@pytest.fixture
def drag(qtbot, canvas: MapCanvas) -> Callable[..., None]:
    """Drags with a mouse button held, in small steps."""

    def perform(
        a: QPoint, b: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:  # fmt: skip
        from PySide6.QtGui import QMouseEvent

        qtbot.mousePress(canvas, button, modifier, a)
        for i in range(1, 9):
            at = QPointF(a + (b - a) * i / 8)
            event = QMouseEvent(
                QMouseEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button, modifier
            )
            QApplication.sendEvent(canvas, event)
        qtbot.mouseRelease(canvas, button, modifier, b)

    return perform


@pytest.fixture
def scroll(canvas: MapCanvas) -> Callable[[QPoint, int], None]:
    """Turns the wheel over a pixel."""

    def perform(at: QPoint, notches: int) -> None:
        place = QPointF(at)
        event = QWheelEvent(
            place, canvas.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)

    return perform
