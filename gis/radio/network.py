"""Many transmitters together: who serves each pixel, how well, and who disturbs.

Windows are computed once by transmitter and kept by their key, as far as memory goes; tiles are put together from the
windows that touch them, always in the order of the transmitters, by one thread each. The result is the same bit for bit
at any number of threads, and when transmitters change only the tiles under their old and new windows are put together
again.
"""

from __future__ import annotations

import math
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.errors import Cancelled
from gis.progress import Progress
from gis.radio.curves import EXPECTED, HIDDEN, ROWS, SIGHT, on_curve
from gis.radio.windows import NOTHING, SCALE, Around, Box, Levels, Transmitter, Window, box_of, window_of

Floats = NDArray[np.float64]
NOBODY: Final = np.int32(-1)
ALONE: Final = np.float32(-200.0)  # of Answer.handover_db: no other sector is received
_KEPT_BYTES: Final = 700_000_000
_SPARE: Final = 1.1
_MILLIWATTS: Final = 10.0 ** (np.arange(-32768, 32768) / SCALE / 10.0)
_MILLIWATTS[0] = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts, all editable. ``noise_dbm`` (n,) of each transmitter, in the bandwidth its level is measured in.

    ``overlap_db``: a cell this little below the best counts as overlapping. ``overlaps`` (carriers, carriers): the
    share of one carrier's power that falls into another (1 on the diagonal). ``operator`` (n,) 0…31, -1 = unknown:
    whose each is, where the answer shall tell operators apart.

    ``family`` (n,): transmitters of one operator's network of one technology have one number; None: nobody asks for
    handover and pollution. ``handover_db``: where another sector of the server's family is this near, a phone may
    change over. ``pollution_db``: who is this little below the best, of its family and carrier, counts as a pilot
    there, from ``pollution_dbm`` (n,) on (None: from the threshold).
    """

    threshold_dbm: Floats
    noise_dbm: Floats
    overlaps: Floats
    overlap_db: float = 6.0
    operator: NDArray[np.int64] | None = None
    family: NDArray[np.int64] | None = None
    handover_db: float = 3.0
    pollution_db: float = 5.0
    pollution_dbm: Floats | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One tile, arrays (height, width). Levels in dBm float32, -9999 where nobody is received.

    ``server``, ``second``: place of the transmitter, -1 = none; ``second_dbm`` of the best transmitter of another site.
    ``sinr_db`` under load; ``overlap``: transmitters within ``overlap_db`` of the best and above their threshold.
    ``probability`` (0…1) that a place there gets its server's threshold, from the model's spread between places.
    ``operators``: bit n is set where operator n reaches its threshold; None where nobody asked. So with
    ``handover_db``, by how many dB the next sector is nearer to the best than ``Rules.handover_db`` (0 and more: phones
    change over there; ALONE where none is above its threshold), and ``pilots``: how many are nearly as strong as the
    best.
    """

    tile: Tile
    best_dbm: NDArray[np.float32]
    server: NDArray[np.int32]
    second_dbm: NDArray[np.float32]
    second: NDArray[np.int32]
    sinr_db: NDArray[np.float32]
    overlap: NDArray[np.uint8]
    probability: NDArray[np.float32]
    operators: NDArray[np.uint32] | None = None
    handover_db: NDArray[np.float32] | None = None
    pilots: NDArray[np.uint8] | None = None


