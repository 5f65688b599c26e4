"""A plan of channels for WiFi by which hotspots disturb one another less.

The plan lowers the sum of interference over noise over all hotspots and never raises it; a change has to be worth it
(``wifi.toml``). Everything is done in the order of the ids: equal hotspots give equal plans in any order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.radio.channels import Interference, OnAir, interference
from gis.radio.walls import wifi
from gis.radio.wifi_bands import block_mhz, candidates, spectral_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``channel`` by hotspot, in the order of ``OnAir``: as it was where nothing better is worth a change.

    ``placed``: those that told no channel and got one; they are not among the figures of ``before`` and ``after``.
    """

    channel: Floats
    changed: Flags
    placed: Flags
    before: Interference
    after: Interference


def suggest(
    air: OnAir, may_change: Flags | None = None, *, preferred: bool = True, counted: Flags | None = None
) -> Suggestion:
    """Channels by which hotspots disturb one another less; the sum of interference over noise never rises.

    ``may_change`` (n,): all others are kept. Kept, too, are those in bands and of widths without channels to choose
    from. ``preferred``: only channels that do not overlap. The better of two ways counts: improving what is there one
    hotspot at a time, and choosing anew, the most disturbed first. Who then is on a channel that the rules forbid there
    is given another as long as the sum stays below what it was. Hotspots that told no channel are placed last.
    """
    free = np.ones(len(air), bool) if may_change is None else may_change
    known = ~np.isnan(air.channel)
    choices = _Choices(air, preferred)
    free = free & choices.any
    worth, anew_worth = (float(wifi()["channels"][name]) for name in ("worth_over_noise", "anew_worth"))
    now = np.where(known, choices.original, -1)
    best, least = now, np.inf
    for anew in (False, True):
        begin = np.where(anew & free & known, -1, now)
        found = choices.improved(begin, free & known, worth)
        cost = choices.cost(found, worth)
        if cost < least * (1.0 - anew_worth):
            best, least = found, cost
    best = choices.improved(choices.lawful(best, free & known, choices.cost(now, 0.0)), free & known, worth)
    placed = free & ~known
    after = choices.channels(best, air.channel)
    channel = choices.channels(choices.improved(best, placed, 0.0), air.channel) if placed.any() else after
    changed = (best != now) & known
    return Suggestion(
        channel, changed | placed, placed, interference(air, counted=counted), interference(air, after, counted)
    )


