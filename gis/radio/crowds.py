"""Users by hotspot: the people who live where a hotspot is the best received, and how busy they keep it.

People of a premises come from its area's population by households, else from its households (``coverage.people``). A
share of them is active in the busy hour, each with a demand (``wifi.toml``, planning values with their sources). A
hotspot's *load* is the share of time it has to be on the air for them: demand over the rate at each one's SINR, summed;
above 1 it cannot serve them. Who lives inside a building is counted at the outdoor level of its pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.coverage.people import Premises
from gis.coverage.spots import SpotValues
from gis.coverage.tallies import tally
from gis.radio.network import Answer
from gis.radio.plan import Plan
from gis.radio.walls import wifi

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Crowds:
    """By transmitter of the plan, each (n,): ``people`` who live in its reach, ``users`` of them active at one moment.

    ``load``: the share of time they need; ``rate_mbps``: payload it can carry for them, NaN where it has no users;
    ``unserved``: users whose SINR carries nothing.
    """

    people: Floats
    users: Floats
    load: Floats
    rate_mbps: Floats
    unserved: Floats


class CrowdCount:
    """Looks up servers at premises while tiles arrive; ``crowds`` then counts. ``from_dbm``: weaker is not received."""

    def __init__(self, grid: Grid, premises: Premises, from_dbm: float) -> None:
        self._premises, self._from_dbm = premises, from_dbm
        self._at = SpotValues(grid, premises.x, premises.y, 2)

    def add(self, answer: Answer) -> None:
        """Take one tile, once."""
        server = np.where(answer.best_dbm >= self._from_dbm, answer.server + 1, 0)
        self._at.add(answer.tile, np.stack([server.astype(np.float32), answer.sinr_db]))

    def crowds(self, plan: Plan, people: Floats) -> Crowds:
        """``people`` by premises, as far as they are known; 0 = by households."""
        rules = wifi()["crowds"]
        lives = np.where(people > 0.0, people, self._premises.households * float(rules["persons_a_household"]))
        server = self._at.values[0].astype(np.int32) - 1
        here = (server >= 0) & (lives > 0.0)
        server, lives = server[here], lives[here]
        rate = np.nan_to_num(plan.throughput_mbps(server, self._at.values[1][here].astype(np.float64)))
        active = lives * float(rules["online"]) * float(rules["joining"]) * float(rules["active"])
        demand = active * float(rules["demand_mbps"])
        n, served = len(plan.transmitters), rate > 0.0
        load = tally(server[served], demand[served] / rate[served], n)
        carried = tally(server[served], demand[served], n)
        return Crowds(
            people=tally(server, lives, n),
            users=tally(server, active, n),
            load=load,
            rate_mbps=np.divide(carried, load, out=np.full(n, np.nan), where=load > 0.0),
            unserved=tally(server[~served], active[~served], n),
        )


def crowd_figures(plan: Plan, crowds: Crowds, codes: Mapping[int, str | None] | None = None) -> dict[str, Any]:
    """What a run tells of its crowds, as JSON, the busiest hotspots first; ``codes``: of hotspots by id."""
    named = codes or {}
    rules = wifi()["crowds"]
    ids = np.array([one.id for one in plan.transmitters], np.int64)
    busiest = [int(i) for i in np.lexsort((ids, -crowds.load)) if crowds.load[i] > 0.0][: int(rules["most_listed"])]
    return {
        "people": round(float(crowds.people.sum()), 1),
        "users": round(float(crowds.users.sum()), 2),
        "unserved": round(float(crowds.unserved.sum()), 2),
        "demand_mbps": round(float(crowds.users.sum()) * float(rules["demand_mbps"]), 2),
        "full": float(rules["full"]),
        "overloaded": int((crowds.load > float(rules["full"])).sum()),
        "without_people": int((crowds.people <= 0.0).sum()),
        "assumed": {
            name: float(rules[name]) for name in ("persons_a_household", "online", "joining", "active", "demand_mbps")
        },
        "busiest": [
            {
                "id": int(ids[i]),
                "code": named.get(int(ids[i])),
                "people": round(float(crowds.people[i]), 1),
                "users": round(float(crowds.users[i]), 2),
                "demand_mbps": round(float(crowds.users[i]) * float(rules["demand_mbps"]), 2),
                "rate_mbps": round(float(crowds.rate_mbps[i]), 2),
                "load": round(float(crowds.load[i]), 4),
                "x": float(plan.transmitters[i].x),
                "y": float(plan.transmitters[i].y),
            }
            for i in busiest
        ],
    }
