"""Sheets and the map for the browser: how long they take and how large they get."""

from __future__ import annotations

import datetime
import os
import tempfile
from pathlib import Path
from typing import Any

from gis.project import Session
from gis.project.analysis import run_analysis
from tests.bench import Report, best, city, city_copy
from tests.bench.canvas import qgis

SMALL, LARGE = 20_000, 1_000_000


def run(report: Report) -> None:
    """Measure on a warm file cache, each file written anew."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        _small(report, Path(folder))
        _large(report, Path(folder))


def _small(report: Report, folder: Path) -> None:
    from desktop.sheets.export import export_coverage, export_sheet, preview

    with Session.open(city_copy(SMALL, folder)) as session:
        wifi = run_analysis(session, "wifi")
        for ending, target in (("pdf", 3.0), ("png", 5.0), ("tif", 6.0), ("svg", 3.0), ("pptx", 5.0), ("html", 5.0)):
            out = folder / f"coverage.{ending}"
            report.add(
                f"coverage_a3_{ending}",
                best(lambda out=out: export_sheet(session, "coverage_a3", out, run=wifi)),
                "s",
                target,
            )
            report.add(f"coverage_a3_{ending}_size", out.stat().st_size / 1e6, "MB")
        geotiff = folder / "levels.tif"
        report.add("coverage_geotiff", best(lambda: export_coverage(session, wifi, geotiff)), "s", 10.0)
        report.add("coverage_geotiff_size", geotiff.stat().st_size / 1e6, "MB")
        report.add("pages_10_pdf", best(lambda: _pages(session, wifi, folder / "ten.pdf", 10), 1), "s", 10.0)
        report.add("pages_10_pdf_size", (folder / "ten.pdf").stat().st_size / 1e6, "MB")
        report.add(
            "inventory_a3_pdf",
            best(lambda: export_sheet(session, "inventory_a3", folder / "inventory.pdf")),
            "s",
            3.0,
        )
        report.add("preview", best(lambda: preview(session, "coverage_a3", 900, run=wifi)) * 1e3, "ms", 400)
        report.add(
            "html_everything", best(lambda: export_sheet(session, "inventory_a3", folder / "all.html")), "s", 5.0
        )


def _pages(session: Session, run: Any, target: Path, n: int) -> None:
    """The same sheet on several pages of one PDF."""
    from desktop.sheets.export import Reading, settled
    from desktop.sheets.pdf import write_pdf

    with session.reading() as snapshot:
        spec = settled(session, snapshot, "coverage_a3", run=run)
        write_pdf([spec] * n, Reading(session, snapshot), target, datetime.date(2026, 3, 5))


def _large(report: Report, folder: Path) -> None:
    from desktop.sheets.export import export_sheet

    with Session.open(city_copy(LARGE, folder)) as session:
        wifi = run_analysis(session, "wifi")
        out = folder / "large.pdf"
        report.add(
            "coverage_a3_pdf_1m", best(lambda: export_sheet(session, "coverage_a3", out, run=wifi), 1), "s", 12.0
        )
        report.add("coverage_a3_pdf_1m_size", out.stat().st_size / 1e6, "MB", 15.0)
        peer = (qgis(city(LARGE)) or {}).get("sheet")  # the same file's layout export, where QGIS is installed
        report.add(
            "inventory_a3_pdf_1m", best(lambda: export_sheet(session, "inventory_a3", out), 1), "s", 12.0,
            peer=None if peer is None else peer / 1e3,
        )  # fmt: skip
        report.add("inventory_a3_pdf_1m_size", out.stat().st_size / 1e6, "MB", 15.0)
