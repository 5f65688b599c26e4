"""A tracer that knows nothing of how the sample was made: dictionaries over its rows, one fibre at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from datasets.city import City

Fibre = tuple[int, int]  # cable id, fibre number


@dataclass(frozen=True)
class Light:
    """Where a fibre's light comes from: the office's node, its OLT port (None: straight from the office), the fibres
    and splitters passed from there on, and the loss of the joints between them in dB."""

    office: int
    port: int | None
    path: list[Fibre]
    splitters: list[int]
    joints_db: float


def rows(city: City, cls: str) -> dict[int, dict[str, Any]]:
    """A class as dictionaries by id; null references are 0 and null numbers NaN, as in Columns."""
    columns = city.columns[cls]
    return {int(key): {name: values[i] for name, values in columns.fields.items()} for i, key in enumerate(columns.ids)}


class PlainTrace:
    """Follows light upstream over splices and splitters; ``cut`` cables carry nothing."""

    def __init__(self, city: City) -> None:
        self.cables = rows(city, "cable")
        self.nodes = rows(city, "fibre_node")
        self.splitters = rows(city, "splitter")
        self.drop_of = {int(c["to_premises"]): key for key, c in self.cables.items() if c["to_premises"]}
        # What is joined at a node to a cable's fibre: ("splitter", id) or ("cable", (cable, fibre)).
        self.joined: dict[tuple[int, Fibre], tuple[str, Any, float]] = {}
        self.taken_outputs: dict[int, set[int]] = defaultdict(set)
        self.taken_fibres: dict[tuple[int, int], set[int]] = defaultdict(set)
        for splice in rows(city, "splice").values():
            node = int(splice["node"])
            for k in range(int(splice["a_last"] - splice["a_first"]) + 1):
                b = (int(splice["b_cable"]), int(splice["b_first"]) + k)
                at = int(splice["a_first"]) + k
                loss = float(splice["loss_db"])
                if splice["a_splitter"]:
                    self.joined[node, b] = ("splitter", int(splice["a_splitter"]), loss)
                    self.taken_outputs[int(splice["a_splitter"])].add(at)
                else:
                    a = (int(splice["a_cable"]), at)
                    self.joined[node, a] = ("cable", b, loss)
                    self.joined[node, b] = ("cable", a, loss)
                    self.taken_fibres[node, a[0]].add(at)
        self.port_of = {
            (int(p["node"]), (int(p["cable"]), int(p["fibre"]))): key
            for key, p in rows(city, "olt_port").items()
            if p["cable"]
        }
        self.splitters_at: dict[int, list[int]] = defaultdict(list)
        for key, splitter in self.splitters.items():
            self.splitters_at[int(splitter["node"])].append(key)
        self.cables_to: dict[int, list[int]] = defaultdict(list)
        for key, cable in self.cables.items():
            self.cables_to[int(cable["to_node"])].append(key)

    def upstream(self, cable: int, fibre: int, node: int, cut: Collection[int] = ()) -> Light | None:
        """From a fibre seen at ``node`` towards the office; None where the light ends before one."""
        path: list[Fibre] = []
        splitters: list[int] = []
        joints = 0.0
        while True:
            if cable in cut:
                return None
            path.append((cable, fibre))
            (node,) = {int(self.cables[cable]["from_node"]), int(self.cables[cable]["to_node"])} - {0, node}
            port = self.port_of.get((node, (cable, fibre)))
            before = self.joined.get((node, (cable, fibre)))
            if port is not None or before is None:
                if port is None and self.nodes[node]["kind"] != "central_office":
                    return None
                return Light(node, port, path[::-1], splitters[::-1], joints)
            joints += before[2]
            if before[0] == "splitter":
                splitters.append(before[1])
                splitter = self.splitters[before[1]]
                cable, fibre = int(splitter["input_cable"]), int(splitter["input_fibre"])
            else:
                cable, fibre = before[1]

    def premises(self, key: int, cut: Collection[int] = ()) -> Light | None:
        """What a premises' drop is lit by; None without a drop, or where no OLT port lights it."""
        drop = self.drop_of.get(key)
        found = None if drop is None else self.upstream(drop, 1, 0, cut)
        return None if found is None or found.port is None else found

    def free_ports(self, box: int) -> int:
        """Lit ports of a box that nothing is joined to."""
        free = 0
        splitters = self.splitters_at[box]
        for splitter in splitters:
            fed = self.splitters[splitter]
            found = self.upstream(int(fed["input_cable"]), int(fed["input_fibre"]), box)
            if found is not None and found.port is not None:
                free += int(fed["ratio"]) - len(self.taken_outputs[splitter])
        if not splitters:  # the splitting is done in the cabinet: every lit fibre is a port
            for cable in self.cables_to[box]:
                for fibre in range(1, int(self.cables[cable]["fibre_count"]) + 1):
                    found = self.upstream(cable, fibre, box)
                    if found is not None and found.port is not None:
                        free += fibre not in self.taken_fibres[box, cable]
        return free
