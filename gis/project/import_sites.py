"""Sites for cells that come without one: a base station at each place where cells of one operator stand together."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.exchange.landing import centres
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement, place, place_points
from gis.exchange.radio_lists import lists_cells
from gis.exchange.raw import Evidence, LazyCells, RawTable
from gis.exchange.staging import Staged
from gis.exchange.text_cells import MendedCells
from gis.exchange.transforms import Source, values_of
from gis.project.expressions_of_files import calculator
from gis.project.import_plan import Choices, Reading
from gis.project.session import Session

CELL, SITE, FIELD = "cell", "base_station", "site"
REACH_M = 30.0  # cells of one operator so near to each other stand on one site
_SHARED = "tower"  # whose sites all operators share
_OTHER = "other"  # tells no operators apart
_PLMN = "PLMN "  # how a site that was made names its operator where the list of owners does not know it


@dataclass(frozen=True, slots=True)
class Sited:
    """``cells``: the reading with a column that names each row's site; ``sites``: the stations to be made, or None."""

    cells: Reading
    sites: Reading | None


def lacks_sites(reading: Reading) -> bool:
    """Whether rows are cells of which the file names no site and for which sites are wished; unless the user says,
    they are for lists of the world's cells."""
    if reading.cls != CELL or FIELD in reading.mapping.sources or reading.placement is None:
        return False
    wished = reading.choices.sites
    return lists_cells(reading.raw) if wished is None else wished


def with_sites(session: Session, reading: Reading) -> Sited:
    """A site for each row that has a place: that of the cell where the project has it already, else the nearest known
    or new one of its operator within 30 m. New ones stand where the first of their rows does."""
    raw, kind = reading.raw, session.catalogue[CELL]
    xy = _places(session, reading)
    with np.errstate(invalid="ignore"):
        inside = ((xy >= session.bounds[:2]) & (xy <= session.bounds[2:])).all(axis=1)
    codes = _texts(reading, session, "code")
    owners = _texts(reading, session, "owner")
    networks = _networks(raw)
    names = np.full(len(raw), None, dtype=object)
    known = _known_sites(session, codes)
    if known:
        names[:] = [known.get(code) for code in codes]
    rows = np.flatnonzero(inside & _empty(names))
    stations = _Stations(session, xy[rows])
    made: list[int] = []
    groups: dict[tuple[Any, Any], list[int]] = {}
    for row in rows.tolist():
        groups.setdefault((owners[row], networks[row]), []).append(row)
    for (owner, network), some in groups.items():
        group = np.array(some, np.int64)
        ids, places = stations.of(owner, network)
        first = group[_firsts(xy[group], places)]
        _, nearest = cKDTree(np.concatenate([places, xy[first]])).query(xy[group])
        words = np.array([*(str(key) for key in ids.tolist()), *first.tolist()], dtype=object)
        names[group] = words[nearest]
        made += first.tolist()
    made.sort()
    fresh = dict(zip(made, _free_codes(session, [codes[row] or f"S{raw.lines[row]}" for row in made]), strict=True))
    names[:] = [fresh[name] if isinstance(name, int) else name for name in names.tolist()]
    column = _free_name(raw)
    table = replace(raw, cells=_with_column(raw, column, names), columns=(*raw.columns, column))
    mapping = Mapping(kind.name, {**reading.mapping.sources, FIELD: Source(column)})
    cells = replace(reading, raw=table, mapping=mapping)
    if not made:
        return Sited(cells, None)
    return Sited(cells, _reading_of_sites(session, reading, fresh, xy, owners, networks))


def told(sites: Staged | None, cells: Staged) -> tuple[Staged | None, Staged]:
    """Only the stations on which a row stands that is taken, and the rows with the evidence that says so."""
    count = 0
    if sites is not None:
        ids = sites.reserved
        used = np.flatnonzero((ids != 0) & np.isin(ids, cells.refs[FIELD]))
        count = len(used)
        columns = ("at", "lines", "rows", "outcome", "targets", "by", "altered", "reserved")
        some: dict[str, Any] = {name: getattr(sites, name)[used] for name in columns}
        sites = replace(sites, **some, read=count + len(sites.rejects)) if count else None
    why = {"made": f"{count}", "distance": f"{REACH_M:.0f}"}
    return sites, replace(cells, evidence=(*cells.evidence, Evidence("sites", f"{count}", "import.sites_made", why)))


# The rows -------------------------------------------------------------------------------------------------------------
def _places(session: Session, reading: Reading) -> NDArray[np.float64]:
    """Where each row stands in the project's CRS, (n, 2), NaN where it has no place."""
    assert reading.placement is not None
    crs = session.crs.to_string()
    if reading.placement.kind in ("columns", "pair"):
        x, y, _ = place_points(reading.raw, reading.placement, crs)
        return np.column_stack([x, y])
    geometry, reasons = place(reading.raw, reading.placement, crs)
    geometry[reasons != None] = None  # noqa: E711 - compared one by one
    return centres(geometry)


def _texts(reading: Reading, session: Session, name: str) -> NDArray[np.object_]:
    """What the rows say in a field, None where they say nothing or nothing that can be read."""
    source = reading.mapping.sources.get(name)
    if source is None:
        return np.full(len(reading.raw), None, dtype=object)
    kind = session.catalogue[CELL]
    evaluate = calculator(reading.raw) if source.expression is not None else None
    values, problems = values_of(reading.raw, kind, kind.field(name), source, evaluate)
    texts = np.asarray(values, dtype=object).copy()
    texts[list(problems)] = None
    return texts