class _Choices:
    """Channels as numbers of *slots*, places in the spectrum with a width, with what falls from one into another.

    ``any`` (n,): whether there is something to choose from; ``original`` (n,): the slot of today's channel.
    """

    def __init__(self, air: OnAir, preferred: bool) -> None:
        n = len(air)
        groups: dict[tuple[str, float, bool], int] = {}
        group = np.array(
            [
                groups.setdefault((str(air.band[i]), float(air.width_mhz[i]), bool(air.indoor[i])), len(groups))
                for i in range(n)
            ],
            np.int64,
        )
        lists = [candidates(band, width, indoor, preferred=preferred) for band, width, indoor in groups]
        band = np.concatenate(
            [air.band, *(np.full(len(c), key[0], object) for key, c in zip(groups, lists, strict=True))]
        )
        width = np.concatenate(
            [air.width_mhz, *(np.full(len(c), key[1]) for key, c in zip(groups, lists, strict=True))]
        )
        middle = block_mhz(band, np.concatenate([air.channel, *lists]), width)
        slots, slot = np.unique(np.stack([np.nan_to_num(middle, nan=-1.0), width], axis=1), axis=0, return_inverse=True)
        slot = np.asarray(slot, np.int64).ravel()
        at = np.where(slots[:, 0] < 0.0, np.nan, slots[:, 0])
        #: (receiver, sender)
        self.shares = np.nan_to_num(spectral_share(at[:, None] - at[None], slots[None, :, 1], slots[:, None, 1]))
        self.original = slot[:n]
        self._group = group
        self._starts = np.cumsum([0, *(len(one) for one in lists)]).astype(np.int64)
        self._slots = slot[n:]
        self.any = (self._starts[1:] > self._starts[:-1])[group] if n else np.empty(0, bool)
        self._permitted = air.permitted()
        self._by_group = [
            {
                int(self._slots[k]): float(lists[g][k - self._starts[g]])
                for k in range(self._starts[g], self._starts[g + 1])
            }
            for g in range(len(lists))
        ]
        here, there = (np.concatenate(two) for two in ((air.first, air.second), (air.second, air.first)))
        sorted_ = np.lexsort((there, here))
        gets = np.concatenate([air.at_first * air.load[air.second], air.at_second * air.load[air.first]])
        gives = np.concatenate([air.at_second * air.load[air.first], air.at_first * air.load[air.second]])
        self._begin = np.searchsorted(here[sorted_], np.arange(n + 1)).astype(np.int64)
        self._near, self._gets, self._gives = there[sorted_].astype(np.int64), gets[sorted_], gives[sorted_]
        weight = np.bincount(here, gets + gives, minlength=n)
        self._order = np.argsort(-weight, kind="stable").astype(np.int64)

    def improved(self, begin: Ints, free: Flags, worth: float) -> Ints:
        """Slots from which no single change of a free hotspot is worth it; -1 in ``begin``: not on the air yet."""
        slots = np.array(begin, np.int64)
        _improve(
            slots, self._order, free, self.original, self._permitted, self._group, self._starts, self._slots,
            self._begin, self._near, self._gets, self._gives, self.shares, worth,
            int(wifi()["channels"]["most_rounds"]),
        )  # fmt: skip
        return slots

    def lawful(self, slots: Ints, free: Flags, most: float) -> Ints:
        """Free hotspots off channels they may not use, those first that disturb least, up to a sum of ``most``."""
        found, total = slots.copy(), self.cost(slots, 0.0)
        for i in self._order[::-1]:
            if not free[i] or self._permitted[i] or found[i] != self.original[i]:
                continue
            old, *new = (
                _disturbance(i, slot, found, self._begin, self._near, self._gets, self._gives, self.shares)
                for slot in (found[i], *self._slots[self._starts[self._group[i]] : self._starts[self._group[i] + 1]])
            )
            least = int(np.argmin(new))
            if total + new[least] - old <= most:
                total += new[least] - old
                found[i] = self._slots[self._starts[self._group[i]] + least]
        return found

    def cost(self, slots: Ints, worth: float) -> float:
        """The sum of interference over noise, and what the changes have to be worth."""
        total = 0.0
        for i in range(len(slots)):
            part = slice(self._begin[i], self._begin[i + 1])
            other = slots[self._near[part]]
            if slots[i] >= 0:
                total += float(np.sum(np.where(other >= 0, self._gets[part] * self.shares[slots[i], other], 0.0)))
        moved = (slots != self.original) & (slots >= 0) & self._permitted
        return total + worth * int(moved.sum())

    def channels(self, slots: Ints, told: Floats) -> Floats:
        """The channel of each slot by the names of its hotspot's list; as told where nothing was changed."""
        found = told.copy()
        for i in np.flatnonzero((slots != self.original) & (slots >= 0)):
            found[i] = self._by_group[self._group[i]][int(slots[i])]
        return found


@njit(cache=True, nogil=True)
def _disturbance(
    i: int, slot: int, slots: Ints, begin: Ints, near: Ints, gets: Floats, gives: Floats, shares: Floats
) -> float:
    """What a hotspot in a slot receives and causes."""
    total = 0.0
    for k in range(begin[i], begin[i + 1]):
        other = slots[near[k]]
        if other >= 0:
            total += gets[k] * shares[slot, other] + gives[k] * shares[other, slot]
    return total


@njit(cache=True, nogil=True)
def _improve(
    slots: Ints,
    order: Ints,
    free: Flags,
    original: Ints,
    permitted: Flags,
    group: Ints,
    starts: Ints,
    choices: Ints,
    begin: Ints,
    near: Ints,
    gets: Floats,
    gives: Floats,
    shares: Floats,
    worth: float,
    rounds: int,
) -> None:
    """Change ``slots`` in place. A change from today's slot costs ``worth`` where that is permitted."""
    for _ in range(rounds):
        moved = False
        for i in order:
            if not free[i]:
                continue
            best, least = slots[i], np.inf
            if best >= 0:
                least = _disturbance(i, best, slots, begin, near, gets, gives, shares)
                if best != original[i] and permitted[i]:
                    least += worth
            for k in range(starts[group[i]] - 1, starts[group[i] + 1]):
                slot = original[i] if k < starts[group[i]] else choices[k]
                if slot == slots[i] or (k < starts[group[i]] and (not permitted[i] or shares[slot, slot] == 0.0)):
                    continue
                cost = _disturbance(i, slot, slots, begin, near, gets, gives, shares)
                if slot != original[i] and permitted[i]:
                    cost += worth
                unlawful = best == original[i] and not permitted[i]
                if best < 0 or cost < least - 1e-9 * (1.0 + least) or (unlawful and cost <= least):
                    best, least = slot, cost
            if best != slots[i]:
                slots[i] = best
                moved = True
        if not moved:
            break
