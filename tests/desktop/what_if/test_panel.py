"""What-if in the window: changes follow the mouse, touch nothing before they are accepted, and are one step then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from desktop.tools.tool import Pointer
from desktop.what_if.picture import LivePicture
from gis.editing.intents import Update

PLACE = (501_000.0, 3_690_500.0)


@pytest.fixture
def panel(qtbot, window: Any, at_rest: Callable[[], None]) -> Any:
    """The panel with a trial of the small city's cells."""
    window.rooms.open_what_if("what_if")
    made = window.rooms.panel("what_if")
    made.trial.start("cells", {"technology": "LTE", "resolution_m": 50.0})
    qtbot.waitUntil(lambda: made.trial.stands, timeout=60_000)
    window.canvas.zoom_to((500_000, 3_689_800, 502_000, 3_691_200))
    at_rest()
    return made


def pointer(canvas: Any, x: float, y: float, **more: Any) -> Pointer:
    px, py = canvas.view.to_pixels(x, y)
    return Pointer(float(px), float(py), x, y, left=True, **more)


def click(canvas: Any, x: float, y: float) -> None:
    canvas.tool.press(pointer(canvas, x, y))
    canvas.tool.release(pointer(canvas, x, y))


def drag(canvas: Any, begin: tuple[float, float], end: tuple[float, float], **more: Any) -> None:
    canvas.tool.press(pointer(canvas, *begin, **more))
    canvas.tool.move(pointer(canvas, *end, **more))
    canvas.tool.release(pointer(canvas, *end, **more))


def counted(qtbot: Any, panel: Any) -> None:
    qtbot.waitUntil(lambda: not panel.trial.busy, timeout=20_000)
    assert panel.trial.figures.complete


def test_an_antenna_is_turned_moved_and_taken_back(qtbot, window: Any, panel: Any) -> None:
    canvas, trial = window.canvas, panel.trial
    assert canvas.tool.name == "what_if"
    before = window.session.version
    click(canvas, *PLACE)
    key = trial.chosen
    assert key is not None
    _, turn, _foot = canvas.tool._handles()
    x, y = canvas.view.to_world(turn.x(), turn.y())
    drag(canvas, (x, y), (PLACE[0] + 300, PLACE[1]))
    assert trial.state(key)["azimuth"] == 90.0
    drag(canvas, PLACE, (PLACE[0] + 200, PLACE[1] + 100))
    moved = {one.id for one in trial.alterations() if "x" in one.values}
    assert moved == set(window.session.ids("cell").tolist()), "all sectors of a mast move with it"
    counted(qtbot, panel)
    assert trial.picture.change_pixels() != (0, 0)
    assert panel.changes.count() == 2
    assert "3GPP" in panel.notes.text()
    assert window.session.version == before
    assert canvas.tool.take_back()
    assert canvas.tool.take_back()
    assert trial.alterations() == ()
    assert not canvas.tool.take_back()
    counted(qtbot, panel)
    assert trial.picture.change_pixels() == (0, 0)


def test_the_diamond_tilts_to_where_the_beam_meets_the_ground(window: Any, panel: Any) -> None:
    canvas, trial = window.canvas, panel.trial
    click(canvas, *PLACE)
    _, _, foot = canvas.tool._handles()
    x, y = canvas.view.to_world(foot.x(), foot.y())
    height = trial.state(trial.chosen)["antenna_height_m"]
    drag(canvas, (x, y), (PLACE[0], PLACE[1] + height / 0.10510))  # tan 6°
    assert trial.state(trial.chosen)["electrical_tilt"] == 6.0


def test_what_is_accepted_is_one_step(qtbot, window: Any, panel: Any, at_rest: Callable[[], None]) -> None:
    session, trial = window.session, panel.trial
    first = int(session.ids("cell")[0])
    trial.change([first], azimuth=77.0)
    panel.add.click()
    click(window.canvas, PLACE[0] + 500, PLACE[1] + 300)
    added = [one for one in trial.alterations() if one.kind == "added"]
    assert len(added) == 3
    counted(qtbot, panel)
    steps = len(session.history(limit=100))
    panel.accept.click()
    qtbot.waitUntil(lambda: session.row("cell", first)["azimuth"] == 77.0, timeout=10_000)
    qtbot.waitUntil(lambda: trial.stands and not trial.alterations(), timeout=60_000)
    assert len(session.history(limit=100)) == steps + 1
    assert (len(session.ids("cell")), len(session.ids("base_station"))) == (5, 2)
    at_rest()


