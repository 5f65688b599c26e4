"""Opens SQLite connections with the spatial extension, in the one order that does not crash."""

from __future__ import annotations

import sys
from pathlib import Path

# Loading mod_spatialite first and importing these afterwards crashes the process (symbol clash of PROJ, GEOS and
# SQLite); they are imported here, before any extension is loaded, and a test in a fresh process guards it.
import pyogrio  # noqa: F401
import pyproj  # noqa: F401
import rasterio  # noqa: F401
import shapely  # noqa: F401

import apsw  # isort: skip

from gis.errors import Refusal

_EXTENSION = "mod_spatialite.dll" if sys.platform == "win32" else "mod_spatialite"


def connect(path: Path | str, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    """A connection with SpatiaLite's functions; foreign keys on, no waiting for locks.

    Raises Refusal ``storage.no_spatialite`` where the extension is not installed.
    """
    connection = apsw.Connection(str(path), flags=flags)
    try:
        connection.enable_load_extension(True)
        connection.load_extension(_EXTENSION)
    except apsw.ExtensionLoadingError as error:
        connection.close()
        raise Refusal("storage.no_spatialite", reason=str(error)) from error
    connection.enable_load_extension(False)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
