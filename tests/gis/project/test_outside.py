"""Two programs on one file: readers go on, the second writer is refused, changes from outside are seen."""

import subprocess
import sys

import pytest

from gis.editing import Create, Update
from gis.errors import Refusal
from gis.project import Session
from tests.gis.project.conftest import key, point
from tests.gis.project.contents import contents

EDIT = """
import sys
from gis.editing import Create
from gis.project import Session
from tests.gis.project.conftest import point
with Session.open(sys.argv[1], author="other") as session:
    session.perform(Create("camera", [{"code": "OUT", "geom": point(50)}]))
"""
HOLD = """
import sys
from gis.storage import engine
connection = engine.connect_writer(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE camera SET name = 'not committed'")
print("held", flush=True)
sys.stdin.readline()
"""


def test_changes_of_another_process_are_seen_once(session, path):
    seen = []
    session.subscribe(seen.append)
    assert not session.check_outside()
    session.perform(Update("camera", [key(session, "camera", "CAM-1")], {"azimuth": 5}))
    assert not session.check_outside(), "one's own edits are not from outside"
    before = session.version
    subprocess.run([sys.executable, "-c", EDIT, str(path)], check=True)
    assert session.count("camera") == 2
    assert session.check_outside()
    assert not session.check_outside()
    assert [(c.origin, "camera" in c.classes, dict(c.ids)) for c in seen[1:]] == [("outside", True, {})]
    assert seen[1].version == session.version > before
    assert session.can_undo.author == "other"
    session.undo()
    assert session.count("camera") == 1


def test_reading_goes_on_while_another_process_writes_and_writing_is_refused(session, path):
    before = contents(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        assert session.row("camera", key(session, "camera", "CAM-1"))["name"] == "校门口"
        with Session.open(path, readonly=True) as reader:
            assert reader.count("camera") == 1
        for wish in (lambda: session.perform(Create("camera", [{"geom": point()}])), session.undo):
            with pytest.raises(Refusal) as caught:
                wish()
            assert caught.value.code == "storage.locked"
        assert contents(path) == before
    finally:
        holder.communicate("go\n")
    assert session.perform(Create("camera", [{"code": "LATER", "geom": point()}])).seq is not None
    assert session.verify() == []
