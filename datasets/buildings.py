"""Buildings in the blocks of streets and along village lanes, with use, floors, height and address."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from datasets.city import Draft, days, stream, text, texts
from datasets.frame import Frame, names
from datasets.roads import Network
from datasets.settlements import CORE, TOWN, Settlement

USES = ("residential", "office", "commercial", "industrial", "school", "hospital", "public", "rural", "park")
HOME, OFFICE, SHOP, INDUSTRY, SCHOOL, HOSPITAL, PUBLIC, RURAL, PARK = range(9)

# By use: spacing along and across the street, size as a share of the spacing, share of places built on.
_SPACING_M = np.array(
    [
        (43.0, 30.0),
        (46.0, 42.0),
        (36.0, 32.0),
        (62.0, 46.0),
        (50.0, 38.0),
        (48.0, 38.0),
        (52.0, 44.0),
        (19.0, 25.0),
        (1e6, 1e6),
    ]
)
_SIZE = np.array(
    [
        (0.80, 0.40),
        (0.62, 0.62),
        (0.80, 0.70),
        (0.84, 0.76),
        (0.82, 0.46),
        (0.80, 0.50),
        (0.64, 0.60),
        (0.58, 0.40),
        (0.1, 0.1),
    ]
)
_BUILT = np.array([0.94, 0.85, 0.93, 0.88, 0.58, 0.85, 0.68, 0.66, 0.0])
_STOREY_M = np.array([2.95, 3.7, 4.2, 6.5, 3.7, 3.9, 4.2, 3.2, 3.0])
_MARGIN_M = 18.0  # from the street's centre line to the first wall

# Shares of uses by distance from the middle, in the order of USES.
_MIXES = {
    CORE: (
        (0.32, (0.34, 0.20, 0.24, 0.00, 0.06, 0.03, 0.08, 0.00, 0.05)),
        (0.75, (0.62, 0.05, 0.09, 0.03, 0.07, 0.02, 0.04, 0.02, 0.06)),
        (9.0, (0.42, 0.02, 0.05, 0.22, 0.05, 0.01, 0.02, 0.15, 0.06)),
    ),
    "seat": (
        (0.35, (0.45, 0.12, 0.24, 0.00, 0.06, 0.04, 0.07, 0.00, 0.02)),
        (0.75, (0.58, 0.02, 0.08, 0.05, 0.06, 0.02, 0.04, 0.11, 0.04)),
        (9.0, (0.34, 0.01, 0.04, 0.22, 0.04, 0.01, 0.02, 0.28, 0.04)),
    ),
    TOWN: (
        (0.5, (0.34, 0.00, 0.30, 0.00, 0.08, 0.06, 0.10, 0.12, 0.00)),
        (9.0, (0.22, 0.00, 0.06, 0.14, 0.06, 0.01, 0.03, 0.48, 0.00)),
    ),
}
# Outlines in a unit square, length along x.
_OUTLINES = {
    "bar": np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]),
    "angle": np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.12, 0.5), (0.12, 0.0), (-0.5, 0.0)]),
    "court": np.array(
        [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.2, 0.5), (0.2, -0.08), (-0.2, -0.08), (-0.2, 0.5), (-0.5, 0.5)]
    ),
    "step": np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.3), (0.1, 0.3), (0.1, 0.5), (-0.5, 0.5)]),
}
_OUTLINE_ODDS = np.array(  # bar, angle, court, step
    [
        (0.82, 0.02, 0.00, 0.16), (0.65, 0.15, 0.00, 0.20), (0.60, 0.18, 0.05, 0.17), (0.82, 0.10, 0.00, 0.08),
        (0.45, 0.25, 0.30, 0.00), (0.45, 0.25, 0.30, 0.00), (0.45, 0.15, 0.15, 0.25), (0.80, 0.20, 0.00, 0.00),
        (1.00, 0.00, 0.00, 0.00),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Buildings:
    """Arrays over buildings in order of settlement and block, villages last.

    ``xy`` the middle; ``heading`` radians of the long side; ``size`` (n, 2) metres; ``group`` a number shared by the
    buildings of one block or lane; ``place`` the settlement (of a village: the one it is served from); ``vertex``
    the street corner nearest to it; ``edge`` the road of its address, -1 none; ``lane`` the village lane, else -1.
    """

    xy: NDArray[np.float64]
    heading: NDArray[np.float64]
    size: NDArray[np.float64]
    use: NDArray[np.int64]
    floors: NDArray[np.int64]
    height: NDArray[np.float64]
    group: NDArray[np.int64]
    place: NDArray[np.int64]
    vertex: NDArray[np.int64]
    edge: NDArray[np.int64]
    lane: NDArray[np.int64]
    county: NDArray[np.int64]
    geometry: NDArray[np.object_]
    address: NDArray[np.object_]
    venue: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.use)


def build(frame: Frame, places: list[Settlement], network: Network, wanted: int, features: int, seed: int) -> Buildings:
    """All buildings, ``wanted`` of them, unless the blocks have room for fewer."""
    rng = stream(features, seed, "buildings")
    use = _block_uses(rng, places, network)
    town = _in_blocks(rng, places, network, use)
    village = _along_lanes(rng, network, len(network.corners))
    both = _joined(town, village)
    both = _taken(both, frame.county_of(both.xy) >= 0)
    both = _taken(both, _clear_of_roads(network, both))
    both = _taken(both, _apart(both))
    both = _taken(both, _exactly(rng, both, places, wanted))
    both = replace(both, county=frame.county_of(both.xy))
    both = replace(both, geometry=_outlines(rng, both))
    venue = _venues(rng, network, both)
    return replace(both, venue=venue, address=_addresses(frame, places, network, both))


def _block_uses(rng: np.random.Generator, places: list[Settlement], network: Network) -> NDArray[np.int64]:
    kinds = np.array([place.kind for place in places])[network.block_place]
    use = np.full(len(network.corners), RURAL)
    draw = rng.random(len(use))
    for kind, rings in _MIXES.items():
        inner = 0.0
        for outer, mix in rings:
            rows = np.flatnonzero((kinds == kind) & (network.block_radius >= inner) & (network.block_radius < outer))
            odds = np.tile(np.array(mix), (len(rows), 1))
            if kind == CORE and outer > 1:  # works gather in the east and the north-west of the core
                works = (network.block_local[rows] @ np.array([1.0, 0.25])) > 0
                odds[:, INDUSTRY] *= np.where(works, 1.7, 0.35)
            edges = np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True)
            use[rows] = (draw[rows, None] > edges).sum(axis=1)
            inner = outer
    use[network.block_river] = PARK
    # However small the city, its middle has a school, a hospital, a town hall and an office building.
    middle = np.flatnonzero((network.block_place == 0) & ~network.block_river)
    middle = middle[np.argsort(network.block_radius[middle], kind="stable")]
    for turn, needed in enumerate((SCHOOL, HOSPITAL, PUBLIC, OFFICE), start=1):
        if not (use[middle] == needed).any() and len(middle) > turn:
            use[middle[turn]] = needed
    return use


def _in_blocks(
    rng: np.random.Generator, places: list[Settlement], network: Network, use: NDArray[np.int64]
) -> Buildings:
    corner = network.xy[network.corners]  # (k, 4, 2): south-west, south-east, north-east, north-west
    along = ((corner[:, 1] - corner[:, 0]) + (corner[:, 2] - corner[:, 3])) / 2
    across = ((corner[:, 3] - corner[:, 0]) + (corner[:, 2] - corner[:, 1])) / 2
    width, depth = np.hypot(*along.T), np.hypot(*across.T)
    spacing = _SPACING_M[use] * rng.uniform(0.92, 1.1, (len(use), 1))
    tower = (use == HOME) & (rng.random(len(use)) < 0.24) & (network.block_radius > 0.2)
    spacing[tower] = (44.0, 40.0)
    free = np.stack([width, depth], axis=1) - 2 * _MARGIN_M
    n = np.maximum(np.floor(free / spacing), np.where(use == PARK, 0, 1)[:, None]).astype(np.int64)
    count = n[:, 0] * n[:, 1]
    block = np.repeat(np.arange(len(use)), count)
    slot = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    i, j = slot % n[block, 0], slot // n[block, 0]
    kept = rng.random(len(block)) < _BUILT[use[block]]
    block, i, j = block[kept], i[kept], j[kept]
    share = free[block] / n[block]
    u = (_MARGIN_M + (i + 0.5) * share[:, 0]) / width[block]
    v = (_MARGIN_M + (j + 0.5) * share[:, 1]) / depth[block]
    xy = (
        corner[block, 0] * ((1 - u) * (1 - v))[:, None]
        + corner[block, 1] * (u * (1 - v))[:, None]
        + corner[block, 2] * (u * v)[:, None]
        + corner[block, 3] * ((1 - u) * v)[:, None]
    )
    uses = use[block]
    size = np.minimum(share, spacing[block]) * _SIZE[uses] * rng.uniform(0.86, 1.08, (len(block), 2))
    high = tower[block]
    size[high] = np.minimum(share[high] * 0.62, (26.0, 21.0)) * rng.uniform(0.9, 1.1, (int(high.sum()), 2))
    heading = np.arctan2(along[block, 1], along[block, 0])
    floors = _floors(
        rng, uses, high, network.block_radius[block], np.array([p.kind for p in places])[network.block_place[block]]
    )
    # The nearest street that is there, for the address; the nearest corner, for the ducts.
    side = np.stack([v * depth[block], (1 - u) * width[block], (1 - v) * depth[block], u * width[block]], axis=1)
    edges = _block_edges(network)[block]
    best = np.argmin(np.where(edges >= 0, side, np.inf), axis=1)
    edge = edges[np.arange(len(block)), best]
    quarter = np.where(v < 0.5, np.where(u < 0.5, 0, 1), np.where(u < 0.5, 3, 2))
    return Buildings(
        xy=xy,
        heading=heading,
        size=size,
        use=uses,
        floors=floors,
        height=_heights(rng, uses, floors),
        group=block,
        place=network.block_place[block],
        vertex=network.corners[block, quarter],
        edge=edge,
        lane=np.full(len(block), -1),
        **_unset(len(block)),
    )


def _unset(n: int) -> dict[str, NDArray]:
    empty = np.empty(n, dtype=object)
    return {"county": np.full(n, -1), "geometry": empty, "address": empty, "venue": empty}


def _block_edges(network: Network) -> NDArray[np.int64]:
    """The edges on the south, east, north and west side of each block, -1 where the street was left out."""
    vertices = len(network.xy)
    key = np.minimum(network.a, network.b) * vertices + np.maximum(network.a, network.b)
    order = np.argsort(key, kind="stable")
    ends = np.stack([network.corners, np.roll(network.corners, -1, axis=1)], axis=2)
    wanted = ends.min(axis=2) * vertices + ends.max(axis=2)
    at = np.searchsorted(key[order], wanted).clip(max=len(key) - 1)
    return np.where(key[order][at] == wanted, order[at], -1)


def _floors(
    rng: np.random.Generator,
    use: NDArray[np.int64],
    tower: NDArray[np.bool_],
    radius: NDArray[np.float64],
    kind: NDArray[np.str_],
) -> NDArray[np.int64]:
    n = len(use)
    middle = np.clip(1.25 - radius, 0.3, 1.2) * np.where(kind == CORE, 1.0, np.where(kind == TOWN, 0.35, 0.6))
    low = {
        HOME: rng.choice([3, 4, 5, 6], n, p=[0.2, 0.3, 0.25, 0.25]),
        OFFICE: 4 + rng.gamma(2.2, 5.5, n) * middle,
        SHOP: 2 + rng.gamma(1.6, 1.6, n) * middle,
        INDUSTRY: rng.choice([1, 2, 3], n, p=[0.6, 0.3, 0.1]),
        SCHOOL: rng.choice([3, 4, 5], n),
        HOSPITAL: 3 + rng.gamma(2.0, 3.0, n) * middle,
        PUBLIC: 2 + rng.gamma(1.5, 2.0, n) * middle,
        RURAL: rng.choice([1, 2, 3], n, p=[0.3, 0.55, 0.15]),
    }
    floors = np.ones(n)
    for code, values in low.items():
        floors = np.where(use == code, values, floors)
    floors = np.where(tower, rng.choice([11, 15, 18, 24, 33], n, p=[0.36, 0.2, 0.24, 0.12, 0.08]), floors)
    return np.clip(np.round(floors), 1, 46).astype(np.int64)


def _heights(rng: np.random.Generator, use: NDArray[np.int64], floors: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.round(floors * _STOREY_M[use] + rng.uniform(0.4, 1.8, len(use)), 1)


def _along_lanes(rng: np.random.Generator, network: Network, first_group: int) -> Buildings:
    """Houses in pairs on both sides of the village lanes."""
    lanes = network.lanes
    lane = np.repeat(np.arange(len(lanes.houses)), lanes.houses)
    slot = np.arange(len(lane)) - np.repeat(np.cumsum(lanes.houses) - lanes.houses, lanes.houses)
    start, end = network.xy[lanes.junction], network.xy[lanes.end]
    along = (end - start) / np.hypot(*(end - start).T)[:, None]
    side = np.where(slot % 2 == 0, 1.0, -1.0)
    far = 36.0 + (slot // 2) * 19.0 + rng.uniform(-1.2, 1.2, len(lane))
    off = side * rng.uniform(14.0, 16.5, len(lane))
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    n = len(lane)
    size = np.stack([rng.uniform(10.0, 14.0, n), rng.uniform(8.0, 10.5, n)], axis=1)
    floors = rng.choice([1, 2, 3], n, p=[0.35, 0.55, 0.10])
    edge = _lane_edges(network)[lane] if n else np.empty(0, dtype=np.int64)
    return Buildings(
        xy=start[lane] + along[lane] * far[:, None] + across[lane] * off[:, None],
        heading=np.arctan2(along[lane, 1], along[lane, 0]),
        size=size,
        use=np.full(n, RURAL),
        floors=floors,
        height=_heights(rng, np.full(n, RURAL), floors),
        group=first_group + lane,
        place=lanes.settlement[lane],
        vertex=lanes.junction[lane],
        edge=edge,
        lane=lane,
        **_unset(n),
    )


def _lane_edges(network: Network) -> NDArray[np.int64]:
    """The edge of each village lane: the only one that ends at the lane's end."""
    ends = np.full(len(network.xy), -1, dtype=np.int64)
    ends[network.b] = np.arange(len(network.b))
    return ends[network.lanes.end]


