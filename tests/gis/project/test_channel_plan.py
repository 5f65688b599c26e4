"""Channels suggested for a project: nothing is written before they are taken over, then as one undo step."""

from __future__ import annotations

import pytest
import shapely

from gis.editing import Create, Delete, Update
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from gis.project.channel_plan import accept_channels, channel_intent, suggest_channels

X, Y = 500_000.0, 3_690_000.0


@pytest.fixture
def street(tmp_path):
    """Four hotspots 25 m apart on channel 6: two of one operator, one of another, one that costs."""
    rows = [
        {"code": f"W{n}", "channel": 6, "band": "2.4", "width_mhz": 20, "owner": owner, "free": free,
         "geom": shapely.Point(X + 25 * n, Y)}
        for n, (owner, free) in enumerate([("mobile", True), ("mobile", True), ("unicom", True), ("mobile", False)])
    ]  # fmt: skip
    with Session.create(tmp_path / "street.yantu") as session:
        session.perform(Create("wifi_hotspot", rows))
        yield session


def channels(session: Session) -> dict[str, float]:
    rows = session.columns("wifi_hotspot", ["code", "channel"], geometry=False)
    return dict(sorted(zip(rows.fields["code"], rows.fields["channel"].tolist(), strict=True)))


def test_only_what_the_wish_asks_for_changes_and_the_rest_counts(street) -> None:
    plan = suggest_channels(street, owner="mobile")
    assert plan.asked == 2
    assert {one.code for one in plan.changes} == {"W0", "W1"}
    assert {one.suggested for one in plan.changes} == {1, 11}
    assert all(one.now == 6 and one.permitted for one in plan.changes)
    assert plan.before["pairs_in_conflict"] == 5  # all pairs but the one of the two that are not asked for
    assert plan.after["pairs_in_conflict"] == 0
    assert plan.after["total"] < plan.before["total"]
    assert channels(street) == dict.fromkeys(("W0", "W1", "W2", "W3"), 6.0)


def test_taken_over_it_is_one_undo_step(street) -> None:
    plan = suggest_channels(street, free_only=False)
    version = street.version
    assert accept_channels(street, plan) == len(plan.changes) == 2  # the first and the last are far enough apart
    assert street.version == version + 1
    for one in plan.changes:
        assert channels(street)[one.code] == one.suggested
    assert accept_channels(street, suggest_channels(street, free_only=False)) == 0
    street.undo()
    assert set(channels(street).values()) == {6.0}


def test_some_may_be_kept_or_taken_over_alone(street) -> None:
    first = next(one for one in suggest_channels(street).changes)
    assert first.id not in {one.id for one in suggest_channels(street, keep=[first.id]).changes}
    plan = suggest_channels(street)
    assert accept_channels(street, plan, [plan.changes[0].id]) == 1
    assert sum(channel != 6.0 for channel in channels(street).values()) == 1


def test_nothing_is_overwritten_that_was_edited_meanwhile(street) -> None:
    plan = suggest_channels(street)
    street.perform(Update("wifi_hotspot", [plan.changes[0].id], {"channel": 13}))
    with pytest.raises(Refusal, match=r"radio\.channels_changed"):
        channel_intent(street, plan)
    street.undo()
    street.perform(Delete("wifi_hotspot", [plan.changes[0].id]))
    with pytest.raises(Refusal, match=r"radio\.channels_changed"):
        accept_channels(street, plan)


def test_refusals_and_cancel(street) -> None:
    with pytest.raises(Refusal, match=r"radio\.no_hotspots"):
        suggest_channels(street, owner="telecom")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        suggest_channels(street, progress=progress)
