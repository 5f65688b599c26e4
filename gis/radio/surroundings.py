"""Where a receiver stands: in an area marked as urban or elsewhere, as rows of the loss tables by pixel."""

from __future__ import annotations

import warnings

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.grid import Grid
from gis.radio.curves import EXPECTED, ROWS
from gis.radio.models import ELSEWHERE, URBAN
from gis.radio.windows import Box, Surroundings, Transmitter

# WORKAROUND: rasterize() builds a raster in memory and sets its transform a moment later; from several threads it warns
# that there is none (rasterio 1.4.4). The pixels are right: compared with those of one thread.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, module=r"rasterio\.features")

_STRIP = 512  # rows drawn at a time
_NO_LOSS = np.zeros((1, 1), np.float32)


class Environments:
    """The receiver's environment over a grid, one byte a pixel: URBAN within the polygons, ELSEWHERE around them."""

    def __init__(self, grid: Grid, urban: NDArray[np.object_]) -> None:
        self.rows = np.full((grid.height, grid.width), ELSEWHERE * ROWS + EXPECTED, np.uint8)
        polygons = np.asarray(urban, object)
        tree = shapely.STRtree(polygons)
        r = grid.resolution_m
        for top in range(0, grid.height, _STRIP):
            box = Box(top, 0, min(_STRIP, grid.height - top), grid.width)
            bbox = box.bbox(grid)
            near = np.sort(tree.query(shapely.box(*bbox), predicate="intersects"))
            pieces = [piece for piece in shapely.clip_by_rect(polygons[near], *bbox) if piece.area > 0.0]
            if pieces:
                rasterize(
                    pieces,
                    out=self.rows[top : top + box.height],
                    transform=Affine(r, 0.0, bbox[0], 0.0, -r, bbox[3]),
                    default_value=URBAN * ROWS + EXPECTED,
                )

    def __call__(self, transmitter: Transmitter, box: Box, grid: Grid) -> Surroundings:
        """The rows of one window; sight is not known, so the expected ones."""
        return Surroundings(self.rows[box.top : box.top + box.height, box.left : box.left + box.width], _NO_LOSS)