def _joined(first: Buildings, second: Buildings) -> Buildings:
    return Buildings(
        *(np.concatenate([getattr(first, name), getattr(second, name)]) for name in Buildings.__dataclass_fields__)
    )


def _taken(all_: Buildings, rows: NDArray) -> Buildings:
    return Buildings(*(getattr(all_, name)[rows] for name in Buildings.__dataclass_fields__))


def _clear_of_roads(network: Network, buildings: Buildings) -> NDArray[np.bool_]:
    """Buildings far enough from country roads and motorways, which may run past the blocks they were placed in."""
    loose = network.place[network.a] < 0
    if len(network.lanes.end):
        loose[_lane_edges(network)] = False
    loose |= network.link_of >= 0
    clear = np.ones(len(buildings), dtype=bool)
    tree = shapely.STRtree(shapely.points(buildings.xy))
    for rows, metres in (
        (np.flatnonzero(loose & (network.link_of < 0)), 48.0),
        (np.flatnonzero(network.link_of >= 0), 21.0),
    ):
        lines = shapely.linestrings(
            np.concatenate([network.coords[network.offsets[e] : network.offsets[e + 1]] for e in rows]),
            indices=np.repeat(np.arange(len(rows)), np.diff(network.offsets)[rows]),
        )
        clear[tree.query(lines, predicate="dwithin", distance=metres)[1]] = False
    return clear


