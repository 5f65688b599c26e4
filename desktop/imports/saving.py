"""What of an import is kept as a file: its report, and the rows that were not taken, to be mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.shell.words import language, tr
from gis.progress import Progress
from gis.project.import_report import report_of
from gis.project.importing import Applied, ImportPlan


class Saving:
    """Asks where to, and writes in a worker; ``window`` gives jobs and notices."""

    def __init__(self, parent: QWidget, window: Any) -> None:
        self._parent, self._window = parent, window

    def report(self, plan: ImportPlan, applied: Applied | None) -> None:
        """Let the user choose where the report goes, and as what."""
        kinds = "JSON (*.json)"
        path = self._ask(tr("Save report"), f"{Path(plan.file).stem}-{tr('import report')}", kinds)
        if path is not None:
            wanted = language()

            def write() -> None:
                path.write_text(json.dumps(report_of(plan, applied, wanted), ensure_ascii=False, indent=1), "utf-8")

            self._write(path, write)

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        chosen, used = QFileDialog.getSaveFileName(self._parent, title, name, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        ending = used[used.find("*") + 1 : used.rfind(")")] if "*" in used else ""
        return path if path.suffix else path.with_name(path.name + ending)

    def _write(self, path: Path, write: Callable[[], None]) -> None:
        def work(_progress: Progress) -> None:
            write()

        self._window.jobs.start(
            tr("Saving {file}", file=path.name),
            work,
            lambda _: self._window.notify(tr("Saved {path}", path=path), "success"),
        )
