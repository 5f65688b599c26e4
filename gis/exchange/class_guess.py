"""Which feature class a file is about: by its name, the names and cells of its columns, and its kind of geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from gis.catalogue import Catalogue, FeatureClass
from gis.exchange.mapping import guess_mapping
from gis.exchange.placement import fold
from gis.exchange.raw import RawTable

_SAMPLE = 200
_NAMED = 4.0  # the file or its layer is called like the class
_COLUMN = 3.0  # a column's name says it: "hotspot name", 摄像机编号
_OWN = 2.0  # a column fills a field which few classes have
_LEAST, _LEAD = 2.0, 0.75  # a guess must weigh so much, and so much more than the next


@dataclass(frozen=True, slots=True)
class ClassGuess:
    """The likeliest class; ``by``: what decided, the file's "name" or its "columns"."""

    cls: str
    by: Literal["name", "columns"]
    weight: float


def guess_class(raw: RawTable, catalogue: Catalogue, title: str = "") -> ClassGuess | None:
    """The class that a file called ``title`` is about, of those with a geometry; None where nothing speaks clearly.

    Looks at a sample of rows only.
    """
    some = raw.part(0, _SAMPLE)
    kind = _kind(some)
    titles = [fold(word) for word in (title, raw.layer or "") if word and word != "*"]
    columns = [fold(name) for name in raw.columns]
    spatial = [cls for cls in catalogue if cls.spatial]
    holders = {f.name: sum(cls.has_field(f.name) for cls in spatial) for cls in spatial for f in cls.fields}
    weighed = []
    for cls in spatial:
        if kind is not None and cls.geometry.removeprefix("multi") != kind:
            continue
        named = _NAMED * any(word in text for text in titles for word in _words(cls))
        said = _COLUMN * any(word in text for text in columns for word in _words(cls))
        filled = guess_mapping(some, cls).sources
        own = sum(_OWN * max(0.0, 1.2 - holders[name] / len(spatial) * 2) for name in filled)
        weighed.append(ClassGuess(cls.name, "name" if named >= said + own and named else "columns", named + said + own))
    weighed.sort(key=lambda guess: -guess.weight)
    if not weighed or weighed[0].weight < _LEAST:
        return None
    clear = len(weighed) == 1 or weighed[0].weight >= weighed[1].weight + _LEAD
    return weighed[0] if clear else None


def _words(cls: FeatureClass) -> tuple[str, ...]:
    """How a class is called, long enough not to stand in other words."""
    words = (fold(word) for word in (cls.name, cls.label.zh, cls.label.en, *cls.synonyms))
    return tuple(dict.fromkeys(w for w in words if len(w) >= (2 if not w.isascii() else 4)))


def _kind(raw: RawTable) -> str | None:
    """The kind of geometry a file carries itself; None where it has none or several."""
    if raw.geometry is None:
        return None
    dimensions = np.unique(shapely.get_dimensions(raw.geometry))
    dimensions = dimensions[dimensions >= 0]
    return ("point", "line", "polygon")[int(dimensions[0])] if len(dimensions) == 1 else None
