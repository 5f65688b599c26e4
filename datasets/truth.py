"""The true answers of a sample city, taken from how it was made and never read back from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.city import Draft, stream
from datasets.ducts import LEVELS, Bodies
from datasets.fibres import Fibres
from datasets.frame import Frame
from datasets.plant import reach_of_cabinets
from datasets.premises import Premises
from datasets.routes import Plan
from datasets.serving import ACTIVE, CONNECTED, COVERED, OUTPUTS, PASSED, STATES, Serving
from datasets.wireless import Stations

ALL_SERVED_UP_TO = 5_000  # features; above, a sample of the served premises is written
_SERVED_SAMPLE = 200
DEFINITIONS = {
    "covered": "state covered, passed, connected or active",
    "passed": "a box serves it which light reaches and which has a port for it, free or its own",
    "connected": "a drop joins it to a lit port; state connected or active",
    "active": "state active",
    "served": "path from the OLT port to the premises as [cable, fibre] pairs, the first fibre of its drop last",
    "outage": "what loses light when the segment (all cables in it) or the cable is cut, with no switch-over of rings: "
    "premises connected or active, and assets whose uplink or backhaul fibre runs through it",
    "networked": "camera.networked is true",
}

Ids = Mapping[str, NDArray[np.int64]]


def tell(
    frame: Frame,
    drafts: list[Draft],
    ids: Ids,
    premises: Premises,
    serving: Serving,
    plan: Plan,
    bodies: Bodies,
    fibres: Fibres,
    assets: Mapping[str, NDArray[np.int64]],
    made_stations: Stations,
    camera_county: NDArray[np.int64],
    features: int,
    seed: int,
) -> dict[str, Any]:
    """The whole truth. ``assets``: for cameras, hotspots and readers, the box each hangs on (-1 none)."""
    rows = {draft.cls: draft for draft in drafts}
    spatial = [draft.cls for draft in drafts if draft.geometry is not None]
    lit = _Light(serving, plan, bodies, fibres, premises, assets, ids)
    return {
        "features": features,
        "seed": seed,
        "spatial_features": sum(rows[cls].n for cls in spatial),
        "counts": {draft.cls: draft.n for draft in drafts},
        "definitions": DEFINITIONS,
        "areas": _areas(frame),
        "fibre": _fibre(frame, premises, serving),
        "served": _served(lit, serving, plan, bodies, features, seed),
        "outages": _outages(lit, bodies, features, seed),
        "lengths_m": _lengths(bodies),
        "cameras": _cameras(frame, rows["camera"], camera_county),
        "hotspots": _hotspots(rows["wifi_hotspot"]),
        "cells": _counted(rows["cell"].fields["technology"]),
        "stations": {
            "count": len(made_stations.kind),
            "with_backhaul": len(bodies.odf_station),
        },
        "issuance": _issuance(frame, rows["plate_issuance"]),
    }


class _Light:
    """Follows light from the offices outward, over the arrays the plant was made of."""

    def __init__(
        self,
        serving: Serving,
        plan: Plan,
        bodies: Bodies,
        fibres: Fibres,
        premises: Premises,
        assets: Mapping[str, NDArray[np.int64]],
        ids: Ids,
    ) -> None:
        self.serving, self.plan, self.bodies, self.fibres = serving, plan, bodies, fibres
        self.premises, self.assets, self.ids = premises, assets, ids
        self.cabinet = np.where(serving.box >= 0, serving.cabinet[serving.box], -1)
        self.drop = np.full(len(premises), -1, dtype=np.int64)
        self.drop[bodies.drop_premises] = bodies.first_drop + np.arange(len(bodies.drop_premises))

    def path(self, premises: int) -> dict[str, Any]:
        """How one connected premises is served by its first port."""
        serving, fibres, bodies = self.serving, self.fibres, self.bodies
        box = int(serving.box[premises])
        cabinet = int(serving.cabinet[box])
        port = int(serving.first_port[premises])
        cable = self.ids["cable"]
        distribution = bodies.first_distribution + box
        splitters = []
        if serving.central[cabinet]:
            output, width, fibre = int(fibres.first_output[box]) + port, 64, port + 1
        else:
            output, width, fibre = int(fibres.first_output[box]) + port // OUTPUTS, OUTPUTS, port // OUTPUTS + 1
            splitters.append(int(fibres.box_splitter[box]) + port // OUTPUTS)
        number = output // width
        splitters.insert(0, int(fibres.first_splitter[cabinet]) + number)
        ring = int(fibres.ring_first[cabinet]) + number
        chain = range(cabinet - int(self.plan.rank[cabinet]), cabinet + 1)
        path = [[int(cable[c]), ring] for c in chain]
        path += [[int(cable[distribution]), fibre], [int(cable[self.drop[premises]]), 1]]
        return {
            "premises": int(self.ids["premises"][premises]),
            "state": STATES[int(serving.state[premises])],
            "households": int(self.premises.households[premises]),
            "box": int(self.ids["fibre_node"][bodies.first_box + box]),
            "olt_port": int(self.ids["olt_port"][int(fibres.first_splitter[cabinet]) + number]),
            "splitters": [int(self.ids["splitter"][s]) for s in splitters],
            "path": path,
        }

    def dark(self, cables: NDArray[np.int64]) -> dict[str, Any]:
        """What loses light when these cables are cut."""
        serving, bodies, plan = self.serving, self.bodies, self.plan
        cabinets = len(serving.cabinet_vertex)
        cabinet_dark = np.zeros(cabinets, dtype=bool)
        for cable in cables[cables < cabinets]:
            cabinet_dark |= (plan.chain == plan.chain[cable]) & (plan.rank >= plan.rank[cable])
        box_dark = cabinet_dark[serving.cabinet]
        cut = cables[(cables >= bodies.first_distribution) & (cables < bodies.first_spur)]
        box_dark[cut - bodies.first_distribution] = True
        drops = cables[cables >= bodies.first_drop]
        premises_dark = (serving.box >= 0) & (serving.state >= CONNECTED) & box_dark[serving.box]
        premises_dark[bodies.drop_premises[drops - bodies.first_drop]] = True
        rows = np.flatnonzero(premises_dark)
        dark_assets = {
            cls: self.ids[cls][np.flatnonzero((box >= 0) & box_dark[box])].tolist() for cls, box in self.assets.items()
        }
        spur = np.zeros(len(bodies.odf_station), dtype=bool)
        spur[cables[(cables >= bodies.first_spur) & (cables < bodies.first_backbone)] - bodies.first_spur] = True
        spur |= cabinet_dark[plan.station_cabinet[bodies.odf_station]]
        dark_assets["base_station"] = self.ids["base_station"][bodies.odf_station[spur]].tolist()
        return {
            "premises": self.ids["premises"][rows].tolist(),
            "active": int((serving.state[rows] == ACTIVE).sum()),
            "households": int(self.premises.households[rows].sum()),
            "assets": dark_assets,
        }


def _areas(frame: Frame) -> dict[str, Any]:
    return {
        code: {"name": name, "population": int(n[0]), "households": int(n[1]), "motor_vehicles": int(n[2]),
               "nonmotor_vehicles": int(n[3]), "area_m2": round(float(outline.area), 1)}
        for code, name, n, outline in zip(
            frame.county_codes, frame.county_names, frame.county_numbers, frame.county_outlines, strict=True
        )
    }  # fmt: skip


def _fibre(frame: Frame, premises: Premises, serving: Serving) -> dict[str, Any]:
    def counted(rows: NDArray[np.bool_]) -> dict[str, Any]:
        least = {"total": 0, "covered": COVERED, "passed": PASSED, "connected": CONNECTED, "active": ACTIVE}
        return {
            "premises": {name: int((rows & (serving.state >= s)).sum()) for name, s in least.items()},
            "households": {
                name: int(premises.households[rows & (serving.state >= s)].sum()) for name, s in least.items()
            },
            "states": {name: int((rows & (serving.state == s)).sum()) for s, name in enumerate(STATES)},
        }

    counties = {code: counted(premises.county == i) for i, code in enumerate(frame.county_codes)}
    return {"city": counted(np.ones(len(premises), dtype=bool)), "counties": counties}


def _served(
    light: _Light,
    serving: Serving,
    plan: Plan,
    bodies: Bodies,
    features: int,
    seed: int,
) -> list[dict[str, Any]]:
    rows = bodies.drop_premises
    if features > ALL_SERVED_UP_TO and len(rows) > _SERVED_SAMPLE:
        rows = np.sort(stream(features, seed, "served").choice(rows, _SERVED_SAMPLE, replace=False))
    length = shapely.length(bodies.cable_geometry)
    reach = reach_of_cabinets(serving, plan, bodies)
    made = []
    for row in rows.tolist():
        one = light.path(row)
        cabinet = int(light.cabinet[row])
        cables = [*range(cabinet - int(plan.rank[cabinet]), cabinet + 1)]
        cables += [bodies.first_distribution + int(serving.box[row]), int(light.drop[row])]
        one["length_m"] = round(float(length[cables].sum()), 2)
        one["farthest_of_cabinet_m"] = round(float(reach[cabinet]), 1)
        made.append(one)
    return made


def _outages(light: _Light, bodies: Bodies, features: int, seed: int) -> list[dict[str, Any]]:
    """About ten segments and ten cables of different levels, and what each takes down."""
    rng = stream(features, seed, "outages")
    made = []
    walked = np.unique(bodies.walk_segment)
    feeding = np.unique(bodies.walk_segment[bodies.walk_cable < bodies.first_closing])
    chosen = np.unique(np.concatenate([_some(rng, feeding, 6), _some(rng, np.setdiff1d(walked, feeding), 4)]))
    for segment in chosen.tolist():
        cables = np.unique(bodies.walk_cable[bodies.walk_segment == segment])
        made.append(
            {
                "segment": int(light.ids["route_segment"][segment]),
                "cables": light.ids["cable"][cables].tolist(),
                **light.dark(cables),
            }
        )
    ranges = (
        (0, bodies.first_closing, 3),
        (bodies.first_closing, bodies.first_distribution, 1),
        (bodies.first_distribution, bodies.first_spur, 3),
        (bodies.first_spur, bodies.first_backbone, 1),
        (bodies.first_backbone, bodies.first_drop, 1),
        (bodies.first_drop, len(bodies.level), 1),
    )
    for first, end, count in ranges:
        chosen = _some(rng, np.arange(first, end), count)
        made += [{"cable": int(light.ids["cable"][c]), **light.dark(np.array([c]))} for c in chosen.tolist()]
    return made


def _some(rng: np.random.Generator, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.sort(rng.choice(rows, min(count, len(rows)), replace=False)) if len(rows) else rows


def _lengths(bodies: Bodies) -> dict[str, Any]:
    cable, segment = shapely.length(bodies.cable_geometry), shapely.length(bodies.segment_geometry)
    by_level = np.bincount(bodies.level, weights=cable, minlength=len(LEVELS))
    return {
        "cable": {name: round(float(v), 1) for name, v in zip(LEVELS, by_level, strict=True)},
        "route_segment": round(float(segment.sum()), 1),
    }


def _cameras(frame: Frame, rows: Draft, county: NDArray[np.int64]) -> dict[str, Any]:
    networked = rows.fields["networked"] > 0
    working = rows.fields["status"] == "in_service"

    def counted(here: NDArray[np.bool_]) -> dict[str, int]:
        return {
            "total": int(here.sum()),
            "in_service": int((here & working).sum()),
            "networked": int((here & networked).sum()),
            "networked_in_service": int((here & working & networked).sum()),
        }

    return {
        "city": counted(np.ones(rows.n, dtype=bool)),
        "counties": {code: counted(county == i) for i, code in enumerate(frame.county_codes)},
    }


def _hotspots(rows: Draft) -> dict[str, int]:
    free, working = rows.fields["free"] > 0, rows.fields["status"] == "in_service"
    return {"total": rows.n, "free": int(free.sum()), "free_in_service": int((free & working).sum())}


def _counted(values: NDArray[np.object_]) -> dict[str, int]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _issuance(frame: Frame, rows: Draft) -> dict[str, Any]:
    made: dict[str, Any] = {}
    fields = rows.fields
    for i in range(rows.n):
        county = frame.county_codes[int(fields["area"][i]) - 1]
        registered, issued = int(fields["registered"][i]), int(fields["issued"][i])
        made.setdefault(county, {}).setdefault(fields["period"][i], {})[fields["vehicle_class"][i]] = {
            "registered": registered,
            "issued": issued,
            "rate": issued / registered,
        }
    return made
