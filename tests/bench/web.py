"""The map for the browser: how large it is, how long it takes to write, and to open and move in a real browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import shapely

from gis.cartography.web.page import write_webmap
from gis.editing.intents import Load
from gis.geometry.columns import Columns
from gis.project import Session
from gis.project.styles import styles_of
from tests.bench import Report, best, city
from tests.gis.web.browser import Browser, chromium

SMALL, LARGE, POINTS = 20_000, 1_000_000, 100_000
_MIDDLE, _SIDE = (550_000.0, 3_700_000.0), 60_000.0
# One frame of a pan: the map moved by a hand's breadth, there and back, and drawn anew; the middle one of 20.
_PAN = """new Promise((done) => { const times = []; const step = () => { const began = performance.now();
  const way = times.length % 2 ? -120 : 120; map_yantu.panBy([way, way / 2], {animate: false});
  yantu.drawing._context.getImageData(0, 0, 1, 1);
  times.push(performance.now() - began);
  if (times.length < 20) requestAnimationFrame(step); else done(times.sort((a, b) => a - b)[10]); }; step(); })"""
_SEARCH = """(async () => { await yantu.find("x"); const began = performance.now(); await yantu.find("000");
  return performance.now() - began; })()"""


def run(report: Report) -> None:
    """A city of 20,000 features, 100,000 points alone, a city of 1,000,000."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "map.html"
        for name, path, target in (
            ("20k", city(SMALL), 5.0),
            ("100k_points", crowded(Path(folder) / "points.yantu"), 5.0),
            ("1m", city(LARGE), None),
        ):
            with Session.open(path, readonly=True) as session:
                styles = styles_of(session)
                seconds = best(lambda s=session, t=styles: write_webmap(s, out, styles=t), 1 if target is None else 3)
            report.add(f"{name}_write", seconds, "s")
            report.add(f"{name}_size", out.stat().st_size / 1e6, "MB", 30.0 if target is None else 5.0)
            if chromium() is not None:
                _opened(report, name, out, target)


def _opened(report: Report, name: str, page: Path, target: float | None) -> None:
    times = []
    for _ in range(3):
        with Browser() as browser:
            times.append(browser.open(page.as_uri()))
            pans = [browser.run(_PAN)]
            browser.run("void map_yantu.setZoom(14, {animate: false})")
            pans.append(browser.run(_PAN))
            browser.run("void (yantu.grouping = false, map_yantu.fitBounds(yantu.data.bounds, {animate: false}))")
            pans.append(browser.run(_PAN))
            found = browser.run(_SEARCH)
            heap = browser.run("performance.memory.usedJSHeapSize")
    report.add(f"{name}_open", min(times), "s", target)
    for kind, pan in zip(("whole", "close", "every_point"), pans, strict=True):
        report.add(f"{name}_pan_{kind}", pan, "ms", 100.0 if kind != "every_point" else None)
    report.add(f"{name}_search", found, "ms", 200.0)
    report.add(f"{name}_memory", heap / 1e6, "MB")


def crowded(path: Path) -> Path:
    """100,000 premises in towns and between them, with names, codes and addresses that differ."""
    rng = np.random.default_rng(5)
    towns = rng.uniform(-_SIDE / 2, _SIDE / 2, (40, 2))
    places = towns[rng.integers(0, 40, POINTS)] + rng.normal(0, 1500, (POINTS, 2)) + np.array(_MIDDLE)
    streets = np.array([f"{a}{b}路" for a in "解放建军人民黄海文港" for b in "东西南北中"])
    street, number = rng.choice(streets, POINTS), rng.integers(1, 999, POINTS)
    fields = {
        "code": np.array([f"JR{i:06d}" for i in range(POINTS)], object),
        "name": np.array([f"{s}{n}号楼" for s, n in zip(street, rng.permutation(number), strict=True)], object),
        "address": np.array([f"{s}{n}号" for s, n in zip(street, number, strict=True)], object),
        "households": rng.integers(1, 60, POINTS).astype(float),
        "state": rng.choice(np.array(["passed", "connected", "active"], object), POINTS),
    }
    with Session.create(path, name="点") as session:
        session.perform(Load(Columns("premises", np.zeros(POINTS, np.int64), fields, shapely.points(places))))
    return path
