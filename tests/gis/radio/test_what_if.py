"""What-if: the picture in memory follows changes exactly as a run of the changed inventory would, and touches nothing
before it is accepted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.coverage.raster import read_levels
from gis.editing.intents import Create
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from gis.project.analysis import run_analysis, run_file
from gis.project.what_if import Patch, Prospect
from gis.radio.analysis import Prepared, Wish, receiver_height_m
from gis.radio.network import Network

X, Y = 500_000.0, 3_690_000.0
WISH = Wish("cells", technology="LTE", resolution_m=20.0, layers=("coverage", "server", "sinr", "overlap"))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A district of 25 km² with two masts of three sectors and two homes."""
    with Session.create(tmp_path / "city.sqlite") as made:
        district = shapely.MultiPolygon([shapely.box(X, Y, X + 5000, Y + 5000)])
        made.perform(
            Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "urban": True, "population": 900,
                             "geom": district}])
        )  # fmt: skip
        homes = [shapely.Point(X + 1000, Y + 1100), shapely.Point(X + 4000, Y + 4900)]
        made.perform(Create("premises", [{"kind": "home", "households": 2, "geom": home} for home in homes]))
        for number, (x, y) in enumerate(((1000, 1000), (3500, 2500)), 1):
            place = shapely.Point(X + x, Y + y)
            site = made.perform(Create("base_station", [{"code": f"B{number}", "geom": place}])).created["base_station"]
            made.perform(
                Create(
                    "cell",
                    [
                        {"code": f"C{number}-{azimuth}", "site": site[0], "technology": "LTE", "owner": "mobile",
                         "frequency_mhz": 1800.0, "azimuth": float(azimuth), "eirp_dbm": 45.0, "geom": place}
                        for azimuth in (0, 120, 240)
                    ],
                )
            )  # fmt: skip
        yield made


def cell_id(session: Session, code: str) -> int:
    return int(session.ids("cell", "code = ?", (code,))[0])


