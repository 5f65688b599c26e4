"""Reads a PDF back: lengths of drawn lines in millimetres, the words, the fonts, the georeference."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pikepdf

POINTS_MM = 72 / 25.4
Line = tuple[float, float, float, float]


def drawn_lines(path: Path) -> list[Line]:
    """Every straight piece of a path on the first page as (x0, y0, x1, y1), mm from the lower left corner."""
    with pikepdf.open(path) as pdf:
        made: list[Line] = []
        matrix, stack = np.eye(3), []
        start = at = np.zeros(3)
        for operands, operator in pikepdf.parse_content_stream(pdf.pages[0]):
            name = str(operator)
            numbers = [float(v) for v in operands] if name in ("cm", "m", "l", "c", "re") else []
            if name == "q":
                stack.append(matrix)
            elif name == "Q":
                matrix = stack.pop()
            elif name == "cm":
                a, b, c, d, e, f = numbers
                matrix = np.array([[a, b, 0], [c, d, 0], [e, f, 1]]) @ matrix
            elif name == "m":
                start = at = np.array([*numbers, 1.0]) @ matrix
            elif name == "l":
                end = np.array([*numbers, 1.0]) @ matrix
                made.append((at[0], at[1], end[0], end[1]))
                at = end
            elif name == "c":
                at = np.array([*numbers[4:], 1.0]) @ matrix
            elif name == "h":
                made.append((at[0], at[1], start[0], start[1]))
                at = start
        return [tuple(v / POINTS_MM for v in line) for line in made]  # type: ignore[misc]


def words(path: Path) -> str:
    """The text as a reader's copy and search see it."""
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()


def fonts(path: Path) -> list[list[str]]:
    """One row a font of ``pdffonts``: name, …, embedded, subset, unicode, object, generation."""
    said = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode()
    return [line.split() for line in said.splitlines()[2:]]


def picture(path: Path, dpi: int) -> np.ndarray:
    """The first page as grey pixels (h, w), as poppler draws it."""
    done = subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", str(path)], capture_output=True, check=True)
    head, size, _depth, pixels = done.stdout.split(b"\n", 3)
    assert head == b"P5"
    width, height = (int(v) for v in size.split())
    return np.frombuffer(pixels, np.uint8, width * height).reshape(height, width)
