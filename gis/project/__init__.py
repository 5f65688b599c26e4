"""The facade of Yantu's core: open a project, read, edit, undo, run, be told of changes."""

from gis.project.events import Changed
from gis.project.history import Entry, RowChange
from gis.project.runs import Run
from gis.project.session import Done, Session

__all__ = ["Changed", "Done", "Entry", "RowChange", "Run", "Session"]
