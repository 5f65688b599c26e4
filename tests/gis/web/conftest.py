import pytest

from gis.cartography.web.ground import WebGround
from tests.gis.sheets.conftest import analysed, city
from tests.gis.web.pictures import picture

__all__ = ["analysed", "city"]


@pytest.fixture
def tiles() -> WebGround:
    """A base map of plain tiles whose colour tells their place."""

    def tile(zoom: int, column: int, row: int) -> bytes:
        return picture((zoom * 12, column % 256, row % 256))

    return WebGround("影像", "© 测绘院 <b>2026</b>", tile, 5, 14)
