"""Whatever is done can be undone to the last byte of content and done again, over restarts too."""

import shutil
import tempfile
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from gis.editing import Batch, Create, Delete, Load, Move, Reshape, Update, UpdateMany
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.project import Session
from tests.gis.project.conftest import X, Y, point
from tests.gis.project.contents import contents

CLASSES = ("base_station", "cell", "fibre_node", "cable", "splitter", "camera", "building", "area")
CODES = [None, "A", "B", "C", "D"]  # few, so that they collide, change hands and come free


def shape_of(session, cls, random):
    x, y = X + random.randrange(500), Y + random.randrange(500)
    match session.catalogue[cls].geometry:
        case "point":
            return point(x - X, y - Y)
        case "line":
            return LineString([(x, y), (x + random.randrange(1, 50), y + 3)])
        case "none":
            return None
    return box(x, y, x + random.randrange(1, 50), y + 5)


def row_of(session, cls, random):
    row = {"code": random.choice(CODES)}
    if cls == "area":
        row["level"] = random.choice(["city", "county"])
    for field in session.catalogue[cls].refs:
        targets = session.ids(field.ref).tolist()
        if targets and (field.required or random.random() < 0.6):
            row[field.name] = random.choice(targets)
    shape = shape_of(session, cls, random)
    return row if shape is None else row | {"geom": shape}


def some(session, cls, random):
    ids = session.ids(cls).tolist()
    return random.sample(ids, random.randint(0, len(ids)))


def intent_of(session, kind, random):
    cls = random.choice(CLASSES)
    match kind:
        case "create":
            return Create(cls, [row_of(session, cls, random) for _ in range(random.randint(1, 3))])
        case "load":
            n = random.randint(1, 4)
            rows = [row_of(session, "camera", random) for _ in range(n)]
            shapes = np.array([row["geom"] for row in rows], dtype=object)
            return Load(Columns("camera", np.zeros(n, np.int64), {"azimuth": np.arange(n) * 10.0}, shapes))
        case "update":
            values = row_of(session, cls, random)
            values.pop("geom", None)
            values |= {"remark": random.choice(["光缆已修", "x", None])} if cls != "splitter" else {}
            chosen = some(session, cls, random)
            if len(chosen) > 1:
                values.pop("code")
            return Update(cls, chosen, values)
        case "permute":  # every row takes the code of another
            held = session.columns(cls, ["code"], geometry=False)
            order = list(range(len(held)))
            random.shuffle(order)
            return UpdateMany(Columns(cls, held.ids, {"code": held.fields["code"][order]}))
        case "move":
            return Move(cls, some(session, cls, random), random.randint(-9, 9), random.randint(-9, 9))
        case "reshape":
            ids = session.ids(cls).tolist()
            return Reshape(cls, random.choice(ids) if ids else 1, shape_of(session, cls, random) or point())
        case "delete":
            return Delete(cls, some(session, cls, random), random.choice(["refuse", "detach", "cascade"]))
    return Batch("edit.update", {"cls_zh": "", "cls_en": "", "count": 0, "fields_zh": "", "fields_en": ""}, [
        intent_of(session, random.choice(["create", "update", "move", "delete"]), random) for _ in range(3)
    ])  # fmt: skip


steps = st.tuples(
    st.sampled_from(["create", "create", "load", "update", "permute", "move", "reshape", "delete", "batch", "undo",
                     "redo", "restart"]),
    st.integers(0, 2**32),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=14))
def test_any_sequence_of_edits_undone_and_redone(plant_file, tmp_path, sequence):
    folder = tempfile.mkdtemp(dir=tmp_path)
    path = shutil.copyfile(plant_file, Path(folder) / "walk.sqlite")
    session = Session.open(path)
    try:
        done, undone = [contents(path)], []  # the states that undo and redo must come back to
        for kind, seed in sequence:
            if kind == "restart":
                session.close()
                session = Session.open(path)
            elif kind == "undo" and len(done) > 1:
                session.undo()
                undone.append(done.pop())
            elif kind == "redo" and undone:
                session.redo()
                done.append(undone.pop())
            elif kind not in ("undo", "redo"):
                try:
                    seq = session.perform(intent_of(session, kind, Random(seed))).seq
                except Refusal as refusal:
                    if not refusal.code.startswith("edit."):
                        raise  # what planning lets through, storage must be able to write
                    seq = None
                if seq is not None:
                    done.append(contents(path))
                    undone = []
            assert contents(path) == done[-1], kind
        assert session.verify() == []
        for state in reversed(done[:-1]):
            session.undo()
            assert contents(path) == state
        for state in done[1:]:
            session.redo()
            assert contents(path) == state
        assert session.verify() == []
    finally:
        session.close()
        shutil.rmtree(folder)
