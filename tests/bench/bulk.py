"""Bulk changes of 100,000 rows, proposed and written as one undo step each, as a user waits for them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import shapely

from gis.editing import Batch, Load
from gis.geometry.columns import Columns
from gis.project import Session
from gis.project.bulk import Calculation, Operation, Scope, carry_out, propose
from gis.project.bulk_numbers import Numbering
from gis.project.bulk_places import FromPlace
from gis.project.bulk_text import Replacement
from tests.bench import Report, best, city_copy

ROWS = 100_000
FEATURES = 20_000


def run(report: Report) -> None:
    """On a copy of the sample city with as many hotspots more; the last figure of each pair includes the commit."""
    with tempfile.TemporaryDirectory() as folder:
        path = city_copy(FEATURES, Path(folder))
        with Session.open(path, author="bench") as session:
            session.perform(Batch("import.file", {"file": "bulk.csv", "new": ROWS, "changed": 0}, [_rows(session)]))
            scope = Scope("wifi_hotspot", where="code like 'BULK-%'")
            wishes: dict[str, Operation] = {
                "calculate": Calculation((("height_m", "round(height_m * 1.1 + 1, 1)"),)),
                "calculate_text": Calculation((("name", "concat(name, '-', code)"),)),
                "replace": Replacement(r"(\d+) 号", r"\1#", ("name",), regular=True),
                "area_join": FromPlace("remark", level="county"),
                "renumber": Numbering("BULK-{band}-{n:006}", order="west_east"),
            }
            for name, wish in wishes.items():
                taken = best(lambda wish=wish: propose(session, scope, wish), 2)
                report.add(f"{name}_preview_100k", taken, "s")
                report.add(f"{name}_100k", best(lambda wish=wish: carry_out(session, scope, wish), 1), "s", target=10)
            nearest = Numbering("BULK-{n:006}", order="nearest")
            report.add("nearest_order_100k", best(lambda: propose(session, scope, nearest), 1), "s", target=10)


def _rows(session: Session) -> Load:
    random = np.random.default_rng(3)
    xmin, ymin, xmax, ymax = session.extent("area") or (0, 0, 1, 1)
    numbers = [str(i) for i in range(ROWS)]
    fields = {
        "code": np.array([f"BULK-{n}" for n in numbers], dtype=object),
        "name": np.array([f"人民公园 {n} 号" for n in numbers], dtype=object),
        "height_m": random.uniform(3, 8, ROWS).round(1),
    }
    shapes = shapely.points(random.uniform(xmin, xmax, ROWS), random.uniform(ymin, ymax, ROWS))
    return Load(Columns("wifi_hotspot", np.zeros(ROWS, np.int64), fields, shapes))