def laid(prospect: Prospect, patches: list[Patch], onto: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    shape = (prospect.grid.height, prospect.grid.width)
    picture = onto or {name: np.full(shape, np.float32(-9999.0)) for name in prospect.layers}
    for patch in patches:
        here = np.s_[patch.tile.top : patch.tile.top + patch.tile.height, patch.tile.left :]
        for name, values in patch.layers.items():
            picture[name][here][:, : patch.tile.width] = values
    return picture


def alike(name: str, one: np.ndarray, other: np.ndarray) -> None:
    """Equal; SINR up to the order of transmitters, for a new row's key is random: sums round otherwise, and of two
    equally strong the first serves."""
    if name == "sinr":
        assert np.array_equal(one == -9999.0, other == -9999.0)
        assert np.mean(np.abs(one - other) > 1e-4) < 1e-4
    else:
        assert np.array_equal(one, other), name


def levels_of_a_run(session: Session, name: str = "coverage") -> np.ndarray:
    run = run_analysis(session, "cells", technology="LTE", resolution_m=20.0, layers=WISH.layers)
    return read_levels(run_file(session, run, name))


def test_the_first_picture_is_that_of_a_run(session: Session) -> None:
    prospect = Prospect(session, WISH)
    picture = laid(prospect, prospect.refresh())
    for name in ("coverage", "sinr", "overlap"):
        assert np.array_equal(picture[name], levels_of_a_run(session, name)), name
    assert prospect.refresh() == []
    run = session.runs()[0]
    assert prospect.figures().before.headline == run.summary["headline"]


def test_changes_show_as_a_run_of_the_changed_inventory_and_touch_nothing_before(session: Session) -> None:
    prospect = Prospect(session, WISH)
    picture = laid(prospect, prospect.refresh())
    version = session.version
    turned, removed = cell_id(session, "C1-0"), cell_id(session, "C2-240")
    computed = prospect._network.computed
    prospect.change(turned, azimuth=77.0, tilt=6.0, eirp=41.0)
    picture = laid(prospect, prospect.refresh(), picture)
    assert prospect._network.computed == computed + 1
    prospect.remove(removed)
    added = prospect.add({"x": X + 2000.0, "y": Y + 4200.0, "technology": "LTE", "frequency_mhz": 1800.0,
                          "azimuth": 180.0, "eirp_dbm": 44.0, "code": "NEU"})  # fmt: skip
    picture = laid(prospect, prospect.refresh(), picture)
    assert added < 0
    assert prospect._network.computed == computed + 3, "the new one, and a silent one in place of the removed"
    assert session.version == version
    figures = prospect.figures()
    assert figures.complete
    assert figures.before.headline != figures.after.headline
    assert {(a.id, a.kind) for a in prospect.alterations()} == {
        (turned, "changed"), (added, "added"), (removed, "removed"),
    }  # fmt: skip

    done = session.perform(prospect.intent())
    assert done.seq is not None
    assert prospect.stale
    for name in ("coverage", "sinr", "overlap"):
        alike(name, picture[name], levels_of_a_run(session, name))
    assert session.runs()[0].summary["headline"] == figures.after.headline
    assert session.row("cell", turned)["electrical_tilt"] == 6.0
    new = cell_id(session, "NEU")
    assert session.row("base_station", session.row("cell", new)["site"])["geom"].x == X + 2000.0
    session.undo()
    assert session.row("cell", turned)["azimuth"] == 0.0
    assert session.count("base_station") == 2
    assert session.count("cell") == 6


def test_back_to_the_inventory_is_the_first_picture_again(session: Session) -> None:
    prospect = Prospect(session, WISH)
    first = laid(prospect, prospect.refresh())
    before = {name: values.copy() for name, values in first.items()}
    one = cell_id(session, "C1-120")
    prospect.change(one, x=X + 1500.0, height=50.0)
    prospect.add({"x": X + 10.0, "y": Y + 10.0, "technology": "LTE", "frequency_mhz": 2100.0})
    picture = laid(prospect, prospect.refresh(), first)
    assert not np.array_equal(picture["coverage"], before["coverage"])
    prospect.clear()
    picture = laid(prospect, prospect.refresh(), picture)
    for name in prospect.layers:
        assert np.array_equal(picture[name], before[name]), name
    assert prospect.intent().intents == ()
    assert prospect.figures().before == prospect.figures().after
    prospect.change(one, azimuth=120.0)
    assert prospect.alterations() == (), "the inventory's own value is no change"


def test_a_mast_whose_cells_all_move_moves_itself(session: Session) -> None:
    prospect = Prospect(session, WISH)
    ids = [cell_id(session, f"C1-{azimuth}") for azimuth in (0, 120, 240)]
    for one in ids:
        prospect.change(one, x=X + 1200.0, y=Y + 900.0)
    session.perform(prospect.intent())
    site = session.row("base_station", session.row("cell", ids[0])["site"])
    assert (site["geom"].x, site["geom"].y) == (X + 1200.0, Y + 900.0)
    assert {session.row("cell", one)["geom"].x for one in ids} == {X + 1200.0}


def test_only_what_is_in_view_is_given_first(session: Session) -> None:
    fine = Prospect(session, replace(WISH, resolution_m=5.0))
    whole = fine.refresh()
    assert len(whole) > 1
    fine.change(cell_id(session, "C1-0"), eirp=20.0)
    near = fine.refresh(view=(X + 990.0, Y + 990.0, X + 1010.0, Y + 1010.0))
    assert near
    assert not fine.figures().complete
    rest = fine.refresh()
    assert rest
    assert fine.figures().complete
    assert not {patch.tile for patch in near} & {patch.tile for patch in rest}


def test_cancelled_work_is_done_next_time(session: Session) -> None:
    prospect = Prospect(session, WISH)
    first = laid(prospect, prospect.refresh())
    prospect.change(cell_id(session, "C1-0"), azimuth=90.0)
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        prospect.refresh(progress=stopped)
    after = laid(prospect, prospect.refresh(), {name: values.copy() for name, values in first.items()})
    assert not np.array_equal(first["coverage"], after["coverage"])


def test_nonsense_is_refused_and_changes_nothing(session: Session) -> None:
    prospect = Prospect(session, WISH)
    one = cell_id(session, "C1-0")
    for values, code in (
        ({"azimuth": 400.0}, "radio.draft_bad_value"),
        ({"x": float("nan")}, "radio.draft_bad_value"),
        ({"colour": 1}, "radio.draft_no_field"),
    ):
        with pytest.raises(Refusal) as refused:
            prospect.change(one, **values)
        assert refused.value.code == code
        assert "{" not in refused.value.message("zh") + refused.value.hint("en")
    with pytest.raises(Refusal) as refused:
        prospect.change(1, azimuth=1.0)
    assert refused.value.code == "radio.draft_no_row"
    with pytest.raises(Refusal) as refused:
        prospect.add({"technology": "LTE"})
    assert refused.value.code == "radio.draft_no_place"
    assert prospect.alterations() == ()


def test_a_probe_tells_who_is_heard_and_why(session: Session) -> None:
    prospect = Prospect(session, WISH)
    picture = laid(prospect, prospect.refresh())
    x, y = X + 1010.0, Y + 1410.0
    probe = prospect.probe(x, y)
    best = probe.heard[0]
    assert best.serves
    assert best.id == cell_id(session, "C1-0")
    assert best.distance_m == pytest.approx(np.hypot(10.0, 410.0))
    assert best.bearing == pytest.approx(np.degrees(np.arctan2(10.0, 410.0)))
    assert best.margin_db == pytest.approx(best.level_dbm + 105.0)
    row, column = int((prospect.grid.north - y) // 20.0), int((x - prospect.grid.west) // 20.0)
    assert picture["coverage"][row, column] == np.float32(best.level_dbm)
    power = 45.0 - 10.0 * np.log10(1200.0)  # LTE, 20 MHz: 100 resource blocks of 12
    assert best.level_dbm == pytest.approx(power + best.antenna_db - best.loss_db, abs=0.02)
    assert best.sight == "unknown"
    levels = [one.level_dbm for one in probe.heard]
    assert levels == sorted(levels, reverse=True)
    assert prospect.probe(X - 1e6, Y).heard == ()

    profile = prospect.profile(best.id, x, y)
    assert not profile.known
    assert profile.ray_m[0] == 30.0
    assert profile.ray_m[-1] == 1.5
    assert not profile.blocked.any()
    middle = len(profile.distance_m) // 2
    length = profile.distance_m[-1]
    d = profile.distance_m[middle]
    wave = 299.792458 / 1800.0
    assert profile.fresnel_m[middle] == pytest.approx(np.sqrt(wave * d * (length - d) / length))


def test_a_building_between_is_seen_in_the_profile(session: Session) -> None:
    block = shapely.MultiPolygon([shapely.box(X + 960, Y + 1400, X + 1040, Y + 1460)])
    session.perform(Create("building", [{"height_m": 40.0, "geom": block}]))
    prospect = Prospect(session, WISH)
    prospect.refresh()
    behind = prospect.probe(X + 1010.0, Y + 1550.0)
    one = next(heard for heard in behind.heard if heard.id == cell_id(session, "C1-0"))
    assert one.sight == "hidden"
    profile = prospect.profile(one.id, X + 1010.0, Y + 1550.0)
    assert profile.known
    assert profile.blocked.any()
    assert profile.roof_m.max() == pytest.approx(40.0)
    assert profile.clearance < 0.0


def test_hotspots_among_buildings_follow_too(session: Session) -> None:
    session.perform(
        Create("wifi_hotspot", [{"code": f"W{n}", "free": True, "geom": shapely.Point(X + 900 + 150 * n, Y + 1000),
                                 "channel": 6} for n in range(3)])
    )  # fmt: skip
    block = shapely.MultiPolygon([shapely.box(X + 960, Y + 980, X + 990, Y + 1020)])
    session.perform(Create("building", [{"height_m": 20.0, "geom": block}]))
    prospect = Prospect(session, Wish("wifi", resolution_m=5.0, layers=("coverage", "sinr")))
    picture = laid(prospect, prospect.refresh())
    one = int(session.ids("wifi_hotspot", "code = ?", ("W1",))[0])
    prospect.change(one, x=X + 1030.0, eirp=27.0)
    prospect.add({"x": X + 800.0, "y": Y + 1100.0, "free": True, "code": "NEU"})
    picture = laid(prospect, prospect.refresh(), picture)
    session.perform(prospect.intent())
    run = run_analysis(session, "wifi", resolution_m=5.0, layers=("coverage", "sinr"))
    for name in prospect.layers:
        alike(name, picture[name], read_levels(run_file(session, run, name)))
    assert run.summary["headline"] == prospect.figures().after.headline
    session.perform(Create("building", [{"height_m": 9.0, "geom": block}]))
    assert session.is_stale(run)


def test_several_technologies_at_once_are_margins(session: Session) -> None:
    prospect = Prospect(session, replace(WISH, technology=None))
    prospect.refresh()
    best = prospect.probe(X + 1010.0, Y + 1410.0).heard[0]
    assert best.margin_db == pytest.approx(best.level_dbm + 105.0)


def test_of_a_large_change_only_the_view_is_computed_and_no_part_twice(session: Session) -> None:
    prospect = Prospect(session, WISH)
    picture = laid(prospect, prospect.refresh())
    prospect.change(cell_id(session, "C1-0"), azimuth=60.0)
    view = (X + 900.0, Y + 900.0, X + 1300.0, Y + 1200.0)
    (patch,) = prospect.refresh(view)
    west, south, east, north = patch.bbox
    assert (west <= view[0], south <= view[1], east >= view[2], north >= view[3]) == (True,) * 4
    assert east - west <= 400.0 + 2 * 20.0, "not the whole reach of the antenna"
    assert prospect.refresh(view) == []
    assert not prospect.figures().complete
    picture = laid(prospect, [patch, *prospect.refresh()], picture)
    session.perform(prospect.intent())
    for name in ("coverage", "sinr", "overlap"):
        alike(name, picture[name], levels_of_a_run(session, name))


def test_where_windows_cannot_all_be_kept_the_picture_is_the_same(session: Session) -> None:
    """Parts of windows are kept for the pieces that are asked for again, and stay right when antennas change."""
    small, large = Prospect(session, WISH), Prospect(session, WISH)
    pixels = int((large._network._boxes[:, 2] * large._network._boxes[:, 3]).sum())
    small._network = Network(small.grid, 1.5, small._prepared.around, kept_bytes=2 * pixels - 1)
    small._network.set(small._plan.transmitters)
    assert not small._network._keeping
    pictures = [laid(one, one.refresh()) for one in (small, large)]
    one, other = cell_id(session, "C1-0"), cell_id(session, "C2-120")
    for values in ({"azimuth": 90.0}, {"azimuth": 180.0}, {"azimuth": 90.0, "eirp": 40.0}):
        for place, prospect in enumerate((small, large)):
            prospect.change(one, **values)
            prospect.change(other, tilt=8.0)
            pictures[place] = laid(prospect, prospect.refresh(), pictures[place])
        for name in WISH.layers:
            assert np.array_equal(pictures[0][name], pictures[1][name]), name
    assert small._network._parts._bytes > 0


def test_sites_are_those_within_the_area_and_far_antennas_take_no_part(session: Session) -> None:
    far = shapely.Point(X + 40_000.0, Y)
    site = session.perform(Create("base_station", [{"code": "B9", "geom": far}])).created["base_station"][0]
    beside = shapely.Point(X - 500.0, Y + 1000.0)
    near = session.perform(Create("base_station", [{"code": "B8", "geom": beside}])).created["base_station"][0]
    cells = [
        {"code": code, "site": of, "technology": "LTE", "frequency_mhz": 1800.0, "azimuth": 90.0, "geom": place}
        for code, of, place in (("FAR", site, far), ("BESIDE", near, beside))
    ]
    session.perform(Create("cell", cells))
    prospect = Prospect(session, replace(WISH, area="320902"))
    assert prospect.figures().before.sites == 2, "the neighbour's is heard, but not here"
    ids = {one.id for one in prospect.transmitters}
    assert cell_id(session, "BESIDE") in ids
    assert cell_id(session, "FAR") not in ids


@pytest.mark.parametrize("kept_bytes", [700_000_000, 1000], ids=["windows kept", "no windows kept"])
def test_the_inventory_bit_by_bit_with_a_change_in_between(
    session: Session, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    """What was asked for first, and what was changed before all was given, makes no difference to either picture."""
    monkeypatch.setattr(
        Prepared, "network",
        lambda it: Network(it.grid, receiver_height_m(it.wish), it.around, kept_bytes=kept_bytes),
    )  # fmt: skip
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    wish = replace(WISH, resolution_m=5.0)
    whole = Prospect(session, wish)
    inventory = laid(whole, whole.refresh())
    turned = cell_id(session, "C2-0")
    whole.change(turned, azimuth=180.0)
    after = laid(whole, whole.refresh(), {name: values.copy() for name, values in inventory.items()})
    assert len(list(whole.grid.tiles())) == 4

    bits = Prospect(session, wish)
    view = (X + 4000.0, Y, X + 5000.0, Y + 1000.0)
    first = bits.fill(view, 0.0)
    assert [patch.tile.top > 0 and patch.tile.left > 0 for patch in first] == [True], "the tile of the view"
    assert bits.filling
    bits.change(turned, azimuth=180.0)
    patches = bits.refresh(view)
    kinds = [patch.inventory for patch in patches]
    assert kinds == sorted(kinds, reverse=True), "the inventory's pieces come before what changes them"
    assert len(set(kinds)) == 2
    got = [*first, *patches]
    while bits.filling:
        got += bits.fill(view, 0.0)
    rest = bits.refresh()
    before = laid(bits, [patch for patch in [*got, *rest] if patch.inventory])
    now = laid(bits, [*got, *rest])
    for name in bits.layers:
        assert np.array_equal(before[name], inventory[name]), name
        assert np.array_equal(now[name], after[name]), name
    assert bits.figures() == whole.figures()
    assert bits.fill(view, 9.0) == []


def test_what_a_cancelled_filling_made_is_given_next_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    prospect = Prospect(session, replace(WISH, resolution_m=5.0))
    real, calls = Network.answers, []

    def answers(self: Network, *args: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise Cancelled
        return real(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Network, "answers", answers)
    with pytest.raises(Cancelled):
        prospect.fill(prospect.grid.bbox, 9.0)
    picture = laid(prospect, prospect.fill(prospect.grid.bbox, 1e9))
    assert not prospect.filling
    whole = Prospect(session, prospect.wish)
    assert np.array_equal(picture["coverage"], laid(whole, whole.refresh())["coverage"])
