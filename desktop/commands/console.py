"""What every verb shares: language, one JSON document or plain lines on standard output, all else on standard error."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gis.errors import Language, Refusal, say
from gis.progress import Progress

REFUSED = 1


@dataclass(frozen=True, slots=True)
class Console:
    """How one run of the command speaks: ``language``, ``as_json`` and ``quiet``."""

    language: Language
    as_json: bool
    quiet: bool

    def words(self, zh: str, en: str) -> str:
        """One of two texts, by the user's language."""
        return zh if self.language == "zh" else en

    def result(self, document: Any, *lines: str) -> None:
        """Print the answer: the document as JSON, or the lines for people."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, default=str, allow_nan=False))
        else:
            for line in lines:
                click.echo(line)

    def remark(self, text: str) -> None:
        """Say something beside the answer, on standard error."""
        if not self.quiet:
            click.echo(text, err=True)

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal on standard error and, for ``--json``, as the document."""
        message, hint = refusal.message(self.language), refusal.hint(self.language)
        if self.as_json:
            click.echo(json.dumps({"refusal": refusal.code, "message": message, "hint": hint}, ensure_ascii=False))
        click.echo(f"{message}\n{hint}".rstrip(), err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A Progress token that draws a bar on a terminal; Ctrl+C cancels the work at its next step."""
        if self.quiet or not sys.stderr.isatty():
            yield Progress()
            return
        from rich.console import Console as Terminal
        from rich.progress import Progress as Bars

        with Bars(console=Terminal(stderr=True), transient=True) as bars:
            task = bars.add_task("", total=None)

            def show(done: float, total: float, label: str) -> None:
                bars.update(task, completed=done, total=total or None, description=say(label, self.language))

            yield Progress(show)


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--json --lang --quiet`` and turn a Refusal into exit status 1; it gets a Console first."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output. 输出 JSON。")
    @click.option("--lang", type=click.Choice(["zh", "en"]), default=None, help="Language of messages. 语言。")
    @click.option("--quiet", is_flag=True, help="No progress and remarks. 不显示进度。")
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, lang: Language | None, quiet: bool, **options: Any) -> None:
        console = Console(lang or default_language(), as_json, quiet)
        try:
            function(console, *args, **options)
        except Refusal as refusal:
            console.refuse(refusal)
            sys.exit(REFUSED)

    return run


def default_language() -> Language:
    """English where the environment says so (``YANTU_LANG``, then the locale), else Chinese."""
    chosen = os.environ.get("YANTU_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if chosen.lower().startswith("en") else "zh"


PROJECT = click.argument("project", type=click.Path(path_type=Path))
