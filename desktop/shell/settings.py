"""What the user has chosen: one typed tree in the platform's config folder, ``settings.json``.

A key that is wrong is reset to its default and the old file is kept aside as ``settings.json.kept``; a file that is no
JSON likewise. Settings are replaced, not changed (``store.change(language="en")``).
"""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from PySide6.QtCore import QObject, Signal

from desktop.shell.notices import log


def config_folder() -> Path:
    """Where settings live; ``YANTU_CONFIG`` in the environment names another folder."""
    if given := os.environ.get("YANTU_CONFIG"):
        return Path(given)
    from platformdirs import user_config_path

    return user_config_path("yantu", appauthor=False)


def data_folder() -> Path:
    """Where the sample city and the user's own projects are put by default; ``YANTU_DATA`` names another folder."""
    if given := os.environ.get("YANTU_DATA"):
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("yantu", appauthor=False)


def cache_folder() -> Path:
    """Where tiles of online base maps are kept; beside the user's data when that was sent elsewhere."""
    if given := os.environ.get("YANTU_DATA"):
        return Path(given) / "tiles"
    from platformdirs import user_cache_path

    return user_cache_path("yantu", appauthor=False) / "tiles"


def log_folder() -> Path:
    """Where the log is written; beside the settings when they were sent elsewhere."""
    if given := os.environ.get("YANTU_CONFIG"):
        return Path(given) / "log"
    from platformdirs import user_log_path

    return user_log_path("yantu", appauthor=False)


def _author() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "yantu"


@dataclass(frozen=True)
class LayerView:
    """How one layer of a project was last shown."""

    name: str
    visible: bool = True
    opacity: float = 1.0


@dataclass(frozen=True)
class ProjectView:
    """How a project was last looked at."""

    path: str
    layers: tuple[LayerView, ...] = ()  # topmost first
    center: tuple[float, ...] = ()  # x, y in the project's CRS; empty = everything is shown
    scale: float = 0.0  # the scale's denominator


@dataclass(frozen=True)
class WindowState:
    """Where the window and its panels stood; sizes in logical pixels."""

    geometry: str = ""  # base64 of QWidget.saveGeometry
    left: int = 264
    right: int = 320
    bottom: int = 240
    bottom_open: bool = False
    left_open: bool = True
    right_open: bool = True


@dataclass(frozen=True)
class MapKey:
    """The user's key for an online map service; of the user, so never in a project."""

    service: str
    key: str


@dataclass(frozen=True)
class Shortcut:
    """Keys the user has given to an action instead of its own; empty: none."""

    action: str
    keys: str  # as Qt writes them, "Ctrl+Shift+Z"


@dataclass(frozen=True)
class SnapSettings:
    """What the cursor holds on to while drawing and editing."""

    on: bool = True
    kinds: tuple[str, ...] = ("vertex", "end", "intersection", "middle", "perpendicular", "segment")
    layers: Literal["all", "current", "chosen"] = "all"
    chosen: tuple[str, ...] = ()  # classes
    tolerance: float = 12.0
    unit: Literal["px", "m"] = "px"
    polar_step: Literal[15, 30, 45, 90] = 15  # degrees, while Shift is held


@dataclass(frozen=True)
class Settings:
    """Everything the user can choose, with its default."""

    language: Literal["zh", "en"] = "zh"
    theme: Literal["system", "light", "dark"] = "system"
    author: str = field(default_factory=_author)
    decimals: int = 1  # of coordinates in the status bar, 0 to 3
    place_system: Literal["lonlat", "dms", "gcj02", "bd09", "zoned", "utm"] = "lonlat"  # beside the project's grid
    length_unit: Literal["auto", "m", "km"] = "auto"
    area_unit: Literal["auto", "m2", "mu", "ha", "km2"] = "auto"
    overview: bool = False  # the city in a corner of the map
    show_restricted: bool = False
    snapping: SnapSettings = SnapSettings()
    offline: bool = True  # nothing is asked of the network
    map_keys: tuple[MapKey, ...] = ()
    tiles_mb: int = 512  # of each online base map kept on disk at most
    shortcuts: tuple[Shortcut, ...] = ()
    recent: tuple[str, ...] = ()
    reopen_last: bool = True
    views: tuple[ProjectView, ...] = ()
    window: WindowState = WindowState()


class SettingsStore(QObject):
    """Holds the settings in force; ``changed(Settings)`` after every change, which is at once on disk."""

    changed = Signal(object)

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.path = (folder or config_folder()) / "settings.json"
        self.now = self._load()

    def change(self, **values: Any) -> None:
        """Set some keys and write the file."""
        self.now = dataclasses.replace(self.now, **values)
        self._write()
        self.changed.emit(self.now)

    def remember(self, project: Path) -> None:
        """Put a project first among the recent ones."""
        known = str(project.resolve())
        self.change(recent=(known, *(path for path in self.now.recent if path != known))[:10])

    def forget(self, project: str) -> None:
        """Take a project off the recent ones."""
        self.change(recent=tuple(path for path in self.now.recent if path != project))

    def view(self, project: Path) -> ProjectView | None:
        """How this project was last looked at."""
        known = str(project.resolve())
        return next((view for view in self.now.views if view.path == known), None)

    def keep_view(self, view: ProjectView) -> None:
        """Remember how a project is looked at; the last twenty are kept."""
        self.change(views=(view, *(old for old in self.now.views if old.path != view.path))[:20])

    def _load(self) -> Settings:
        try:
            data = json.loads(self.path.read_text("utf-8"))
            wrong: list[str] = []
            made = _typed(Settings, data, "", wrong)
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError) as error:
            made, wrong = Settings(), [str(error)]
        if wrong:
            log.warning("settings reset: %s", "; ".join(wrong))
            self._keep_aside()
        return made

    def _keep_aside(self) -> None:
        try:
            self.path.with_suffix(".json.kept").write_bytes(self.path.read_bytes())
        except OSError as error:
            log.warning("old settings not kept: %s", error)

    def _write(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".json.new")
            fresh.write_text(json.dumps(dataclasses.asdict(self.now), ensure_ascii=False, indent=1), "utf-8")
            fresh.replace(self.path)
        except OSError as error:  # a full or read-only disk must not stop the work; the choice lasts this session
            log.warning("settings not written: %s", error)


def _typed(kind: Any, data: Any, key: str, wrong: list[str]) -> Any:
    """``data`` as the dataclass ``kind``; keys that do not fit take their default and are named in ``wrong``."""
    if not isinstance(data, dict):
        wrong.append(f"{key or 'file'} is no table")
        return kind()
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in hints:
            wrong.append(f"{key}{name} is not known")
            continue
        try:
            values[name] = _value(hints[name], value, f"{key}{name}.", wrong)
        except ValueError:
            wrong.append(f"{key}{name} = {value!r}")
    try:
        return kind(**values)
    except TypeError as error:
        wrong.append(f"{key or 'file'}: {error}")
        raise ValueError(key) from error


def _value(hint: Any, value: Any, key: str, wrong: list[str]) -> Any:
    if dataclasses.is_dataclass(hint):
        return _typed(hint, value, key, wrong)
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        raise ValueError(key)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ValueError(key)
        return tuple(_value(get_args(hint)[0], item, f"{key}{i}.", wrong) for i, item in enumerate(value))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is hint:
        return value
    raise ValueError(key)
