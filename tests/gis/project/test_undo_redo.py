"""Whatever is done can be undone to the last byte of content and done again, over restarts too."""

import shutil
import tempfile
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from gis.editing import (
    Batch,
    Create,
    Delete,
    Join,
    Load,
    Move,
    Paste,
    Reshape,
    Reverse,
    Split,
    Transform,
    Update,
    UpdateMany,
)
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.geometry.placing import mirrored, scaled, turned
from gis.project import Session
from tests.gis.project.conftest import X, Y, point
from tests.gis.project.contents import contents

CLASSES = (
    "base_station",
    "cell",
    "fibre_node",
    "route_segment",
    "cable",
    "cable_walk",
    "splitter",
    "camera",
    "building",
    "area",
)
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
    row = (
        {"code": random.choice(CODES)}
        if session.catalogue[cls].has_field("code")
        else {"position": random.randrange(4)}
    )
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
            values |= (
                {"remark": random.choice(["光缆已修", "x", None])} if session.catalogue[cls].has_field("remark") else {}
            )
            chosen = some(session, cls, random)
            if len(chosen) > 1:
                values.pop("code", None)
            return Update(cls, chosen, values)
        case "permute":  # every row takes the code of another
            cls = "cable" if cls == "cable_walk" else cls
            held = session.columns(cls, ["code"], geometry=False)
            order = list(range(len(held)))
            random.shuffle(order)
            return UpdateMany(Columns(cls, held.ids, {"code": held.fields["code"][order]}))
        case "move":
            detach = random.random() < 0.5
            return Move(cls, some(session, cls, random), random.randint(-9, 9), random.randint(-9, 9), detach)
        case "transform":
            matrix = random.choice(
                [turned((X, Y), random.randrange(360)), scaled((X, Y), 1.5), mirrored((X, Y), (X + 1, Y))]
            )
            return Transform(cls, some(session, cls, random), matrix, detach=random.random() < 0.7)
        case "split":
            cls = random.choice(["route_segment", "cable", "building", "area"])
            row = session.row(cls, random.choice(session.ids(cls).tolist() or [1]))
            middle = point() if row is None else row["geom"].centroid
            far = [(middle.x - 900, middle.y - 7), (middle.x + 900, middle.y + 11)]
            cutter = middle if cls in ("route_segment", "cable") else LineString(far)
            return Split(cls, 1 if row is None else row["id"], cutter, random.choice(["new", None]))
        case "join":
            cls = random.choice(["route_segment", "building", "area"])
            ids = session.ids(cls).tolist()
            return Join(cls, random.sample(ids, min(len(ids), 2)))
        case "reverse":
            cls = random.choice(["route_segment", "cable"])
            return Reverse(cls, some(session, cls, random))
        case "paste":
            return Paste(cls, [row_of(session, random.choice(CLASSES), random) for _ in range(2)])
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
                     "redo", "restart", "transform", "split", "split", "join", "reverse", "paste"]),
    st.integers(0, 2**32),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=14))
def test_any_sequence_of_edits_undone_and_redone(plant_file, tmp_path, sequence):
    folder = tempfile.mkdtemp(dir=tmp_path)
    path = shutil.copyfile(plant_file, Path(folder) / "walk.sqlite")
    session = Session.open(path)
    try:
        lines = [LineString([point(100 * i), point(100 * i + 100)]) for i in (1, 2)]
        session.perform(Create("route_segment", [{"code": f"R-{i}", "geom": line} for i, line in enumerate(lines, 1)]))
        walks = [("K-1", 0, "R-1"), ("K-2", 0, "R-2")]
        session.perform(Create("cable_walk", [{"cable": k, "position": p, "segment": s} for k, p, s in walks]))
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
                    if not refusal.code.startswith(("edit.", "geometry.")):
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
