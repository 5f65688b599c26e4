"""Keeping what was composed: in the project, as a template of one's own, in a file; and writing it out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QWidget

from desktop.basemaps.paper import grounds_of
from desktop.jobs import Job
from desktop.sheets.composer.draft import Draft
from desktop.sheets.export import export_sheet
from desktop.shell.notices import notify
from desktop.shell.words import language, tr
from gis.cartography.sheets.templates import SheetTemplate, user_folder
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.sheets import Sheet, Sheets, open_template, save_template, write_template


class Saving:
    """Speaks to the user where a name is needed; what cannot be is told. ``window`` is the main window."""

    def __init__(self, owner: QWidget, window: Any, draft: Draft) -> None:
        self._owner, self._window, self._draft = owner, window, draft

    def keep(self, name: str = "") -> Sheet | None:
        """Keep it as a sheet of the project under its name, or that given; asks for one where it has none."""
        sheets, sheet = Sheets(self._window.session), self._draft.sheet
        try:
            said = name or sheet.name or self._ask_name(tr("Save the sheet"), self._proposed())
            if not said:
                return None
            kept = sheets.save(replace(sheet, name=said))
        except Refusal as refusal:
            notify(refusal)
            return None
        self._draft.kept(kept)
        notify(tr("The sheet “{name}” is kept in the project.", name=kept.name), "success")
        return kept

    def keep_as(self) -> Sheet | None:
        """Keep it as another sheet of the project."""
        sheets = Sheets(self._window.session)
        said = self._ask_name(tr("Save the sheet as"), sheets.free_name(self._draft.sheet.name or self._proposed()))
        return self.keep(said) if said else None

    def as_template(self, name: str = "") -> SheetTemplate | None:
        """Keep its layout as a template of the user's own, for every project."""
        said = name or self._ask_name(tr("Save as a template"), self._draft.sheet.name or self._proposed())
        if not said:
            return None
        try:
            made = save_template(self._draft.template, said)
        except Refusal as refusal:
            notify(refusal)
            return None
        notify(tr("The template “{name}” can be used in every project.", name=made.name), "success")
        return made

    def to_file(self, target: Path | None = None) -> None:
        """Write its layout to a template file."""
        if target is None:
            start = str(Path(self._window.session.path).with_name(f"{self._draft.sheet.name or 'sheet'}.toml"))
            chosen, _ = QFileDialog.getSaveFileName(self._owner, tr("Save the template to a file"), start, "*.toml")
            if not chosen:
                return
            target = Path(chosen)
        try:
            write_template(self._draft.template, target.with_suffix(".toml"))
        except Refusal as refusal:
            notify(refusal)
        else:
            notify(tr("Template written: {path}", path=str(target.with_suffix(".toml"))), "success")

    def from_file(self, source: Path | None = None) -> SheetTemplate | None:
        """A template out of a file; a wrong one is refused with the place."""
        if source is None:
            start = str(user_folder() if user_folder().is_dir() else Path(self._window.session.path).parent)
            chosen, _ = QFileDialog.getOpenFileName(self._owner, tr("Open a template file"), start, "*.toml")
            if not chosen:
                return None
            source = Path(chosen)
        try:
            return open_template(source)
        except Refusal as refusal:
            notify(refusal)
            return None

    def export(self, target: Path, asked: dict[str, Any], maps: list[Any]) -> Job:
        """Write the sheet out as it stands; the ending says how."""
        session, template, settings = self._window.session, self._draft.template, self._window.store.now
        window = self._window
        asked = {**asked, "language": language()}

        def work(progress: Progress) -> list[Path]:
            with grounds_of(maps, settings) as grounds:
                return export_sheet(session, template, target, grounds=grounds, progress=progress, **asked)

        def done(files: list[Path]) -> None:
            window.notify(tr("Map written: {path}", path=str(files[0])), "success")

        return window.jobs.start(tr("Writing {name}", name=target.name), work, done)

    def ask_target(self, ending: str, title: str) -> Path | None:
        """Where to write to; None when the user thinks better of it."""
        session = self._window.session
        name = self._draft.sheet.name or title or session.path.stem
        safe = "".join("_" if letter in '/\\:*?"<>|' else letter for letter in name).strip() or "map"
        proposed = str(session.path.with_name(f"{safe}{ending}"))
        chosen, _ = QFileDialog.getSaveFileName(self._owner, tr("Export the sheet"), proposed, f"*{ending}")
        if not chosen:
            return None
        target = Path(chosen)
        return target if target.suffix.lower() == ending else target.with_name(target.name + ending)

    def _proposed(self) -> str:
        return self._draft.sheet.words.get("title") or self._draft.template.label.text(language())

    def _ask_name(self, title: str, proposed: str) -> str:
        said, taken = QInputDialog.getText(
            self._owner, title, tr("Name"), QLineEdit.EchoMode.Normal, proposed
        )  # fmt: skip
        return said.strip() if taken else ""
