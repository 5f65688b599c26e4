"""South CASS field files (.dat): ``point,code,easting,northing,height`` a line, no header, easting first, often GBK."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from gis.errors import Refusal
from gis.exchange.cells import columns_of
from gis.exchange.encodings import read_text
from gis.exchange.raw import Evidence, RawTable, Reject


def looks_like_cass(head: str) -> bool:
    """Whether a text without a header begins with the five cells of a CASS file: name, code, three numbers of which
    the first two are metres of a projected system. Degrees, and a first line of column titles, are a table's."""
    lines = [line for line in head.splitlines()[:20] if line.strip()][:3]
    if lines and lines[0].strip().isdecimal():  # older files begin with the number of points
        lines = lines[1:]
    parsed = [_parsed(line) for line in lines]
    if not parsed or parsed[0] is None:
        return False
    found = [point for point in parsed if point is not None]
    return len(found) * 2 > len(lines) and all(
        abs(east) > 1_000 and abs(north) > 1_000 for _, _, east, north, _ in found
    )


def read_cass(path: Path, *, encoding: str | None = None) -> RawTable:
    """Points with columns 点号, 编码 and 高程; the system is found from the numbers. Rejects name the line.

    Raises Refusal ``import.no_features`` where no line is a CASS point.
    """
    decoded = read_text(path, encoding)
    records: list[dict[str, object]] = []
    points: list[tuple[float, float]] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    announced: int | None = None
    for line, text in enumerate(decoded.text.lstrip("\ufeff").splitlines(), 1):
        if not text.strip() or text.strip() == "\x1a":
            continue
        if line == 1 and text.strip().isdecimal():
            announced = int(text.strip()) if len(text) < 12 else None  # older files begin with the number of points
            continue
        found = _parsed(text)
        if found is None:
            rejects.append(Reject(line, Refusal("import.no_cass_point")))
            continue
        name, code, east, north, height = found
        records.append({"点号": name, "编码": code, "高程": height})
        points.append((east, north))
        lines.append(line)
    if not points:
        raise Refusal("import.no_features", path=path.name)
    columns, cells = columns_of(records)
    geometry = np.empty(len(points), dtype=object)
    geometry[:] = shapely.points(np.array(points))
    evidence = [decoded.evidence, Evidence("columns", "点号,编码,东,北,高", "import.by_format")]
    if announced is not None and announced != len(points) + len(rejects):
        counts = {"announced": str(announced), "found": str(len(points) + len(rejects))}
        evidence.append(Evidence("points", str(announced), "import.points_missing", counts))
    return RawTable(columns, cells, np.array(lines, dtype=np.int64), geometry, None, tuple(evidence), tuple(rejects))


def _parsed(line: str) -> tuple[str, str, float, float, float] | None:
    cells = [cell.strip() for cell in line.replace("，", ",").split(",")]
    if len(cells) != 5:
        return None
    try:
        east, north, height = float(cells[2]), float(cells[3]), float(cells[4] or "nan")
    except ValueError:
        return None
    return (cells[0], cells[1], east, north, height) if np.isfinite((east, north)).all() else None
