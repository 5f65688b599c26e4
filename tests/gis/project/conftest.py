import shutil

import pytest
from shapely import LineString, Point

from gis.editing import Create
from gis.project import Session

X, Y = 500_000.0, 3_700_000.0


def point(dx=0.0, dy=0.0):
    return Point(X + dx, Y + dy)


@pytest.fixture(scope="session")
def plant_file(tmp_path_factory):
    """A small plant: a site with two cells, three nodes, two cables, a splitter, a camera on the first cable."""
    path = tmp_path_factory.mktemp("plant") / "plant.sqlite"
    with Session.create(path, name="小城", author="maker") as session:
        session.perform(Create("base_station", [{"code": "BS-1", "geom": point()}]))
        cells = [{"code": "C-1", "site": "BS-1"}, {"code": "C-2", "site": "BS-1", "geom": point(5)}]
        session.perform(Create("cell", cells))
        session.perform(Create("fibre_node", [{"code": f"N-{i}", "geom": point(100 * i)} for i in (1, 2, 3)]))
        cables = [
            {"code": f"K-{i}", "from_node": f"N-{i}", "to_node": f"N-{i + 1}",
             "geom": LineString([point(100 * i), point(100 * i + 100)])}
            for i in (1, 2)
        ]  # fmt: skip
        session.perform(Create("cable", cables))
        session.perform(Create("splitter", [{"code": "S-1", "node": "N-2", "input_cable": "K-1"}]))
        session.perform(
            Create("camera", [{"code": "CAM-1", "name": "校门口", "uplink_cable": "K-1", "geom": point(7)}])
        )
    return path


@pytest.fixture
def path(plant_file, tmp_path):
    return shutil.copyfile(plant_file, tmp_path / "city.sqlite")


@pytest.fixture
def session(path):
    with Session.open(path, author="tester") as opened:
        yield opened


def key(session, cls, code):
    (found,) = session.ids(cls, '"code" = ?', (code,))
    return int(found)
