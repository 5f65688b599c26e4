"""The profile plot says what is in the way, and reads off what the mouse points at."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from desktop.shell.theme import theme
from desktop.what_if.profile_plot import ProfilePlot, verdict


def profile(roof_m: float, *, known: bool = True) -> Any:
    distance = np.linspace(0.0, 1000.0, 101)
    ground, ray = np.full(101, 3.0), np.linspace(33.0, 4.5, 101)
    roof = ground.copy()
    roof[48:53] += roof_m
    fresnel = np.sqrt(0.15 * distance * (1000.0 - distance) / 1000.0)
    inner = (distance > 0) & (distance < 1000.0)
    return SimpleNamespace(
        distance_m=distance, ground_m=ground, roof_m=roof, ray_m=ray, fresnel_m=fresnel, known=known,
        blocked=inner & (roof > ray), grazed=inner & (roof > ray - 0.6 * fresnel),
    )  # fmt: skip


@pytest.mark.parametrize(("roof_m", "said"), [(25.0, "遮挡"), (14.0, "受阻")], ids=["blocked", "grazed"])
def test_obstacles_are_told(qtbot, roof_m: float, said: str) -> None:
    assert said in verdict(profile(roof_m))


def test_level_ground_is_told(qtbot) -> None:
    assert "平坦空地" in verdict(profile(0.0, known=False))


def test_a_blocked_way_is_marked_in_both_looks(qtbot) -> None:
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    plot.resize(320, 190)
    for look in ("light", "dark"):
        theme().apply(look)
        marked = []
        for roof_m in (0.0, 25.0):
            plot.show_profile(profile(roof_m))
            image = plot.grab().toImage()
            bad = theme().color("bad").rgb()
            marked.append(sum(image.pixel(x, y) == bad for x in range(320) for y in range(190)))
        assert marked[0] == 0
        assert marked[1] > 20, look


def test_the_mouse_reads_off(qtbot) -> None:
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    plot.resize(320, 190)
    plot.show_profile(profile(10.0))
    assert plot.said == ""
    middle = QPointF(plot._frame().center())
    none = Qt.MouseButton.NoButton
    plot.mouseMoveEvent(
        QMouseEvent(QMouseEvent.Type.MouseMove, middle, middle, none, none, Qt.KeyboardModifier.NoModifier)
    )
    assert "500" in plot.said
    assert "10.0" in plot.said
    plot.leaveEvent(None)
    assert plot.said == ""
