"""Photos and documents that a file's rows name: found beside it, kept, and made attachments of what the rows become."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.editing import Create, Intent
from gis.errors import Refusal
from gis.exchange.decisions import Decided
from gis.exchange.raw import RawTable, Reject
from gis.exchange.staging import Outcome
from gis.progress import Progress
from gis.project.attachments import CLASS, clean_up, keep
from gis.project.import_plan import Reading
from gis.project.session import Session

_SEPARATORS = re.compile(r"[;|\n]")
_PIECE = 2000
_FULL = os.strerror(errno.ENOSPC)


@dataclass(slots=True)
class KeptMedia:
    """The kept files of one class's rows. ``files``: index of a staged row -> rows of class attachment without their
    owner; ``owners``: index -> its feature's id, that of a new row from `owned` on; ``rejects``: files that are missing
    or unreadable."""

    files: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.files.values()))

    def owned(self, indices: NDArray[np.int64], ids: NDArray[np.int64]) -> None:
        """These rows are now features of these ids."""
        self.owners.update((i, id_) for i, id_ in zip(indices.tolist(), ids.tolist(), strict=True) if i in self.files)

    def attachments(self, cls: str) -> Iterator[Intent]:
        """The rows of class attachment, some thousand at a time."""
        rows = [
            {"owner_class": cls, "owner_id": self.owners[index], **file}
            for index, files in self.files.items()
            for file in files
        ]
        for start in range(0, len(rows), _PIECE):
            yield Create(CLASS, rows[start : start + _PIECE])


@contextlib.contextmanager
def keep_media(
    session: Session, parts: Sequence[tuple[Reading, Decided, str]], progress: Progress
) -> Iterator[list[KeptMedia]]:
    """Keep the files of all rows that are written, by part with its mode, while the block writes what names them.

    When the block fails, what came new is gone again. A missing or unreadable file is told by its row's line, once a
    row. Raises Refusal ``attachments.not_kept`` where the disk is full.
    """
    kept = [KeptMedia() for _ in parts]
    if not any(reading.raw.media for reading, _, _ in parts):
        yield kept
        return
    folder = session.path.with_name(session.path.name + ".files")
    fresh = not folder.exists()
    before = frozenset[str]() if fresh else frozenset(path.name for path in folder.iterdir())
    try:
        known = _known(session)
        rows = [_rows_with_media(decided, mode) for _, decided, mode in parts]
        total, done = sum(map(len, rows)), 0
        for (reading, decided, _), indices, media in zip(parts, rows, kept, strict=True):
            if reading.raw.media:
                _keep(
                    session.attachments_folder(), reading.raw, decided, indices, media, known, (progress, done, total)
                )
            done += len(indices)
        yield kept
    except BaseException:
        with contextlib.suppress(Exception):  # what went wrong first is what is told
            clean_up(session, [path for path in folder.iterdir() if path.name not in before])
            if fresh:
                folder.rmdir()
        raise


def _rows_with_media(decided: Decided, mode: str) -> NDArray[np.int64]:
    """The rows whose files come along: those that are written and, where features are renewed, those that are the
    same, as their files may have come later."""
    parts = [decided.new]
    if mode != "geometry":
        parts.append(decided.changed)
        if mode != "add":
            parts.append(np.flatnonzero(decided.outcome == Outcome.SAME))
    return np.concatenate(parts)


def _known(session: Session) -> frozenset[tuple[str, int, str]]:
    """(class, id, digest) of all attachments."""
    there = session.columns(CLASS, ["owner_class", "owner_id", "hash"], geometry=False).fields
    owners = there["owner_id"].astype(np.int64).tolist()
    return frozenset(zip(there["owner_class"].tolist(), owners, there["hash"].tolist(), strict=True))


def _keep(
    folder: Path,
    raw: RawTable,
    decided: Decided,
    indices: NDArray[np.int64],
    media: KeptMedia,
    known: frozenset[tuple[str, int, str]],
    steps: tuple[Progress, int, int],
) -> None:
    staged = decided.staged
    same = np.flatnonzero(decided.outcome == Outcome.SAME)
    media.owners.update(zip(same.tolist(), staged.targets[same].tolist(), strict=True))
    media.owners.update(zip(decided.changed.tolist(), decided.targets.tolist(), strict=True))
    some = raw.taken(staged.rows[indices])
    cells = [some.cells[name] for name in raw.media]
    progress, done, total = steps
    made: dict[Path, dict[str, Any] | Refusal] = {}
    for at, index in enumerate(indices.tolist()):
        if at % 20 == 0:
            progress.step(done + at, total, "attachments.keeping")
        names = dict.fromkeys(name for column in cells for name in _names(column[at], raw.media_root))
        digests: set[str] = set()
        for name in names:
            path = _inside(raw.media_root, name)
            if path is None or not path.is_file():
                media.rejects.append(Reject(int(staged.lines[index]), Refusal("import.no_photo", photo=name)))
                continue
            if path not in made:
                made[path] = _kept(folder, path)
            file = made[path]
            if isinstance(file, Refusal):
                media.rejects.append(Reject(int(staged.lines[index]), file))
            elif file["hash"] not in digests:
                digests.add(file["hash"])
                if (decided.cls, media.owners.get(index, 0), file["hash"]) not in known:
                    media.files.setdefault(index, []).append(file)


def _kept(folder: Path, path: Path) -> dict[str, Any] | Refusal:
    try:
        return keep(folder, path)
    except Refusal as refusal:
        if refusal.code == "attachments.not_kept" and refusal.arguments.get("reason") == _FULL:
            raise
        return refusal


def _names(cell: Any, root: Path | None) -> list[str]:
    """The files that a cell names: one, or several apart by ; | or line ends."""
    text = "" if cell is None else str(cell).strip()
    if not text:
        return []
    path = _inside(root, text)
    if path is not None and path.is_file():
        return [text]
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _inside(root: Path | None, name: str) -> Path | None:
    """The file below ``root`` of that way, or of that way from the folder above; None where it leads elsewhere."""
    if root is None or "\0" in name:
        return None
    way = name.replace("\\", "/")
    found = None
    for start in (root, root.parent):
        try:
            path = (start / way).resolve()
            if path.is_relative_to(root.resolve()):
                found = found or path
                if path.is_file():
                    return path
        except (OSError, RuntimeError, ValueError):  # a name too long, a loop of links
            continue
    return found
