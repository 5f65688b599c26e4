"""One trial of a window: the prospect in memory, what is chosen in it, and its work, which keeps nobody waiting."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Job
from desktop.panels.engine import await_engine
from desktop.shell.notices import notify
from desktop.shell.words import tr
from desktop.what_if.picture import LivePicture, Shown
from gis.coverage.layers import LayerLook, layer_look
from gis.errors import Refusal
from gis.progress import Progress

COPIED = (  # what a new antenna takes over from its neighbour
    "technology", "band", "frequency_mhz", "bandwidth_mhz", "mechanical_tilt", "electrical_tilt", "h_beamwidth",
    "v_beamwidth", "pattern_file", "gain_dbi", "eirp_dbm", "antenna_height_m", "owner", "free", "channel", "width_mhz",
    "height_m", "standard", "indoor", "antenna_gain_dbi",
)  # fmt: skip
_SOON_MS, _FIGURES_MS = 30, 220
_BEGIN_S, _FILL_S = 1.0, 0.7  # how long one piece of work on the inventory's picture takes, about
_LIVE = ("coverage", "server", "sinr")  # the layers that follow the changes
_MOST_NEW = 500  # antennas of a trial that have a colour of their own as servers


class Trial(QObject):
    """Holds `gis.project.what_if.Prospect`. Changes are taken at once; the picture follows on a worker thread."""

    state_changed = Signal()  # it began, stands, or is gone
    changed = Signal()  # something differs from the inventory in another way
    chosen_changed = Signal()
    figured = Signal(object)  # gis.project.what_if.Figures
    refreshed = Signal()  # the picture has followed

    def __init__(self, window: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self.session = window, window.session
        self.picture = LivePicture()
        self.prospect: Any = None
        self.probing: Any = None  # the page that shows what is received at a place
        self.job: Job | None = None
        self.chosen: int | None = None
        self.adding = False
        self.sectors = 3
        self.figures: Any = None
        self._asked: tuple[str, Mapping[str, Any]] = ("cells", {})
        self._waiting: list[Callable[[], None]] = []
        self._steps: list[Callable[[], None]] = []
        self._ids = np.empty(0, np.int64)
        self._places = np.empty((0, 2))
        self._working = self._again = self._looked_at = False
        self._aside: list[Any] = []
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._refresh)
        self._later = QTimer(self, singleShot=True, interval=_FIGURES_MS)
        self._later.timeout.connect(self._figure)
        self._lay()

    # -- begin and end -----------------------------------------------------------------------------------------------
    def start(self, kind: str, choices: Mapping[str, Any], then: Callable[[], None] | None = None) -> None:
        """Compute the inventory's coverage into memory; ``then`` is called when it stands.

        It stands with what is in view; the rest of a large picture and the figures follow.
        """
        if then is not None:
            self._waiting.append(then)
        if self.job is not None:
            return
        self.stop()
        self._asked = kind, dict(choices)
        session, view = self.session, None if self._window.canvas is None else self._window.canvas.view.bbox
        self.job = self._window.jobs.start(
            tr("What-if coverage"), lambda progress: _made(session, kind, choices, view, progress), self._stands
        )
        self.job.changed.connect(self._job_changed)
        self.state_changed.emit()

    def restart(self) -> None:
        """Read the inventory anew, with the questions asked before."""
        self.start(*self._asked)

    def stop(self) -> None:
        """Discard all; the inventory was never touched."""
        if self.job is not None:
            self.job.cancel()
        self.prospect, self.figures, self.chosen, self.adding = None, None, None, False
        self._steps.clear()
        self.picture.clear()
        self.look(self._looked_at)
        self.state_changed.emit()
        self.chosen_changed.emit()

    def close(self) -> None:
        """Let the map go."""
        self._soon.stop()
        self._later.stop()
        self._waiting.clear()
        if self.job is not None:
            self.job.forget()
        self.stop()
        canvas = self._window.canvas
        if canvas is not None and self.picture in canvas.overs:
            canvas.overs.remove(self.picture)
        _TRIALS.pop(id(canvas), None)

    @property
    def stands(self) -> bool:
        """Whether there is a prospect to change and probe."""
        return self.prospect is not None

    @property
    def busy(self) -> bool:
        """Whether the picture or the figures have yet to follow."""
        return self.job is not None or self._working or self._soon.isActive() or self._later.isActive()

    @property
    def kind(self) -> str:
        """ "wifi" or "cells"."""
        return self._asked[0]

    @property
    def choices(self) -> Mapping[str, Any]:
        """What was asked."""
        return self._asked[1]

    # -- what differs ------------------------------------------------------------------------------------------------
    def choose(self, key: int | None) -> None:
        """Take one antenna in hand."""
        if key != self.chosen:
            self.chosen = key
            self.chosen_changed.emit()
            self._update_map()

    def change(self, keys: Sequence[int], *, step: bool = True, **values: Any) -> None:
        """Set values of antennas; ``step``: it can be taken back by itself (a drag is one step)."""
        if step:
            self.remember(keys)
        try:
            for key in keys:
                self.prospect.change(key, **values)
        except Refusal as refusal:
            notify(refusal)
        self._touched()

    def remember(self, keys: Sequence[int]) -> None:
        """From here on is one step, which `take_back` undoes."""
        before = [(key, self._changeable(key)) for key in keys]

        def back() -> None:
            for key, values in before:
                self.prospect.change(key, **values)

        self._steps.append(back)

    def add_at(self, x: float, y: float) -> None:
        """New antennas here, like the chosen or the nearest one; a new mast has as many sectors as are asked for."""
        like = self.chosen if self.chosen is not None else self._nearest(x, y)
        values = {}
        if like is not None:
            state = self.prospect.state(like)
            values = {name: state[name] for name in COPIED if state.get(name) is not None}
        wish = self.prospect.wish
        values["status"] = wish.statuses[0]
        if wish.owner is not None:
            values["owner"] = wish.owner
        if self.kind == "cells" and wish.technology not in (None, "any"):
            values["technology"] = wish.technology
        turns = [360.0 * i / self.sectors for i in range(self.sectors)] if self.kind == "cells" else [None]
        made = []
        try:
            for turn in turns:
                more = {} if turn is None else {"azimuth": turn}
                made.append(self.prospect.add({**values, **more, "x": x, "y": y}))
        except Refusal as refusal:
            notify(refusal)
            return

        def back() -> None:
            for key in made:
                self.prospect.restore(key)
            if self.chosen in made:
                self.choose(None)

        self._steps.append(back)
        self._touched()
        self.choose(made[0])

    def remove(self, key: int) -> None:
        """Take one out; one that was added is gone for good."""
        self.prospect.remove(key)
        if key > 0:
            self._steps.append(partial(self.prospect.restore, key))
        else:
            self.choose(None)
        self._touched()

    def restore(self, key: int) -> None:
        """Make one as it was; one that was added goes."""
        if key < 0 and self.chosen == key:
            self.choose(None)
        self.prospect.restore(key)
        self._touched()

    def take_back(self) -> bool:
        """Undo the last step of the trial; False when there is none."""
        if not self._steps or self.prospect is None:
            return False
        with suppress(Refusal):  # what it was about is gone
            self._steps.pop()()
        self._touched()
        return True

    def clear(self) -> None:
        """Back to the inventory."""
        self._steps.clear()
        if self.chosen is not None and self.chosen < 0:
            self.choose(None)
        self.prospect.clear()
        self._touched()

    def accept(self) -> None:
        """Write what differs into the inventory, as one step that can be undone."""
        prospect = self.prospect
        self._window.jobs.quiet(lambda _progress: prospect.intent(), self._perform)

    def _perform(self, intent: Any) -> None:
        self._window.workspace.perform(intent, self._accepted)

    def _accepted(self, _done: Any) -> None:
        notify(tr("Accepted into the inventory; Undo takes it back."), "success")
        self.restart()

    # -- reading -----------------------------------------------------------------------------------------------------
    def alterations(self) -> tuple[Any, ...]:
        """What differs from the inventory."""
        return self.prospect.alterations() if self.prospect is not None else ()

    def state(self, key: int) -> dict[str, Any] | None:
        """One antenna as it would be; None when it is gone."""
        try:
            return self.prospect.state(key) if self.prospect is not None else None
        except Refusal:
            return None

    def name(self, key: int) -> str:
        """What an antenna is called."""
        state = self.state(key) or {}
        return str(state.get("code") or (tr("New {number}", number=-key) if key < 0 else f"#{key}"))

    def near(self, x: float, y: float, reach_m: float) -> list[int]:
        """Antennas within ``reach_m`` of a place that are not taken out, the nearest first."""
        if self.prospect is None:
            return []
        altered = {one.id: one for one in self.alterations()}
        close = self._close(x, y, reach_m)
        places = [
            (int(key), px, py)
            for key, (px, py) in zip(self._ids[close], self._places[close], strict=True)
            if int(key) not in altered
        ]
        for key, one in altered.items():
            if one.kind != "removed" and (state := self.state(key)) is not None:
                places.append((key, state["x"], state["y"]))
        measured = sorted((math.hypot(px - x, py - y), key) for key, px, py in places)
        return [key for distance, key in measured if distance <= reach_m]

    def together(self, key: int) -> list[int]:
        """All antennas that stand where this one stands."""
        state = self.state(key)
        return [key] if state is None else self.near(state["x"], state["y"], 0.01) or [key]

    def show(self, shown: Shown, layer: str | None = None) -> None:
        """Which picture lies on the map, of which layer."""
        self.picture.show(shown, layer)
        self._update_map()

    def look_of(self, layer: str) -> LayerLook:
        """How a layer of the prospect is shown; there must be one."""
        prospect = self.prospect
        more = len(prospect.transmitters) + _MOST_NEW
        return layer_look(layer, prospect.technology.name, prospect.level_threshold, more)

    def look(self, on: bool) -> None:
        """Whether this picture is looked at: those of earlier runs are put aside meanwhile, then laid back."""
        self._looked_at = self.picture.laid = on
        canvas = self._window.canvas
        if canvas is None or self._window.session is not self.session:
            return
        if on and self.stands:
            self._aside += canvas.rasters()
            canvas.remove_raster()
        elif self._aside:
            if not canvas.rasters():  # else another run was opened meanwhile
                for state in self._aside:
                    canvas.add_raster(state.path, state.bands, state.opacity)
            self._aside = []
        self._update_map()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _close(self, x: float, y: float, reach_m: float) -> np.ndarray:
        return np.flatnonzero(np.hypot(self._places[:, 0] - x, self._places[:, 1] - y) <= reach_m)

    def _nearest(self, x: float, y: float) -> int | None:
        if not len(self._ids):
            return None
        return int(self._ids[np.argmin(np.hypot(self._places[:, 0] - x, self._places[:, 1] - y))])

    def _changeable(self, key: int) -> dict[str, Any]:
        state = self.prospect.state(key)
        names = {"x", "y", "azimuth", "mechanical_tilt", "electrical_tilt", "antenna_height_m", "height_m", "eirp_dbm",
                 "channel"}  # fmt: skip
        return {name: value for name, value in state.items() if name in names and value is not None}

    def _stands(self, made: tuple[Any, Any, Any]) -> None:
        self.job = None
        if self._window.session is not self.session:
            return
        self.prospect, patches, self.figures = made
        prospect = self.prospect
        self._ids = np.array([one.id for one in prospect.transmitters], np.int64)
        self._places = np.array([(one.x, one.y) for one in prospect.transmitters]).reshape(-1, 2)
        classes = {name: self.look_of(name).classes for name in prospect.layers}
        self.picture.begin(prospect.grid, classes, prospect.level_threshold)
        self.picture.take(patches)
        self._lay()
        self.look(self._looked_at)
        self.state_changed.emit()
        if self.figures is not None:
            self.figured.emit(self.figures)
        else:
            self._later.start(0)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()

    def _job_changed(self, job: Job) -> None:
        if job is self.job and not job.running and job.error is not None:
            self.job = None
            self._waiting.clear()
        self.state_changed.emit()

    def _touched(self) -> None:
        self.picture.marks = tuple(self._marks())
        if not self._soon.isActive():
            self._soon.start()
        self._update_map()
        self.changed.emit()

    def _marks(self) -> Any:
        for one in self.alterations():
            state = self.state(one.id)
            if state is not None:
                yield one.kind, state["x"], state["y"]

    @property
    def _gone(self) -> bool:
        """Whether the window has moved on to another project, or is closed."""
        return self.prospect is None or self._window.session is not self.session

    def _refresh(self) -> None:
        if self._gone:
            return
        if self._working:
            self._again = True
            return
        self._working, self._again = True, False
        prospect, view = self.prospect, self._window.canvas.view.bbox
        self._window.jobs.quiet(
            lambda progress: prospect.refresh(view, progress), partial(self._took, prospect), self._failed
        )

    def _took(self, prospect: Any, patches: Any) -> None:
        self._working = False
        if prospect is not self.prospect:
            return
        self.picture.take(patches)
        self._update_map()
        self.refreshed.emit()
        if self._again:
            self._soon.start()
        else:
            self._later.start(_FIGURES_MS)

    def _figure(self) -> None:
        """The mouse rests: what lies outside the view too, and the figures; piece by piece where that takes long."""
        if self._gone or self._working:
            return
        self._working = True
        prospect, view = self.prospect, self._window.canvas.view.bbox
        self._window.jobs.quiet(
            lambda progress: _more(prospect, view, progress), partial(self._took_figures, prospect), self._failed
        )

    def _took_figures(self, prospect: Any, found: tuple[Any, Any]) -> None:
        self._working = False
        if prospect is not self.prospect:
            return
        patches, figures = found
        self.picture.take(patches)
        self._update_map()
        if figures is not None:
            self.figures = figures
            self.figured.emit(figures)
        if self._again:
            self._soon.start()
        elif figures is None:
            self._later.start(0)

    def _failed(self, error: Exception) -> None:
        self._working = False
        notify(error)

    def _lay(self) -> None:
        canvas = self._window.canvas
        if canvas is None:
            return
        _TRIALS[id(canvas)] = self
        if self.picture not in canvas.overs:
            canvas.overs.insert(0, self.picture)

    def _update_map(self) -> None:
        if self._window.canvas is not None:
            self._window.canvas.update()


_TRIALS: dict[int, Trial] = {}


def trial_of(canvas: object) -> Trial | None:
    """The trial that lies on a map, if there is one."""
    return _TRIALS.get(id(canvas))


def _made(session: Any, kind: str, choices: Mapping[str, Any], view: Any, progress: Progress) -> tuple[Any, Any, Any]:
    from gis.project.analysis import wish_of
    from gis.project.what_if import Prospect

    await_engine(progress)

    wish = wish_of(session, kind, **{**choices, "layers": _LIVE})
    prospect = Prospect(session, wish, progress)
    patches = prospect.fill(prospect.grid.bbox if view is None else view, _BEGIN_S, progress)
    return prospect, patches, None if prospect.filling else prospect.figures(progress)


def _more(prospect: Any, view: Any, progress: Progress) -> tuple[Any, Any]:
    if prospect.filling:
        patches = prospect.fill(view, _FILL_S, progress)
        if prospect.filling:
            return patches, None
        return [*patches, *prospect.refresh(progress=progress)], prospect.figures(progress)
    return prospect.refresh(progress=progress), prospect.figures(progress)
