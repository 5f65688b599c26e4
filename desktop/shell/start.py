"""What is shown when there is nothing else: the three doors beside the map, and the page before any project is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.panels.jobs import show_share, state_text
from desktop.shell.icons import icon, logo
from desktop.shell.settings import SettingsStore
from desktop.shell.theme import theme
from desktop.shell.words import mark, worded, words

DOORS = (
    ("plan", "mdi6.access-point-network", mark("Plan"), mark("Where does signal reach, where are the gaps?")),
    ("survey", "mdi6.map-marker-plus-outline", mark("Survey"), mark("Bring in field data, correct it on the map")),
    ("report", "mdi6.file-chart-outline", mark("Report"), mark("Lay out a map sheet and export it as PDF")),
)
_TIPS = (
    ("mdi6.cursor-default-click-outline", mark("Click a feature to see its record here")),
    ("mdi6.gesture-swipe", mark("Drag to move the map, turn the wheel to zoom")),
    ("mdi6.keyboard-outline", mark("Ctrl+K finds every command, code and place")),
)


class Door(QPushButton):
    """A large button: picture, title, one line of what lies behind."""

    def __init__(self, image: str, title: str, text: str) -> None:
        super().__init__()
        self._image = image
        self.setProperty("role", "door")
        self.setMinimumHeight(80)
        self._picture, self._title, self._text = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._text.setProperty("role", "soft")
        self._text.setWordWrap(True)
        worded(self._title, "setText", title)
        worded(self._text, "setText", text)
        worded(self, "setAccessibleName", title)
        worded(self, "setAccessibleDescription", text)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addStretch(1)
        lines.addWidget(self._title)
        lines.addWidget(self._text)
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self._picture)
        row.addLayout(lines, 1)
        for label in (self._picture, self._title, self._text):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme().changed.connect(self._draw)
        self._draw()

    def sizeHint(self) -> QSize:
        """As high as its words need."""
        return QSize(240, 80)

    def _draw(self) -> None:
        self._picture.setPixmap(icon(self._image, "accent").pixmap(32, 32))


class StartPanel(QWidget):
    """The inspector when nothing is selected: three doors and how to begin. ``door`` carries its name."""

    door = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        title = QLabel()
        title.setProperty("role", "title")
        worded(title, "setText", "What would you like to do?")
        column.addWidget(title)
        column.addSpacing(4)
        for name, image, head, text in DOORS:
            button = Door(image, head, text)
            button.clicked.connect(lambda _checked=False, name=name: self.door.emit(name))
            column.addWidget(button)
        column.addSpacing(16)
        self._tips: list[tuple[QLabel, str]] = []
        for image, text in _TIPS:
            row = QHBoxLayout()
            row.setSpacing(8)
            picture, tip = QLabel(), QLabel()
            tip.setProperty("role", "soft")
            tip.setWordWrap(True)
            worded(tip, "setText", text)
            row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(tip, 1)
            column.addLayout(row)
            self._tips.append((picture, image))
        column.addStretch(1)
        theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        for picture, image in self._tips:
            picture.setPixmap(icon(image, "text_soft").pixmap(18, 18))


class Welcome(QScrollArea):
    """The page before a project is open: what Yantu is, ways to begin, recent projects, progress of the sample."""

    open_wanted = Signal()
    new_wanted = Signal()
    sample_wanted = Signal()
    recent_wanted = Signal(str)

    def __init__(self, settings: SettingsStore) -> None:
        super().__init__()
        self.setObjectName("Welcome")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._settings = settings
        self._job: Job | None = None
        page = QWidget()
        page.setObjectName("Welcome")
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(520)
        self._column = QVBoxLayout(card)
        self._column.setContentsMargins(40, 40, 40, 40)
        self._column.setSpacing(8)
        self._logo = QLabel()
        title, text = QLabel(), QLabel()
        title.setProperty("role", "title")
        text.setProperty("role", "soft")
        text.setWordWrap(True)
        worded(title, "setText", "Yantu, the map of a city's digital infrastructure")
        worded(
            text, "setText", "Fibre, WiFi, base stations, plate readers and cameras in one file. It needs no network."
        )
        for widget in (self._logo, title, text):
            self._column.addWidget(widget)
        self._column.addSpacing(16)
        self.sample = Door(
            "mdi6.city-variant-outline", "Sample city", "Yancheng in small, made for trying everything out"
        )  # fmt: skip
        self.open = Door("mdi6.folder-open-outline", "Open project…", "A city's file that is already there")
        self.new = Door("mdi6.plus-box-outline", "New project…", "An empty city, to be filled by import or by hand")
        self.sample.clicked.connect(self.sample_wanted)
        self.open.clicked.connect(self.open_wanted)
        self.new.clicked.connect(self.new_wanted)
        for door in (self.sample, self.open, self.new):
            self._column.addWidget(door)
        self._step, self._bar = QLabel(), QProgressBar()
        self._step.setProperty("role", "soft")
        self._bar.setTextVisible(False)
        self._step.hide()
        self._bar.hide()
        self._column.addSpacing(8)
        self._column.addWidget(self._step)
        self._column.addWidget(self._bar)
        self._recent_head = QLabel()
        self._recent_head.setProperty("role", "section")
        worded(self._recent_head, "setText", "Recent projects")
        self._column.addSpacing(8)
        self._column.addWidget(self._recent_head)
        self._recent: list[QPushButton] = []
        outer = QVBoxLayout(page)
        outer.addStretch(1)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)
        self.setWidget(page)
        settings.changed.connect(self.show_recent)
        theme().changed.connect(self._draw)
        words().changed.connect(self._say)
        self._draw()
        self.show_recent()

    def watch(self, job: Job) -> None:
        """Show the progress of the work that will bring a project."""
        self._job = job
        job.changed.connect(self._progressed)
        self._progressed(job)

    def show_recent(self, *_settings: object) -> None:
        """List the recent projects that are still there."""
        for button in self._recent:
            button.deleteLater()
        self._recent.clear()
        paths = [path for path in self._settings.now.recent if Path(path).is_file()][:4]
        self._recent_head.setVisible(bool(paths))
        for path in paths:
            button = QPushButton(Path(path).stem)
            button.setProperty("role", "link")
            button.setToolTip(path)
            button.clicked.connect(lambda _checked=False, path=path: self.recent_wanted.emit(path))
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self._recent.append(button)

    def _progressed(self, job: Job) -> None:
        if job is not self._job:
            return
        for widget in (self._step, self._bar):
            widget.setVisible(job.running)
        for button in (self.sample, self.open, self.new):
            button.setEnabled(not job.running)
        self._step.setText(f"{job.label}   {state_text(job)}")
        show_share(self._bar, job)

    def _draw(self) -> None:
        self._logo.setPixmap(logo(48, self.devicePixelRatioF()))

    def _say(self) -> None:
        if self._job is not None and self._job.running:
            self._progressed(self._job)
