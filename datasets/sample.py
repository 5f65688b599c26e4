"""The sample city from end to end: generate it in memory, or write it as a project file with its true answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets import buildings as buildings_
from datasets import ducts, fibres, plant, plates, premises, roads, routes, serving, sight, streets, truth, wireless
from datasets.city import City, assemble, keys, stream
from datasets.frame import SRID, Frame, areas, load_frame
from datasets.settlements import Settlement, core_position, settle
from datasets.statistics import statistics
from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.progress import Progress

LEAST, MOST = 1_000, 1_000_000
_STATION_SHARES = (0.0046, 0.0028)  # of a small and of a large city: a small one has as much land to cover
_ASSETS = (0.035, 0.030, 0.080)  # share of features for hotspots, cameras and readers: aim, least, most
_HOTSPOTS, _READERS = 0.34, 0.12  # of the assets; the rest are cameras
_COMMUNITIES_FROM = 50_000


@dataclass(frozen=True, slots=True)
class _Ground:
    """All that is laid out before the assets are placed."""

    places: list[Settlement]
    network: roads.Network
    buildings: buildings_.Buildings
    premises: premises.Premises
    serving: serving.Serving
    stations: wireless.Stations
    plan: routes.Plan
    bodies: ducts.Bodies


def generate(features: int = 20_000, seed: int = 1, progress: Progress | None = None) -> City:
    """A city of exactly that many spatial features, all classes as Columns; the same for the same size and seed.

    ``features`` 1,000 to 1,000,000. Raises Refusal ``sample.size`` outside of that.
    """
    if not LEAST <= features <= MOST:
        raise Refusal("sample.size", features=features, least=LEAST, most=MOST)
    progress = progress or Progress()
    frame = load_frame(features, seed)
    communities = min(240, features // 5_000) if features >= _COMMUNITIES_FROM else 0
    area = areas(frame, communities, core_position(), seed)
    cells_of = None
    scale = 1.0
    for _ in range(6):
        progress.step(0.0, 1.0, "sample.ground")
        ground = _ground(frame, features, seed, scale)
        cells_of = wireless.cells(ground.stations, features, seed)
        taken = area.n + len(ground.network.a) + len(ground.buildings) + len(ground.premises) + cells_of.n
        taken += len(ground.bodies.node_kind) + len(ground.bodies.segment_kind) + len(ground.bodies.level)
        left = features - taken - len(ground.stations.kind)
        aim, least, most = _ASSETS
        if least * features <= left <= most * features:
            break
        scale *= 1.0 + (left / features - aim) / (1.0 - area.n / features)
    if left < 12:
        raise AssertionError(f"no room for assets in {features} features")
    progress.step(0.3, 1.0, "sample.assets")

    network, bodies = ground.network, ground.bodies
    readers = plates.readers(network, max(2, round(left * _READERS)), features, seed)
    venues = wireless.venues(ground.premises, ground.buildings, max(4, round(left * _HOTSPOTS)), features, seed)
    cameras = sight.cameras(
        frame, network, ground.buildings, left - len(readers.road) - len(venues.premises), features, seed
    )
    assets = {"wifi_hotspot": venues.xy, "camera": cameras.xy, "plate_reader": readers.xy}
    planned = np.concatenate([venues.planned, cameras.planned, readers.planned])
    rng = stream(features, seed, "links")
    odds = np.repeat([0.92, 0.84, 0.9], [len(xy) for xy in assets.values()])
    box = plant.boxes_of_assets(
        bodies,
        ground.serving,
        np.concatenate(list(assets.values())),
        ~planned & (rng.random(len(planned)) < odds),
        seed,
    )
    fibre = fibres.build(ground.serving, ground.plan, bodies, ground.premises, box)
    cut = np.cumsum([len(xy) for xy in assets.values()])[:-1]
    boxes = dict(zip(assets, np.split(box, cut), strict=True))
    asset_fibre = dict(zip(assets, np.split(fibre.asset_fibre, cut), strict=True))
    cable = {cls: np.where(b >= 0, bodies.first_distribution + b, -1) for cls, b in boxes.items()}
    by_radio = (rng.random(len(cameras.site)) < 0.25) & ~cameras.planned  # cameras that are networked over 4G or 5G
    networked = (boxes["camera"] >= 0) | by_radio
    spur = np.full(len(ground.stations.kind), -1, dtype=np.int64)
    spur[bodies.odf_station] = bodies.first_spur + np.arange(len(bodies.odf_station))

    progress.step(0.5, 1.0, "sample.rows")
    drafts = [
        area,
        buildings_.draft(ground.buildings, features, seed),
        roads.draft(network, features, seed),
        plant.premises_draft(ground.premises, ground.serving, bodies, features, seed),
        wireless.hotspots(
            venues,
            ground.premises,
            ground.buildings,
            cable["wifi_hotspot"],
            asset_fibre["wifi_hotspot"],
            features,
            seed,
        ),
        cells_of,
        wireless.station_draft(ground.stations, spur, np.where(spur >= 0, 1, 0), features, seed),
        plates.reader_draft(
            network, readers, cameras.xy, cable["plate_reader"], asset_fibre["plate_reader"], features, seed
        ),
        sight.draft(frame, cameras, cable["camera"], asset_fibre["camera"], networked, features, seed),
        *plant.drafts(
            ground.places,
            network.street,
            ground.premises,
            ground.serving,
            ground.plan,
            bodies,
            fibre,
            features,
            seed,
        ),
        plates.issuance(frame, features, seed),
        statistics(frame, features, seed),
    ]
    catalogue = load_catalogue()
    drafts.sort(key=lambda draft: catalogue[draft.cls].order)
    ids = keys(drafts, stream(features, seed, "keys"))
    columns = assemble(drafts, catalogue, ids)
    progress.step(0.9, 1.0, "sample.truth")
    answers = truth.tell(
        frame, drafts, ids, ground.premises, ground.serving, ground.plan, bodies, fibre, boxes,
        ground.stations, cameras.county, features, seed,
    )  # fmt: skip
    return City(features, seed, columns, answers)


def _ground(frame: Frame, features: int, seed: int, scale: float) -> _Ground:
    places, wanted = settle(frame, features, seed, scale)
    grids = [streets.grid(place, features, seed) for place in places]
    network = roads.build(frame, places, grids, wanted, features, seed)
    houses = buildings_.build(frame, places, network, wanted.buildings, features, seed)
    homes = premises.build(frame, houses, wanted.premises, features, seed)
    served = serving.serve(places, network, homes, features, seed)
    share = np.interp(np.log10(features), (4.3, 6.0), _STATION_SHARES)
    stations = wireless.stations(frame, network, houses, homes, max(6, round(features * share)), features, seed)
    plan = routes.plan(network, served, stations.vertex)
    bodies = ducts.build(network, houses, homes, served, plan, stations.xy, stations.vertex, features, seed)
    return _Ground(places, network, houses, homes, served, stations, plan, bodies)


def truth_path(out: Path) -> Path:
    """Where the true answers of a sample file lie."""
    return out.with_name(out.name + ".truth.json")


def make(out: Path, features: int = 20_000, seed: int = 1, progress: Progress | None = None) -> dict[str, Any]:
    """Write the city as a project file and its true answers beside it; answers the truth.

    Refuses as ``Store.create`` does where the file exists. Nothing half-made stays behind after a failure.
    """
    from gis.storage.store import Store

    out = Path(out)
    store = Store.create(out, load_catalogue(), crs=f"EPSG:{SRID}", name="盐城市（示例）")
    try:
        city = generate(features, seed, progress)
        store.load_bulk(city.columns.values(), progress)
        store.set_meta("sample", json.dumps({"features": features, "seed": seed}))
    except BaseException:
        store.close()
        for leftover in (out, out.with_name(out.name + "-wal"), out.with_name(out.name + "-shm")):
            leftover.unlink(missing_ok=True)
        raise
    store.close()
    target = truth_path(out)
    unfinished = target.with_name(target.name + ".part")
    unfinished.write_text(json.dumps(city.truth, ensure_ascii=False, separators=(",", ":")), "utf-8")
    os.replace(unfinished, target)
    return city.truth