class Network:
    """Transmitters on a grid. Not for two threads at once; its own work is spread over ``threads``."""

    def __init__(
        self,
        grid: Grid,
        receiver_height_m: float,
        around: Around | None = None,
        *,
        threads: int | None = None,
        kept_bytes: int = _KEPT_BYTES,
    ) -> None:
        self.grid, self.receiver_height_m = grid, receiver_height_m
        self.transmitters: tuple[Transmitter, ...] = ()
        self.computed = 0  # windows computed so far, for tests and the panel
        self._around = around
        self._threads = threads or max(1, os.cpu_count() or 1)
        self._windows: dict[str, Window] = {}
        self._keeping, self._most = True, kept_bytes
        self._parts = _Parts(kept_bytes // 2)
        self._boxes: NDArray[np.int64] = np.empty((0, 4), np.int64)
        self._roles = _roles(())

    def set(self, transmitters: Sequence[Transmitter], progress: Progress | None = None) -> list[Tile]:
        """Take these transmitters; the tiles whose answer may have changed. Windows known by key are not computed
        again.

        Raises Cancelled between windows; the network then still holds the transmitters it had.
        """
        new = tuple(transmitters)
        changed = [
            place
            for place, (old, one) in enumerate(zip(self.transmitters, new, strict=False))
            if old is not one and (old.key != one.key or _role(old) != _role(one))
        ]
        boxes = self._boxes_of(new)
        keeping = bool(2 * (boxes[:, 2] * boxes[:, 3]).sum() <= self._most)
        if keeping:
            self._compute(new, progress)
        else:
            self._windows.clear()
        before, old_boxes = self.transmitters, self._boxes
        self.transmitters, self._boxes, self._keeping, self._roles = new, boxes, keeping, _roles(new)
        if not before:
            return list(self.grid.tiles())
        both = min(len(before), len(new))
        touched = np.concatenate([old_boxes[changed], boxes[changed], old_boxes[both:], boxes[both:]])
        return [tile for tile in self.grid.tiles() if _sharing(touched, _box(tile)).any()]

    def window(self, transmitter: Transmitter) -> Window:
        """The whole window of a transmitter, from what is kept or computed now."""
        found = self._windows.get(transmitter.key)
        return self._one(transmitter) if found is None else found

    def answers(
        self,
        rules: Rules,
        tiles: Iterable[Tile] | None = None,
        progress: Progress | None = None,
        *,
        again: bool = False,
    ) -> Iterator[Answer]:
        """Put tiles together, in the order given (the grid's unless told); tiles that nobody reaches are left out.

        ``again``: the same tiles will be asked for again, so what is computed for them is kept, as far as memory goes.
        """
        self._parts.open = again
        wanted = list(self.grid.tiles() if tiles is None else tiles)
        jobs = []
        for tile in wanted:
            near = np.flatnonzero(_sharing(self._boxes, _box(tile))).tolist()
            if near:
                jobs.append((tile, near))
        with ThreadPoolExecutor(self._threads, thread_name_prefix="network") as pool:
            yield from _in_order(pool, self._threads, jobs, self._answer, rules, progress)

    def _answer(self, tile: Tile, near: list[int], rules: Rules) -> Answer:
        windows = {place: self._part(self.transmitters[place], _box(tile)) for place in near}
        shape = (tile.height, tile.width)
        best, second = np.full(shape, NOTHING, np.int16), np.full(shape, NOTHING, np.int16)
        server, other = np.full(shape, NOBODY), np.full(shape, NOBODY)
        rows = np.zeros(shape, np.uint8)
        carriers = sorted({self.transmitters[place].carrier for place in near})
        total = np.zeros((len(carriers), *shape))
        for place in near:
            transmitter, window = self.transmitters[place], windows[place]
            _add(
                best, server, rows, total[carriers.index(transmitter.carrier)],
                window.levels, window.rows, window.box.top - tile.top, window.box.left - tile.left,
                np.int32(place), transmitter.load, _MILLIWATTS,
            )  # fmt: skip
        sites, carrier, loads, _ = self._roles
        overlap = np.zeros(shape, np.uint8)
        limits = np.round(rules.threshold_dbm * SCALE).astype(np.int16)
        for place in near:
            window = windows[place]
            _compare(
                best, server, second, other, overlap, window.levels,
                window.box.top - tile.top, window.box.left - tile.left,
                np.int32(place), sites, limits[place], np.int32(round(rules.overlap_db * SCALE)),
            )  # fmt: skip
        place_of = np.zeros(int(carrier.max()) + 1, np.int64)
        place_of[carriers] = np.arange(len(carriers))
        sinr = np.full(shape, np.float32(-9999.0))
        _sinr(
            sinr, best, server, total, place_of[carrier], loads,
            np.ascontiguousarray(rules.overlaps[np.ix_(carriers, carriers)]),
            10.0 ** (rules.noise_dbm / 10.0), _MILLIWATTS,
        )  # fmt: skip
        chance = np.zeros(shape, np.float32)
        west, _, _, north = self.grid.tile_bbox(tile)
        for place in np.unique(server[server >= 0]).tolist():
            transmitter, box = self.transmitters[place], windows[place].box.common(_box(tile))
            part = np.s_[box.top - tile.top :, box.left - tile.left :]
            _probability(
                chance[part][: box.height, : box.width], best[part], server[part], rows[part], place,
                west + (box.left - tile.left) * self.grid.resolution_m - transmitter.x,
                north - (box.top - tile.top) * self.grid.resolution_m - transmitter.y,
                self.grid.resolution_m, transmitter.curves.loss, transmitter.curves.sigma, transmitter.curves.share,
                float(rules.threshold_dbm[place]),
            )  # fmt: skip
        operators: NDArray[np.uint32] | None = None
        if rules.operator is not None:
            operators = np.zeros(shape, np.uint32)
            for place in near:
                if rules.operator[place] >= 0:
                    window = windows[place]
                    _reached(
                        operators, window.levels, window.box.top - tile.top, window.box.left - tile.left,
                        limits[place], np.uint32(1 << int(rules.operator[place])),
                    )  # fmt: skip
        margin, pilots = (
            (None, None) if rules.family is None else self._beside(rules, near, windows, tile, best, server)
        )
        return Answer(
            tile, _dbm(best), server, _dbm(second), other, sinr, overlap, chance, operators, margin, pilots
        )  # fmt: skip

    def _beside(
        self, rules: Rules, near: list[int], windows: dict[int, Window], tile: Tile, best: Levels,
        server: NDArray[np.int32],
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:  # fmt: skip
        """``handover_db`` and ``pilots`` of an answer, with the best known."""
        assert rules.family is not None
        next_best, pilots = np.full(best.shape, NOTHING, np.int16), np.zeros(best.shape, np.uint8)
        least = np.round(rules.threshold_dbm * SCALE).astype(np.int16)
        from_ = least if rules.pollution_dbm is None else np.round(rules.pollution_dbm * SCALE).astype(np.int16)
        sites, carrier, _, azimuths = self._roles
        for place in near:
            window = windows[place]
            _rivals(
                next_best, pilots, best, server, window.levels, window.box.top - tile.top, window.box.left - tile.left,
                np.int32(place), rules.family, sites, azimuths, carrier, least[place], from_[place],
                np.int32(round(rules.pollution_db * SCALE)),
            )  # fmt: skip
        apart = (best.astype(np.float32) - next_best.astype(np.float32)) / np.float32(SCALE)
        margin = np.where(next_best == NOTHING, ALONE, np.float32(rules.handover_db) - apart)
        return margin.astype(np.float32), pilots

    def _compute(self, transmitters: tuple[Transmitter, ...], progress: Progress | None) -> None:
        """Windows of the transmitters that have none yet; those of nobody any more are dropped."""
        needed = {transmitter.key for transmitter in transmitters}
        for key in [key for key in self._windows if key not in needed]:
            if len(self._windows) > _SPARE * len(needed) + _SPARE:  # a few are kept: moved back, they cost nothing
                del self._windows[key]
        missing = list({t.key: t for t in transmitters if t.key not in self._windows}.items())
        if len(missing) == 1:
            key, transmitter = missing[0]
            self._windows[key] = self._one(transmitter)
            return
        with ThreadPoolExecutor(self._threads, thread_name_prefix="windows") as pool:
            futures = [(key, pool.submit(self._one, transmitter)) for key, transmitter in missing]
            try:
                for done, (key, future) in enumerate(futures):
                    if progress is not None:
                        progress.step(done, len(futures), "coverage.predicting")
                        if progress.cancelled:
                            raise Cancelled
                    self._windows[key] = future.result()
            finally:
                for _, future in futures:
                    future.cancel()

    def _one(self, transmitter: Transmitter) -> Window:
        self.computed += 1
        return window_of(transmitter, self.grid, self.receiver_height_m, self._around)

    def _part(self, transmitter: Transmitter, box: Box) -> Window:
        """The window as far as a tile needs it: the kept one, or this part alone where keeping would take too much."""
        if self._keeping:
            return self._windows[transmitter.key]
        part = box_of(transmitter, self.grid).common(box)
        return self._parts.get(
            (transmitter.key, part),
            lambda: window_of(transmitter, self.grid, self.receiver_height_m, self._around, part),
        )

    def _boxes_of(self, new: Sequence[Transmitter]) -> NDArray[np.int64]:
        """``box_of`` each, (n, 4): top, left, height, width; taken over where the transmitter is the same object."""
        boxes = np.zeros((len(new), 4), np.int64)
        both = min(len(new), len(self.transmitters))
        boxes[:both] = self._boxes[:both]
        for place, one in enumerate(new):
            if place >= both or one is not self.transmitters[place]:
                box = box_of(one, self.grid)
                boxes[place] = box.top, box.left, box.height, box.width
        return boxes


class _Parts:
    """Parts of windows by what they are of, those asked for last; only while ``open`` are new ones kept."""

    def __init__(self, most_bytes: int) -> None:
        self.open = False
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[tuple[str, Box], Window] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, Box], make: Callable[[], Window]) -> Window:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        if self.open:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = made
                    self._bytes += _size(made)
                while self._bytes > self._most:
                    self._bytes -= _size(self._kept.popitem(last=False)[1])
        return made


