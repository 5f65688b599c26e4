"""New values for fields that must be unique, when a row is copied: P003 becomes P003-2, or the next that is free."""

from __future__ import annotations

import re
from typing import Any

from gis.catalogue import FeatureClass
from gis.editing.facts import Facts
from gis.editing.values import UNIQUE_TEXT_LIMIT

_NUMBERED = re.compile(r"(?P<stem>.+)-(?P<number>\d{1,6})\Z", re.DOTALL)
_TRIED = 50  # candidates looked up in the project at once


def renewed(facts: Facts, cls: FeatureClass, field: str, value: Any, reserved: set[Any]) -> Any:
    """``value`` with the lowest number from 2 on behind it that neither a row of the class nor ``reserved`` has.

    Added to ``reserved``. Only texts can be renewed; others, and texts too long to be numbered, become null.
    """
    if not isinstance(value, str) or not value:
        return None
    found = _NUMBERED.match(value)
    stem, number = (found["stem"], int(found["number"]) + 1) if found else (value, 2)
    while len(stem) + 8 <= UNIQUE_TEXT_LIMIT:
        tried = [f"{stem}-{number + i}" for i in range(_TRIED)]
        taken = facts.taken(cls.name, field, tried)
        for candidate in tried:
            if candidate not in taken and candidate not in reserved:
                reserved.add(candidate)
                return candidate
        number += _TRIED
    return None
