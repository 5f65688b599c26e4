"""The expression language told from its own tables: every function with what it is for, and examples that hold.

A test compiles each example; what stands here cannot be wrong without it failing.
"""

from __future__ import annotations

from dataclasses import dataclass

from gis.errors import Language
from gis.query.functions import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Example:
    """An expression over class ``cls``; ``zh`` and ``en`` say what it asks."""

    cls: str
    text: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Examples under a heading."""

    zh: str
    en: str
    examples: tuple[Example, ...]


CHAPTERS = (
    Chapter(
        "字段与取值",
        "Fields and values",
        (
            Example(
                "cable",
                "status = '在用' and fibre_count >= 24",
                "字段可写名称、中英文标签或同义词；代码可写值或标签",
                "fields by name, label or synonym; codes by value or label",
            ),
            Example("cable", "状态 = 'in_service' and 芯数 >= 24", "同上，用中文标签", "the same by Chinese labels"),
            Example(
                "camera", "name like '%大道%' or code in ('JK000001', 'JK000002')", "模糊匹配；列表", "patterns; lists"
            ),
            Example(
                "wifi_hotspot", "height_m between 3 and 8 and owner is not null", "区间；非空", "ranges; what is filled"
            ),
            Example("wifi_hotspot", "not free", "是/否字段", "yes/no fields"),
            Example("camera", "installed_on < '2020-01-01'", "日期写成 年-月-日", "dates as YYYY-MM-DD"),
            Example("cable", "length() / 1000 > 2", "算术与函数", "arithmetic and functions"),
        ),
    ),
    Chapter(
        "位置",
        "Where things lie",
        (
            Example(
                "camera",
                "within('亭湖区')",
                "在区域内：名称或区划代码；可写多个",
                "in an area, by name or code; several may be named",
            ),
            Example("cable", "intersects('320902', '320903')", "与区域相交", "meets an area"),
            Example("premises", "intersects(building)", "与另一类要素相交", "meets a feature of another class"),
            Example(
                "wifi_hotspot",
                "near(camera, 200, networked)",
                "200 米内有已联网的监控点",
                "a networked camera within 200 m",
            ),
            Example(
                "premises", "distance(base_station) > 500", "到最近基站的距离，米", "metres to the nearest base station"
            ),
        ),
    ),
    Chapter(
        "关联",
        "What belongs together",
        (
            Example("cell", "site.owner = '移动'", "所属基站的字段", "a field of the base station it belongs to"),
            Example(
                "base_station",
                "count(cell, technology = 'NR') = 0",
                "没有 5G 小区的基站",
                "base stations without a 5G cell",
            ),
            Example(
                "base_station", "max(cell, eirp_dbm) > 60", "属于它的小区中最大的值", "the greatest value of its cells"
            ),
            Example(
                "area",
                "sum(premises, households) > 1000",
                "区域内接入点的户数合计",
                "households of the premises inside the area",
            ),
            Example(
                "area", "exists(camera, not networked)", "区域内有未联网的监控点", "an unconnected camera lies in it"
            ),
        ),
    ),
)


def reference(language: Language) -> str:
    """The language as Markdown."""
    zh = language == "zh"
    lines = ["# 筛选与计算表达式" if zh else "# Filters and expressions", ""]
    for chapter in CHAPTERS:
        lines += [f"## {chapter.zh if zh else chapter.en}", ""]
        lines += ["| 图层 | 表达式 | 含义 |" if zh else "| class | expression | meaning |", "|---|---|---|"]
        for one in chapter.examples:
            lines.append(f"| {one.cls} | `{one.text.replace('|', chr(92) + '|')}` | {one.zh if zh else one.en} |")
        lines.append("")
    lines += ["## 函数" if zh else "## Functions", ""]
    lines += ["| 函数 | 别名 | 说明 | 适用 |" if zh else "| function | also | meaning | of |", "|---|---|---|---|"]
    every = "全部" if zh else "all"
    for function in FUNCTIONS:
        meaning = (function.zh if zh else function.en).replace("|", "\\|")
        geometries = ", ".join(function.of) or every
        lines.append(f"| `{function.name}()` | {'、'.join(function.synonyms)} | {meaning} | {geometries} |")
    return "\n".join(lines) + "\n"