def _empty(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(values == None, dtype=bool)  # noqa: E711 - compared one by one


def _networks(raw: RawTable) -> NDArray[np.object_]:
    """The operator's number, "262-2", of each row of a list of cells; None elsewhere."""
    names = {name.casefold(): name for name in raw.columns}
    net = names.get("net", names.get("mnc"))
    made = np.full(len(raw), None, dtype=object)
    if lists_cells(raw) and net is not None:
        made[:] = [f"{a}-{b}" for a, b in zip(raw.cells[names["mcc"]], raw.cells[net], strict=True)]
    return made


def _firsts(xy: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows, in order, that are not within reach of a known place or of such a row before them."""
    taken = np.zeros(len(xy), dtype=bool)
    if len(known):
        taken = cKDTree(known).query(xy)[0] <= REACH_M
    spots, at = np.unique(xy[~taken], axis=0, return_index=True)
    rows = np.flatnonzero(~taken)[at]
    order = np.argsort(rows)
    rows, spots = rows[order], spots[order]
    if not len(rows):
        return rows
    pairs = cKDTree(spots).query_pairs(REACH_M, output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]  # each (earlier, later)
    covered = np.zeros(len(rows), dtype=bool)
    for earlier, later in pairs.tolist():
        if not covered[earlier]:
            covered[later] = True
    firsts: NDArray[np.int64] = rows[~covered]
    return firsts


# The project ----------------------------------------------------------------------------------------------------------
def _known_sites(session: Session, codes: NDArray[np.object_]) -> dict[str, str]:
    """Code of a cell that the project has -> the id of its site."""
    held = _holding(session, CELL, codes.tolist(), [FIELD])
    sites = zip(held.fields["code"].tolist(), held.fields[FIELD].tolist(), strict=True)
    return {code: str(site) for code, site in sites if site}


def _free_codes(session: Session, wanted: list[str]) -> list[str]:
    """The codes, with a number behind those that another station has."""
    taken = set(_holding(session, SITE, wanted, []).fields["code"].tolist())
    made = []
    for code in wanted:
        free, number = code, 2
        while free in taken:
            free, number = f"{code}-{number}", number + 1
        taken.add(free)
        made.append(free)
    return made


def _holding(session: Session, cls: str, codes: list[Any], fields: list[str]) -> Any:
    among = json.dumps([code for code in codes if code is not None], ensure_ascii=False)
    where = '"code" IN (SELECT value FROM json_each(?))'
    return session.columns(cls, ["code", *fields], where=where, params=(among,), geometry=False)


class _Stations:
    """The project's stations around some places."""

    def __init__(self, session: Session, xy: NDArray[np.float64]) -> None:
        self._ids, self._xy = np.empty(0, np.int64), np.empty((0, 2))
        self._owners: NDArray[Any] = np.empty(0, dtype=object)
        self._networks: NDArray[Any] = np.empty(0, dtype=object)
        if not len(xy):
            return
        low, high = xy.min(axis=0) - REACH_M, xy.max(axis=0) + REACH_M
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        found = session.columns(SITE, ["owner", "maintainer"], bbox=box)
        assert found.geometry is not None
        self._ids, self._xy = found.ids, shapely.get_coordinates(found.geometry)
        self._owners = found.fields["owner"]
        told = found.fields["maintainer"].tolist()
        self._networks = np.array(
            [text[len(_PLMN) :] if text and text.startswith(_PLMN) else None for text in told] + [None], dtype=object
        )[:-1]

    def of(self, owner: str | None, network: str | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(ids, places (n, 2)) of those on which cells of an operator may stand."""
        fits = np.ones(len(self._ids), dtype=bool)
        if network is not None:
            fits &= _empty(self._networks) | (self._networks == network)
        if owner is not None and owner != _OTHER:
            fits &= np.isin(self._owners.astype(str), ("None", _SHARED, owner))
        return self._ids[fits], self._xy[fits]


# Tables ---------------------------------------------------------------------------------------------------------------
def _reading_of_sites(
    session: Session,
    reading: Reading,
    codes: dict[int, str],
    xy: NDArray[np.float64],
    owners: NDArray[np.object_],
    networks: NDArray[np.object_],
) -> Reading:
    """The stations to be made as rows of their own, each at the line of its first cell."""
    rows = np.array(list(codes), np.int64)
    numbers = np.array([None if word is None else f"{_PLMN}{word}" for word in networks[rows]] + [None], dtype=object)
    cells = {
        "code": np.array([*codes.values(), None], dtype=object)[:-1],
        "owner": owners[rows],
        "maintainer": numbers[:-1],
        "source": np.full(len(rows), reading.path.name, dtype=object),
    }
    crs = session.crs.to_string()
    raw = RawTable(tuple(cells), cells, reading.raw.lines[rows], shapely.points(xy[rows]), crs)
    mapping = Mapping(SITE, {name: Source(name) for name in cells})
    return Reading(
        reading.path, reading.format, SITE, raw, Placement("own", crs=crs), mapping, Choices(match=(), sites=False)
    )


def _free_name(raw: RawTable) -> str:
    name = FIELD
    while name in raw.columns:
        name += "_"
    return name


def _with_column(raw: RawTable, name: str, cells: NDArray[np.object_]) -> Any:
    if isinstance(raw.cells, LazyCells):
        return MendedCells(raw.cells, {column: column for column in raw.columns}, {name: cells})
    return {**raw.cells, name: cells}
