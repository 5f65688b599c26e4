"""Files and disks as they are in the field: each trouble is a clear Refusal, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.storage import engine
from gis.storage.schema import SCHEMA_VERSION
from gis.storage.store import Store
from tests.gis.storage.content import add, everything, hotspots, index_is_exact, outside, rename

ROOT = Path(__file__).resolve().parents[3]


def refused(code: str, path: Path, catalogue: Catalogue, **options: bool) -> Refusal:
    """The refusal that opening gives; the file must be untouched by it."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(Refusal) as caught:
        Store.open(path, catalogue, **options)
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")
    assert (path.read_bytes() if path.is_file() else None) == before
    return caught.value


def run_python(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run Python in a child process."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, timeout=60,
        **options,
    )  # fmt: skip


def test_missing(tmp_path: Path, catalogue: Catalogue) -> None:
    refused("storage.missing", tmp_path / "none.yantu", catalogue)
    refused("storage.missing", tmp_path, catalogue)
    assert list(tmp_path.iterdir()) == []


def test_not_a_database(tmp_path: Path, catalogue: Catalogue) -> None:
    for name, content in (("a.yantu", b""), ("b.csv", b"code,x,y\n" * 50), ("c.yantu", b"SQLite format 3\0")):
        path = tmp_path / name
        path.write_bytes(content)
        refused("storage.not_database", path, catalogue)


def test_not_a_project(tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "other.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE area (id INTEGER PRIMARY KEY)")
    connection.close()
    refused("storage.not_project", path, catalogue)
    refused("storage.not_project", path, catalogue, readonly=True)


def test_other_database_with_a_log_beside_it(tmp_path: Path, catalogue: Catalogue) -> None:
    path = tmp_path / "other.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE area (id INTEGER PRIMARY KEY)")
    with pytest.raises(Refusal, match=r"storage\.not_project"):
        Store.open(path, catalogue)
    connection.close()


def test_newer_version(project: Path, catalogue: Catalogue) -> None:
    connection = apsw.Connection(str(project))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    refusal = refused("storage.newer_version", project, catalogue)
    assert (refusal.arguments["found"], refusal.arguments["known"]) == (SCHEMA_VERSION + 1, SCHEMA_VERSION)
    refused("storage.newer_version", project, catalogue, readonly=True)


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.01])
def test_truncated(project: Path, catalogue: Catalogue, kept: float) -> None:
    whole = project.stat().st_size
    os.truncate(project, int(whole * kept))
    refusal = refused("storage.truncated", project, catalogue)
    assert refusal.arguments["expected"] == whole
    refused("storage.truncated", project, catalogue, readonly=True)


def test_nothing_is_overwritten(project: Path, catalogue: Catalogue) -> None:
    before = project.read_bytes()
    with pytest.raises(Refusal, match=r"storage\.exists"):
        Store.create(project, catalogue)
    assert project.read_bytes() == before
    with pytest.raises(Refusal, match=r"storage\.no_folder"):
        Store.create(project.parent / "none" / "a.yantu", catalogue)


def test_log_of_a_deleted_project_is_set_aside(project: Path, catalogue: Catalogue) -> None:
    """SQLite would play the old log into the new file."""
    store = Store.open(project, catalogue)
    add(store, hotspots([1]))
    log = project.with_name(project.name + "-wal")
    kept = log.read_bytes()
    store.close()
    project.unlink()
    log.write_bytes(kept)
    with Store.create(project, catalogue) as fresh:
        assert fresh.journal_entries() == []
        assert fresh.verify() == []
    assert log.with_name(log.name + ".orphan").read_bytes() == kept


