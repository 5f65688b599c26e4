"""The models' changeable constants, from ``resources/radio/models.toml``, where each stands with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from gis.resources import resource


@cache
def constants() -> dict[str, Any]:
    """The whole tree of constants; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "models.toml").read_text("utf-8"))
