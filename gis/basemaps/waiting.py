"""Pictures for paper and files: asked for again until nothing is on its way any more."""

from __future__ import annotations

import time
from collections.abc import Callable

from gis.basemaps.basemap import BaseMap, GroundPicture, ViewLike
from gis.geometry.crs import ProjectCrs

PATIENCE = 30.0  # seconds
LOOK = 0.1
_HOPELESS = ("basemaps.refused", "basemaps.unreachable")


def settled_picture(
    basemap: BaseMap,
    view: ViewLike,
    crs: ProjectCrs,
    wanted: Callable[[], bool] = lambda: True,
    *,
    dark: bool = False,
    patience: float = PATIENCE,
) -> GroundPicture:
    """The ground of ``view`` with all that comes within ``patience`` seconds; the last, incomplete picture after that,
    when it is no longer ``wanted()``, or when the service cannot be reached for a while.
    """
    end = time.monotonic() + patience
    troubled = 0
    while True:
        made = basemap.picture(view, crs, wanted, dark=dark)
        troubled = troubled + 1 if any(problem.code in _HOPELESS for problem in made.problems) else 0
        if made.complete or not wanted() or time.monotonic() > end or troubled * LOOK > 5.0:
            return made
        time.sleep(LOOK)
