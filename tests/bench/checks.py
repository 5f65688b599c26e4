"""The checks over 1,000,000 features, rule by rule, and what one edit costs until the list is right again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

from gis.checks import known_rules
from gis.checks.city import City
from gis.editing import Move, Update
from gis.project import Session
from gis.project.check_reading import CheckReader
from gis.project.checking import Checking
from tests.bench import Report, city_copy

FEATURES = 1_000_000
EDITS = 9
SLOWEST = 8


def run(report: Report) -> None:
    """Measure on a copy of the sample city; every edit is really committed and caught up with."""
    with tempfile.TemporaryDirectory() as folder:
        path = city_copy(FEATURES, Path(folder))
        with Session.open(path, author="bench") as session:
            checking = Checking(session)
            report.add("features", sum(session.counts().values()), "rows", better="higher")
            begun = perf_counter()
            checking.run()
            report.add("whole", perf_counter() - begun, "s", target=60)
            report.add("issues", len(checking.issues), "issues", better="higher")
            _rules(report, session)
            for cls in ("premises", "fibre_node", "cable", "camera", "building"):
                report.add(f"one_edit_{cls}", _one_edit(checking, cls) * 1e3, "ms", target=100)
            checking.close()


def _rules(report: Report, session: Session) -> None:
    """Each rule alone, what it reads being read already by those before it."""
    taken: dict[str, float] = {}
    with session.reading() as snapshot:
        city = City(CheckReader(snapshot))
        for name, rule in known_rules().items():
            begun = perf_counter()
            sum(1 for _ in rule.find(city, rule))
            taken[name] = perf_counter() - begun
    for name in sorted(taken, key=taken.__getitem__, reverse=True)[:SLOWEST]:
        report.add(f"rule_{name}", taken[name], "s")


def _one_edit(checking: Checking, cls: str) -> float:
    session = checking.session
    ids = iter(session.ids(cls)[: 2 * EDITS].tolist())
    turn = iter(range(10_000))

    def edit() -> None:
        id = next(ids)
        if session.catalogue[cls].geometry == "point" and next(turn) % 2:
            session.perform(Move(cls, [id], 1.0, 1.0))
        else:
            session.perform(Update(cls, [id], {"remark": str(id)}))

    def follow() -> float:
        edit()
        begun = perf_counter()
        checking.catch_up()
        return perf_counter() - begun

    taken = sorted(follow() for _ in range(EDITS))
    return taken[len(taken) // 2]
