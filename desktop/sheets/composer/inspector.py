"""The right side of the composer: what is selected, or the sheet as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.item_page import ItemPage
from desktop.sheets.composer.sheet_page import SheetPage
from desktop.sheets.composer.wording import kind_name
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import tr, words
from gis.cartography.sheets import editing
from gis.cartography.sheets.items import Box, MapItem, kind_of


class Inspector(QWidget):
    """Shows and changes the draft; ``content_wanted(id)``, ``freed(id)`` out of its column, ``centered(id)``."""

    content_wanted = Signal(str)
    freed = Signal(str)
    centered = Signal(str)

    def __init__(self, draft: Draft, session: Any) -> None:
        super().__init__()
        self._draft, self._session = draft, session
        self.fields: dict[str, str] = {}
        self._areas: list[tuple[str, str]] = []
        self.pages: dict[str, ItemPage] = {}
        self.sheet = SheetPage()
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.several = QLabel()
        self.several.setProperty("role", "soft")
        self.several.setWordWrap(True)
        self.scroll = ScrollPage(top=12)
        self.scroll.column.addWidget(self.title)
        self.scroll.column.addWidget(self.several)
        self.scroll.column.addWidget(self.sheet)
        self.scroll.column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.scroll)
        self.sheet.said.connect(self._said)
        self.sheet.papered.connect(lambda name, way: draft.edit(editing.on_paper, name, way))
        self.sheet.rimmed.connect(lambda rim: draft.edit(editing.with_margins, rim, gesture="margins"))
        self.sheet.scaled.connect(self._scaled)
        self.sheet.published.connect(
            lambda way: draft.put(replace(draft.sheet, template=replace(draft.template, publication=way)))
        )
        draft.changed.connect(self.refresh)
        draft.selected.connect(self.refresh)
        words().changed.connect(self.refresh)
        self.refresh()

    def set_areas(self, areas: list[tuple[str, str]]) -> None:
        """The areas there are, as (code, name)."""
        self._areas = areas

    def set_fields(self, fields: dict[str, str]) -> None:
        """What the sheet says by itself."""
        self.fields = fields
        if not self._draft.selection:
            self.sheet.show_sheet(self._draft.sheet, fields)

    def refresh(self, *_language: object) -> None:
        """Show the draft as it stands."""
        chosen = self._draft.chosen
        page = None
        if len(chosen) == 1:
            page = self._page(kind_of(chosen[0]))
            page.show_item(chosen[0], self._draft.sheet.denominator or 0.0)
        for one in self.pages.values():
            one.setVisible(one is page)
        self.sheet.setVisible(not chosen)
        self.several.setVisible(len(chosen) > 1)
        if not chosen:
            self.title.setText(tr("The sheet"))
            self.sheet.show_sheet(self._draft.sheet, self.fields)
        elif len(chosen) == 1:
            self.title.setText(kind_name(chosen[0]))
        else:
            self.title.setText(tr("{count} items", count=len(chosen)))
            self.several.setText(tr("Align or distribute them with the buttons above; the arrow keys move them."))

    def edit_words(self, id: str) -> bool:
        """The keyboard to the words of a text. Whether the item has any."""
        self._draft.select([id])
        chosen = self._draft.chosen
        return len(chosen) == 1 and self._page(kind_of(chosen[0])).take_focus()

    @property
    def page(self) -> ItemPage | None:
        """The page of the one selected item."""
        chosen = self._draft.chosen
        return self.pages.get(kind_of(chosen[0])) if len(chosen) == 1 else None

    def _page(self, kind: str) -> ItemPage:
        if kind not in self.pages:
            folder = Path(self._session.path).parent
            page = ItemPage(kind, self._draft, self._session.catalogue, lambda: self._areas, folder)
            page.changed.connect(self._changed)
            page.boxed.connect(self._boxed)
            page.freed.connect(lambda: self.freed.emit(self._draft.selection[0]))
            page.content_wanted.connect(lambda: self.content_wanted.emit(self._draft.selection[0]))
            page.centered.connect(lambda: self.centered.emit(self._draft.selection[0]))
            self.scroll.column.insertWidget(self.scroll.column.count() - 1, page)
            self.pages[kind] = page
        return self.pages[kind]

    def _changed(self, name: str, value: Any) -> None:
        chosen = self._draft.chosen
        if len(chosen) != 1:
            return
        item = chosen[0]
        if name == "denominator" and isinstance(item, MapItem) and item.role == "main":
            self._scaled(float(value))
            return
        select = [value] if name == "id" else None
        if not self._draft.edit(
            editing.changed, item.id, gesture=f"{item.id}.{name}", select=select, **{name: value}
        ):  # fmt: skip
            self.refresh()

    def _boxed(self, box: Box) -> None:
        chosen = self._draft.chosen
        if len(chosen) == 1 and not self._draft.edit(
            editing.resized, chosen[0].id, box, gesture=f"{chosen[0].id}.box"
        ):  # fmt: skip
            self.refresh()

    def _said(self, key: str, text: str) -> None:
        sheet = self._draft.sheet
        given = {**sheet.words, key: text}
        if not text:
            given.pop(key)
        self._draft.put(replace(sheet, words=given), f"word {key}")

    def _scaled(self, denominator: float) -> None:
        self._draft.put(replace(self._draft.sheet, denominator=denominator or None), "scale")
