"""What of an import is kept as a file: its report, and the rows that were not taken, to be mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.shell.words import language, tr
from gis.progress import Progress
from gis.project.import_rejects import save_rejected_rows
from gis.project.import_report import report_of, write_report
from gis.project.importing import Applied, ImportPlan

_REPORTS = "HTML (*.html);;Excel (*.xlsx);;JSON (*.json)"
_ROWS = "CSV (*.csv);;Excel (*.xlsx)"


class Saving:
    """Asks where to, and writes in a worker; ``window`` gives session, jobs and notices."""

    def __init__(self, parent: QWidget, window: Any) -> None:
        self._parent, self._window = parent, window

    def report(self, plan: ImportPlan, applied: Applied | None) -> None:
        """Let the user choose where the report goes, and as what."""
        path = self._ask(tr("Save report"), f"{Path(plan.file).stem}-{tr('import report')}.html", _REPORTS)
        if path is not None:
            wanted, catalogue = language(), self._window.session.catalogue
            self._write(path, lambda: write_report(report_of(plan, applied, wanted), catalogue, path, wanted))

    def rejected(self, plan: ImportPlan, applied: Applied | None) -> None:
        """Let the user choose where the rows go that were not taken."""
        path = self._ask(tr("Save the rows not taken"), f"{Path(plan.file).stem}-{tr('rows not taken')}.csv", _ROWS)
        if path is not None:
            wanted, parts = language(), applied.decided if applied is not None else None
            self._write(path, lambda: save_rejected_rows(plan, path, wanted, parts=parts))

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        chosen, used = QFileDialog.getSaveFileName(self._parent, title, name, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        ending = used[used.rfind("*") + 1 :].rstrip(")")
        return path if path.suffix else path.with_name(path.name + ending)

    def _write(self, path: Path, write: Callable[[], Any]) -> None:
        notify = self._window.notify

        def work(_progress: Progress) -> None:
            write()

        def done(_nothing: None) -> None:
            notify(tr("Saved {path}", path=path), "success")

        self._window.jobs.start(tr("Saving {file}", file=path.name), work, done)
