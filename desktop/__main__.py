"""Where the desktop is put together: settings, look, language, window; then the project, by a job."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gis.cartography import compiling

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow


def run_desktop(project: Path | None = None, ready: Callable[[MainWindow], None] | None = None) -> int:
    """Open the window on a project, else on the last one, else on the sample city; returns the exit status.

    ``ready(window)`` is called once, when the first project stands in the window and can be used.
    """
    from PySide6.QtWidgets import QApplication

    from desktop.shell.notices import catch_everything, start_log
    from desktop.shell.settings import SettingsStore, log_folder
    from desktop.shell.theme import theme
    from desktop.shell.words import set_language

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Yantu")
    app.setDesktopFileName("yantu")
    start_log(log_folder())
    catch_everything()
    store = SettingsStore()
    set_language(store.now.language)
    theme().apply(store.now.theme)
    _warm_up()

    from desktop.shell.window import MainWindow

    window = MainWindow(None, store)
    window.workspace.at_leisure.connect(_warm_up_rooms)
    if ready is not None:
        window.usable.connect(lambda: ready(window))
    _begin(window, project)
    window.show()
    status = app.exec()
    _let_threads_end()
    return status


def _begin(window: MainWindow, project: Path | None) -> None:
    recent = [Path(path) for path in window.store.now.recent if Path(path).is_file()]
    if project is not None:
        window.projects.open(project)
    elif recent and window.store.now.reopen_last:
        window.projects.open(recent[0])
    elif not window.store.now.recent:
        window.projects.open_sample()


def _warm_up() -> None:
    """Load in the background what a project will need: these libraries take longer than the window does."""
    compiling.LEAVING.clear()

    def load() -> None:
        import desktop.canvas.map_canvas  # noqa: F401
        import gis.project  # noqa: F401

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def _warm_up_rooms() -> None:
    """Load in the background what the modes will need; on the first click it would hold the window for a second."""

    def load() -> None:
        import desktop.panels.analysis
        import desktop.sheets.atlas.dialog
        import desktop.sheets.panel
        import desktop.sheets.report.dialog  # noqa: F401
        from gis.cartography.sheets.templates import sheet_template, template_names

        for name in template_names():
            sheet_template(name)  # read once, kept

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def _let_threads_end() -> None:
    """Wait for what still warms up: Python ending under a thread inside C++ (LLVM, PROJ) aborts the process."""
    compiling.LEAVING.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(30)


if __name__ == "__main__":
    sys.exit(run_desktop(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
