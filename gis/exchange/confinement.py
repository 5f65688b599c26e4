"""Child processes that read a stranger's file: started and watched from here, kept small and short by themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from gis.errors import Refusal
from gis.progress import Progress

_LOOK_S = 0.05


def confine(memory: int, seconds: int) -> None:
    """Limit this process to ``memory`` bytes and ``seconds`` of work, where the system can.

    On Windows it cannot; there the parent's clock must do. No core is written: it could be as large as the limit.
    """
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def done_by_child(
    module: str,
    order: Mapping[str, Any],
    path: Path,
    seconds: float,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Let ``main`` of a module do an order, which it reads as JSON on its standard input; the child's exit code.

    Whatever becomes of the child is seen by the answer it leaves, or does not. It never outlives this call. Raises
    Refusal ``import.too_slow`` about the file ``path``; Cancelled.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {module} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            **(environment or {}),
        },
    )
    assert process.stdin is not None
    end = monotonic() + seconds
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(order).encode())
        while True:
            try:
                return process.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                if progress is not None:
                    progress.step(0, 0, "import.reading")
                if monotonic() > end:
                    raise Refusal("import.too_slow", path=path.name, seconds=int(seconds)) from None
    except BrokenPipeError:
        return process.wait()  # it died at once: the missing answer says so
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