def _apart(buildings: Buildings) -> NDArray[np.bool_]:
    """Buildings which no earlier one overlaps, where two settlements have grown into each other."""
    boxes = np.empty(len(buildings), dtype=object)
    reach = np.hypot(*buildings.size.T) / 2
    one, other = cKDTree(buildings.xy).query_pairs(60.0, output_type="ndarray").T
    near = (buildings.group[one] != buildings.group[other]) & (
        np.hypot(*(buildings.xy[one] - buildings.xy[other]).T) < reach[one] + reach[other]
    )
    one, other = one[near], other[near]
    rows = np.unique(np.concatenate([one, other]))
    if len(rows):
        boxes[rows] = _rectangles(_taken(buildings, rows))
    clash = shapely.intersects(boxes[one], boxes[other])
    apart = np.ones(len(buildings), dtype=bool)
    apart[other[clash]] = False
    return apart


def _rectangles(buildings: Buildings) -> NDArray[np.object_]:
    return _polygons(buildings, np.broadcast_to(_OUTLINES["bar"], (len(buildings), 4, 2)))


def _polygons(buildings: Buildings, unit: NDArray[np.float64]) -> NDArray[np.object_]:
    """Polygons of unit outlines (n, k, 2), scaled, turned and moved to their buildings."""
    at = unit * buildings.size[:, None]
    cos, sin = np.cos(buildings.heading)[:, None], np.sin(buildings.heading)[:, None]
    turned = np.stack([at[..., 0] * cos - at[..., 1] * sin, at[..., 0] * sin + at[..., 1] * cos], axis=2)
    ring = np.round(turned + buildings.xy[:, None], 3)
    return shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1))


