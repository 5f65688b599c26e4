"""Long random stories of edits: whatever happens, undo leads back to every earlier state and the indexes keep step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gis.catalogue import Catalogue
from gis.editing.intents import Change, Insert, Remove, Step
from gis.geometry.columns import Columns
from gis.storage.store import Store
from tests.gis.storage.content import do, everything, hotspots, index_is_exact, nodes, premises, roads, texts


@pytest.mark.parametrize("seed", range(6))
def test_random_story(project: Path, catalogue: Catalogue, seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = Store.open(project, catalogue)
    past = [everything(store)]  # the states that undo leads back to
    future: list[dict] = []
    present: dict[str, set[int]] = {"wifi_hotspot": set(), "road": set(), "fibre_node": set(), "premises": set()}
    ways = ["edit"] * 6 + ["undo"] * 3 + ["redo"] * 2 + ["reopen"]
    for _ in range(60):
        way = str(rng.choice(ways))
        if way == "undo" and len(past) > 1:
            store.undo(author="x")
            future.append(past.pop())
        elif way == "redo" and future:
            store.redo(author="x")
            past.append(future.pop())
        elif way == "reopen":
            store.close()
            store = Store.open(project, catalogue)
        else:
            present = {cls: {row[0] for row in past[-1][cls]} for cls in present}
            written = do(store, *_steps(rng, present))
            if written.seq is not None:
                past.append(everything(store))
                future.clear()
        assert everything(store) == past[-1]
        assert index_is_exact(store, catalogue)
    assert store.verify() == []
    store.close()


def _steps(rng: np.random.Generator, present: dict[str, set[int]]) -> list[Step]:
    fresh = rng.integers(1, 1 << 53, 8).tolist()
    steps: list[Step] = []
    for _ in range(int(rng.integers(1, 4))):
        old = sorted(present["wifi_hotspot"])
        match int(rng.integers(0, 6)):
            case 0:
                ids = [fresh.pop(), fresh.pop()]
                steps.append(Insert(hotspots(ids)))
                present["wifi_hotspot"].update(ids)
            case 1 if old:
                some = rng.choice(old, size=int(rng.integers(1, len(old) + 1)), replace=False)
                steps.append(Change(hotspots(some.tolist(), dx=float(rng.uniform(-900, 900)))))
            case 2 if old:
                names = {"name": texts([f"名{rng.integers(9)}"])}
                steps.append(Change(Columns("wifi_hotspot", rng.choice(old, 1), names)))
            case 3 if old:
                some = rng.choice(old, size=1)
                steps.append(Remove("wifi_hotspot", some))
                present["wifi_hotspot"] -= set(some.tolist())
            case 4:
                node = fresh.pop()
                steps += [Insert(premises([fresh.pop()], [node])), Insert(nodes([node]))]
            case _:
                steps.append(Insert(roads([fresh.pop()])))
    return steps
