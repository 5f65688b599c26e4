"""Keeps a child process that reads a stranger's file small and short."""

from __future__ import annotations


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
