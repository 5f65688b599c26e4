"""Everything a user can do, once: menus, bars, shortcuts and the command palette all read this registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.shell.icons import icon
from desktop.shell.settings import SettingsStore, Shortcut
from desktop.shell.words import mark, tr, words

# The families of actions, by the first part of their ids, in the order of menus.
FAMILIES = (
    (mark("Project"), ("project", "import")),
    (mark("View"), ("mode", "view", "panel", "layer")),
    (mark("Tools"), ("tool", "measure", "snap")),
    (mark("Edit"), ("edit", "modify")),
    (mark("Check and history"), ("check", "history")),
    (mark("Maps and pictures"), ("basemap", "picture", "sheet", "report")),
    (mark("Program"), ()),  # all others
)


class Actions(QObject):
    """The actions of one window, by id ("project.open"). Their texts follow the language, their keys the settings."""

    keys_changed = Signal()

    def __init__(self, window: QWidget, store: SettingsStore | None = None) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self._made: dict[str, QAction] = {}
        self._texts: dict[str, str] = {}
        self._keys: dict[str, str] = {}  # those that each action came with
        self._conditions: dict[str, Callable[[], bool]] = {}
        words().changed.connect(self._say)

    def add(
        self,
        id: str,
        text: str,
        handler: Callable[[], object],
        icon_name: str = "",
        shortcut: str = "",
        *,
        when: Callable[[], bool] | None = None,
        checkable: bool = False,
    ) -> QAction:
        """Register an action. ``text`` is the English text; ``when`` says whether it can be done now."""
        action = QAction(self._window)
        action.setObjectName(id)
        if icon_name:
            action.setIcon(icon(icon_name))
        self._keys[id] = _written(shortcut)
        keys = self._chosen().get(id, self._keys[id])
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(checkable)
        action.triggered.connect(lambda _checked=False: handler())
        self._made[id], self._texts[id] = action, text
        if when is not None:
            self._conditions[id] = when
            action.setEnabled(when())
        self._word(id)
        self._window.addAction(action)
        return action

    def __getitem__(self, id: str) -> QAction:
        return self._made[id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._made.values())

    def texts(self) -> dict[str, str]:
        """The English text of every action, by id."""
        return dict(self._texts)

    def families(self) -> list[tuple[str, list[QAction]]]:
        """All actions in families, each with its English name; a family without actions is left out."""
        known = {start: name for name, starts in FAMILIES for start in starts}
        rest = FAMILIES[-1][0]
        found: dict[str, list[QAction]] = {name: [] for name, _ in FAMILIES}
        for id, action in self._made.items():
            found[known.get(id.partition(".")[0], rest)].append(action)
        return [(name, actions) for name, actions in found.items() if actions]

    def refresh(self) -> None:
        """Ask every condition again."""
        for id, when in self._conditions.items():
            self._made[id].setEnabled(when())

    # Shortcuts ------------------------------------------------------------------------------------------------------
    def keys(self, id: str) -> str:
        """The keys of an action, as Qt writes them; empty when it has none."""
        return _written(self._made[id].shortcut().toString())

    def own_keys(self, id: str) -> str:
        """The keys it came with."""
        return self._keys[id]

    def holder(self, keys: str, but: str = "") -> str | None:
        """The id of the action that has these keys, other than ``but``."""
        wanted = _written(keys)
        return next((id for id in self._made if id != but and wanted and self.keys(id) == wanted), None)

    def set_keys(self, id: str, keys: str) -> None:
        """Give an action other keys (empty: none); whoever has them loses them. Kept in the settings."""
        wanted = _written(keys)
        chosen = self._chosen()
        loser = self.holder(wanted, but=id)
        for name, value in ((loser, ""), (id, wanted)):
            if name is not None:
                chosen[name] = value
        self._keep(chosen)

    def reset_keys(self, id: str | None = None) -> None:
        """Give an action (None: all) the keys it came with; an action that has taken them gets its own back."""
        chosen: dict[str, str] = {}
        if id is not None:
            chosen = {name: keys for name, keys in self._chosen().items() if name != id}
            taker = self.holder(self._keys[id], but=id)
            if taker is not None:
                own = self._keys[taker]
                chosen[taker] = own if self.holder(own, but=taker) in (None, id) else ""
        self._keep(chosen)

    def _chosen(self) -> dict[str, str]:
        if self._store is None:
            return {}
        return {one.action: _written(one.keys) for one in self._store.now.shortcuts}

    def _keep(self, chosen: dict[str, str]) -> None:
        other = {id: keys for id, keys in chosen.items() if keys != self._keys.get(id)}
        if self._store is not None:
            self._store.change(shortcuts=tuple(Shortcut(id, keys) for id, keys in sorted(other.items())))
        for id, action in self._made.items():
            action.setShortcut(QKeySequence(other.get(id, self._keys[id])))
            self._word(id)
        self.keys_changed.emit()

    # Words ----------------------------------------------------------------------------------------------------------
    def _say(self) -> None:
        for id in self._made:
            self._word(id)

    def _word(self, id: str) -> None:
        action, said = self._made[id], tr(self._texts[id])
        action.setText(said)
        shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = said.rstrip("…")
        action.setToolTip(f"{plain}  ({shortcut})" if shortcut else plain)


def _written(keys: str) -> str:
    """Keys as Qt writes them: "ctrl+z" is "Ctrl+Z"."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
