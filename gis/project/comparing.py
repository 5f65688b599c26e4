"""Two runs side by side: where levels differ, and what that means by area."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from gis.coverage.classes import technology
from gis.coverage.grid import Grid, Tile
from gis.coverage.raster import NODATA, LevelFile, read_levels
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.analysis import RASTER, run_file
from gis.project.runs import Run
from gis.radio.analysis import FLOOR_UNDER_DB

if TYPE_CHECKING:
    from gis.project.session import Session

COMPARABLE: Final = ("coverage", "second", "sinr", "overlap", "probability", "indoor", "throughput", "uplink")
_LEVELS: Final = ("coverage", "second", "indoor")
_AMOUNTS: Final = ("overlap", "probability", "throughput")  # 0 where nobody is received
_BINS: Final = np.arange(-60.0, 60.25, 0.25)


@dataclass(frozen=True, slots=True)
class ComparedArea:
    """One area, or the whole (``id`` None), in both runs. Shares 0…1, None = unknown."""

    id: int | None
    code: str | None
    name: str | None
    area_share_a: float | None
    area_share_b: float | None
    population_share_a: float | None
    population_share_b: float | None

    @property
    def area_change(self) -> float | None:
        """Covered share of b less that of a."""
        return _less(self.area_share_b, self.area_share_a)

    @property
    def population_change(self) -> float | None:
        """Covered share of people of b less that of a."""
        return _less(self.population_share_b, self.population_share_a)


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Run ``b`` against run ``a``; differences are b − a.

    ``path``: GeoTIFF of the differences of ``layer``, -9999 where both receive nothing; where only one does the other
    counts as ``floor`` (None: such a pixel is left out). ``gained_m2``: covered in b only, ``lost_m2`` in a only,
    ``kept_m2`` in both. ``mean`` and ``middle`` (median) over all pixels of the picture, None without any.
    ``settings``: what was asked otherwise, name -> (a, b); ``inputs_changed``: the runs read different states of the
    project.
    """

    a: int
    b: int
    layer: str
    unit: str
    path: Path
    floor: float | None
    resolution_m: float
    gained_m2: float
    lost_m2: float
    kept_m2: float
    mean: float | None
    middle: float | None
    whole: ComparedArea
    areas: tuple[ComparedArea, ...]
    settings: dict[str, tuple[Any, Any]]
    inputs_changed: bool

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON."""
        areas = [
            {**asdict(area), "area_change": area.area_change, "population_change": area.population_change}
            for area in (self.whole, *self.areas)
        ]
        found = asdict(self)
        del found["whole"]
        settings = {name: list(pair) for name, pair in self.settings.items()}
        return {**found, "path": str(self.path), "areas": areas[1:], "whole": areas[0], "settings": settings}


def compare_runs(
    session: Session, a: Run, b: Run, target: Path, *, layer: str = RASTER, progress: Progress | None = None
) -> RunComparison:
    """Write the differences of a layer to ``target`` and tell what they mean by area.

    Runs of other extents are compared over both; those of other resolutions at the finer one. "Covered" is each run's
    own threshold. Refusals ``radio.runs_differ`` where the runs measure different things, ``radio.no_common_layer``,
    ``coverage.no_raster``. Cancelled leaves a part of the file behind.
    """
    kinds = tuple((run.kind, run.summary["quantity"]) for run in (a, b))
    if kinds[0] != kinds[1]:
        raise Refusal("radio.runs_differ", first=f"{kinds[0][0]} {kinds[0][1]}", second=f"{kinds[1][0]} {kinds[1][1]}")
    common = [name for name in COMPARABLE if name in a.files and name in b.files]
    if layer not in common:
        raise Refusal("radio.no_common_layer", layer=layer, known=", ".join(common))
    paths = run_file(session, a, layer), run_file(session, b, layer)
    levels = run_file(session, a), run_file(session, b)
    thresholds = tuple(float(run.summary["level_threshold"]) for run in (a, b))
    boxes = [run.summary["bbox"] for run in (a, b)]
    bbox = (
        min(boxes[0][0], boxes[1][0]), min(boxes[0][1], boxes[1][1]),
        max(boxes[0][2], boxes[1][2]), max(boxes[0][3], boxes[1][3]),
    )  # fmt: skip
    grid = Grid.over(bbox, min(float(run.summary["resolution_m"]) for run in (a, b)))
    floor = _floor(a, b) if layer in _LEVELS else 0.0 if layer in _AMOUNTS else None
    counts = np.zeros(3, np.int64)
    spread = np.zeros(len(_BINS) + 1, np.int64)
    total, pixels = 0.0, 0
    with LevelFile(target, grid, session.crs.to_wkt(), {"yantu_difference": f"{a.id} {b.id} {layer}"}) as file:
        tiles = list(grid.tiles())
        for done, tile in enumerate(tiles):
            if progress is not None:
                progress.step(done, len(tiles), "radio.comparing")
            first, second = (_read(path, grid, tile) for path in paths)
            covered = [
                (values if layer == RASTER else _read(path, grid, tile)) >= limit
                for values, path, limit in zip((first, second), levels, thresholds, strict=True)
            ]
            before, after = covered
            counts += [np.count_nonzero(both) for both in (after & ~before, before & ~after, after & before)]
            heard = (first != NODATA) | (second != NODATA)
            if floor is None:
                heard = (first != NODATA) & (second != NODATA)
            if not heard.any():
                continue
            least = 0.0 if floor is None else floor
            change = np.where(second == NODATA, least, second) - np.where(first == NODATA, least, first)
            file.add(tile, np.where(heard, change, NODATA).astype(np.float32))
            values = change[heard].astype(np.float64)
            total, pixels = total + float(values.sum()), pixels + len(values)
            spread += np.bincount(np.searchsorted(_BINS, values), minlength=len(spread))
    metres = grid.resolution_m**2
    middle = None
    if pixels:
        middle = float(_BINS[min(int(np.searchsorted(np.cumsum(spread), pixels / 2.0)), len(_BINS) - 1)])
    return RunComparison(
        a=a.id or 0,
        b=b.id or 0,
        layer=layer,
        unit=str(a.summary["unit"]) if layer in _LEVELS else "",
        path=target,
        floor=floor,
        resolution_m=grid.resolution_m,
        gained_m2=float(counts[0] * metres),
        lost_m2=float(counts[1] * metres),
        kept_m2=float(counts[2] * metres),
        mean=round(total / pixels, 3) if pixels else None,
        middle=middle,
        whole=_whole(a, b),
        areas=_areas(a, b),
        settings=_settings(a, b),
        inputs_changed=a.input_version != b.input_version,
    )


def _read(path: Path, grid: Grid, tile: Tile) -> NDArray[np.float32]:
    return read_levels(path, grid.tile_bbox(tile), (tile.height, tile.width))


def _floor(a: Run, b: Run) -> float:
    """The level under which neither run keeps anything."""
    floors: list[float] = []
    for run in (a, b):
        counted = (case["value"] for case in run.summary.get("thresholds", ()))
        own = run.summary["level_threshold"] - FLOOR_UNDER_DB
        floors.append(min(technology(run.summary["technology"]).floor_dbm, own, *counted))
    return float(min(floors))


def _whole(a: Run, b: Run) -> ComparedArea:
    first, second = (run.summary["headline"] or {} for run in (a, b))
    return ComparedArea(
        None, None, None,
        first.get("area_share"), second.get("area_share"),
        first.get("population_share"), second.get("population_share"),
    )  # fmt: skip


def _areas(a: Run, b: Run) -> tuple[ComparedArea, ...]:
    """The areas of both runs, those of b in its order and then what only a has."""
    rows = [{row["id"]: row for row in run.summary["areas"]} for run in (a, b)]
    found = []
    for key in [*rows[1], *(key for key in rows[0] if key not in rows[1])]:
        first, second = rows[0].get(key, {}), rows[1].get(key, {})
        named = second or first
        found.append(
            ComparedArea(
                key, named["code"], named["name"],
                first.get("area_share"), second.get("area_share"),
                first.get("population_share"), second.get("population_share"),
            )
        )  # fmt: skip
    return tuple(found)


def _settings(a: Run, b: Run) -> dict[str, tuple[Any, Any]]:
    names = sorted(a.params.keys() | b.params.keys())
    pairs = {name: (a.params.get(name), b.params.get(name)) for name in names}
    pairs["resolution_m"] = (a.summary["resolution_m"], b.summary["resolution_m"])
    pairs["threshold_dbm"] = (a.summary["threshold_dbm"], b.summary["threshold_dbm"])
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _less(second: float | None, first: float | None) -> float | None:
    return None if first is None or second is None else round(second - first, 6)
