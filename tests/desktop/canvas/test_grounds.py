"""Base maps below the layers: kept while nothing changes, drawn again on news, never holding the vectors up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from threading import enumerate as threads

import numpy as np
import pytest
from PySide6.QtCore import QThread

from desktop.canvas import GroundState, MapCanvas
from desktop.canvas.frames import Pictures, Request
from gis.cartography.view import View
from gis.errors import Refusal

GREEN = 0xFF00FF00
VIEW = View(0.0, 100.0, 1.0, 120, 80)


@dataclass(frozen=True)
class Picture:
    pixels: np.ndarray | None
    complete: bool = True
    problems: tuple[Refusal, ...] = ()


@dataclass
class FakeMap:
    """A base map of one colour that counts how often it was drawn."""

    color: int = GREEN
    complete: bool = True
    error: Exception | None = None
    key: str = "fake"
    attribution: str = ""
    on_news: Callable[[], None] | None = None
    views: list[View] = field(default_factory=list)
    gate: Event | None = None

    def picture(self, view: View, crs: object, wanted: Callable[[], bool], *, dark: bool = False) -> Picture:
        self.views.append(view)
        if self.gate is not None:
            while wanted() and not self.gate.wait(0.01):
                pass
        if self.error is not None:
            raise self.error
        pixels = np.full((int(view.height), int(view.width)), self.color, np.uint32)
        return Picture(pixels, self.complete)

    def close(self) -> None:
        pass


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    made = Pictures()
    yield made
    made.stop()


def _share(canvas: MapCanvas, color: int) -> float:
    image = canvas.grab_picture()
    ink = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return float((ink == color).mean())


def test_grounds_lie_lowest_and_fade(pictures: Pictures) -> None:
    top, low = FakeMap(0xFFFF0000), FakeMap(GREEN)
    grounds = (GroundState(low), GroundState(top, 0.5))
    frame = pictures.frame(Request(2, VIEW, (), grounds=grounds))
    assert frame.id == 2
    red, green = (frame.pixels >> 16) & 255, (frame.pixels >> 8) & 255
    assert abs(int(red[0, 0]) - 128) < 3
    assert abs(int(green[0, 0]) - 127) < 3
    hidden = pictures.frame(Request(4, VIEW, (), grounds=(GroundState(low), GroundState(top, visible=False))))
    assert (hidden.pixels == GREEN).all()


def test_a_complete_picture_is_kept_and_an_incomplete_one_drawn_again_on_news(pictures: Pictures) -> None:
    whole, partial = FakeMap(), FakeMap(complete=False)
    grounds = (GroundState(whole), GroundState(partial))
    for edition in (0, 0, 1, 1, 2):
        pictures.frame(Request(2, VIEW, (), grounds=grounds, edition=edition))
    assert (len(whole.views), len(partial.views)) == (1, 3)
    pictures.frame(Request(2, VIEW.panned(3, 0), (), grounds=grounds, edition=2))
    assert (len(whole.views), len(partial.views)) == (2, 4)
    pictures.frame(Request(2, VIEW.panned(3, 0), (), grounds=grounds, edition=2, dark=True))
    assert (len(whole.views), len(partial.views)) == (3, 5)


def test_a_slow_ground_gives_an_early_frame_over_its_old_picture(pictures: Pictures) -> None:
    slow = FakeMap()
    grounds = (GroundState(slow),)
    pictures.frame(Request(2, VIEW, (), grounds=grounds))
    slow.gate, slow.color = Event(), 0xFF0000FF
    early = []

    def show(frame: object) -> None:
        early.append(frame)
        assert slow.gate is not None
        slow.gate.set()

    moved = pictures.frame(Request(4, VIEW.panned(20, 0), (), grounds=grounds), early=show)
    assert [f.id for f in early] == [3]
    assert (early[0].pixels[:, 20:] == GREEN).all()  # the old picture has moved with the map
    assert (early[0].pixels[:, :20] != GREEN).all()
    assert moved.id == 4
    assert (moved.pixels == 0xFF0000FF).all()


def test_a_ground_that_cannot_be_drawn_leaves_the_rest(pictures: Pictures) -> None:
    refusal, bug = Refusal("canvas.raster", path="x", reason="y"), ValueError("no such tile")
    grounds = (GroundState(FakeMap()), GroundState(FakeMap(error=refusal)), GroundState(FakeMap(error=bug)))
    frame = pictures.frame(Request(2, VIEW, (), grounds=grounds))
    assert frame.problems == (refusal, bug)
    assert (frame.pixels == GREEN).all()


def test_on_the_canvas(canvas: MapCanvas, at_rest, qtbot) -> None:
    fake = FakeMap(complete=False)
    canvas.set_grounds([GroundState(fake)])
    assert canvas.grounds() == [GroundState(fake)]
    at_rest()
    assert fake.views[-1].width == canvas.width()
    assert _share(canvas, GREEN) > 0.3
    drawn = len(fake.views)

    class Download(QThread):
        def run(self) -> None:
            for _ in range(20):  # a swarm of tiles
                fake.on_news()

    fake.complete, fake.color = True, 0xFF00F000
    download = Download()
    download.start()
    assert download.wait(5000)
    qtbot.waitUntil(lambda: _share(canvas, 0xFF00F000) > 0.3)
    assert drawn < len(fake.views) <= drawn + 3
    canvas.set_grounds([])
    assert fake.on_news is None
    at_rest()
    assert _share(canvas, 0xFF00F000) == 0


def test_dragging_over_a_ground_that_never_comes(canvas: MapCanvas, at_rest, qtbot) -> None:
    stuck = FakeMap(gate=Event())
    canvas.set_grounds([GroundState(stuck)])
    shown = []
    canvas.scene.drawn.connect(shown.append)
    for _ in range(5):
        canvas.pan_by(10, 0)
        count = len(shown)
        qtbot.waitUntil(lambda count=count: len(shown) > count, timeout=5000)
    assert all(frame.id % 2 for frame in shown)  # early frames: the vectors are there without the ground
    assert len(stuck.views) == 1
    canvas.stop()  # does not hang, and leaves no thread
    assert not [t.name for t in threads() if t.name.startswith("map-ground")]
