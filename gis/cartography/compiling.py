"""Has the kernels compiled in a process of its own.

In this one the compiler would hold the GIL, and with it the window, for half a second at a time, and that for most of a
minute on a slow machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from threading import Event
from time import monotonic
from typing import Any

TIME_LIMIT = 180.0  # seconds
LEAVING = Event()  # set when the program ends: nothing more is to be compiled
# The process ends with the one that began it: its standard input is closed then.
_PROGRAM = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
if hasattr(os, "nice"):
    os.nice(5)
from importlib import import_module
getattr(import_module(sys.argv[1]), sys.argv[2])()
os._exit(0)
"""


def missing(functions: Iterable[Any]) -> bool:
    """Whether the cache surely lacks one of these kernels: it is kept, but empty or of another source."""
    for function in functions:
        try:
            if not function._cache._cache_file._load_index():
                return True
        except (AttributeError, OSError):  # a kernel that is not kept, or another numba
            return False
    return False


def compile_apart(call: tuple[str, str] = ("gis.cartography.kernels", "warm_up")) -> bool:
    """Fill the cache in another process, and wait for it; False where that did not work. ``call``: module, function."""
    if getattr(sys, "frozen", False) or not sys.executable:
        return False  # a packaged program cannot run a line of Python
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *call], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
    except OSError:
        return False
    end = monotonic() + TIME_LIMIT
    with process:
        while process.poll() is None:
            if LEAVING.wait(0.05) or monotonic() > end:
                process.kill()
        return process.wait() == 0
