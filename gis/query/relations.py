"""Questions about other features in an expression: where they lie, which rows belong to this one, whose it is.

``within('亭湖区')``, ``intersects(road, kind = 'motorway')``, ``near(camera, 200, status = '在用')``,
``distance(base_station) > 500``; ``count(cell, technology = 'nr')``, ``sum(premises, households)``,
``exists(cell)``; ``station.owner``. What is typed only chooses classes, fields and functions of the catalogue.

Rows that belong to this one (they refer to it) are counted by SQL over the index of the reference. What has to do with
places stands in the SQL as ids or numbers by id, which whoever asks works out from whole columns at once: a nearest
neighbour by SQL, row by row, takes a hundred times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.catalogue import FeatureClass, Field
from gis.errors import Refusal
from gis.query.parts import Condition, Expression, Given, Measure, Measured, Others, Parameter, Part, Related, Relation
from gis.query.tokens import Token

if TYPE_CHECKING:
    from gis.query.filters import Parser

_RELATIONS: dict[str, Relation] = {
    "within": "within", "位于": "within",
    "intersects": "intersects", "touches": "intersects", "相交": "intersects",
    "near": "near", "邻近": "near",
}  # fmt: skip
_AGGREGATES: dict[str, str] = {
    "exists": "exists", "存在": "exists",
    "count": "count", "计数": "count",
    "sum": "sum", "求和": "sum",
    "mean": "mean", "avg": "mean", "平均": "mean",
    "min": "min", "最小": "min",
    "max": "max", "最大": "max",
}  # fmt: skip
_DISTANCE = ("distance", "距离")
_GIVEN: dict[str, Given] = {"selection": "selection", "选中": "selection", "drawn": "drawn", "绘制": "drawn"}
_SQL = {"count": "count(*)", "sum": "total({})", "mean": "avg({})", "min": "min({})", "max": "max({})"}
_AREAS = ("polygon", "multipolygon")
NAMES = (*_RELATIONS, *_AGGREGATES, *_DISTANCE)


def relation(parser: Parser, token: Token, depth: int) -> Part | None:
    """The call that begins at ``token``, when it is one of these; the parser then stands behind it.

    Raises Refusal ``query.relation`` (with an example) for arguments it cannot have, ``query.no_class``.
    """
    word = token.text.casefold()
    if parser.catalogue is None or word not in NAMES:
        return None
    parser.position += 2
    if word in _RELATIONS:
        return _related(parser, token, _RELATIONS[word], depth)
    if word in _DISTANCE:
        others = _others(parser, token, depth, spatial=True)
        parser.expect(")")
        return _number(parser, token, Measured("distance", others))
    return _aggregate(parser, token, _AGGREGATES[word], depth)


def owner(parser: Parser, field: Field, token: Token) -> Part:
    """``station.owner``: a field of the row to which a reference points; the parser stands on the dot."""
    assert parser.catalogue is not None
    sql, scope = f'"{field.name}"', parser.scope
    part = Part(f'"{scope}".{sql}')
    while field.type == "ref" and field.ref is not None and parser.take("."):
        target = parser.catalogue[field.ref]
        name = parser.token
        found = parser.child(target).fields.get(name.text.casefold()) if name.kind == "name" else None
        if found is None:
            known = ", ".join(f.name for f in target.fields)
            raise Refusal("query.no_field", field=name.text, at=name.at + 1, known=known)
        parser.position += 1
        alias = parser.alias()
        sql = f'(SELECT "{alias}"."{found.name}" FROM "{target.name}" AS "{alias}" WHERE "{alias}"."id" = {part.sql})'
        part, field = Part(sql, field=found, gives=parser.type_of(found)), found
    return part


def _related(parser: Parser, token: Token, relation: Relation, depth: int) -> Part:
    if not parser.cls.spatial:
        raise Refusal("query.relation", at=token.at + 1, function=token.text)
    if relation != "near":
        others = _others(parser, token, depth)
        parser.expect(")")
        return Part('"id" IN (SELECT "value" FROM carray(?))', (Related(relation, others),))
    cls = _class(parser, parser.token) if parser.token.kind == "name" else None
    others = _first(parser, token)
    parser.expect(",")
    number = parser.token
    if number.kind != "number":
        raise Refusal("query.relation", at=token.at + 1, function=token.text)
    parser.position += 1
    if cls is not None and parser.take(","):
        others = Others(cls=cls.name, where=_filter(parser, cls, depth))
    parser.expect(")")
    return Part('"id" IN (SELECT "value" FROM carray(?))', (Related("near", others, float(number.text)),))


def _others(parser: Parser, token: Token, depth: int, spatial: bool = False) -> Others:
    """Areas, what is given, or a class with its filter."""
    cls = _class(parser, parser.token) if parser.token.kind == "name" else None
    others = _first(parser, token)
    if cls is not None and parser.take(","):
        return Others(cls=cls.name, where=_filter(parser, cls, depth))
    while others.areas and parser.take(","):
        others = Others(areas=(*others.areas, *_first(parser, token).areas))
    return others


def _first(parser: Parser, token: Token) -> Others:
    found = parser.token
    parser.position += 1
    if found.kind == "text":
        return Others(areas=(found.text,))
    if found.kind == "name":
        if given := _GIVEN.get(found.text.casefold()):
            return Others(given=given)
        cls = _class(parser, found)
        if cls is not None and cls.spatial:
            return Others(cls=cls.name)
        if cls is None:
            raise _no_class(parser, found)
    raise Refusal("query.relation", at=token.at + 1, function=token.text)


def _class(parser: Parser, token: Token) -> FeatureClass | None:
    """The class that a name means, by its name, label or synonym."""
    assert parser.catalogue is not None
    try:
        return parser.catalogue.find(token.text)
    except Refusal:
        return None


def _no_class(parser: Parser, token: Token) -> Refusal:
    assert parser.catalogue is not None
    return Refusal("query.no_class", cls=token.text, at=token.at + 1,
                   known=", ".join(cls.name for cls in parser.catalogue))  # fmt: skip


def _filter(parser: Parser, cls: FeatureClass, depth: int) -> Condition:
    """A filter over another class inside this expression, by itself."""
    child = parser.child(cls)
    part = child.any_of(depth + 1)
    parser.position = child.position
    return Condition(part.sql, part.parameters)


def _aggregate(parser: Parser, token: Token, how: str, depth: int) -> Part:
    cls = _class(parser, parser.token)
    if cls is None:
        raise _no_class(parser, parser.token)
    parser.position += 1
    refs = [f for f in cls.refs if f.ref == parser.cls.name]
    inside = not refs and parser.cls.geometry in _AREAS and cls.spatial
    if not refs and not inside:
        raise Refusal("query.unrelated", at=token.at + 1, cls=cls.name, of=parser.cls.name)
    alias = parser.alias()
    child = parser.child(cls, alias if refs else cls.name)
    child.position = parser.position
    value = where = None
    if how not in ("count", "exists"):
        child.expect(",")
        value = child.any_of(depth + 1)
    if child.take(","):
        where = child.any_of(depth + 1)
    child.expect(")")
    parser.position = child.position
    if inside:
        return _inside(parser, token, how, cls, value, where)
    own = " OR ".join(f'"{alias}"."{f.name}" = "{parser.scope}"."id"' for f in refs)
    asked = f'FROM "{cls.name}" AS "{alias}" WHERE ({own})' + (f" AND {where.sql}" if where else "")
    parameters = (value.parameters if value else ()) + (where.parameters if where else ())
    if how == "exists":
        return Part(f"EXISTS (SELECT 1 {asked})", parameters)
    gives = value.gives if value is not None and how in ("min", "max") else "number"
    return Part(f"(SELECT {_SQL[how].format(value.sql if value else '')} {asked})", parameters, gives=gives)


def _inside(parser: Parser, token: Token, how: str, cls: FeatureClass, value: Part | None, where: Part | None) -> Part:
    """An aggregate over the features that lie in this area."""
    others = Others(cls=cls.name, where=Condition(where.sql, where.parameters) if where else None)
    if value is not None and value.gives not in ("number", "boolean", "any"):
        raise Refusal("query.relation", at=token.at + 1, function=token.text)
    expression = Expression(value.sql, value.parameters, value.gives, value.field) if value else None
    measure: Measure = "count" if how in ("count", "exists") else how  # type: ignore[assignment]
    part = _number(parser, token, Measured(measure, others, expression))
    return Part(f"({part.sql} > 0)", part.parameters) if how == "exists" else part


def _number(parser: Parser, token: Token, measured: Measured) -> Part:
    if not parser.cls.spatial:
        raise Refusal("query.relation", at=token.at + 1, function=token.text)
    parameters: tuple[Parameter, ...] = (measured,)
    return Part(f'number_at(?, "{parser.scope}"."id")', parameters, gives="number")
