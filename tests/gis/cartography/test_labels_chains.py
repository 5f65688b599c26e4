from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.labels.chains import chains
from tests.gis.cartography.test_labels import layer_of


def lines_of(found) -> list[list[tuple[float, float]]]:
    return [
        [tuple(p) for p in found.coords[a:b].tolist()] for a, b in zip(found.begin, found.end, strict=True)
    ]  # fmt: skip


def run(*xs: float, y: float = 0.0) -> shapely.LineString:
    return shapely.LineString([(x, y) for x in xs])


def test_pieces_of_one_name_and_code_make_one_line() -> None:
    part = layer_of("road", [run(0, 1), run(3, 2, 1), run(3, 9)], ["甲", "甲", "甲"]).base
    found = chains(part)
    (line,) = lines_of(found)
    xs = [x for x, _ in line]
    assert xs in ([0, 1, 1, 2, 3, 3, 9], [9, 3, 3, 2, 1, 1, 0])
    assert sorted(found.members.tolist()) == [0, 1, 2]
    assert found.bounds.tolist() == [[0, 0, 9, 0]]


def test_other_names_codes_and_forks_end_a_chain() -> None:
    codes = np.array(["trunk", "trunk", "service"], object)
    assert lines_of(chains(layer_of("road", [run(0, 1), run(1, 2)], ["甲", "乙"]).base)) == []
    part = layer_of("road", [run(0, 1), run(1, 2), run(2, 3)], ["甲"] * 3, road_class=codes).base
    assert [len(line) for line in lines_of(chains(part))] == [4]
    fork = [run(0, 1), run(1, 2), shapely.LineString([(1, 0), (1, 5)])]
    assert lines_of(chains(layer_of("road", fork, ["甲"] * 3).base)) == []


def test_a_ring_in_pieces_is_walked_once() -> None:
    pieces = [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 1), (1, 0)]),
              shapely.LineString([(1, 1), (0, 1)]), shapely.LineString([(0, 1), (0, 0)])]  # fmt: skip
    found = chains(layer_of("road", pieces, ["环"] * 4).base)
    (line,) = lines_of(found)
    assert len(line) == 8
    assert line[0] == line[-1]


def test_a_chain_with_an_edited_piece_falls_apart() -> None:
    part = layer_of("road", [run(0, 1), run(1, 2), run(8, 9, y=5.0)], ["甲", "甲", "丙"]).base
    found = chains(part)
    every = np.arange(3)
    whole, alone = found.of(every, None)
    assert (len(whole), len(alone)) == (1, 1)
    dead = np.zeros(3, bool)
    dead[found.members[0]] = True
    whole, alone = found.of(every, dead)
    assert (len(whole), len(alone)) == (0, 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_no_piece_is_lost_and_steps_join_end_to_end(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 5, (n, 2, 2))
    pieces = [shapely.LineString([a, (np.array(a) + b) / 2 + 0.1, b]) for a, b in ends.astype(float)]
    part = layer_of("road", pieces, rng.choice(["甲", "乙", None], n).tolist()).base
    found = chains(part)
    assert len(set(found.members.tolist())) == len(found.members)
    assert all(part.text[m] for m in found.members)
    for i, line in enumerate(lines_of(found)):
        members = found.members[found.first[i] : found.first[i + 1]]
        assert len(set(part.text[members])) == 1
        assert len(line) == 3 * len(members)
        assert all(line[k] == line[k + 1] for k in range(2, len(line) - 1, 3))
    assert chains(part) is found
