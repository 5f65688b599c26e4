"""The style panel in the inspector: how one layer is drawn, seen on the map while it is chosen, kept at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QKeyCombination, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.layer_menu import ask_load, ask_store
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.categories import CategoriesPage
from desktop.styling.classes import ClassesPage
from desktop.styling.controls import Fold, Rows, while_alive
from desktop.styling.entries import tells_apart, variant_label, with_variants
from desktop.styling.labelling import round_up
from desktop.styling.labels import LabelSection
from desktop.styling.rules import RuleEditor, moved, with_new_rule, with_rules, without
from desktop.styling.scale_field import ScaleField
from desktop.styling.sections import CrowdSection, RangeSection, Section, Segments, SizeSection, WedgeSection
from desktop.styling.symbol import SymbolEditor
from desktop.styling.transfer import fits, taken_over
from desktop.styling.values import class_counts, variant_counts
from desktop.styling.variant_list import VariantList
from gis.cartography.breaks import style_of_one
from gis.cartography.legend import alone
from gis.cartography.palette import Palette
from gis.cartography.symbols import LayerStyle
from gis.progress import Progress

MODES = (
    ("single", mark("mode|Single"), "mdi6.circle", mark("All features look alike")),
    ("category", mark("mode|Values"), "mdi6.shape-outline", mark("One symbol for each value of a field")),
    ("breaks", mark("mode|Classes"), "mdi6.chart-histogram", mark("Classes of a field's numbers")),
    ("rules", mark("mode|Rules"), "mdi6.filter-outline", mark("Conditions of your own, the first that fits wins")),
)
_COUNT_MS = 200
_REDO = QKeyCombination(Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_Z)


class StylePanel(QWidget):
    """Belongs to one project; the window makes a new one for the next. ``cls`` is the class that is styled."""

    def __init__(self, window: Any) -> None:
        super().__init__()
        self._window, self._session, self.book = window, window.session, window.styles
        self.cls = ""
        self._kept: dict[tuple[str, str], LayerStyle] = {}  # by class and mode: what a change of mode comes back to
        self._counted: LayerStyle | None = None
        self._count_due = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._count_due.timeout.connect(self._count)
        present = lambda: window.layers.scale  # noqa: E731
        jobs = window.jobs
        self.way = Segments(MODES)
        worded(self.way, "setAccessibleName", "Draw by")
        self.categories = CategoriesPage(self._session, jobs)
        self.classes = ClassesPage(self._session, jobs)
        self.list = VariantList()
        self.rule = RuleEditor()
        self.symbol = SymbolEditor()
        self.legend = QLineEdit()
        self.variant_scale = ScaleField(present, mark("Any scale"), round_up)
        self.sections: dict[str, tuple[Fold, Section]] = {}
        for name, title, section in (
            ("size", mark("Size and direction"), SizeSection(self._session, jobs, present)),
            ("wedge", mark("Field of view"), WedgeSection()),
            ("crowd", mark("Where crowded"), CrowdSection()),
            ("labels", mark("Labels"), LabelSection(self.book.default, present)),
            ("range", mark("When drawn"), RangeSection(present)),
        ):
            self.sections[name] = (Fold(title, section), section)
        self._build()
        self._connect()
        jobs.quiet(_load_classification, of_project=False)
        words().changed.connect(self._reword)

    # Building -------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.swatch = _Swatch()
        self.undo, self.redo, self.more, self.shut = (QToolButton() for _ in range(4))
        for button, picture, text in (
            (self.undo, "mdi6.undo", mark("Take the last change of the style back")),
            (self.redo, "mdi6.redo", mark("Change the style again")),
            (self.more, "mdi6.dots-horizontal", mark("More")),
            (self.shut, "mdi6.close", mark("Close")),
        ):
            button.setIcon(icon(picture, "text_soft" if button is self.shut else "text"))
            worded(button, "setToolTip", text)
            worded(button, "setAccessibleName", text)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.more)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 8, 8)
        head.setSpacing(0)
        head.addWidget(self.swatch)
        head.addSpacing(8)
        head.addWidget(self.title, 1)
        for button in (self.undo, self.redo, self.more, self.shut):
            head.addWidget(button)
        page = QWidget()
        page.setProperty("role", "page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(16, 0, 16, 16)
        self._column.setSpacing(12)
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._details = Rows()
        self._legend_row = self._details.row(mark("Legend text"), self.legend)
        self._scale_row = self._details.row(mark("Zoomed out to"), self.variant_scale)
        for widget in (self.way, self.categories, self.classes, self.list, self._list_buttons(), self._heading):
            self._column.addWidget(widget)
        self._column.addWidget(self.rule)
        self._column.addWidget(self.symbol)
        self._column.addLayout(self._details)
        for fold, _section in self.sections.values():
            self._column.addWidget(fold)
        self._column.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(self.scroll, 1)

    def _list_buttons(self) -> QWidget:
        self.add, self.remove = QPushButton(), QPushButton()
        for button, text in ((self.add, mark("Add a rule")), (self.remove, mark("Remove"))):
            button.setProperty("role", "link")
            worded(button, "setText", text)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.add)
        row.addStretch(1)
        row.addWidget(self.remove)
        return self._buttons

    def _connect(self) -> None:
        self.way.chosen.connect(self.set_mode)
        for page in (self.categories, self.classes, *(section for _, section in self.sections.values())):
            page.edited.connect(self._edited)
        self.list.chosen.connect(self._chosen)
        self.list.toggled.connect(self._toggle)
        self.list.moved.connect(self._move)
        self.add.clicked.connect(self._add_rule)
        self.remove.clicked.connect(self._remove)
        self.rule.changed.connect(lambda where: self._change({"where": where}, "where"))
        self.symbol.changed.connect(self._change)
        self.symbol.layer_changed.connect(lambda made, way: self.book.put(replace(self.style_, **made), way))
        self.legend.textEdited.connect(lambda text: self._change({"label": text.strip()}, "label"))
        self.variant_scale.chosen.connect(lambda value: self._change({"max_scale": value}, ""))
        self.undo.clicked.connect(lambda: self.book.undo(self.cls))
        self.redo.clicked.connect(lambda: self.book.redo(self.cls))
        self.shut.clicked.connect(self._window.inspector.close_page)
        self.book.changed.connect(self._book_changed)
        self._window.workspace.changed.connect(self._data_changed)

    # What the window asks -------------------------------------------------------------------------------------------
    def show_class(self, cls: str, place: int = -1) -> None:
        """Style this class, beginning with one of its variants where there is one."""
        self.cls = cls
        self._counted = None
        self.refresh([place] if place >= 0 else ())
        self.scroll.verticalScrollBar().setValue(0)

    @property
    def style_(self) -> LayerStyle:
        """How the class is drawn now."""
        style: LayerStyle = self.book.style(self.cls)
        return style

    def set_mode(self, mode: str) -> None:
        """Tell features apart in another way; what a way was set to before comes back."""
        style, cls = self.style_, self._session.catalogue[self.cls]
        if mode == _mode(style):
            return
        self._kept[(self.cls, _mode(style))] = style
        self.scroll.verticalScrollBar().setValue(0)
        kept = self._kept.get((self.cls, mode))
        if kept is not None:
            made = replace(style, mode=kept.mode, by=kept.by, variants=kept.variants, labels=kept.labels)
            self._edited(made, "")
            return
        possible = True
        if mode == "single":
            self._edited(self._as_one(style), "")
        elif mode == "category":
            possible = self.categories.start(style, cls, self.book.default(self.cls))
        elif mode == "breaks":
            possible = self.classes.start(style, cls)
            self._await_classes(possible)
        else:
            self._edited(with_rules(style, cls), "")
        if not possible:
            notify(tr("This layer has no field for that."), "info")
            self.refresh()

    def _await_classes(self, reading: bool) -> None:
        """While the values are read, the page says so instead of the symbols as they were."""
        if reading:
            self.way.show_key("breaks")
            self.classes.show()
            for widget in (self.categories, self.list, self._buttons, self._heading, self.rule, self.symbol):
                widget.hide()
            self._details.reveal(self._legend_row, False)
            self._details.reveal(self._scale_row, False)

    def _as_one(self, style: LayerStyle) -> LayerStyle:
        """One symbol in the layer's own colours: the base of classes and values is a grey for what has none."""
        one, own = style_of_one(style), self.book.default(self.cls).variants[0]
        return with_variants(one, [0], color=own.color, fill=own.fill) if style.mode != "rules" else one

    def refresh(self, places: Any = ()) -> None:
        """Show the style as it stands in the book."""
        if not self.cls:
            return
        style, cls = self.style_, self._session.catalogue[self.cls]
        mode = _mode(style)
        self.title.setText(cls.label.text(language()))
        self.swatch.show_style(alone(style, 0))
        self.undo.setEnabled(self.book.can_undo(self.cls))
        self.redo.setEnabled(self.book.can_redo(self.cls))
        self.way.show_key(mode)
        self.categories.setVisible(mode == "category")
        self.classes.setVisible(mode == "breaks")
        if mode == "category":
            self.categories.show_style(style, cls)
        elif mode == "breaks":
            self.classes.show_style(style, cls)
        listed = mode != "single"
        self.list.setVisible(listed)
        self._buttons.setVisible(mode in ("rules", "category"))
        self.add.setVisible(mode == "rules")
        self.list.show_style(style, cls, places)
        self._show_chosen()
        for name, (fold, section) in self.sections.items():
            section.show_style(style, cls)
            fold.say(section.summary())
            fold.setVisible(name != "wedge" or WedgeSection.possible(style, cls))
        self._ask_counts()

    def _show_chosen(self) -> None:
        style, cls = self.style_, self._session.catalogue[self.cls]
        mode, places = _mode(style), self._places()
        one = places[0] if len(places) == 1 else -1
        self._heading.setVisible(mode != "single")
        said = tr("{count} symbols", count=len(places)) if one < 0 else variant_label(style, one, cls)
        self._heading.setText(said)
        self.remove.setEnabled(any(place > 0 for place in places))
        self.rule.setVisible(mode == "rules" and one > 0)
        if mode == "rules" and one > 0:
            self.rule.show_rule(style.variants[one].where, cls, self.list.counts().get(one))
        self.symbol.show_variants(style, places)
        self.symbol.show()
        details = mode != "single" and one >= 0
        self._details.reveal(self._legend_row, details)
        self._details.reveal(self._scale_row, details)
        if details:
            variant = style.variants[one]
            if self.legend.text().strip() != variant.label:
                self.legend.setText(variant.label)
            self.legend.setPlaceholderText(variant_label(with_variants(style, [one], label=""), one, cls))
            self.variant_scale.show_scale(variant.max_scale)

    def _places(self) -> list[int]:
        style = self.style_
        if _mode(style) == "single":
            return [0]
        return [place for place in self.list.places() if place < len(style.variants)] or [0]

    # What the user does ---------------------------------------------------------------------------------------------
    def _edited(self, style: LayerStyle, gesture: str) -> None:
        if style.cls == self.cls:  # else it is the late answer for a layer shown before
            self.book.put(style, gesture)
        self.refresh()

    def _change(self, changes: dict[str, Any], gesture: str) -> None:
        places = self._places()
        self.book.put(with_variants(self.style_, places, **changes), gesture and f"{gesture} {places}")

    def _toggle(self, place: int) -> None:
        style = self.style_
        self.book.put(with_variants(style, [place], visible=not style.variants[place].visible))

    def _chosen(self, _places: object) -> None:
        self._show_chosen()

    def _add_rule(self) -> None:
        made = with_new_rule(self.style_)
        self.book.put(made)
        self.list.select(len(made.variants) - 1)
        self.rule.line.setFocus()

    def _remove(self) -> None:
        places = self._places()
        style = without(self.style_, places)
        self.book.put(style)
        if tells_apart(style):
            self.list.select(min(max(min(places), 1), len(style.variants) - 1))

    def _move(self, source: int, target: int) -> None:
        self.book.put(moved(self.style_, source, target))
        self.list.select(target)

    def _fill_menu(self) -> None:
        menu, book, name = self._menu, self.book, self.cls
        menu.clear()
        reset = menu.addAction(icon("mdi6.restore"), tr("Reset style"), lambda: book.reset(name))
        reset.setEnabled(book.own(name))
        menu.addSeparator()
        menu.addAction(icon("mdi6.content-copy"), tr("Copy style"), lambda: setattr(book, "copied", book.style(name)))
        paste = menu.addAction(icon("mdi6.content-paste"), tr("Paste style"), self._paste)
        paste.setEnabled(fits(book.copied, book.style(name)))
        menu.addSeparator()
        menu.addAction(
            icon("mdi6.content-save-outline"), tr("Save style to file…"), lambda: ask_store(self, book, name)
        )
        menu.addAction(
            icon("mdi6.folder-open-outline"), tr("Load style from file…"), lambda: ask_load(self, book, name)
        )

    def _paste(self) -> None:
        self.book.put(taken_over(self.book.copied, self.style_, self._session.catalogue[self.cls]))

    # What comes back ------------------------------------------------------------------------------------------------
    @property
    def _gone(self) -> bool:
        return self._window.session is not self._session

    def _book_changed(self, cls: str) -> None:
        if not self._gone and cls == self.cls:
            self.refresh()

    def _data_changed(self, changed: Any) -> None:
        if not self._gone and self.cls in changed.classes:
            self._counted = None
            self._ask_counts()
            if _mode(self.style_) == "breaks":
                self.classes.read_again()

    def _ask_counts(self) -> None:
        style = self.style_
        if _mode(style) == "single" or (self._counted is not None and _told_alike(style, self._counted)):
            return
        self.list.show_counts(None)
        self._count_due.start()

    def _count(self) -> None:
        session, style = self._session, self.style_
        if self._gone:
            return
        data = self.classes.data_of(style) if _mode(style) == "breaks" else None
        if data is not None:
            self._take_counts(style, class_counts(data, style))
            return
        self._window.jobs.quiet(
            lambda _progress: variant_counts(session, style),
            while_alive(self, partial(self._take_counts, style)),
            notify,
        )

    def _take_counts(self, style: LayerStyle, counts: list[int]) -> None:
        if style.cls == self.cls and _told_alike(style, self.style_):
            self._counted = style
            self.list.show_counts(counts)
            self._show_chosen()

    def _reword(self, *_language: object) -> None:
        if not self._gone:
            self.refresh()

    # Keys ------------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        """Undo and redo mean the style while the keyboard is in this panel, never the last edit of the data."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _step(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See `event`."""
        step = _step(event)
        if step:
            (self.book.undo if step < 0 else self.book.redo)(self.cls)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """As wide as the inspector likes to be."""
        return QSize(320, 640)


