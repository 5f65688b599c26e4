"""Where templates are chosen: the form's menu, and the card shown while features are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QInputDialog, QLabel, QMenu, QVBoxLayout, QWidget

from desktop.forms.beginnings import Beginnings
from desktop.forms.form import FeatureForm
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.project.templates import Template, fitting, remove_template, save_template, templates_of


class TemplateMenu(QMenu):
    """Apply a template to what the form shows, keep its values as one, and say what the next features take over."""

    kept = Signal()

    def __init__(self, workspace: Workspace, beginnings: Beginnings, form: Callable[[], FeatureForm | None]) -> None:
        super().__init__()
        self._workspace, self._beginnings, self._form = workspace, beginnings, form
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is for the class of the form."""
        self.clear()
        form = self._form()
        if form is None:
            return
        known = templates_of(self._workspace.session, form.cls.name)
        self.addSection(tr("Apply a template"))
        for template in known:
            self.addAction(template.label.text(language()), lambda t=template: form.enter(t.values))
        if not known:
            self.addAction(tr("None yet for this class")).setEnabled(False)
        self.addSeparator()
        self.addAction(tr("Keep as a template…"), lambda: self._keep(form))
        own = [template for template in known if template.own]
        if own:
            removal = self.addMenu(tr("Forget a template"))
            for template in own:
                removal.addAction(template.label.text(language()), lambda t=template: self._remove(t))
        self.addSeparator()
        self._add_repeats(form.cls)

    def keep(self, form: FeatureForm, name: str) -> None:
        """Keep what stands in the form as a template of that name."""
        values = {key: editor.current() for key, editor in form.editors.items() if editor.field.type != "ref"}
        try:
            save_template(self._workspace.session, form.cls.name, name, fitting(form.cls, values))
        except Refusal as refusal:
            notify(refusal)
            return
        self.kept.emit()

    def _keep(self, form: FeatureForm) -> None:
        name, given = QInputDialog.getText(form, tr("Keep as a template…"), tr("Name of the template"))
        if given:
            self.keep(form, name)

    def _remove(self, template: Template) -> None:
        remove_template(self._workspace.session, template)
        self.kept.emit()

    def _add_repeats(self, cls: FeatureClass) -> None:
        menu = self.addMenu(tr("Same as the last one"))
        menu.setToolTip(tr("New features begin with these values of the one before"))
        every = menu.addAction(tr("All fields"))
        every.setCheckable(True)
        every.setChecked(self._beginnings.repeats_all(cls))
        every.triggered.connect(lambda on: self._beginnings.repeat(cls, on))
        menu.addSeparator()
        repeated = self._beginnings.repeated(cls.name)
        for name in self._beginnings.repeatable(cls):
            one = menu.addAction(cls.field(name).label.text(language()))
            one.setCheckable(True)
            one.setChecked(name in repeated)
            one.triggered.connect(lambda on, name=name: self._beginnings.repeat(cls, on, name))


class DrawCard(QWidget):
    """What features of the current class begin with, where nothing is selected yet."""

    def __init__(self, workspace: Workspace, beginnings: Beginnings) -> None:
        super().__init__()
        self._workspace, self._beginnings = workspace, beginnings
        self._known: tuple[Template, ...] = ()
        self.heading, about = QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        about.setProperty("role", "soft")
        about.setWordWrap(True)
        worded(about, "setText", "Template")
        self.box = QComboBox()
        worded(self.box, "setAccessibleName", "Template")
        self.box.activated.connect(self._chosen)
        about.setBuddy(self.box)
        self.same = QCheckBox()
        worded(self.same, "setText", "Same as the last one")
        worded(self.same, "setToolTip", "New features begin with these values of the one before")
        self.same.clicked.connect(self._same)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(6)
        for widget in (self.heading, about, self.box, self.same):
            column.addWidget(widget)
        workspace.class_changed.connect(self.fill)
        workspace.session_changed.connect(self.fill)
        workspace.mode_changed.connect(self.fill)
        beginnings.changed.connect(self.fill)
        words().changed.connect(self.fill)
        self.fill()

    @property
    def _cls(self) -> FeatureClass | None:
        session, name = self._workspace.session, self._workspace.current_class
        cls = session.catalogue[name] if session is not None and name in session.catalogue else None
        return cls if cls is not None and cls.spatial else None

    def fill(self, _news: Any = None) -> None:
        """Show what there is for the current class."""
        cls = self._cls if self._workspace.mode == "edit" else None
        self.setVisible(cls is not None and self._workspace.editable)
        if cls is None:
            return
        lang = language()
        self._known = templates_of(self._workspace.session, cls.name)
        self.heading.setText(tr("New features: {label}", label=cls.label.text(lang)))
        self.box.clear()
        self.box.addItem(tr("Without a template"))
        self.box.addItems([template.label.text(lang) for template in self._known])
        chosen = self._beginnings.template(cls.name)
        self.box.setCurrentIndex(self._known.index(chosen) + 1 if chosen in self._known else 0)
        self.box.setEnabled(bool(self._known))
        self.same.setChecked(bool(self._beginnings.repeated(cls.name)))

    def _chosen(self, index: int) -> None:
        if self._cls is not None:
            self._beginnings.choose(self._cls.name, self._known[index - 1] if index else None)

    def _same(self, on: bool) -> None:
        if self._cls is not None:
            self._beginnings.repeat(self._cls, on)
