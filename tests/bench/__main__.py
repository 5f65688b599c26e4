"""Runs the benchmarks that are named, or all there are, and prints a table or one JSON document."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import traceback

from rich.console import Console
from rich.table import Table

from tests.bench import NAMES, Figure, Report


def main(arguments: list[str] | None = None) -> int:
    """0 when everything asked for ran; 1 when a module failed, whose error stands on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    present = [name for name in NAMES if importlib.util.find_spec(f"tests.bench.{name}")]
    for name in options.names:
        if name not in present:
            parser.error(f"there is no benchmark {name!r}; present: {', '.join(present)}")
    figures: dict[str, Figure] = {}
    failed = False
    for name in options.names or present:
        report = Report(name)
        try:
            importlib.import_module(f"tests.bench.{name}").run(report)
        except Exception:
            failed = True
            print(f"{name} failed:", file=sys.stderr)
            traceback.print_exc()
        figures |= report.figures
        if options.json:
            continue
        Console().print(_table(name, report))
    if options.json:
        whole = Report("")
        whole.figures = figures
        print(json.dumps(whole.as_json(), indent=1))
    return 1 if failed else 0


def _table(name: str, report: Report) -> Table:
    table = Table(title=name, title_justify="left", title_style="bold")
    for column in ("figure", "value", "target", "value ÷ target", "peer", "value ÷ peer"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for key, figure in report.figures.items():
        style = {True: "green", False: "red", None: ""}[figure.met]
        table.add_row(
            key.removeprefix(f"{name}."),
            f"{figure.value:,.4g} {figure.unit}",
            "" if figure.target is None else f"{'≤' if figure.better == 'lower' else '≥'} {figure.target:,.4g}",
            "" if not figure.target else f"{figure.value / figure.target:.2f}",
            "" if figure.peer is None else f"{figure.peer:,.4g}",
            "" if not figure.peer else f"{figure.value / figure.peer:.2f}",
            style=style,
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
