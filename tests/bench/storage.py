"""Opening, reading, windows and search at a million features; the peer is a plain apsw and shapely loop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import numpy as np
import shapely

from gis.catalogue import load_catalogue
from gis.storage import engine
from gis.storage.store import Store
from tests.bench import Report, best, city, median

FEATURES = 1_000_000


def run(report: Report) -> None:
    """Measure on a warm file cache, as in daily work."""
    path = city(FEATURES)
    catalogue = load_catalogue()
    spatial = [cls for cls in catalogue if cls.spatial]

    def opened() -> None:
        Store.open(path, catalogue, readonly=True).close()

    report.add("open", median(opened, 7) * 1e3, "ms", target=100)
    with Store.open(path, catalogue, readonly=True) as store, store.reading() as snapshot:
        counts = snapshot.counts()
        report.add("features", sum(counts.values()), "rows", better="higher")
        report.add("counts", best(snapshot.counts) * 1e3, "ms", target=200)
        peer = best(lambda: _plain_geometries(path, [cls.name for cls in spatial]), 2)

        def geometries() -> None:
            for cls in spatial:
                snapshot.columns(cls.name, ())

        def shapes() -> None:
            for cls in spatial:
                snapshot.shapes(cls.name)

        report.add("all_geometries", best(geometries), "s", target=2.0, peer=peer)
        report.add("all_shapes", best(shapes), "s", target=2.0, peer=peer)
        cls = max(spatial, key=lambda c: counts[c.name]).name
        everything = best(lambda: snapshot.columns(cls), 2)
        rows = counts[cls]
        report.add("columns_per_100k", everything / rows * 1e5, "s", peer=_plain_rows(path, cls) / rows * 1e5)
        report.add("frame_per_100k", best(lambda: snapshot.frame(cls), 2) / rows * 1e5, "s")
        boxes = snapshot.shapes(cls).bounds
        chosen = boxes[np.random.default_rng(1).integers(0, len(boxes), 201)]
        wanted = iter(chosen)
        report.add(
            "window_one_feature",
            median(lambda: snapshot.columns(cls, bbox=tuple(next(wanted))), len(chosen)) * 1e3,
            "ms",
            target=10,
        )
        middle = np.median(boxes, axis=0)
        window = (middle[0] - 1000, middle[1] - 1000, middle[0] + 1000, middle[1] + 1000)
        report.add("window_2_km", best(lambda: snapshot.shapes(cls, bbox=window), 5) * 1e3, "ms")
        some = np.random.default_rng(2).choice(snapshot.ids(cls), min(10_000, rows), replace=False)
        report.add("ids_10000", best(lambda: snapshot.columns(cls, ids=some), 3) * 1e3, "ms")
        ids = iter(some)
        report.add("row", median(lambda: snapshot.row(cls, int(next(ids))), 201) * 1e3, "ms", target=1)
        slowest = max(median(lambda text=text: snapshot.search(text), 3) for text in _wishes(snapshot))
        report.add("search_slowest", slowest * 1e3, "ms", target=50)
    cold = best(lambda: _fresh_process(path), 3)
    report.add("fresh_process_all_shapes", cold, "s")


def _plain_geometries(path: Path, tables: list[str]) -> None:
    """How one would read all geometries without this house."""
    connection = engine.connect(path, apsw.SQLITE_OPEN_READONLY)
    for table in tables:
        rows = connection.execute(f'SELECT id, geom FROM "{table}" WHERE geom IS NOT NULL').fetchall()
        # Multi-part members carry SpatiaLite's own mark, which WKB readers do not know.
        wkb = [b"\x01" + blob[39:-1].replace(b"\x69\x03\x00\x00\x00", b"\x01\x03\x00\x00\x00") for _, blob in rows]
        np.fromiter((id_ for id_, _ in rows), np.int64, len(rows))
        shapely.from_wkb(wkb)
    connection.close()


def _plain_rows(path: Path, table: str) -> float:
    connection = engine.connect(path, apsw.SQLITE_OPEN_READONLY)

    def read() -> None:
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        columns = list(zip(*rows, strict=True))
        shapely.from_wkb([b"\x01" + blob[39:-1] for blob in columns[-1]])

    took = best(read, 1)
    connection.close()
    return took


def _wishes(snapshot: object) -> list[str]:
    """What people type: a place, a street, a house, codes and the starts of codes, and what nobody has."""
    found = snapshot.columns("premises", ("code", "name", "address"), geometry=False, limit=1)  # type: ignore[attr-defined]
    code, name, address = (str(found.fields[f][0] or "") for f in ("code", "name", "address"))
    wishes = ["盐都", "盐城市", "人民路", "小区", "路 1", "12", "WiFi", "zzzz", "号", code, code[:3], name, address]
    return [wish for wish in wishes if wish]


def _fresh_process(path: Path) -> None:
    """Everything from the start of Python: imports, opening, and all shapes of the city."""
    program = (
        "import sys; from pathlib import Path; from gis.catalogue import load_catalogue;"
        "from gis.storage.store import Store; catalogue = load_catalogue();"
        "store = Store.open(Path(sys.argv[1]), catalogue, readonly=True)\n"
        "with store, store.reading() as snapshot:\n"
        "    for cls in catalogue:\n"
        "        if cls.spatial: snapshot.shapes(cls.name)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
