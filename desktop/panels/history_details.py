"""The card of one history entry: who, when, what, how many; and its rows with old and new values in words."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem

from desktop.shell.formatting import length, number, value_text
from desktop.shell.words import language, tr
from desktop.shell.workspace import step_text
from gis.catalogue import Catalogue, FeatureClass
from gis.project.history_versions import STAMPS
from gis.project.history_words import MASK, local_time

CHANGE = Qt.ItemDataRole.UserRole  # of a row's item: the RowChange


def entry_card(entry: Any, catalogue: Catalogue) -> str:
    """Two lines of rich text."""
    counts = "   ".join(
        f"{catalogue[name].label.text(language()) if name in catalogue else name} {number(count)}"
        for name, count in entry.counts.items()
    )
    state = tr("undone for good") if entry.superseded else tr("undone") if entry.undone else ""
    second = "   ".join(part for part in (entry.author, local_time(entry.at), counts, state) if part)
    return f"<b>{escape(step_text(entry))}</b><br>#{entry.seq}   {escape(second)}"


def with_titles(session: Any, rows: list[Any]) -> tuple[list[Any], dict[tuple[str, int], str]]:
    """The details, and what their rows are called now: an edit holds only what it changed."""
    titles: dict[tuple[str, int], str] = {}
    for cls in {row.cls for row in rows}:
        ids = [int(row.id) for row in rows if row.cls == cls]
        fields = [name for name in ("code", "name") if session.catalogue[cls].has_field(name)]
        columns = session.columns(cls, fields, ids=ids, geometry=False)
        for place, id in enumerate(columns.ids.tolist()):
            said = next((str(columns.fields[name][place]) for name in fields if columns.fields[name][place]), "")
            titles[cls, id] = said
    return rows, titles


def detail_of(cls: FeatureClass, row: Any, titles: dict[tuple[str, int], str]) -> QTreeWidgetItem:
    """A row with a line for each of its values that the edit named."""
    verb = {"insert": tr("Added"), "update": tr("Changed"), "delete": tr("Deleted")}[row.op]
    known = {**row.old, **row.new}
    title = known.get("code") or titles.get((row.cls, int(row.id))) or known.get("name") or f"#{row.id}"
    top = QTreeWidgetItem([f"{verb}   {cls.label.text(language())}   {title}"])
    font = top.font(0)
    font.setBold(True)
    top.setFont(0, font)
    top.setData(0, CHANGE, row)
    for line in value_lines(cls, row.old, row.new):
        top.addChild(QTreeWidgetItem(list(line)))
    return top


def value_lines(cls: FeatureClass, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, old and new value of every field that either side names, as the user reads them."""
    lines: list[tuple[str, str, str]] = []
    for name in dict.fromkeys([*old, *new]):
        if name in STAMPS or not (name == "geom" or cls.has_field(name)):
            continue
        before, after = (value_said(cls, name, side.get(name)) for side in (old, new))
        if before or after:
            lines.append((field_label(cls, name), before or "—", after or "—"))
    return lines


def field_label(cls: FeatureClass, name: str) -> str:
    """The label of a field, or of the geometry."""
    return tr("Geometry") if name == "geom" else cls.field(name).label.text(language())


def value_said(cls: FeatureClass, name: str, value: Any) -> str:
    """A value as the user reads it; empty for null. Restricted values are masked."""
    if name == "geom":
        return _shape_said(value)
    field = cls.field(name)
    said = value_text(field, value)
    return MASK if said and field.restricted else said


def _shape_said(shape: Any) -> str:
    if shape is None:
        return ""
    if shape.geom_type == "Point":
        return f"{shape.x:.2f}, {shape.y:.2f}"
    if shape.geom_type == "LineString":
        return tr("{count} vertices, {length}", count=number(len(shape.coords)), length=length(shape.length))
    return tr("shape")
