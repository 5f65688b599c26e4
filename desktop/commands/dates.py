"""The day that a map or a report says it was made on, so that the same wish gives the same bytes again."""

from __future__ import annotations

import datetime
import os

import click

DATE = click.option(
    "--date", "date", metavar="YYYY-MM-DD", callback=lambda _c, _p, text: printing_day(text),
    help="The day it says it was made on; else SOURCE_DATE_EPOCH, else today. 日期。",
)  # fmt: skip


def printing_day(text: str | None) -> datetime.date:
    """What was asked for, else what ``SOURCE_DATE_EPOCH`` says (seconds, UTC), else today."""
    if text:
        try:
            return datetime.date.fromisoformat(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is no date such as 2026-03-05", param_hint="--date") from error
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit():
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date()
    return datetime.date.today()