def test_a_trial_that_is_ended_leaves_no_trace(window: Any, panel: Any) -> None:
    version = window.session.version
    panel.trial.remove(int(window.session.ids("cell")[0]))
    assert panel.accept.isVisibleTo(panel)
    panel.discard.click()
    assert not panel.trial.stands
    assert window.session.version == version
    assert panel.start.isVisibleTo(panel)


def test_edits_elsewhere_are_told(qtbot, window: Any, panel: Any) -> None:
    cell = int(window.session.ids("cell")[0])
    window.session.perform(Update("cell", [cell], {"azimuth": 33.0}))
    qtbot.waitUntil(lambda: panel._stale_row.isVisibleTo(panel), timeout=5_000)


def test_the_probe_lists_and_draws_the_way(qtbot, window: Any, panel: Any) -> None:
    panel._pages.button(1).click()
    assert window.canvas.tool.name == "probe"
    click(window.canvas, PLACE[0] + 300, PLACE[1] + 300)
    probe = panel.probe
    qtbot.waitUntil(lambda: probe._facts is not None, timeout=10_000)
    one, profile = probe._facts
    assert one.serves
    assert one.distance_m == pytest.approx(300 * 2**0.5)
    assert profile.distance_m[-1] == pytest.approx(300 * 2**0.5)
    assert window.canvas.tool.said == probe.text
    assert probe.text.count("\n") == 1 + probe.list.topLevelItemCount()
    assert "BS-1-" in probe.text
    probe.plot.grab()
    window.canvas.grab()


def test_the_tools_are_idle_without_a_trial(qtbot, window: Any) -> None:
    window.rooms.open_what_if("what_if")
    canvas = window.canvas
    click(canvas, *PLACE)
    assert not canvas.tool.busy
    assert not canvas.tool.key(Qt.Key.Key_Delete)
    canvas.grab()


def test_leaving_the_project_takes_the_picture_off(window: Any, panel: Any) -> None:
    canvas = window.canvas
    assert any(isinstance(over, LivePicture) for over in canvas.overs)
    window.projects.close()
    assert not any(isinstance(over, LivePicture) for over in canvas.overs)


def test_pictures_of_runs_are_put_aside_while_the_trial_is_looked_at(window: Any, panel: Any, tmp_path: Path) -> None:
    canvas = window.canvas
    panel.back.click()
    canvas.add_raster(tmp_path / "run.tif", [])
    window.rooms.open_what_if("what_if")
    assert canvas.rasters() == []
    assert panel.trial.picture.laid
    panel.back.click()
    assert [state.path.name for state in canvas.rasters()] == ["run.tif"]
    assert not panel.trial.picture.laid
    canvas.remove_raster()


def test_server_and_sinr_follow_the_changes_too(panel: Any, qtbot, window: Any) -> None:
    trial, picture = panel.trial, panel.trial.picture
    names = [panel.layer.itemData(i) for i in range(panel.layer.count())]
    assert names == ["coverage", "server", "sinr"]
    key = trial._ids[0]
    before = {place: dict(layers) for place, layers in picture._before.items()}
    trial.change([int(key)], azimuth=(trial.state(int(key))["azimuth"] + 90.0) % 360.0)
    qtbot.waitUntil(lambda: not trial.busy, timeout=60_000)
    for name in names:
        assert any((layers[name] != before[place][name]).any() for place, layers in picture._after.items()), name
        assert all((layers[name] == before[place][name]).all() for place, layers in picture._before.items()), name
    legends = set()
    for place in range(3):
        panel.layer.setCurrentIndex(place)
        assert picture.layer == names[place]
        legends.add(panel._legend.text())
        images = [picture._image(tile) for tile in picture._after]
        assert images
    assert len(legends) == 3
    assert "SINR" in panel.layer.currentText()
    assert "dB" in panel._legend.text()
    assert trial.take_back()
    qtbot.waitUntil(lambda: not trial.busy, timeout=60_000)
    assert picture.change_pixels() == (0, 0)