UNWRITABLE = """
import os, sys
from pathlib import Path
import pytest
from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.storage.store import Store
from tests.gis.storage.content import add, hotspots
path = Path(sys.argv[1])
catalogue = load_catalogue()
Store.open(path, catalogue, readonly=True).close()  # loads what is loaded late, while we may still read it
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)  # root may write anywhere
try:
    Store.open(Path(sys.argv[2]), catalogue)
except Refusal as refusal:
    print(refusal.code)
for act in (lambda: Store.open(path, catalogue), lambda: Store.create(path.with_name("new.yantu"), catalogue)):
    try:
        act()
    except Refusal as refusal:
        print(refusal.code)
store = Store.open(path, catalogue, readonly=True)
with store.reading() as snapshot:
    print(snapshot.count("wifi_hotspot"), store.verify(), store.poll_outside())
for act in (lambda: add(store, hotspots([5])), lambda: store.undo(author="x"), lambda: store.set_meta("a", "b"),
            lambda: store.repair_search()):
    try:
        act()
    except Refusal as refusal:
        print(refusal.code)
store.close()
"""


@pytest.mark.parametrize("what", ["folder", "file"])
def test_unwritable(empty_project: Path, catalogue: Catalogue, what: str) -> None:
    # Not under pytest's own folder, which is closed to other users.
    folder = Path(tempfile.mkdtemp()) / "cd"
    os.chmod(folder.parent, 0o755)
    folder.mkdir()
    path = Path(shutil.copy(empty_project, folder / "city.yantu"))
    with Store.open(path, catalogue) as store:
        add(store, hotspots([1, 2]))
    os.chmod(path, 0o444 if what == "file" else 0o666)
    closed = folder / "closed"
    closed.mkdir(mode=0o000)
    os.chmod(folder, 0o777 if what == "file" else 0o555)
    try:
        done = run_python(
            UNWRITABLE, path, closed / "city.yantu", env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
        )
    finally:
        os.chmod(folder, 0o755)
        shutil.rmtree(folder.parent)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines.pop(0) == "storage.cannot_open"
    assert lines[0] == "storage.readonly"
    if what == "folder":
        assert lines[1] == "storage.readonly"
        lines.pop(1)
    assert lines[1:] == ["2 [] False", *["storage.opened_readonly"] * 4, ""]


def test_open_readonly_beside_a_writer(store: Store, catalogue: Catalogue) -> None:
    add(store, hotspots([1]))
    with Store.open(store.path, catalogue, readonly=True) as other:
        assert other.version == 1
        add(store, hotspots([2]))
        with other.reading() as snapshot:
            assert snapshot.count("wifi_hotspot") == 2
        assert other.poll_outside()
        assert other.version == 2
        with pytest.raises(Refusal, match=r"storage\.opened_readonly"):
            add(other, hotspots([3]))
        with pytest.raises(Refusal, match=r"storage\.opened_readonly"):
            other.load_bulk([])
    add(store, hotspots([3]))


def test_full_disk(store: Store, catalogue: Catalogue) -> None:
    add(store, hotspots([1]))
    before = everything(store)
    assert store._writer is not None
    pages = store._writer.pragma("page_count")
    store._writer.pragma("max_page_count", pages + 8)
    for rows in (20_000, 1000):  # with the R*Tree's triggers resting, and not
        with pytest.raises(Refusal, match=r"storage\.full"):
            add(store, hotspots(range(10, 10 + rows)))
        assert everything(store) == before
        assert index_is_exact(store, catalogue)
    store._writer.pragma("max_page_count", 1 << 30)
    add(store, hotspots([2]))
    assert index_is_exact(store, catalogue)
    assert store.verify() == []
    assert len(store.journal_entries()) == 2


FULL = """
import resource, signal, sys
from pathlib import Path
from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.storage.store import Store
from tests.gis.storage.content import add, hotspots
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), load_catalogue())
add(store, hotspots([1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))  # no file may grow beyond this: the log cannot
try:
    add(store, hotspots(range(10, 9000)))
except Refusal as refusal:
    print(refusal.code)
with store.reading() as snapshot:
    print(snapshot.count("wifi_hotspot"))
"""


def test_log_cannot_grow(project: Path, catalogue: Catalogue) -> None:
    """The real thing: the operating system refuses the write in the middle of a transaction."""
    done = run_python(FULL, project)
    assert done.stdout.split() == ["storage.disk", "1"], done.stderr
    with Store.open(project, catalogue) as store:
        assert store.verify() == []
        with store.reading() as snapshot:
            assert snapshot.ids("wifi_hotspot").tolist() == [1]
        add(store, hotspots([2]))


