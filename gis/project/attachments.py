"""Photos and documents of features: rows of class ``attachment``, their content in ``<project>.files/`` by its digest.

A file is kept before its row is made, under a temporary name first, and never overwritten: whatever fails half-way
leaves at most a file that no row names (see `verify_files`). Rows are edited like any other, so adding and removing
can be undone; the content stays until `clean_up`.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from gis.editing import Create
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.photos import facts_of_photo
from gis.project.session import Done, Session

CLASS = "attachment"
LARGEST = 50_000_000  # bytes
_NAME_LIMIT = 200
_CHUNK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))})

Source = Path | tuple[str, bytes]  # a file, or a name and the content (a picture from the clipboard)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One photo or document. ``state``: "there", "missing", or "changed" when its size is not the recorded one."""

    id: int
    name: str
    hash: str
    size: int
    mime: str
    taken_at: str
    note: str
    path: Path
    state: str

    @property
    def picture(self) -> bool:
        """Whether it is a photo, by its kind of file."""
        return self.mime.startswith("image/")


@dataclass(frozen=True, slots=True)
class FilesHealth:
    """What is wrong with the files: attachments whose content is gone or not what it was, and files of no row."""

    missing: tuple[Attachment, ...]
    changed: tuple[Attachment, ...]
    orphans: tuple[Path, ...]


def attachments_of(session: Session, cls: str, id: int) -> list[Attachment]:
    """The attachments of one feature, oldest photo first; only sizes are looked at, not contents."""
    ids = session.ids(
        CLASS, '"owner_id" = ? AND "owner_class" = ?', (int(id), cls), '"taken_at" IS NULL, "taken_at", "name"'
    )
    return _listed(session, ids.tolist())


def attach(session: Session, cls: str, id: int, sources: Sequence[Source], progress: Progress | None = None) -> Done:
    """Keep files and make them attachments of a feature, as one undo step; content it has already is passed over.

    Raises Refusal ``attachments.*`` (nothing is attached then) and what `Session.perform` raises.
    """
    progress = progress or Progress()
    if session.readonly:
        raise Refusal("storage.opened_readonly", file=str(session.path))
    known = {one.hash for one in attachments_of(session, cls, id)}
    rows: list[dict[str, Any]] = []
    for done, source in enumerate(sources):
        progress.step(done, len(sources), "attachments.keeping")
        row = keep(session.attachments_folder(), source)
        if row["hash"] not in known:
            known.add(row["hash"])
            rows.append({"owner_class": cls, "owner_id": id, **row})
    return session.perform(Create(CLASS, rows))


def keep(folder: Path, source: Source) -> dict[str, Any]:
    """Put content into the folder under its digest; the row's name, hash, size, mime and taken_at.

    Raises Refusal ``attachments.unreadable``, ``empty``, ``too_large``, ``not_kept``.
    """
    name = safe_name(source.name if isinstance(source, Path) else source[0])
    with _opened(source, name) as stream:
        digest, size = _copy(stream, folder, name)
    mime, taken_at = facts_of_photo(folder / digest)
    mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"name": name, "hash": digest, "size": size, "mime": mime, "taken_at": taken_at}


