"""The WiFi part of the Analyse panel: figures, suggested channels, taking them over, and going to a hotspot."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import shapely
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.panels.analysis import AnalysisPanel
from desktop.panels.analysis_wifi import WifiSection
from gis.editing.intents import Create, Update

PATIENCE_MS = 60_000


@pytest.fixture
def panel(window, at_rest) -> AnalysisPanel:
    """The panel of a city with a street of hotspots on one channel."""
    middle = shapely.centroid(window.session.columns("wifi_hotspot", []).geometry[0])
    row = {"band": "2.4", "channel": 6, "width_mhz": 20, "free": True, "status": "in_service"}
    window.session.perform(
        Create(
            "wifi_hotspot",
            [{**row, "code": f"ROW{n}", "geom": shapely.Point(middle.x + 25 * n, middle.y + 3)} for n in range(3)],
        )
    )
    window.workspace.set_mode("analyse")
    at_rest()
    return window.rooms.panel("analyse")


@pytest.fixture
def section(panel, at_rest, qtbot) -> WifiSection:
    """The section with a run in view, opened."""
    panel.start.click()
    qtbot.waitUntil(lambda: panel._job is None, timeout=PATIENCE_MS)
    at_rest()
    panel.wifi.fold.setChecked(True)
    return panel.wifi


def said(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def channels(window) -> dict[str, int]:
    rows = window.session.columns("wifi_hotspot", ["code", "channel"], geometry=False)
    return {
        code: int(channel)
        for code, channel in zip(rows.fields["code"], rows.fields["channel"], strict=True)
        if code.startswith("ROW")
    }


def asked(section, qtbot):
    section.suggest.click()
    assert not section.suggest.isEnabled(), "one at a time"
    qtbot.waitUntil(lambda: section._job is None and section.preview is not None, timeout=PATIENCE_MS)
    assert section.suggest.isEnabled()
    return section.preview


def test_a_run_of_wifi_tells_interference_and_users(section) -> None:
    assert section.isVisibleTo(section.parentWidget())
    wifi = section._run.summary["wifi"]
    assert wifi["interference"]["pairs_in_conflict"] >= 3
    texts = said(section)
    assert f"{wifi['interference']['above_noise']} / {wifi['interference']['hotspots']}" in texts
    assert any("2.62" in text for text in texts)


def test_nothing_is_shown_of_runs_without_the_figures(section) -> None:
    section.show_run(SimpleNamespace(summary={"areas": []}))
    assert not section.isVisibleTo(section.parentWidget())


def test_suggested_channels_are_shown_first_and_taken_over_as_one_step(section, window, at_rest, qtbot) -> None:
    before = channels(window)
    preview = asked(section, qtbot)
    listed = {
        preview.rows.topLevelItem(i).text(0): preview.rows.topLevelItem(i).text(3)
        for i in range(preview.rows.topLevelItemCount())
    }
    assert len(listed) == len(preview.plan.changes) >= 2
    assert channels(window) == before, "nothing is written yet"
    version = window.session.version
    gone = []
    preview.destroyed.connect(lambda: gone.append(True))
    preview.accept_button.click()
    qtbot.waitUntil(lambda: bool(gone), timeout=PATIENCE_MS)
    at_rest()
    after = channels(window)
    assert len(set(after.values())) == 3
    assert all(str(channel) == listed.get(code, str(before[code])) for code, channel in after.items())
    assert window.session.version == version + 1
    window.session.undo()
    assert channels(window) == before


def test_channels_that_were_edited_meanwhile_are_not_overwritten(section, window, at_rest, qtbot) -> None:
    preview = asked(section, qtbot)
    one = preview.plan.changes[0]
    window.session.perform(Update("wifi_hotspot", [one.id], {"channel": 13}))
    at_rest()
    preview.accept_button.click()
    qtbot.waitUntil(lambda: preview.accept_button.isEnabled(), timeout=PATIENCE_MS)
    at_rest()
    (kept,) = window.session.columns("wifi_hotspot", ["channel"], ids=[one.id], geometry=False).fields["channel"]
    assert kept == 13.0
    preview.close()


def test_a_busy_hotspot_is_shown_on_the_map(section, window) -> None:
    links = [button for button in section.findChildren(QPushButton) if button.property("role") == "link"]
    assert links
    links[0].click()
    worst = section._run.summary["wifi"]["interference"]["worst"][0]
    assert list(window.workspace.selection["wifi_hotspot"]) == [worst["id"]]
