"""Where the files lie that ship with Yantu."""

from __future__ import annotations

import os
from pathlib import Path


def resource(*parts: str) -> Path:
    """The path of a shipped file or folder under ``resources/``.

    ``YANTU_RESOURCES`` in the environment names another root, for packagers.
    """
    root = os.environ.get("YANTU_RESOURCES")
    base = Path(root) if root else Path(__file__).resolve().parent.parent / "resources"
    return base.joinpath(*parts)
