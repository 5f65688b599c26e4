"""Recorded analyses: what was asked, of which state of the project, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What each kind of analysis reads; a kind that is not listed reads everything.
INPUTS: Mapping[str, tuple[str, ...]] = {
    "wifi": ("area", "premises", "road", "wifi_hotspot"),
    "cells": ("area", "premises", "road", "cell"),
}
_GROUND = ("building",)  # what a run has read besides where its parameter "ground" says so


@dataclass(frozen=True, slots=True)
class Run:
    """One analysis. ``id`` is None until saved; ``input_version``: the version of the snapshot it read.

    ``params`` and ``summary`` are plain JSON; ``files`` maps a role ("coverage", "areas") to a path relative to the
    project's folder of attachments.
    """

    id: int | None
    kind: str
    name: str
    params: dict[str, Any]
    input_version: int
    seed: int
    started_at: str
    duration_s: float
    summary: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def is_stale(run: Run, class_versions: Mapping[str, int]) -> bool:
    """Whether a class the run has read was written since; ``class_versions``: when each was last written."""
    read = INPUTS.get(run.kind, tuple(class_versions))
    if run.params.get("ground"):
        read = (*read, *_GROUND)
    return any(class_versions.get(cls, 0) > run.input_version for cls in read)
