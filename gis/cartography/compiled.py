"""Compiles the drawing kernels to machine code and keeps the result where this user may write.

A frozen or system-wide installation has no writable folder beside the source; there the cache goes to the platform's
cache folder, and where even that fails kernels are compiled anew in each run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs

F = TypeVar("F", bound=Callable[..., Any])


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder(beside: Path) -> Path | None:
    """Where compiled kernels of the source folder ``beside`` are kept: None = numba's own choice beside the source.

    Raises LookupError where no folder can be written to.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(beside / "__pycache__"):
        return None
    chosen = Path(platformdirs.user_cache_dir("yantu")) / "kernels"
    if not _writable(chosen):
        raise LookupError(chosen)
    return chosen


def _prepare() -> bool:
    try:
        chosen = cache_folder(Path(__file__).resolve().parent)
    except LookupError:
        return False
    if chosen is not None:
        vars(numba.config)["CACHE_DIR"] = str(chosen)  # numba fills this module while it runs
    return True


_CACHED = _prepare()


def kernel(function: F) -> F:
    """The function compiled without the GIL; it takes and returns numbers and C-contiguous, writable arrays only."""
    return cast(F, numba.njit(cache=_CACHED, nogil=True, fastmath=True, boundscheck=False)(function))


def exact_kernel(function: F) -> F:
    """As ``kernel``, with the arithmetic of plain Python to the last bit: for results that must not depend on whether
    a function is compiled. ``function.py_func`` is the function itself.
    """
    made = numba.njit(cache=_CACHED, nogil=True, fastmath=False, boundscheck=False, error_model="numpy")
    return cast(F, made(function))
