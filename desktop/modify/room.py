"""What a window offers for changing what is there: registers the actions, says why one cannot be done, does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QActionGroup, QCursor, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop.modify import clipboard
from desktop.modify.clipboard import Copied, Row
from desktop.modify.delete_card import DeleteCard
from desktop.modify.offers import OFFERS, Offer, reason
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, words
from gis.editing.intents import Batch, Delete, Intent, Join, Paste, Reshape, Reverse
from gis.errors import Refusal
from gis.geometry.crs import project_crs

if TYPE_CHECKING:
    from desktop.shell.actions import Actions
    from desktop.shell.window import MainWindow

MOST = 20_000  # features copied at once
ASIDE = 16.0  # pixels by which a duplicate stands aside


class Modify(QObject):
    """One for each window. Its actions are "modify.<id>", and "edit.modify" for the menu of all."""

    def __init__(self, window: MainWindow, actions: Actions, tools: QActionGroup) -> None:
        super().__init__(window)
        self._window, self._workspace, self._actions = window, window.workspace, actions
        self.card: DeleteCard | None = None
        self._acts: dict[str, Callable[[], None]] = {
            "join": self._join, "reverse": self._reverse, "explode": self._explode, "duplicate": self._duplicate,
            "cut": self._cut, "copy": self.copy, "paste": self.paste, "paste_here": lambda: self.paste(in_place=True),
            "paste_into": lambda: self.paste(ask=True),
        }  # fmt: skip
        actions.add("edit.modify", "Modify", self.open_menu, "mdi6.pencil-ruler", "Ctrl+M", when=self._editing)
        for offer in OFFERS:
            act = self._acts.get(offer.id) or (lambda tool=offer.tool: self._window.rooms.set_tool(tool))
            made = actions.add(
                f"modify.{offer.id}", offer.text, act, offer.icon, offer.shortcut, checkable=bool(offer.tool)
            )
            if offer.tool:
                tools.addAction(made)
        self.menu = QMenu(window)
        self.menu.setToolTipsVisible(True)
        self._fill(self.menu)
        self._workspace.mode_changed.connect(self.refresh)
        self._workspace.session_changed.connect(self._session_changed)
        words().changed.connect(self.refresh)
        self.refresh()

    # ------------------------------------------------------------------------------------------------ what can be done
    def refresh(self, *_changed: object) -> None:
        """Ask again what can be done; what cannot says why."""
        for offer in OFFERS:
            action, why = self._actions[f"modify.{offer.id}"], self.reason(offer)
            action.setEnabled(not why)
            shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            said = tr(offer.text).rstrip("…")
            said = f"{said}  ({shortcut})" if shortcut else said
            action.setToolTip(f"{said}\n{tr(why)}" if why else said)
        canvas = self._window.rooms.canvas if hasattr(self._window, "rooms") else None
        if canvas is not None and canvas.editing != self._editing():
            canvas.editing = self._editing()
            canvas.update()

    def reason(self, offer: Offer) -> str:
        """Why it cannot be done now; empty when it can."""
        space = self._workspace
        catalogue = space.session.catalogue if space.session is not None else None
        return reason(offer, space.editable, space.mode == "edit", catalogue, space.selection)

    def _editing(self) -> bool:
        return self._workspace.editable and self._workspace.mode == "edit"

    def open_menu(self) -> None:
        """The menu of all modifications, at the cursor."""
        self.menu.popup(QCursor.pos())

    def add_to(self, menu: QMenu) -> None:
        """Offer them in another menu, that of a selected feature."""
        sub = menu.addMenu(icon("mdi6.pencil-ruler"), tr("Modify"))
        sub.setToolTipsVisible(True)
        self._fill(sub)
        menu.addAction(self._actions["edit.delete"])

    def _fill(self, menu: QMenu) -> None:
        group = OFFERS[0].group
        for offer in OFFERS:
            if offer.group != group:
                menu.addSeparator()
                group = offer.group
            menu.addAction(self._actions[f"modify.{offer.id}"])

    def _session_changed(self) -> None:
        self._close_card()
        self.refresh()

    # --------------------------------------------------------------------------------------------------- one-shot acts
    def _perform(self, intent: Intent) -> None:
        self._window.rooms.canvas.intentMade.emit(intent)

    def _spatial(self) -> dict[str, Any]:
        catalogue = self._workspace.session.catalogue
        return {cls: ids for cls, ids in self._workspace.selection.items() if catalogue[cls].spatial and len(ids)}

    def _several(self, label: str, wishes: Sequence[Intent], count: int) -> None:
        if wishes:
            self._perform(wishes[0] if len(wishes) == 1 else Batch(label, {"count": count}, tuple(wishes)))

    def _join(self) -> None:
        catalogue = self._workspace.session.catalogue
        chosen = {c: i for c, i in self._spatial().items() if catalogue[c].geometry != "point" and len(i) > 1}
        self._several("modify.join", [Join(c, i.tolist()) for c, i in chosen.items()], _count(chosen))

    def _reverse(self) -> None:
        catalogue = self._workspace.session.catalogue
        chosen = {cls: ids for cls, ids in self._spatial().items() if catalogue[cls].geometry == "line"}
        self._several("modify.reverse", [Reverse(c, i.tolist()) for c, i in chosen.items()], _count(chosen))

    def _explode(self) -> None:
        wishes: list[Intent] = []
        count = 0
        for cls, rows in self._read(lambda kind: kind == "multipolygon").items():
            for id, row in rows:
                parts = [shapely.MultiPolygon([part]) for part in row["geom"].geoms]
                if len(parts) > 1:
                    wishes += [Reshape(cls, id, parts[0]), Paste(cls, [row | {"geom": part} for part in parts[1:]])]
                    count += len(parts)
        if not wishes:
            notify(Refusal("modify.one_part"))
            return
        self._perform(Batch("modify.explode", {"count": count}, tuple(wishes)))

    def _duplicate(self) -> None:
        aside = ASIDE * self._window.rooms.canvas.view.resolution
        rows = {cls: [row for _, row in given] for cls, given in self._read().items()}
        wishes = [Paste(cls, self._shifted(cls, given, aside, -aside)) for cls, given in rows.items()]
        if wishes:
            self._perform(Batch("modify.duplicate", {"count": _count(rows)}, tuple(wishes)))

    # ------------------------------------------------------------------------------------------------------- clipboard
    def copy(self) -> bool:
        """Put the selected features on the clipboard, or what the tool has found out."""
        canvas = self._window.rooms.canvas
        if canvas.tool.said:
            canvas.copy()
            return False
        read = self._read()
        rows = {cls: [row for _, row in given] for cls, given in read.items()}
        if not rows:
            return False
        session = self._workspace.session
        mime = clipboard.put(rows, session.catalogue, project_crs(session.srid), str(session.path))
        QGuiApplication.clipboard().setMimeData(mime)
        self._window.status.show_hint(tr("Copied: {count} features", count=_count(rows)))
        return True

    def _cut(self) -> None:
        if self.copy():
            self.delete_selection()

    def paste(self, in_place: bool = False, ask: bool = False) -> None:
        """Paste under the cursor, or where it was; what names no class, or with ``ask``, after asking for one."""
        session = self._workspace.session
        try:
            mime = QGuiApplication.clipboard().mimeData()
            copied = clipboard.read(mime, session.catalogue, project_crs(session.srid), str(session.path))
        except Refusal as refusal:
            notify(refusal)
            return
        if ask or copied.strangers:
            self._ask_class(copied, in_place, ask)
        else:
            self._paste_rows(copied, {cls: list(rows) for cls, rows in copied.rows.items()}, in_place)

    def fitting(self, copied: Copied) -> list[str]:
        """The classes that can hold all of it, the current one first."""
        rows, now = copied.all_rows, self._workspace.current_class
        names = [
            cls.name
            for cls in self._workspace.session.catalogue
            if cls.spatial and cls.symbol is not None and all(clipboard.fits(row["geom"], cls) for row in rows)
        ]
        return sorted(names, key=lambda name: name != now)

    def _ask_class(self, copied: Copied, in_place: bool, all_of_it: bool) -> None:
        names = self.fitting(copied)
        if not names:
            notify(Refusal("modify.no_class_fits"))
            return
        menu = QMenu(self._window)
        menu.setObjectName("PasteInto")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addSection(tr("Paste into which class?"))
        catalogue = self._workspace.session.catalogue
        for name in names:
            cls = catalogue[name]
            image = icon(cls.symbol.icon or "mdi6.plus", "text_soft")
            act = lambda name=name: self._paste_into(copied, name, in_place, all_of_it)  # noqa: E731
            menu.addAction(image, cls.label.text(language()), act)
        place = self._window.rooms.canvas.gestures.place
        menu.popup(self._window.rooms.canvas.mapToGlobal(QPoint(round(place.x()), round(place.y()))))

    def _paste_into(self, copied: Copied, name: str, in_place: bool, all_of_it: bool) -> None:
        cls = self._workspace.session.catalogue[name]
        given = copied.all_rows if all_of_it else copied.strangers
        rows = {name: clipboard.for_class(given, cls, strangers=not copied.own)}
        if not all_of_it:
            for other, known in copied.rows.items():
                rows.setdefault(other, []).extend(known)
        self._paste_rows(copied, rows, in_place)

    def _paste_rows(self, copied: Copied, rows: dict[str, list[Row]], in_place: bool) -> None:
        catalogue = self._workspace.session.catalogue
        dx = dy = 0.0
        if copied.own and not in_place:
            canvas = self._window.rooms.canvas
            box = shapely.total_bounds([row["geom"] for given in rows.values() for row in given])
            x, y = canvas.view.to_world(canvas.gestures.place.x(), canvas.gestures.place.y())
            dx, dy = x - (box[0] + box[2]) / 2, y - (box[1] + box[3]) / 2
        wishes = []
        for cls, given in rows.items():
            filled = [clipboard.required_filled(row, catalogue[cls]) for row in given]
            wishes.append(Paste(cls, self._shifted(cls, filled, dx, dy)))
        self._several("modify.paste", wishes, _count(rows))

    def _shifted(self, cls: str, rows: Sequence[Row], dx: float, dy: float) -> list[Row]:
        """Copies elsewhere: their ends no longer stand on the points the first ones stand on."""
        if not (dx or dy):
            return list(rows)
        ends = {field.name for field in self._workspace.session.catalogue[cls].ends}
        return [
            {name: value for name, value in row.items() if name not in ends}
            | {"geom": shapely.transform(row["geom"], lambda xy: xy + np.array([dx, dy]))}
            for row in rows
        ]  # fmt: skip

    def _read(self, wanted: Callable[[str], bool] = lambda _kind: True) -> dict[str, list[tuple[int, Row]]]:
        """The selected features, class -> (id, row)."""
        session, made = self._workspace.session, {}
        chosen = {c: i for c, i in self._spatial().items() if wanted(str(session.catalogue[c].geometry))}
        if _count(chosen) > MOST:
            notify(Refusal("modify.too_many", limit=MOST))
            return {}
        for cls, ids in chosen.items():
            columns = session.columns(cls, ids=ids, geometry=True)
            made[cls] = list(zip(columns.ids.tolist(), clipboard.rows_of(columns, session.catalogue[cls]), strict=True))
        return made

    # -------------------------------------------------------------------------------------------------------- deleting
    def delete_selection(self) -> None:
        """Delete what is selected, as one step; where others hang on it the card asks."""
        intent = deletion(self._workspace.session.catalogue, self._workspace.selection)
        if intent is not None:
            self._workspace.perform(intent, failed=lambda error: self.refused(intent, error) or notify(error))

    def refused(self, intent: object, error: Exception) -> bool:
        """Ask what is to become of what hangs on the features to be deleted; False when that is not the matter."""
        if not (isinstance(error, Refusal) and error.code == "edit.attached") or self._window.rooms.canvas is None:
            return False
        parts = intent.intents if isinstance(intent, Batch) else (intent,)
        wishes = [part for part in parts if isinstance(part, Delete)]
        if len(wishes) != len(parts):
            return False
        self._close_card()
        canvas, catalogue = self._window.rooms.canvas, self._workspace.session.catalogue
        card = self.card = DeleteCard(canvas, catalogue, error.arguments["cls"], error.arguments["counts"])
        card.detached.connect(lambda: self._answer(intent, "detach"))
        card.cascaded.connect(lambda: self._answer(intent, "cascade"))
        card.given_up.connect(self._close_card)
        card.show_wanted.connect(lambda name: self._show_attached(wishes, name))
        card.open()
        return True

    def _answer(self, intent: Any, attached: str) -> None:
        self._close_card()
        self._workspace.perform(attached_as(intent, attached))

    def _show_attached(self, wishes: Sequence[Delete], name: str) -> None:
        """Show the features of a class that hang on those to be deleted, found in a worker."""
        session = self._workspace.session

        def found(_progress: object) -> list[int]:
            ids: set[int] = set()
            for wish in wishes:
                for field in session.catalogue[name].refs:
                    if field.ref == wish.cls:
                        for i in range(0, len(wish.ids), 400):
                            some = [int(id) for id in wish.ids[i : i + 400]]
                            marks = ",".join("?" * len(some))
                            ids.update(session.ids(name, f'"{field.name}" IN ({marks})', some).tolist())
            return sorted(ids)

        self._workspace.jobs.quiet(found, lambda ids: self._shown(name, ids))

    def _shown(self, name: str, ids: list[int]) -> None:
        if ids:
            self._workspace.select({name: ids})
            self._workspace.zoom_to_selection()

    def _close_card(self) -> None:
        if self.card is not None:
            self.card.close_for_good()
            self.card = None


def deletion(catalogue: Any, selection: Any) -> Intent | None:
    """The wish to delete a selection: what refers to others goes before them."""
    order = {cls.name: {field.ref for field in cls.refs} for cls in catalogue}
    names = [name for name in selection if len(selection[name])]
    referred = {name: sum(name in order[other] for other in names if other != name) for name in names}
    wishes = [Delete(name, tuple(selection[name].tolist())) for name in sorted(names, key=referred.__getitem__)]
    if len(wishes) < 2:
        return wishes[0] if wishes else None
    return Batch("form.delete_several", {"count": sum(len(wish.ids) for wish in wishes)}, tuple(wishes))


def attached_as(intent: Any, attached: Any) -> Intent:
    """The same deletion, with what is to become of what hangs on it."""
    if isinstance(intent, Batch):
        parts = tuple(Delete(wish.cls, wish.ids, attached) for wish in intent.intents)  # type: ignore[union-attr]
        return Batch(intent.label, intent.label_args, parts)
    return Delete(intent.cls, intent.ids, attached)


def _count(rows: Any) -> int:
    return sum(len(given) for given in rows.values())
