"""Which form of a label kernel is called: machine code when it is ready, else the same function in plain Python.

Label kernels are ``exact_kernel``s: both forms give the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Event
from types import FunctionType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
READY = Event()  # set when all label kernels are compiled, some time after those that draw


def quickest(function: F) -> F:
    """The kernel, or its plain form while machine code is not ready."""
    return function if READY.is_set() else cast(F, plain(function))


@cache
def plain(function: Any) -> Callable[..., Any]:
    """An exact kernel in plain Python, with all kernels it calls."""
    source = function.py_func
    names = {
        name: plain(value) if hasattr(value, "py_func") else value
        for name, value in source.__globals__.items()
        if name in source.__code__.co_names
    }
    return FunctionType(source.__code__, names, source.__name__, source.__defaults__)
