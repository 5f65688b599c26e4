"""Options that are lists with commas."""

from __future__ import annotations

import click


def listed(_context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """The parts of a list with commas, of either width; None where nothing was given."""
    if text is None:
        return None
    parts = tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())
    if not parts:
        raise click.BadParameter("empty list", param=parameter)
    return parts
