"""The ground the sample stands on: Yancheng's counties and towns with outlines, people and vehicles."""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from datasets.city import Draft, stream, text, texts
from gis.resources import resource

SRID = 4549
CITY_CODE, CITY_NAME = "320900", "盐城市"
_KIND_WEIGHT = {"street": 2.6, "town": 1.0, "zone": 0.35, "farm": 0.2}
HOUSEHOLD_SIZE = 2.62  # persons, Jiangsu's mean in the census of 2020 was 2.60


@dataclass(frozen=True, slots=True)
class Frame:
    """Counties and towns in the project CRS. ``town_*`` are arrays over towns; ``town_county`` a county's number.

    ``county_numbers``: columns population, households, motor vehicles, non-motor vehicles, int (9, 4);
    ``town_numbers`` the same for the towns, which add up to their county.
    """

    county_codes: list[str]
    county_names: list[str]
    county_outlines: NDArray[np.object_]
    county_numbers: NDArray[np.int64]
    county_seats: list[int]
    town_codes: list[str]
    town_names: list[str]
    town_kinds: list[str]
    town_county: NDArray[np.int64]
    town_xy: NDArray[np.float64]
    town_outlines: NDArray[np.object_]
    town_numbers: NDArray[np.int64]
    outline: Any

    def county_of(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """The county's number of each position (n, 2), -1 outside of the city."""
        found = np.full(len(xy), -1, dtype=np.int64)
        for number, outline in enumerate(self.county_outlines):
            shapely.prepare(outline)
            west, south, east, north = outline.bounds
            near = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
            near = np.flatnonzero(near & (found < 0))
            found[near[shapely.contains_xy(outline, xy[near])]] = number
        return found


@cache
def names() -> dict[str, Any]:
    """The names the sample is written with (``resources/cities/yancheng/names.toml``)."""
    return tomllib.loads(resource("cities", "yancheng", "names.toml").read_text("utf-8"))


def to_project(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project coordinates of longitudes and latitudes (n, 2)."""
    return np.stack(Transformer.from_crs(4490, SRID, always_xy=True).transform(*np.asarray(lonlat).T), axis=1)


def load_frame(features: int, seed: int) -> Frame:
    """The frame with its people; the outlines are always the same, the towns' shares depend on the seed."""
    rng = stream(features, seed, "frame")
    with resource("cities", "yancheng", "counties.csv").open(encoding="utf-8") as file:
        counties = list(csv.DictReader(file))
    with resource("cities", "yancheng", "places.csv").open(encoding="utf-8") as file:
        places = list(csv.DictReader(file))
    collection = json.loads(resource("cities", "yancheng", "towns.geojson").read_text("utf-8"))
    shapes = {f["properties"]["code"]: f["geometry"] for f in collection["features"]}
    towns = shapely.from_geojson([json.dumps(shapes[place["code"]]) for place in places])
    towns = np.array([_multi(shapely.transform(town, to_project)) for town in towns], dtype=object)
    codes = [county["code"] for county in counties]
    town_county = np.array([codes.index(place["county"]) for place in places])
    outlines = np.array([_multi(shapely.coverage_union_all(towns[town_county == i])) for i in range(len(codes))])

    numbers = np.empty((len(codes), 4), dtype=np.int64)
    town_numbers = np.empty((len(places), 4), dtype=np.int64)
    for i, county in enumerate(counties):
        people = int(county["population"])
        numbers[i] = (
            people,
            round(people / HOUSEHOLD_SIZE),
            people * int(county["motor_per_1000"]) // 1000,
            people * int(county["nonmotor_per_1000"]) // 1000,
        )
        members = np.flatnonzero(town_county == i)
        weights = np.array([_KIND_WEIGHT[places[m]["kind"]] for m in members]) * rng.uniform(0.75, 1.3, len(members))
        for column in range(4):
            town_numbers[members, column] = shares(int(numbers[i, column]), weights)
    return Frame(
        county_codes=codes,
        county_names=[county["name"] for county in counties],
        county_outlines=outlines,
        county_numbers=numbers,
        county_seats=[[place["code"] for place in places].index(county["seat"]) for county in counties],
        town_codes=[place["code"] for place in places],
        town_names=[place["name"] for place in places],
        town_kinds=[place["kind"] for place in places],
        town_county=town_county,
        town_xy=to_project(np.array([[float(place["lon"]), float(place["lat"])] for place in places])),
        town_outlines=towns,
        town_numbers=town_numbers,
        outline=_multi(shapely.coverage_union_all(towns)),
    )


def shares(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in the proportion of the weights which add up to the total (largest remainder)."""
    if len(weights) == 0 or total <= 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole


def areas(frame: Frame, communities: int, core_xy: NDArray[np.float64], seed: int) -> Draft:
    """The areas' rows: the city, its counties, its towns and, for larger sizes, communities of the core's streets."""
    rng = stream(communities, seed, "areas")
    counties, towns = len(frame.county_codes), len(frame.town_codes)
    parents, names_, codes, outlines, numbers = _communities(frame, communities, core_xy, rng)
    level = ["city"] + ["county"] * counties + ["town"] * towns + ["community"] * len(codes)
    n = len(level)
    figures = np.vstack([frame.county_numbers.sum(axis=0), frame.county_numbers, frame.town_numbers, numbers])
    parent = np.concatenate(
        [[-1], np.zeros(counties, int), 1 + frame.town_county, 1 + counties + np.asarray(parents, dtype=int)]
    )
    urban = [False] * (1 + counties) + [kind == "street" for kind in frame.town_kinds] + [True] * len(codes)
    draft = Draft("area", n)
    draft.fields = {
        "code": texts([CITY_CODE, *frame.county_codes, *frame.town_codes, *codes]),
        "name": texts([CITY_NAME, *frame.county_names, *frame.town_names, *names_]),
        "status": text(n, "in_service"),
        "owner": text(n, "government"),
        "source": text(n, "sample"),
        "level": texts(level),
        "parent": parent.astype(np.int64),
        "urban": np.array(urban, dtype=float),
        "population": figures[:, 0],
        "households": figures[:, 1],
        "motor_vehicles": figures[:, 2],
        "nonmotor_vehicles": figures[:, 3],
    }
    draft.geometry = np.array([frame.outline, *frame.county_outlines, *frame.town_outlines, *outlines], dtype=object)
    return draft


def _communities(
    frame: Frame, count: int, core_xy: NDArray[np.float64], rng: np.random.Generator
) -> tuple[list[int], list[str], list[str], list[Any], NDArray[np.int64]]:
    """Communities that divide the streets around the core among them, each street exactly."""
    empty: tuple[list[int], list[str], list[str], list[Any]] = ([], [], [], [])
    distance = np.hypot(*(frame.town_xy - core_xy).T)
    streets = [t for t, kind in enumerate(frame.town_kinds) if kind == "street" and distance[t] < 12_000]
    if count < 2 * len(streets):
        return *empty, np.empty((0, 4), dtype=np.int64)
    parents, called, codes, outlines, numbers = [], [], [], [], []
    stems = names()["streets"]["stems"]
    for street, n in zip(streets, shares(count, np.ones(len(streets))), strict=True):
        outline = frame.town_outlines[street]
        reach = max(1500.0, np.sqrt(outline.area) / 2.2)
        seeds: list[tuple[float, float]] = []
        while len(seeds) < n:
            x, y = frame.town_xy[street] + rng.normal(0, reach / 2, 2)
            apart = all(np.hypot(x - px, y - py) > reach / (2.5 * np.sqrt(n)) for px, py in seeds)
            if apart and shapely.contains_xy(outline, x, y):
                seeds.append((x, y))
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=outline.envelope, ordered=True)
        )
        pieces = shapely.coverage_clean(shapely.intersection(cells, outline), gap_width=0.01, snapping_distance=0.0001)
        split = np.stack([shares(int(v), rng.uniform(0.7, 1.4, n)) for v in frame.town_numbers[street]], axis=1)
        start = int(rng.integers(len(stems)))
        for j, piece in enumerate(pieces):
            parents.append(street)
            called.append(f"{stems[(start + j) % len(stems)]}社区")
            codes.append(f"{frame.town_codes[street]}{j + 1:03d}")
            outlines.append(_multi(piece))
        numbers.append(split)
    return parents, called, codes, outlines, np.vstack(numbers)


def _multi(shape: Any) -> Any:
    return shapely.multipolygons(list(shapely.get_parts(shape)))