def _exactly(rng: np.random.Generator, all_: Buildings, places: list[Settlement], wanted: int) -> NDArray[np.int64]:
    """Rows to keep: each settlement's own number where it has room, the rest from wherever there is room."""
    quota = np.array([place.buildings for place in places])
    order = rng.permutation(len(all_))
    order = order[np.argsort(np.where(all_.lane[order] >= 0, -1, all_.place[order]), kind="stable")]
    key = np.where(all_.lane[order] >= 0, -1, all_.place[order])
    rank = np.arange(len(order)) - np.searchsorted(key, key)
    inside = (key < 0) | (rank < quota[key])
    kept, spare = order[inside], order[~inside]
    if len(kept) < wanted:
        kept = np.concatenate([kept, rng.permutation(spare)[: wanted - len(kept)]])
    return np.sort(kept[:wanted])


def _outlines(rng: np.random.Generator, buildings: Buildings) -> NDArray[np.object_]:
    n = len(buildings)
    edges = np.cumsum(_OUTLINE_ODDS, axis=1)[buildings.use]
    shape = (rng.random(n)[:, None] > edges[:, :-1]).sum(axis=1)
    flip = rng.random(n) < 0.5
    made = np.empty(n, dtype=object)
    for number, outline in enumerate(_OUTLINES.values()):
        mirrored = (outline * (-1.0, 1.0))[::-1]
        rows = np.flatnonzero(shape == number)
        made[rows] = _polygons(_taken(buildings, rows), np.where(flip[rows, None, None], mirrored, outline))
    return made


