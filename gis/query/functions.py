"""The functions of expressions: a closed list, each with its arguments and the SQL it becomes.

Names in both languages. What is typed only chooses from this list and fills ``?``: nothing else reaches the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

ValueType = Literal["number", "text", "boolean", "date", "any"]
_GEOM = '"geom"'


@dataclass(frozen=True, slots=True)
class Function:
    """``name`` and ``synonyms`` as typed; ``least`` to ``most`` arguments (None: any number); ``gives`` a type.

    ``sql`` makes the SQL of the arguments' SQL; each argument stands in it exactly once and in order.
    ``of``: only for classes of these geometries. ``zh``, ``en``: what it is good for, with an example.
    """

    name: str
    synonyms: tuple[str, ...]
    least: int
    most: int | None
    gives: ValueType
    sql: Callable[[Sequence[str]], str]
    zh: str
    en: str
    of: tuple[str, ...] = ()


def _call(name: str) -> Callable[[Sequence[str]], str]:
    return lambda arguments: f"{name}({', '.join(arguments)})"


def _joined(arguments: Sequence[str]) -> str:
    """Texts one after the other; an empty one adds nothing, whole numbers come without a decimal point."""
    return "(" + " || ".join(f"ifnull(printf('%s', {a}), '')" for a in arguments) + ")"


def _replaced(arguments: Sequence[str]) -> str:
    """Cut to 10,000 letters, more than any field holds: calls in calls could otherwise grow without bound."""
    return f"substr(replace({', '.join(arguments)}), 1, 10000)"


def _rounded(arguments: Sequence[str]) -> str:
    return f"round({', '.join(arguments)})" if len(arguments) > 1 else f"CAST(round({arguments[0]}) AS INTEGER)"


def _chosen(arguments: Sequence[str]) -> str:
    condition, *values = arguments
    return f"CASE WHEN {condition} THEN {values[0]} ELSE {values[1] if len(values) > 1 else 'NULL'} END"


def _measured(sql: str) -> Callable[[Sequence[str]], str]:
    return lambda _: sql


def _part_of_date(pattern: str) -> Callable[[Sequence[str]], str]:
    return lambda arguments: f"CAST(strftime('{pattern}', {arguments[0]}) AS INTEGER)"


_TEXT: tuple[Function, ...] = (
    Function("upper", ("大写",), 1, 1, "text", _call("upper"), "转成大写", "capital letters"),
    Function("lower", ("小写",), 1, 1, "text", _call("lower"), "转成小写", "small letters"),
    Function("trim", ("去空格",), 1, 1, "text", _call("trim"), "去掉首尾空格", "without spaces at its ends"),
    Function("size", ("字数",), 1, 1, "number", _call("length"), "字数", "number of letters"),
    Function(
        "substr", ("截取",), 2, 3, "text", _call("substr"),
        "从第几个字起取几个字：substr(code, 1, 2)", "letters from a place on: substr(code, 1, 2)",
    ),
    Function("replace", ("替换",), 3, 3, "text", _replaced, "把一段文字换成另一段", "one text for another"),
    Function(
        "concat", ("连接",), 1, None, "text", _joined,
        "连接：concat(name, '-', code)；也可写 name || '-'", "joined texts: concat(name, '-', code)",
    ),
    Function("text", ("文本",), 1, 1, "text", lambda a: f"printf('%s', {a[0]})", "转成文字", "as text"),
)  # fmt: skip
_NUMBERS: tuple[Function, ...] = (
    Function("round", ("四舍五入",), 1, 2, "number", _rounded, "四舍五入：round(height_m, 1)", "round(height_m, 1)"),
    Function("abs", ("绝对值",), 1, 1, "number", _call("abs"), "绝对值", "without its sign"),
    Function("floor", ("向下取整",), 1, 1, "number", _call("floor"), "向下取整", "the next whole number below"),
    Function("ceil", ("向上取整",), 1, 1, "number", _call("ceil"), "向上取整", "the next whole number above"),
    Function("least", ("较小",), 2, None, "any", _call("min"), "几个值中最小的", "the least of several"),
    Function("greatest", ("较大",), 2, None, "any", _call("max"), "几个值中最大的", "the greatest of several"),
    Function("number", ("数值",), 1, 1, "number", lambda a: f"CAST({a[0]} AS REAL)", "转成数字", "as a number"),
)  # fmt: skip
_CHOICES: tuple[Function, ...] = (
    Function(
        "if", ("如果",), 2, 3, "any", _chosen,
        "如果条件成立取前者，否则取后者：if(floors > 6, '高层', '多层')",
        "one or the other: if(floors > 6, 'high', 'low')",
    ),
    Function(
        "coalesce", ("取非空",), 2, None, "any", _call("coalesce"),
        "第一个不为空的值：coalesce(name, code)", "the first that is not empty: coalesce(name, code)",
    ),
)  # fmt: skip
_DATES: tuple[Function, ...] = (
    Function("today", ("今天",), 0, 0, "date", _measured("date('now', 'localtime')"), "今天的日期", "today's date"),
    Function("year", ("年份",), 1, 1, "number", _part_of_date("%Y"), "年份", "the year"),
    Function("month", ("月份",), 1, 1, "number", _part_of_date("%m"), "月份", "the month"),
    Function(
        "days", ("天数",), 2, 2, "number", lambda a: f"(julianday({a[0]}) - julianday({a[1]}))",
        "两个日期相差的天数：days(today(), installed_on)", "days between: days(today(), installed_on)",
    ),
)  # fmt: skip
_LINES, _AREAS = ("line",), ("polygon", "multipolygon")
_SHAPES: tuple[Function, ...] = (
    Function("length", ("长度",), 0, 0, "number", _measured(f"ST_Length({_GEOM})"), "线的长度，米（投影平面）",
             "a line's length, metres on the plane", _LINES),
    Function("area", ("面积",), 0, 0, "number", _measured(f"ST_Area({_GEOM})"), "面积，平方米（投影平面）",
             "square metres on the plane", _AREAS),
    Function("perimeter", ("周长",), 0, 0, "number", _measured(f"ST_Perimeter({_GEOM})"), "周长，米",
             "the border's length, metres", _AREAS),
    Function("x", ("东坐标",), 0, 0, "number", _measured(f"ST_X(ST_Centroid({_GEOM}))"), "中心点东坐标，米",
             "easting of its middle, metres", ("point", *_LINES, *_AREAS)),
    Function("y", ("北坐标",), 0, 0, "number", _measured(f"ST_Y(ST_Centroid({_GEOM}))"), "中心点北坐标，米",
             "northing of its middle, metres", ("point", *_LINES, *_AREAS)),
    Function("azimuth", ("方位",), 0, 0, "number",
             _measured(f"degrees(ST_Azimuth(ST_StartPoint({_GEOM}), ST_EndPoint({_GEOM})))"), "起点到终点的方位角，度",
             "bearing from its beginning to its end, degrees", _LINES),
    Function("vertices", ("顶点数",), 0, 0, "number", _measured(f"ST_NPoints({_GEOM})"), "顶点数",
             "number of vertices", (*_LINES, *_AREAS)),
)  # fmt: skip
FUNCTIONS: tuple[Function, ...] = (*_TEXT, *_NUMBERS, *_CHOICES, *_DATES, *_SHAPES)
_BY_WORD = {word.casefold(): f for f in FUNCTIONS for word in (f.name, *f.synonyms)}


def function_of(word: str, geometry: str) -> Function | None:
    """The function of that name or synonym, if a class of that geometry has it."""
    found = _BY_WORD.get(word.casefold())
    return found if found is not None and (not found.of or geometry in found.of) else None


def functions_for(geometry: str) -> list[Function]:
    """All functions for classes of a geometry, for completion and help."""
    return [f for f in FUNCTIONS if not f.of or geometry in f.of]
