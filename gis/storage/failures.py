"""Turns SQLite's errors into Refusals that say what the user can do; what is our bug stays an error."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from gis.errors import Refusal

_UNIQUE = re.compile(r"UNIQUE constraint failed: (\w+)\.(\w+)")

# The R*Tree, the search index or an index of a column contradicts itself; the rows may well be whole.
_INDEXES = (apsw.SQLITE_CORRUPT_VTAB, apsw.SQLITE_CORRUPT_INDEX)


@contextmanager
def refusing(path: Path, on_damage: Callable[[str], None] | None = None) -> Iterator[None]:
    """Within it, errors of SQLite that the user can act on are raised as Refusal ``storage.*``.

    ``on_damage`` is called first, with the reason, when the file turns out to be damaged.
    """
    try:
        yield
    except apsw.Error as error:
        refusal = refusal_of(error, path)
        if refusal is None:
            raise
        if refusal.code == "storage.damaged" and on_damage is not None:
            on_damage(refusal.arguments["reason"])
        raise refusal from error
    except OSError as error:  # of a temporary file of ours
        if error.errno != errno.ENOSPC:
            raise
        raise Refusal("storage.full", file=error.filename or tempfile.gettempdir()) from error


def refusal_of(error: apsw.Error, path: Path) -> Refusal | None:
    """The Refusal that tells the user of an SQLite error; None when it is a bug of ours."""
    file, reason = str(path), str(error)
    if isinstance(error, apsw.FullError):
        return Refusal("storage.full", file=file)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Refusal("storage.locked", file=file)
    if isinstance(error, apsw.CorruptError) and only_index(error):
        return Refusal("storage.index_damaged", file=file, reason=reason)
    if isinstance(error, apsw.CorruptError):
        return Refusal("storage.damaged", file=file, reason=reason)
    if isinstance(error, apsw.NotADBError):
        return Refusal("storage.not_database", file=file)
    if isinstance(error, apsw.ReadOnlyError) or (isinstance(error, apsw.CantOpenError) and not writable(path)):
        return Refusal("storage.readonly", file=file)
    if isinstance(error, apsw.CantOpenError | apsw.PermissionsError):
        return Refusal("storage.cannot_open", file=file, reason=reason)
    if isinstance(error, apsw.IOError):
        return Refusal("storage.disk", file=file, reason=reason)
    if isinstance(error, apsw.ConstraintError):
        return _constraint(reason)
    return None


def only_index(error: apsw.Error) -> bool:
    """Whether an error of a corrupt file concerns an index alone, which can be made anew from the rows."""
    return getattr(error, "extendedresult", 0) in _INDEXES


def _constraint(reason: str) -> Refusal | None:
    unique = _UNIQUE.search(reason)
    if unique:
        return Refusal("storage.duplicate", cls=unique[1], field=unique[2])
    if "violates Geometry constraint" in reason:
        return Refusal("storage.geometry", reason=reason)
    return None


def writable(path: Path) -> bool:
    """Whether a project can be edited there: SQLite writes the file and, beside it, its log."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
