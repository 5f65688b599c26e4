"""Channels suggested for the hotspots of a project, and the edit that takes them over as one undo step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.editing.intents import Batch, UpdateMany
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.project.analysis import TRANSMITTERS, inputs_of, wish_of
from gis.radio.analysis import hotspots_on_air
from gis.radio.channel_choice import suggest
from gis.radio.channels import decibels, figures

if TYPE_CHECKING:
    from gis.project.session import Session


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """One hotspot's new channel. ``now``: None where it told none. Interference over noise in dB, None = none.

    ``permitted``: whether the rules allow ``now`` where it stands.
    """

    id: int
    code: str | None
    band: str
    width_mhz: float
    now: int | None
    suggested: int
    permitted: bool
    before_db: float | None
    after_db: float | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """What is suggested. ``before``, ``after``: as ``gis.radio.channels.figures`` tells them, with "total".

    ``asked``: hotspots that might have changed; ``placed``: those of ``changes`` that told no channel;
    ``not_permitted``, ``still_not_permitted``: hotspots on channels that the rules do not allow where they stand.
    ``version``: the state of the project it was made of.
    """

    changes: tuple[ChannelChange, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    asked: int
    placed: int
    not_permitted: int
    still_not_permitted: int
    version: int

    def intent(self, ids: Collection[int] | None = None) -> Batch:
        """The edit that takes over the suggestion, or its part for ``ids``: ``session.perform(it)``, one undo step."""
        taken = [one for one in self.changes if ids is None or one.id in ids]
        channels = np.array([one.suggested for one in taken], np.float64)
        rows = Columns(TRANSMITTERS["wifi"], np.array([one.id for one in taken], np.int64), {"channel": channels})
        return Batch("radio.channel_plan", {"count": len(taken)}, (UpdateMany(rows),) if taken else ())

    def as_json(self) -> dict[str, Any]:
        """Everything, as a command prints it."""
        return asdict(self)


def suggest_channels(
    session: Session,
    *,
    keep: Collection[int] = (),
    all_channels: bool = False,
    progress: Progress | None = None,
    **choices: Any,
) -> ChannelPlan:
    """Channels by which the hotspots of a wish disturb one another less; nothing is written.

    ``choices``: fields of ``gis.radio.analysis.Wish`` by name; the hotspots they ask for (area, owner, free only) may
    change, but for those to ``keep``; all others count as they are. ``all_channels``: overlapping ones, too. Refusals:
    those of ``wish_of``, ``radio.no_hotspots``, ``radio.all_impossible``, ``coverage.no_area``.
    """
    wish = wish_of(session, "wifi", **choices)
    inputs, version = inputs_of(session, wish, progress)
    if progress is not None:
        progress.step(0, 0, "radio.planning_channels")
    air, asked = hotspots_on_air(inputs, wish)
    if progress is not None and progress.cancelled:
        raise Cancelled
    found = suggest(air, asked & ~np.isin(air.ids, list(keep)), preferred=not all_channels, counted=asked)
    codes = dict(zip(inputs.transmitters.ids.tolist(), inputs.transmitters.fields["code"], strict=True))
    allowed = air.permitted()
    changes = tuple(
        ChannelChange(
            id=int(air.ids[i]),
            code=codes[int(air.ids[i])],
            band=str(air.band[i]),
            width_mhz=float(air.width_mhz[i]),
            now=None if found.placed[i] else int(air.channel[i]),
            suggested=int(found.channel[i]),
            permitted=bool(allowed[i]),
            before_db=None if found.placed[i] else decibels(float(found.before.over_noise[i])),
            after_db=None if found.placed[i] else decibels(float(found.after.over_noise[i])),
            x=float(air.x[i]),
            y=float(air.y[i]),
        )
        for i in np.flatnonzero(found.changed)
    )
    told = [{**figures(air, one, asked, codes), "total": one.total} for one in (found.before, found.after)]
    barred = [int((asked & ~air.permitted(channel)).sum()) for channel in (air.channel, found.channel)]
    return ChannelPlan(
        changes, told[0], told[1], int(asked.sum()), int(found.placed.sum()), barred[0], barred[1], version
    )


def channel_intent(session: Session, plan: ChannelPlan, ids: Collection[int] | None = None) -> Batch:
    """``plan.intent`` as long as it fits the project.

    Refusal ``radio.channels_changed`` when a channel is no longer what the plan was made of, or its hotspot is gone.
    """
    now = {one.id: one.now for one in plan.changes if ids is None or one.id in ids}
    rows = session.columns(TRANSMITTERS["wifi"], ["channel"], ids=np.array(sorted(now), np.int64), geometry=False)
    there = dict(zip(rows.ids.tolist(), np.nan_to_num(rows.fields["channel"]).tolist(), strict=True))
    if any(there.get(key) != float(channel or 0) for key, channel in now.items()):
        raise Refusal("radio.channels_changed")
    return plan.intent(ids)


def accept_channels(session: Session, plan: ChannelPlan, ids: Collection[int] | None = None) -> int:
    """Write the suggested channels, or those of ``ids``, as one undo step; how many were changed.

    Refusals: those of ``channel_intent``, ``storage.opened_readonly``.
    """
    intent = channel_intent(session, plan, ids)
    if intent.intents:
        session.perform(intent)
    return int(intent.label_args["count"])