HOLDER = """
import sys
import tempfile
import apsw
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


def test_another_process_holds_the_lock(store: Store) -> None:
    assert store._writer is not None
    store._writer.set_busy_timeout(200)
    assert engine.LOCK_WAIT_MS == 2000
    add(store, hotspots([1]))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refusal, match=r"storage\.locked"):
            rename(store, 1, "甲")
        with pytest.raises(Refusal, match=r"storage\.locked"):
            store.undo(author="x")
        with store.reading() as snapshot:  # reading goes on
            assert snapshot.row("wifi_hotspot", 1)["name"] == "热点1"
    finally:
        holder.stdin.write("\n")
        holder.stdin.close()
        holder.wait(10)
    rename(store, 1, "甲")
    assert store.undo(author="x").seq == 2
    holder.stdout.close()


def test_lock_is_waited_for(store: Store) -> None:
    add(store, hotspots([1]))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.replace("sys.stdin.readline()", "import time; time.sleep(0.5)"), str(store.path)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    rename(store, 1, "甲")
    holder.wait(10)
    holder.stdout.close()


def test_moved_while_open(store: Store) -> None:
    add(store, hotspots([1]))
    elsewhere = store.path.rename(store.path.with_name("elsewhere.yantu"))
    with pytest.raises(Refusal, match=r"storage\.moved"):
        rename(store, 1, "甲")
    elsewhere.rename(store.path)
    rename(store, 1, "甲")


def test_closed(project: Path, catalogue: Catalogue) -> None:
    store = Store.open(project, catalogue)
    store.close()
    store.close()
    with pytest.raises(Refusal, match=r"storage\.closed"), store.reading():
        pass
    with pytest.raises(Refusal, match=r"storage\.closed"):
        add(store, hotspots([1]))
    assert not store.poll_outside()
    assert sorted(p.name for p in project.parent.iterdir()) == [project.name]


def test_another_program_writes(store: Store) -> None:
    assert not store.poll_outside()
    add(store, hotspots([1]))
    assert not store.poll_outside()  # our own writes are no news
    outside(store, "UPDATE wifi_hotspot SET name = '外' WHERE id = 1")
    version = store.version
    assert store.poll_outside()
    assert store.version == version + 1
    assert set(store.class_versions().values()) == {version + 1}  # it does not say what it touched
    assert not store.poll_outside()


def test_another_yantu_writes(store: Store, catalogue: Catalogue) -> None:
    with Store.open(store.path, catalogue) as other:
        add(other, hotspots([1]))
        assert store.poll_outside()
        assert store.version == other.version == 1
        assert store.undo(author="乙").seq == 1  # one journal for both
        assert other.poll_outside()
        assert other.version == 2
        assert other.redo(author="甲").seq == 1
    assert store.class_versions() == {"wifi_hotspot": 3}


def test_load_order() -> None:
    """Storage first, then the libraries that crash when the extension comes before them."""
    code = """
from gis.storage import engine
connection = engine.connect(":memory:")
assert connection.execute("SELECT AsText(MakePoint(1, 2, 4549))").get == "POINT(1 2)"
import numpy, pyproj, pyogrio, rasterio.warp, geopandas, shapely
to = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
lon, lat = to.transform(500000, 3690000)
assert abs(lon - 120) < 1e-9 and 33 < lat < 34
x, y = rasterio.warp.transform("EPSG:4490", "EPSG:4549", [lon], [lat])
assert abs(x[0] - 500000) < 1e-3 and abs(y[0] - 3690000) < 1e-3
frame = geopandas.GeoDataFrame(geometry=[shapely.Point(lon, lat)], crs=4490).to_crs(4549)
assert abs(frame.geometry.x[0] - 500000) < 1e-3
assert pyogrio.list_drivers()
assert connection.execute("SELECT ST_Area(GeomFromText('POLYGON((0 0,2 0,2 2,0 2,0 0))'))").get == 4.0
print("sound")
"""
    done = run_python(code)
    assert done.stdout == "sound\n", done.stderr
    assert done.returncode == 0
