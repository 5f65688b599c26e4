"""WiFi runs: who disturbs whom and who is busiest, folded away, with the way to channels that disturb less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.jobs import Job
from desktop.panels.channel_preview import ChannelPreview, decibel_text
from desktop.shell.formatting import number, share
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded, words
from gis.progress import Progress
from gis.project.channel_plan import ChannelPlan, suggest_channels

_HOTSPOT = "wifi_hotspot"
_LISTED = 8
#: What of a run's questions decides which hotspots may change, and what they hear of one another.
_ASKED = ("area", "owner", "free_only", "model", "receiver_height_m", "load", "ground", "statuses")


class WifiSection(QWidget):
    """Shows the WiFi figures of one run; a run of cells, or of an earlier version, shows nothing."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window = window
        self._run: Any = None
        self._job: Job | None = None
        self.preview: ChannelPreview | None = None
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "fold")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        worded(self.fold, "setText", "Interference, channels, users")
        self.fold.toggled.connect(self._unfold)
        self.suggest = QPushButton()
        self.suggest.setIcon(icon("mdi6.access-point-network", "text"))
        worded(self.suggest, "setText", "Suggest channels")
        self.suggest.clicked.connect(self.ask)
        self.assumed = QLabel()
        self.assumed.setProperty("role", "faint")
        self.assumed.setWordWrap(True)
        self._inside = QWidget()
        self._air, self._crowds = QGridLayout(), QGridLayout()
        for grid in (self._air, self._crowds):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(0, 1)
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addLayout(self._air)
        inside.addWidget(self.suggest, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addLayout(self._crowds)
        inside.addWidget(self.assumed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.fold)
        column.addWidget(self._inside)
        self._unfold(False)
        words().changed.connect(self._fill)
        self.show_run(None)

    def show_run(self, run: Any) -> None:
        """Show this run's figures; None: nothing."""
        self._run = run if run is not None and run.summary.get("wifi") else None
        self.setVisible(self._run is not None)
        self._fill()

    def ask(self) -> None:
        """Work out channels for the hotspots of the run in view, then show them before anything is written."""
        if self._run is None or self._job is not None:
            return
        session, params = self._window.session, self._run.params
        asked = {name: params.get(name) for name in _ASKED}

        def work(progress: Progress) -> ChannelPlan:
            return suggest_channels(session, progress=progress, **asked)

        self.suggest.setEnabled(False)
        self._job = self._window.jobs.start(tr("Channels for WiFi"), work, self._show)
        self._job.changed.connect(self._job_changed)

    # ----------------------------------------------------------------------------------------------------------------
    def _show(self, plan: ChannelPlan) -> None:
        self.preview = ChannelPreview(self._window, plan)
        self.preview.show()

    def _job_changed(self, job: Job) -> None:
        if job is self._job and not job.running:
            self._job = None
            self.suggest.setEnabled(True)

    def _unfold(self, open_: bool) -> None:
        self.fold.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self._inside.setVisible(open_)

    def _fill(self) -> None:
        for grid in (self._air, self._crowds):
            while (item := grid.takeAt(0)) is not None:
                item.widget().hide()
                item.widget().deleteLater()
        if self._run is None:
            return
        wifi = self._run.summary["wifi"]
        air, crowds = wifi["interference"], wifi["crowds"]
        self._title(self._air, tr("Interference between hotspots"))
        self._fact(self._air, tr("Pairs that keep one another silent"), number(air["pairs_in_conflict"]))
        whole = f"{number(air['above_noise'])} / {number(air['hotspots'])}"
        self._fact(self._air, tr("Hotspots with more interference than noise"), whole)
        if air["without_channel"]:
            self._fact(self._air, tr("Without a channel, not counted"), number(air["without_channel"]))
        worst = [(entry, (decibel_text(entry["over_noise_db"]),)) for entry in air["worst"][: _LISTED // 2]]
        self._list(self._air, tr("Most disturbed"), (tr("over noise"),), worst)
        self._title(self._crowds, tr("Users in the busy hour"))
        self._fact(self._crowds, tr("People who live in reach"), number(round(crowds["people"])))
        self._fact(self._crowds, tr("Users at one moment"), number(round(crowds["users"])))
        self._fact(self._crowds, tr("Overloaded hotspots"), number(crowds["overloaded"]))
        busiest = [
            (entry, (number(entry["users"], 1), share(entry["load"], 0))) for entry in crowds["busiest"][:_LISTED]
        ]
        self._list(self._crowds, tr("Busiest hotspots"), (tr("Users"), tr("load|Load")), busiest)
        assumed = crowds["assumed"]
        self.assumed.setText(
            tr(
                "Planning values: {persons} persons a household, {online} of people online, {joining} of them on this "
                "WiFi, {active} of those loading at once, {demand} Mbit/s each.",
                persons=number(assumed["persons_a_household"], 2),
                online=share(assumed["online"], 1),
                joining=share(assumed["joining"], 0),
                active=share(assumed["active"], 0),
                demand=number(assumed["demand_mbps"], 1),
            )
        )

    def _title(self, grid: QGridLayout, text: str) -> None:
        said = QLabel(text)
        said.setProperty("role", "section")
        grid.addWidget(said, grid.rowCount(), 0, 1, 3)

    def _fact(self, grid: QGridLayout, name: str, value: str) -> None:
        at = grid.rowCount()
        left, right = QLabel(name), QLabel(value)
        left.setProperty("role", "soft")
        left.setWordWrap(True)
        grid.addWidget(left, at, 0, 1, 2)
        grid.addWidget(right, at, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)

    def _list(
        self,
        grid: QGridLayout,
        title: str,
        heads: Sequence[str],
        rows: Sequence[tuple[Mapping[str, Any], Sequence[str]]],
    ) -> None:
        """Hotspots by code, each a link to its place on the map, with figures to their right."""
        if not rows:
            return
        at = grid.rowCount()
        for place, text in ((0, title), *enumerate(heads, 3 - len(heads))):
            said = QLabel(text)
            said.setProperty("role", "faint")
            grid.addWidget(said, at, place, Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft)
        for down, (entry, texts) in enumerate(rows, at + 1):
            link = QPushButton(entry.get("code") or str(entry["id"]))
            link.setProperty("role", "link")
            link.setToolTip(tr("Show on the map"))
            link.clicked.connect(partial(self._go, entry["id"]))
            grid.addWidget(link, down, 0, Qt.AlignmentFlag.AlignLeft)
            for place, text in enumerate(texts, 3 - len(texts)):
                grid.addWidget(QLabel(text), down, place, Qt.AlignmentFlag.AlignRight)

    def _go(self, key: int, _checked: bool = False) -> None:
        self._window.workspace.go_to(_HOTSPOT, key)