def safe_name(name: str) -> str:
    """A file name that any system takes: no folders, signs of direction or control, no device, not too long."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    text = _UNSAFE.sub("_", last).strip().rstrip(". ")
    if text.strip("._") == "":
        return "file"
    stem, dot, ending = text.rpartition(".")
    if (stem or ending).casefold().split(".")[0] in _DEVICES:
        text = f"_{text}"
    if len(text) <= _NAME_LIMIT:
        return text
    ending = dot + ending if dot and len(ending) <= 10 else ""
    return text[: _NAME_LIMIT - len(ending)] + ending


def verify_files(session: Session, progress: Progress | None = None) -> FilesHealth:
    """Look at every file: what is gone, what has other content than its digest says, what no row names."""
    progress = progress or Progress()
    rows = _listed(session, session.ids(CLASS).tolist())
    folder = session.attachments_folder()
    verdicts: dict[str, str] = {}
    for done, one in enumerate(rows):
        progress.step(done, len(rows), "attachments.verifying")
        if one.hash not in verdicts:
            verdicts[one.hash] = one.state
            if one.state == "there" and _digest(one.path) != one.hash:
                verdicts[one.hash] = "changed"
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return FilesHealth(
        tuple(one for one in rows if verdicts[one.hash] == "missing"),
        tuple(one for one in rows if verdicts[one.hash] == "changed"),
        tuple(path for path in there if path.name not in verdicts and _ours(path)),
    )


def clean_up(session: Session, orphans: Sequence[Path]) -> int:
    """Delete files that no row names; how many. An undone removal would miss its file: ask the user before."""
    named = set(session.columns(CLASS, ["hash"], geometry=False).fields["hash"].tolist())
    folder, gone = session.attachments_folder(), 0
    for path in orphans:
        if path.parent == folder and path.name not in named and _ours(path):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                gone += 1
    return gone


# --------------------------------------------------------------------------------------------------------------------
def _listed(session: Session, ids: list[int]) -> list[Attachment]:
    columns = session.columns(CLASS, ["name", "hash", "size", "mime", "taken_at", "note"], ids=ids, geometry=False)
    folder = session.path.with_name(session.path.name + ".files")
    made = {}
    for at, id in enumerate(columns.ids.tolist()):
        row = {name: values[at] for name, values in columns.fields.items()}
        digest = str(row["hash"] or "")
        size = int(row["size"]) if row["size"] == row["size"] else 0
        path = folder / digest if _HASH.match(digest) else folder / "-"  # a hostile digest never leaves the folder
        made[id] = Attachment(
            id, safe_name(str(row["name"] or "")), digest, size, str(row["mime"] or ""), str(row["taken_at"] or ""),
            str(row["note"] or ""), path, _state(path, size),
        )  # fmt: skip
    return [made[id] for id in ids if id in made]


def _state(path: Path, size: int) -> str:
    try:
        return "there" if path.is_file() and path.stat().st_size == size else "changed" if path.exists() else "missing"
    except OSError:
        return "missing"


def _ours(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and bool(_HASH.match(path.name) or path.name.endswith(".part"))


@contextlib.contextmanager
def _opened(source: Source, name: str) -> Iterator[IO[bytes]]:
    if not isinstance(source, Path):
        yield BytesIO(source[1])
        return
    try:
        if not source.is_file():
            raise Refusal("attachments.unreadable", name=name, reason=str(source))
        stream = source.open("rb")
    except OSError as error:
        raise Refusal("attachments.unreadable", name=name, reason=error.strerror or str(error)) from error
    with stream:
        yield stream


def _copy(stream: IO[bytes], folder: Path, name: str) -> tuple[str, int]:
    """Copy and digest in one reading; the digest and the size."""
    part = folder / f"{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("xb") as out:
            while chunk := _read(stream, name):
                size += len(chunk)
                if size > LARGEST:
                    raise Refusal("attachments.too_large", name=name, limit=LARGEST // 1_000_000)
                digest.update(chunk)
                out.write(chunk)
            if not size:
                raise Refusal("attachments.empty", name=name)
            out.flush()
            os.fsync(out.fileno())
        _settle(part, folder / digest.hexdigest())
    except OSError as error:
        raise Refusal("attachments.not_kept", name=name, reason=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return digest.hexdigest(), size


def _read(stream: IO[bytes], name: str) -> bytes:
    try:
        return stream.read(_CHUNK)
    except OSError as error:
        raise Refusal("attachments.unreadable", name=name, reason=error.strerror or str(error)) from error


def _settle(part: Path, target: Path) -> None:
    """Give new content its name. What is there and sound stays; what is there and damaged is put aside."""
    if target.exists():
        if _digest(target) == target.name:
            return
        target.replace(target.with_name(f"{target.name}.{secrets.token_hex(4)}.damaged"))
    part.replace(target)
    if hasattr(os, "O_DIRECTORY"):  # the new name itself survives a power cut
        handle = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
