"""Rules about devices: camera identifiers (GB/T 28181), readers that disturb each other (GB/T 35785)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import shapely

from gis.checks.city import City, place_of
from gis.checks.issue import Issue
from gis.checks.rules import Rule, rule

# 8 digits of the division, 2 of the trade, 3 of the type, 1 of the network, 6 of the number (GB/T 28181, annex D).
_ID = re.compile(r"\d{20}\Z", re.ASCII)


@rule("camera_id_form", "camera")
def camera_id_form(city: City, it: Rule) -> Iterator[Issue]:
    """Camera identifiers that are not 20 digits, or whose type digits are not those of a camera."""
    types = set(it.limits.words("types"))
    rows = city.subjects("camera", ["gb28181_id"], geometry=True)
    assert rows.geometry is not None
    for i, value in enumerate(rows.fields["gb28181_id"].tolist()):
        if value is None or (_ID.match(value) and value[10:13] in types):
            continue
        args = {"value": value[:40], "types": " ".join(sorted(types))}
        yield Issue(it.name, it.severity, "camera", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("camera_id_twice", "camera")
def camera_id_twice(city: City, it: Rule) -> Iterator[Issue]:
    """Two cameras with one identifier: the platform shows only one of them."""
    looked = set(city.subjects("camera").ids.tolist())
    rows = city.subjects("camera", ["gb28181_id"])
    if not city.whole:
        values = [value for value in rows.fields["gb28181_id"].tolist() if value is not None]
        rows = city.rows("camera", city.holding("camera", "gb28181_id", values), ["gb28181_id"])
    first: dict[str, int] = {}
    for id, value in zip(rows.ids.tolist(), rows.fields["gb28181_id"].tolist(), strict=True):
        if value is None:
            continue
        other = first.setdefault(value, id)
        if other != id and (id in looked or other in looked):
            shape = city.rows("camera", np.array([id], np.int64), geometry=True).geometry
            place = place_of(shape[0]) if shape is not None else None
            yield Issue(it.name, it.severity, "camera", (other, id), place, {"value": value})


@rule("camera_id_area", "camera", whole_on=("area",))
def camera_id_area(city: City, it: Rule) -> Iterator[Issue]:
    """Camera identifiers that begin with the code of another county than the one the camera stands in."""
    rows = city.subjects("camera", ["gb28181_id"], geometry=True)
    assert rows.geometry is not None
    areas = city.rows("area", city.touching("area", rows.geometry), ["level", "code"], geometry=True)
    assert areas.geometry is not None
    counties = (areas.fields["level"] == "county") & ~shapely.is_missing(areas.geometry)
    counties &= np.fromiter((len(str(code or "")) == 6 for code in areas.fields["code"]), bool, len(areas))
    counties &= shapely.is_valid(areas.geometry)
    codes, shapes = areas.fields["code"][counties], areas.geometry[counties]
    if not len(shapes) or not len(rows):
        return
    at, within = shapely.STRtree(shapes).query(rows.geometry, predicate="intersects")
    stands: dict[int, list[str]] = {}
    for i, j in zip(at.tolist(), within.tolist(), strict=True):
        stands.setdefault(i, []).append(str(codes[j]))
    for i, own in stands.items():
        value = rows.fields["gb28181_id"][i]
        if value is not None and _ID.match(value) and value[:6] not in own:
            args = {"value": value[:6], "area": own[0]}
            yield Issue(it.name, it.severity, "camera", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("camera_no_sign", "camera")
def camera_no_sign(city: City, it: Rule) -> Iterator[Issue]:
    """Cameras in service that are known to have no conspicuous sign, which State Council Order 799 demands."""
    rows = city.subjects("camera", ["status", "sign_posted"], geometry=True)
    assert rows.geometry is not None
    bare = (rows.fields["status"] == "in_service") & (rows.fields["sign_posted"] == 0)
    for i in np.flatnonzero(bare).tolist():
        yield Issue(it.name, it.severity, "camera", (int(rows.ids[i]),), place_of(rows.geometry[i]))


@rule("readers_near", "plate_reader")
def readers_near(city: City, it: Rule) -> Iterator[Issue]:
    """Readers so near to each other that they disturb each other's reading."""
    pairs = city.close_pairs("plate_reader", it.limits.number("metres"))
    ids = np.unique([id for a, b, _ in pairs for id in (a, b)]).astype(np.int64)
    rows = city.rows("plate_reader", ids, ["status"], geometry=True)
    assert rows.geometry is not None
    places = dict(zip(rows.ids.tolist(), rows.geometry, strict=True))
    live = dict(zip(rows.ids.tolist(), (rows.fields["status"] == "in_service").tolist(), strict=True))
    for a, b, away in pairs:
        if live[a] and live[b]:
            args = {"metres": f"{away:.1f}", "limit": f"{it.limits.number('metres'):g}"}
            yield Issue(it.name, it.severity, "plate_reader", (a, b), place_of(places[a]), args)