def _venues(rng: np.random.Generator, network: Network, buildings: Buildings) -> NDArray[np.object_]:
    """The name of the block each building is part of: a compound, a school, a market; villages have theirs."""
    words = names()
    stems, kinds = words["streets"]["stems"], words["places"]
    suffixes = {
        HOME: kinds["compounds"], OFFICE: kinds["offices"], SHOP: kinds["shops"], INDUSTRY: kinds["factories"],
        SCHOOL: kinds["schools"], HOSPITAL: kinds["hospitals"], PUBLIC: kinds["publics"], RURAL: kinds["rural"],
    }  # fmt: skip
    groups = int(buildings.group.max(initial=-1)) + 1
    use = np.full(groups, RURAL)
    use[buildings.group] = buildings.use
    stem, suffix = rng.integers(0, len(stems), groups), rng.integers(0, 1 << 20, groups)
    called = texts(
        stems[s] + suffixes[u][x % len(suffixes[u])]
        for s, u, x in zip(stem.tolist(), use.tolist(), suffix.tolist(), strict=True)
    )
    blocks = len(network.corners)
    called[blocks : blocks + len(network.lanes.village)] = network.lanes.village[: max(0, groups - blocks)]
    return called[buildings.group]


def _addresses(frame: Frame, places: list[Settlement], network: Network, buildings: Buildings) -> NDArray[np.object_]:
    """Addresses like 盐都区世纪大道12号 or 东台市三仓镇人民路3号: numbers rise along each street."""
    town = [place.name if place.kind == TOWN else "" for place in places]
    county = [
        frame.county_names[c] + town[p]
        for c, p in zip(buildings.county.tolist(), buildings.place.tolist(), strict=True)
    ]
    street = np.where(buildings.edge >= 0, network.street[buildings.edge], buildings.venue)
    _, key = np.unique(street.astype(str), return_inverse=True)
    key = key * (int(buildings.place.max(initial=0)) + 1) + buildings.place
    order = np.lexsort((buildings.edge, key))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(key[order], key[order])
    return texts(f"{c}{s}{r + 1}号" for c, s, r in zip(county, street, rank.tolist(), strict=True))


def draft(buildings: Buildings, features: int, seed: int) -> Draft:
    """The buildings' rows, in the same order."""
    rng = stream(features, seed, "building rows")
    n = len(buildings)
    rank = np.arange(n) - np.searchsorted(buildings.group, buildings.group)
    made = Draft("building", n)
    made.fields = {
        "code": texts(f"JZ{i:07d}" for i in range(1, n + 1)),
        "name": texts(
            f"{venue}{k + 1}{'幢' if use == HOME else '号' if use == RURAL else '号楼'}"
            for venue, k, use in zip(buildings.venue, rank.tolist(), buildings.use.tolist(), strict=True)
        ),
        "status": text(n, "in_service"),
        "source": text(n, "sample"),
        "installed_on": days(rng, n, "1985-01-01", "2024-12-31"),
        "height_m": buildings.height,
        "floors": buildings.floors,
        "use": np.array(USES[:-1], dtype=object)[buildings.use],
        "address": buildings.address,
    }
    made.geometry = buildings.geometry
    return made
