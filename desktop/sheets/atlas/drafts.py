"""Finished parts of an atlas on disk, so that one that was cancelled or killed goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PySide6.QtCore import QLockFile

from desktop.sheets.atlas.order import AtlasOrder, Part
from desktop.shell.settings import cache_folder
from gis.errors import Refusal

_KEPT_S = 7 * 86_400.0  # unfinished atlases of a week ago are not gone on with


@dataclass(frozen=True, slots=True)
class Made:
    """One page that was drawn. ``file`` in the part's folder, ``sheets``: how many pages of it, ``pointers``: places
    (x, y, width, height; mm) on the first that name another page."""

    number: int
    file: str
    sheets: int
    denominator: float
    title: str
    pointers: tuple[tuple[float, float, float, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """A page that could not be drawn."""

    number: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What became of the pages of a part, in order."""

    made: tuple[Made, ...] = ()
    missed: tuple[Missed, ...] = field(default=())

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def read(text: str) -> Manifest:
        """Back from JSON. Raises ValueError, KeyError, TypeError for anything else."""
        found = json.loads(text)
        made = tuple(Made(**{**row, "pointers": tuple(map(tuple, row["pointers"]))}) for row in found["made"])
        return Manifest(made, tuple(Missed(**row) for row in found["missed"]))


class Drafts:
    """The folder of one order's parts. A part counts as finished once its manifest is there, which comes last."""

    def __init__(self, order: AtlasOrder, root: Path | None = None) -> None:
        self.folder = (root or drafts_root()) / order.key
        self._order = order

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else draws the same order meanwhile. Raises Refusal ``atlas.busy``, ``sheets.cannot_write``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refusal("sheets.cannot_write", file=str(self.folder), reason=str(error)) from error
        lock = QLockFile(str(self.folder.with_suffix(".lock")))
        lock.setStaleLockTime(0)  # drawing takes as long as it takes; a lock of a dead process is known by its number
        if not lock.tryLock(0):
            raise Refusal("atlas.busy")
        try:
            yield
        finally:
            lock.unlock()

    def part_folder(self, part: Part) -> Path:
        """Where the files of a part lie."""
        return self.folder / f"{part.index:04d}"

    def finished(self, part: Part) -> Manifest | None:
        """What a finished part holds; None where it is to be drawn, also when some of its pages had failed."""
        folder = self.part_folder(part)
        try:
            found = Manifest.read((folder / "manifest.json").read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        numbers = [page.number for page in found.made]
        whole = numbers == [page.number for page in part.pages] and not found.missed
        return found if whole and all((folder / page.file).is_file() for page in found.made) else None

    def kept_pages(self) -> int:
        """How many pages need not be drawn again."""
        if not self.folder.is_dir():
            return 0
        return sum(len(found.made) for part in self._order.parts if (found := self.finished(part)) is not None)

    def keep(self, part: Part, manifest: Manifest) -> None:
        """Say that a part is finished."""
        folder = self.part_folder(part)
        fresh = folder / "manifest.new"
        fresh.write_text(manifest.text(), "utf-8")
        os.replace(fresh, folder / "manifest.json")

    def remove(self) -> None:
        """The atlas is done, or is not wanted any more."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.with_suffix(".lock").unlink(missing_ok=True)


def drafts_root() -> Path:
    """Where unfinished atlases are kept."""
    return cache_folder().parent / "atlases"


def remove_stale(root: Path | None = None) -> None:
    """Forget atlases that nobody has gone on with for a week."""
    for folder in (root or drafts_root()).glob("*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _KEPT_S:
                if folder.is_dir():
                    shutil.rmtree(folder, ignore_errors=True)
                else:
                    folder.unlink(missing_ok=True)
