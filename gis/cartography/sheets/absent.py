"""What stands in the place of a table or chart that has nothing to tell: why, and what would fill it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gis.catalogue import Label
from gis.errors import Language


@dataclass(frozen=True, slots=True)
class Absent:
    """A heading and the words below it."""

    title: str
    reason: str


_TITLES: Mapping[str, Label] = {
    "areas": Label("分区覆盖率", "Coverage by area"),
    "counts": Label("分区资源数量", "Counts by area"),
    "gaps": Label("覆盖空洞", "Gaps"),
    "chainage": Label("里程表", "Chainage"),
    "features": Label("要素一览", "Features"),
    "statistic": Label("统计指标", "Statistics"),
}
_REASONS: Mapping[str, Label] = {
    "areas": Label(
        "尚无数据：先做一次覆盖分析，并在出图时选用它。",
        "No data yet: run a coverage analysis and choose it for this sheet.",
    ),
    "counts": Label(
        "尚无数据：图幅范围内需要有区县边界和资源点。",
        "No data yet: the map needs county outlines with sites inside them.",
    ),
    "gaps": Label(
        "图幅范围内没有覆盖空洞，或所选分析未统计空洞。",
        "There are no gaps inside the map, or the analysis shown did not look for them.",
    ),
    "chainage": Label(
        "尚无数据：先录入光缆或管线段；要指定路由，请填写其编号。",
        "No data yet: record a cable or route segment; give its code to choose another one.",
    ),
    "features": Label("图幅范围内没有该类要素。", "There are no features of this class inside the map."),
    "statistic": Label("尚无数据：先导入统计表。", "No data yet: import a table of statistics."),
}
_ON_PAGE = Label("本页没有相应数据。", "There is nothing to tell of this page.")
_UNKNOWN = Label("没有这种内容：{}", "There is no such content: {}")


def absent(content: str, language: Language, on_page: bool = False) -> Absent:
    """What to say where ``content`` of a table or chart has nothing to tell; ``on_page``: on a page of an atlas,
    whose readers cannot do anything about it."""
    what = content.partition(":")[0]
    if what not in _TITLES:
        return Absent("", _UNKNOWN.text(language).format(content))
    reason = _ON_PAGE if on_page else _REASONS[what]
    return Absent(_TITLES[what].text(language), reason.text(language))
