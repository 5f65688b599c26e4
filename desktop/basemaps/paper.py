"""Base maps for paper and pictures without a window: opened for one drawing, and closed after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desktop.basemaps.shown import ShownBaseMap, opened
from desktop.canvas.layers import GroundState
from desktop.shell.settings import Settings, SettingsStore
from gis.basemaps.basemap import recognise
from gis.errors import Refusal
from gis.project.basemaps import SavedBaseMap, found, own


@contextmanager
def grounds_of(maps: Sequence[SavedBaseMap], settings: Settings) -> Iterator[list[GroundState]]:
    """The visible ones of these base maps, topmost first, ready for `MapSpec.grounds`; in a worker.

    Raises Refusals ``basemaps.*`` for one that cannot be opened.
    """
    shown: list[ShownBaseMap] = []
    try:
        states = []
        for made in maps:
            if made.visible:
                shown.append(opened(made, settings))
                states.append(GroundState(shown[-1], made.opacity, True))
        yield states
    finally:
        for one in shown:
            one.close()


def attributions(grounds: Sequence[GroundState]) -> str:
    """Whom these base maps come from, each once, with approval numbers; what stands in the map's corner."""
    said = [state.basemap.attribution for state in grounds if state.visible]
    return "  ".join(dict.fromkeys(part for part in said if part))


def named(session: Any, names: Sequence[str], datum: str | None = None) -> list[SavedBaseMap]:
    """Base maps by path, or by name or key in the project, topmost first, all visible.

    Raises Refusals ``basemaps.*`` and ``ground.no_basemap``.
    """
    from dataclasses import replace

    made = []
    for name in names:
        path = Path(name)
        one = SavedBaseMap(own(recognise(path))) if path.exists() else _saved(session, name, path)
        if datum is not None:
            one = replace(one, spec=replace(one.spec, datum=datum))
        made.append(replace(one, visible=True))
    return made


def _saved(session: Any, name: str, path: Path) -> SavedBaseMap:
    try:
        return found(session, name)
    except Refusal:
        if path.suffix or "/" in name or "\\" in name:
            raise Refusal("basemaps.no_file", path=name) from None
        raise


def settings_now() -> Settings:
    """The user's settings, for the command."""
    return SettingsStore().now