def _in_order(
    pool: Executor,
    threads: int,
    jobs: list[tuple[Tile, list[int]]],
    work: Callable[[Tile, list[int], Rules], Answer],
    rules: Rules,
    progress: Progress | None,
) -> Iterator[Answer]:
    """Results in the order of the jobs, a few ahead of the reader so that memory stays small."""
    waiting: deque[Future[Answer]] = deque()
    ahead = 2 * threads
    try:
        for done in range(len(jobs) + ahead):
            if done < len(jobs):
                tile, near = jobs[done]
                waiting.append(pool.submit(work, tile, near, rules))
            if done >= ahead and waiting:
                if progress is not None:
                    progress.step(done - ahead, len(jobs), "coverage.predicting")
                    if progress.cancelled:
                        raise Cancelled
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _role(transmitter: Transmitter) -> tuple[int, float, int]:
    """What a transmitter does to others, beyond its levels."""
    return transmitter.carrier, transmitter.load, transmitter.site


def _roles(
    transmitters: Sequence[Transmitter],
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Site, carrier, load and azimuth of each."""
    return (
        np.array([one.site for one in transmitters], np.int64),
        np.array([one.carrier for one in transmitters], np.int64),
        np.array([one.load for one in transmitters], np.float64),
        np.array([one.azimuth for one in transmitters], np.float64),
    )


def _sharing(boxes: NDArray[np.int64], box: Box) -> NDArray[np.bool_]:
    """Which boxes (n, 4) share a pixel with one."""
    top, left, height, width = boxes.T
    down = np.minimum(top + height, box.top + box.height) > np.maximum(top, box.top)
    across = np.minimum(left + width, box.left + box.width) > np.maximum(left, box.left)
    return np.asarray(down & across)


def _size(window: Window) -> int:
    return window.levels.nbytes + window.rows.nbytes


def _box(tile: Tile) -> Box:
    return Box(tile.top, tile.left, tile.height, tile.width)


def _dbm(levels: Levels) -> NDArray[np.float32]:
    return np.where(levels == NOTHING, np.float32(-9999.0), levels.astype(np.float32) / np.float32(SCALE))


@njit(cache=True, nogil=True)
def _add(
    best: Levels,
    server: NDArray[np.int32],
    rows: NDArray[np.uint8],
    total: Floats,
    levels: Levels,
    row_of: NDArray[np.uint8],
    top: int,
    left: int,
    place: np.int32,
    load: float,
    milliwatts: Floats,
) -> None:
    """Take one window into a tile; ``top`` and ``left`` say where its corner lies in the tile."""
    one_row = row_of.size == 1
    for i in range(max(0, top), min(best.shape[0], top + levels.shape[0])):
        for j in range(max(0, left), min(best.shape[1], left + levels.shape[1])):
            level = levels[i - top, j - left]
            if level == NOTHING:
                continue
            total[i, j] += load * milliwatts[level + 32768]
            if level > best[i, j]:
                best[i, j] = level
                server[i, j] = place
                rows[i, j] = row_of[0, 0] if one_row else row_of[i - top, j - left]


@njit(cache=True, nogil=True)
def _compare(
    best: Levels,
    server: NDArray[np.int32],
    second: Levels,
    other: NDArray[np.int32],
    overlap: NDArray[np.uint8],
    levels: Levels,
    top: int,
    left: int,
    place: np.int32,
    sites: NDArray[np.int64],
    limit: np.int16,
    within: np.int32,
) -> None:
    """With the best known: the second site, and how many are nearly as strong."""
    for i in range(max(0, top), min(best.shape[0], top + levels.shape[0])):
        for j in range(max(0, left), min(best.shape[1], left + levels.shape[1])):
            level = levels[i - top, j - left]
            if level == NOTHING:
                continue
            if level >= limit and np.int32(best[i, j]) - np.int32(level) <= within and overlap[i, j] < 255:
                overlap[i, j] += 1
            if level > second[i, j] and sites[place] != sites[server[i, j]]:
                second[i, j] = level
                other[i, j] = place


@njit(cache=True, nogil=True)
def _rivals(
    next_best: Levels,
    pilots: NDArray[np.uint8],
    best: Levels,
    server: NDArray[np.int32],
    levels: Levels,
    top: int,
    left: int,
    place: np.int32,
    family: NDArray[np.int64],
    sites: NDArray[np.int64],
    azimuths: Floats,
    carriers: NDArray[np.int64],
    least: np.int16,
    pilot_from: np.int16,
    within: np.int32,
) -> None:
    """With the best known: the next sector of the server's family, and how many of its carrier are nearly as strong.

    Layers of one sector, at one place and in one direction, cover the same ground: a phone does not change over there.
    """
    for i in range(max(0, top), min(best.shape[0], top + levels.shape[0])):
        for j in range(max(0, left), min(best.shape[1], left + levels.shape[1])):
            level = levels[i - top, j - left]
            if level == NOTHING:
                continue
            first = server[i, j]
            if family[place] != family[first]:
                continue
            if (
                carriers[place] == carriers[first]
                and level >= pilot_from
                and np.int32(best[i, j]) - np.int32(level) <= within
                and pilots[i, j] < 255
            ):
                pilots[i, j] += 1
            elsewhere = sites[place] != sites[first] or azimuths[place] != azimuths[first]
            if elsewhere and level >= least and level > next_best[i, j]:
                next_best[i, j] = level


@njit(cache=True, nogil=True)
def _reached(
    operators: NDArray[np.uint32], levels: Levels, top: int, left: int, limit: np.int16, bit: np.uint32
) -> None:
    """Set an operator's bit where one of its windows reaches the threshold."""
    for i in range(max(0, top), min(operators.shape[0], top + levels.shape[0])):
        for j in range(max(0, left), min(operators.shape[1], left + levels.shape[1])):
            level = levels[i - top, j - left]
            if level != NOTHING and level >= limit:
                operators[i, j] |= bit


@njit(cache=True, nogil=True)
def _sinr(
    sinr: NDArray[np.float32],
    best: Levels,
    server: NDArray[np.int32],
    total: Floats,
    carriers: NDArray[np.int64],
    loads: Floats,
    overlaps: Floats,
    noise_mw: Floats,
    milliwatts: Floats,
) -> None:
    """Signal over noise and the loaded power of all others on the server's carrier (and what leaks from neighbours)."""
    for i in range(best.shape[0]):
        for j in range(best.shape[1]):
            place = server[i, j]
            if place < 0:
                continue
            signal = milliwatts[np.int64(best[i, j]) + 32768]
            own = carriers[place]
            heard = -loads[place] * signal
            for k in range(total.shape[0]):
                heard += overlaps[own, k] * total[k, i, j]
            sinr[i, j] = np.float32(10.0 * np.log10(signal / (noise_mw[place] + max(heard, 0.0))))


@njit(cache=True, nogil=True)
def _normal(x: float, sigma: float) -> float:
    """The share of a normal spread that lies below ``x`` above its middle; a step where nothing spreads."""
    if sigma <= 0.0:
        return 1.0 if x >= 0.0 else 0.0
    return 0.5 * math.erfc(-x / (sigma * math.sqrt(2.0)))


@njit(cache=True, nogil=True)
def _probability(
    chance: NDArray[np.float32],
    best: Levels,
    server: NDArray[np.int32],
    rows: NDArray[np.uint8],
    place: int,
    west: float,
    north: float,
    resolution: float,
    loss: NDArray[np.float32],
    sigma: NDArray[np.float32],
    share: NDArray[np.float32],
    threshold: float,
) -> None:
    """Where ``place`` serves: how likely the threshold is reached. Where sight is unknown both cases are weighed."""
    for i in range(chance.shape[0]):
        dy = north - (i + 0.5) * resolution
        for j in range(chance.shape[1]):
            if server[i, j] != place:
                continue
            dx = west + (j + 0.5) * resolution
            flat2 = dx * dx + dy * dy
            above = best[i, j] / SCALE - threshold
            row = rows[i, j]
            if row % ROWS != EXPECTED:
                chance[i, j] = _normal(above, on_curve(sigma[row], flat2))
                continue
            seen = on_curve(share[row // ROWS], flat2)
            mean = on_curve(loss[row], flat2)
            in_sight = _normal(above + mean - on_curve(loss[row + SIGHT], flat2), on_curve(sigma[row + SIGHT], flat2))
            hidden = _normal(above + mean - on_curve(loss[row + HIDDEN], flat2), on_curve(sigma[row + HIDDEN], flat2))
            chance[i, j] = seen * in_sight + (1.0 - seen) * hidden