class _Swatch(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._style: LayerStyle | None = None
        self.setFixedSize(32, 28)
        theme().changed.connect(self.update)

    def show_style(self, style: LayerStyle) -> None:
        self._style = style
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        from desktop.canvas.marks import paint_swatch

        if self._style is not None:
            painter = QPainter(self)
            paint_swatch(painter, self._style, None, self.rect(), Palette.of(theme().dark))
            painter.end()


def _step(event: QKeyEvent) -> int:
    """-1 for the keys of undo, 1 for those of redo, else 0."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return -1
    return 1 if event.matches(QKeySequence.StandardKey.Redo) or event.keyCombination() == _REDO else 0


def _load_classification(_progress: Progress) -> None:
    """Class breaks need a library that takes a second to load: it is there by the time someone asks for them."""
    import mapclassify  # noqa: F401


def _mode(style: LayerStyle) -> str:
    """The way in which a style tells features apart; a catalogue style without a code field has one symbol."""
    return style.mode if style.mode == "rules" or (style.by is not None and style.mode != "single") else "single"


def _told_alike(style: LayerStyle, other: LayerStyle) -> bool:
    """Whether two styles sort features into the same variants, however these look."""
    told = [(s.cls, s.mode, s.by, [(v.value, v.upper, v.where) for v in s.variants]) for s in (style, other)]
    return told[0] == told[1]
