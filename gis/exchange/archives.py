"""Archives (.zip, .kmz) opened with care: no path outside, no bomb, no link, no password; names in GBK read right."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from weakref import finalize

from gis.errors import Refusal
from gis.progress import Progress

MOST_FILES = 5_000
MOST_BYTES = 2 << 30
#: One member may not be over this many times its packed size (above SMALL), as a bomb is.
MOST_RATIO = 200
SMALL = 8 << 20
_CHUNK = 1 << 20
_UTF8_FLAG = 0x800
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError)


class Unpacked:
    """A temporary folder that lives as long as this object does; a table read from it holds it in ``keeps``."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="yantu-"))
        self._gone = finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Delete the folder now, where nobody will ask for its files."""
        self._gone()


def unpacked(path: Path, progress: Progress | None = None) -> Unpacked:
    """The archive's files in a folder of their own.

    Raises Refusal ``import.broken_archive``, ``import.archive_bomb``, ``import.archive_escapes``,
    ``import.archive_locked``, ``import.no_room``.
    """
    made = Unpacked()
    try:
        with opened(path) as archive:
            for info in checked(archive, path):
                _write(made.folder.joinpath(*safe_parts(info, path)), chunks(archive, info, path), path, progress)
    except BaseException:
        made.remove()
        raise
    return made


def _write(target: Path, data: Iterator[bytes], path: Path, progress: Progress | None) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            for chunk in data:
                out.write(chunk)
                if progress is not None:
                    progress.step(0, 0, "import.unpacking")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("import.no_room", path=path.name) from None
        # a file where another member needs a folder; a name the system has no room for
        raise Refusal("import.broken_archive", path=path.name) from None


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; Refusal ``import.broken_archive`` where it is none."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except _BROKEN:
        if path.is_file() and path.stat().st_size == 0:
            raise Refusal("import.empty", path=path.name) from None
        raise Refusal("import.broken_archive", path=path.name) from None
    with archive:
        yield archive


def checked(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The archive's files, none of which is a trap."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise Refusal("import.archive_bomb", path=path.name)
    for info in infos:
        safe_parts(info, path)
        if info.flag_bits & 0x1:
            raise Refusal("import.archive_locked", path=path.name)
        if info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise Refusal("import.archive_bomb", path=path.name)
    return infos


def chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """The bytes of one member, never more than it announced."""
    left = info.file_size
    try:
        with archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise Refusal("import.archive_bomb", path=path.name)
                yield chunk
    except _BROKEN:
        raise Refusal("import.broken_archive", path=path.name) from None


def safe_parts(info: zipfile.ZipInfo, path: Path) -> tuple[str, ...]:
    """The parts of a member's relative path; Refusal ``import.archive_escapes`` for one that leads outside."""
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG:
        # Chinese Windows writes GBK without saying so; zipfile has read it as code page 437.
        try:
            name = name.encode("cp437").decode("gb18030")
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = info.filename
    name = name.replace("\\", "/")
    parts = PurePosixPath(name).parts
    linked = stat.S_ISLNK(info.external_attr >> 16)
    if not parts or name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name or linked:
        raise Refusal("import.archive_escapes", path=path.name, member=os.path.basename(name)[:60])
    return parts
