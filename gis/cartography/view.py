"""A window onto the map: which rectangle of the world is shown on how many pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.geometry.columns import BBox

SMALLEST, LARGEST = 1e-4, 1e5  # metres a pixel: beyond these nothing of a city can be told apart


@dataclass(frozen=True, slots=True)
class View:
    """``left``, ``top``: project coordinates of the upper left corner; ``resolution``: metres a pixel;
    ``width``, ``height``: pixels (whole ones for pictures); ``pixels_per_mm`` of the screen or paper. Pixel y grows
    downwards.
    """

    left: float
    top: float
    resolution: float
    width: float
    height: float
    pixels_per_mm: float = 96 / 25.4

    @staticmethod
    def fitting(bbox: BBox, width: float, height: float, pixels_per_mm: float = 96 / 25.4, margin: float = 0.0) -> View:
        """The view which shows all of ``bbox``, centred, with ``margin`` (a share of the window) around it."""
        xmin, ymin, xmax, ymax = bbox
        room = max(1.0 - 2.0 * margin, 0.1)
        resolution = max((xmax - xmin) / (width * room), (ymax - ymin) / (height * room), SMALLEST)
        return View.around((xmin + xmax) / 2, (ymin + ymax) / 2, resolution, width, height, pixels_per_mm)

    @staticmethod
    def around(
        x: float, y: float, resolution: float, width: float, height: float, pixels_per_mm: float = 96 / 25.4
    ) -> View:
        """The view centred on (x, y)."""
        resolution = min(max(resolution, SMALLEST), LARGEST)
        return View(x - width * resolution / 2, y + height * resolution / 2, resolution, width, height, pixels_per_mm)

    @property
    def bbox(self) -> BBox:
        """The rectangle shown."""
        return (
            self.left, self.top - self.height * self.resolution, self.left + self.width * self.resolution, self.top
        )  # fmt: skip

    @property
    def center(self) -> tuple[float, float]:
        """The project coordinates in the middle."""
        return self.left + self.width * self.resolution / 2, self.top - self.height * self.resolution / 2

    @property
    def scale_denominator(self) -> float:
        """M of the scale 1:M, by the pixel's true size."""
        return self.resolution * self.pixels_per_mm * 1000.0

    def resolution_for(self, denominator: float) -> float:
        """Metres a pixel at the scale 1:denominator."""
        return denominator / (self.pixels_per_mm * 1000.0)

    def grown(self, pixels: float) -> BBox:
        """The rectangle shown, with ``pixels`` more on every side."""
        pad = pixels * self.resolution
        xmin, ymin, xmax, ymax = self.bbox
        return xmin - pad, ymin - pad, xmax + pad, ymax + pad

    def to_pixels(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Pixels of project coordinates, scalars or arrays alike."""
        return (x - self.left) / self.resolution, (self.top - y) / self.resolution

    def to_world(self, px: Any, py: Any) -> tuple[Any, Any]:
        """Project coordinates of pixels, scalars or arrays alike."""
        return self.left + px * self.resolution, self.top - py * self.resolution

    def pixels(self, coords: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of project coordinates (n, 2)."""
        made = np.empty((len(coords), 2))
        np.subtract(coords[:, 0], self.left, out=made[:, 0])
        np.subtract(self.top, coords[:, 1], out=made[:, 1])
        made /= self.resolution
        return made

    def panned(self, dx: float, dy: float) -> View:
        """The view after the map was dragged by (dx, dy) pixels."""
        return replace(self, left=self.left - dx * self.resolution, top=self.top + dy * self.resolution)

    def zoomed(self, factor: float, px: float, py: float) -> View:
        """The view enlarged by ``factor``; what lies under pixel (px, py) stays there."""
        x, y = self.to_world(px, py)
        resolution = min(max(self.resolution / factor, SMALLEST), LARGEST)
        return replace(self, left=x - px * resolution, top=y + py * resolution, resolution=resolution)

    def resized(self, width: float, height: float) -> View:
        """The view in a window of another size, with the same centre and scale."""
        x, y = self.center
        return View.around(x, y, self.resolution, width, height, self.pixels_per_mm)

    def enlarged(self, ratio: float) -> View:
        """The same rectangle on ``ratio`` times the pixels."""
        return View(
            self.left, self.top, self.resolution / ratio, self.width * ratio, self.height * ratio,
            self.pixels_per_mm * ratio,
        )  # fmt: skip

    def whole(self) -> View:
        """The view with whole numbers of pixels, as a picture needs."""
        return replace(self, width=max(round(self.width), 1), height=max(round(self.height), 1))

    def snapped(self) -> View:
        """The view with its corner on the global pixel grid, so that pictures do not shimmer while panning."""
        r = self.resolution
        return replace(self, left=round(self.left / r) * r, top=round(self.top / r) * r)
