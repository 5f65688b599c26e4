"""Reading text tables and sheets: a million rows sniffed, read and turned into columns; pandas reads the same file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from gis.exchange.formats import read_raw
from tests.bench import Report, best

ROWS = 1_000_000
SHEET_ROWS = 100_000
_PEAK = """
import re, sys
from pathlib import Path
from gis.exchange.formats import read_raw
read_raw(Path(sys.argv[1]))
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def run(report: Report) -> None:
    """A CSV of eight columns in UTF-8 and in GB 18030, and a workbook; the peak of a process that reads the first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _table(folder / "points.csv", "utf-8")
        other = _table(folder / "points_gb.csv", "gb18030")
        report.add("sniff_1m", best(lambda: read_raw(path, rows=500), 3), "s", target=1.0)
        peer = best(lambda: pd.read_csv(path, dtype=str, keep_default_na=False), 1)
        report.add("read_1m", best(lambda: read_raw(path), 3), "s", target=1.5, peer=peer)
        report.add("read_1m_gb18030", best(lambda: read_raw(other), 2), "s")
        _, raw = read_raw(path)
        report.add("text_column_1m", best(lambda: raw.cells["name"], 3), "s")
        report.add("number_column_1m", best(lambda: raw.numbers("lon"), 3), "s")
        if sys.platform == "linux":
            answer = subprocess.run([sys.executable, "-c", _PEAK, path], capture_output=True, text=True, check=True)
            report.add("read_1m_memory", float(answer.stdout), "MB", target=1000.0)
        book = _book(folder / "points.xlsx")
        report.add("xlsx_100k", best(lambda: read_raw(book), 1), "s")


def _table(path: Path, encoding: str) -> Path:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(119.5, 120.9, ROWS).tolist(), rng.uniform(32.6, 34.4, ROWS).tolist()
    with path.open("w", encoding=encoding) as file:
        file.write("code,name,lon,lat,owner,status,height,remark\n")
        file.writelines(
            f"WF-{n:07d},解放南路{n}号热点,{x:.7f},{y:.7f},移动,在用,{n % 40 + 3}.5,一期\n"
            for n, (x, y) in enumerate(zip(lon, lat, strict=True))
        )
    return path


def _book(path: Path) -> Path:
    made = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["code", "name", "lon", "lat", "owner", "height"])
    for row in range(1, SHEET_ROWS + 1):
        sheet.write_row(row, 0, [f"WF-{row}", f"热点{row}", 120 + row / 1e6, 33 + row / 1e6, "移动", row % 40])
    made.close()
    return path
