"""The engine of predictions made ready in the background: at first use on a machine its kernels are compiled."""

from __future__ import annotations

from threading import Event, Lock, Thread

from gis.cartography.compiling import compile_apart, missing
from gis.errors import Cancelled
from gis.progress import Progress

_begun = Lock()
READY = Event()
_CALL = ("gis.radio.warming", "compile_engine")


def prepare_engine_quietly() -> None:
    """Begin to compile what the cache lacks, in a process of its own, unless that was begun before. Returns at once."""
    if _begun.acquire(blocking=False):
        Thread(target=_prepare, name="radio-kernels", daemon=True).start()


def await_engine(progress: Progress) -> None:
    """Wait until it is ready, and say so; it would be compiled twice otherwise. Raises Cancelled. Not for the window's
    own thread."""
    prepare_engine_quietly()
    while not READY.wait(0.1):
        progress.step(0, 0, "radio.preparing_engine")
        if progress.cancelled:
            raise Cancelled


def _prepare() -> None:
    try:
        from gis.radio.warming import KERNELS

        if missing(KERNELS):
            compile_apart(_CALL)
    finally:
        READY.set()
