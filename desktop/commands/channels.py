"""``analyse … wifi``: what it says of interference and users, and ``--channel-plan``, channels that disturb less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from desktop.commands.console import Console


def wifi_lines(console: Console, wifi: dict[str, Any] | None) -> list[str]:
    """Interference and users of a run in a few lines; none for cells."""
    if wifi is None:
        return []
    air, crowds = wifi["interference"], wifi["crowds"]
    lines = [
        _air(console, air),
        console.words(
            f"忙时约 {crowds['users']:,.0f} 人同时在线，{crowds['overloaded']} 个热点过载",
            f"About {crowds['users']:,.0f} users at once in the busy hour, {crowds['overloaded']} hotspots overloaded",
        ),
    ]
    lines += [
        f"{entry['load']:>7.0%}  {entry['code'] or entry['id']}" for entry in crowds["busiest"][:5] if entry["load"] > 0
    ]
    return [*lines, ""]


def tell_channels(
    console: Console, project: Path, kind: str, take_over: bool, *, paid: bool | None, ground: bool, **choices: Any
) -> None:
    """Suggest channels for the hotspots asked for, and with ``take_over`` write them as one undo step."""
    if kind != "wifi":
        raise click.UsageError("--channel-plan and --apply go with wifi.")
    from gis.project import Session
    from gis.project.channel_plan import accept_channels, suggest_channels

    free_only = None if paid is None else not paid
    with Session.open(project, readonly=not take_over) as session, console.progress() as progress:
        plan = suggest_channels(session, progress=progress, free_only=free_only, ground=ground, **choices)
        written = accept_channels(session, plan) if take_over else 0
    lines = [
        console.words("现状：", "Now: ") + _air(console, plan.before),
        console.words("建议后：", "As suggested: ") + _air(console, plan.after),
    ]
    if plan.not_permitted:
        lines.append(
            console.words(
                f"信道不合规的热点：{plan.not_permitted} 个，建议后 {plan.still_not_permitted} 个",
                f"Hotspots on channels not permitted there: {plan.not_permitted}, then {plan.still_not_permitted}",
            )
        )
    lines += [
        f"{one.code or one.id}  {one.band} GHz  {'–' if one.now is None else one.now} → {one.suggested}"
        for one in plan.changes
    ]
    if take_over:
        lines.append(console.words(f"已调整 {written} 个热点的信道", f"{written} hotspots have new channels"))
    console.result({**plan.as_json(), "applied": written}, *lines)


def _air(console: Console, air: dict[str, Any]) -> str:
    return console.words(
        f"{air['pairs_in_conflict']} 对热点互相抢占信道，{air['above_noise']} / {air['hotspots']} 个热点干扰高于噪声",
        f"{air['pairs_in_conflict']} pairs of hotspots keep one another silent, "
        f"{air['above_noise']} of {air['hotspots']} hear more interference than noise",
    )
