"""All statistics of a coverage run as a workbook: one sheet a question, shares as percentages, ready to be printed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gis.catalogue import Catalogue
from gis.errors import Language, Refusal

_WORDS: Final = {
    "summary": ("概要", "Summary"), "cases": ("门限与置信度", "Thresholds"), "areas": ("按区域", "By area"),
    "areas_cases": ("区域×门限", "Area by threshold"), "operators": ("按运营商", "Operators"),
    "roads": ("道路", "Roads"), "places": ("重点场所", "Places"), "squares": ("方格", "Squares"),
    "gaps": ("覆盖空白", "Gaps"), "sharing": ("共建共享", "Sharing"),
    "case": ("口径", "Case"), "area_km2": ("面积 km²", "Area km²"), "covered_km2": ("覆盖面积 km²", "Covered km²"),
    "area_share": ("面积覆盖率", "Area share"), "population": ("人口", "Population"),
    "population_covered": ("覆盖人口", "People covered"), "population_share": ("人口覆盖率", "People share"),
    "households": ("户数", "Households"), "households_covered": ("覆盖户数", "Households covered"),
    "households_share": ("户覆盖率", "Households share"), "premises": ("接入点", "Premises"),
    "premises_share": ("接入点覆盖率", "Premises share"), "road_km": ("道路 km", "Road km"),
    "road_covered_km": ("覆盖道路 km", "Road covered km"), "road_share": ("道路覆盖率", "Road share"),
    "whole": ("全部", "Whole"), "urban": ("城区", "Urban"), "scope": ("范围", "Scope"),
    "code": ("编号", "Code"), "name": ("名称", "Name"), "level": ("级别", "Level"), "sites": ("站点", "Sites"),
    "number": ("运营商个数", "Operators"), "owner": ("运营商", "Operator"), "road_class": ("道路等级", "Road class"),
    "share": ("覆盖率", "Share"), "expected_km": ("期望覆盖 km", "Expected km"), "kind": ("类别", "Kind"),
    "count": ("总数", "Count"), "covered": ("已覆盖", "Covered"), "signal": ("电平", "Level"),
    "probability": ("概率", "Probability"), "x": ("X", "X"), "y": ("Y", "Y"), "west": ("西边 X", "West X"),
    "south": ("南边 Y", "South Y"), "expected_share": ("期望覆盖率", "Expected share"), "rank": ("排名", "Rank"),
    "people": ("人口", "People"), "area_name": ("所在区域", "In area"), "site": ("最近发射点", "Nearest transmitter"),
    "site_m": ("距离 m", "Distance m"), "site_bearing": ("方位 °", "Bearing °"), "other_owner": ("另一方", "Other"),
    "distance_m": ("相距 m", "Apart m"), "yes": ("是", "yes"), "no": ("否", "no"), "title": ("结果", "Result"),
    "resolution": ("分辨率 m", "Resolution m"), "note": ("说明", "Note"), "more": ("{}（含以上）", "{} and more"),
    "expected": ("期望值（按概率）", "Expected (by probability)"),
    "confidence": ("置信度 ≥ {:g} %", "Confidence ≥ {:g} %"), "low": ("整体偏低 {:g} dB", "All {:g} dB lower"),
    "high": ("整体偏高 {:g} dB", "All {:g} dB higher"), "least": ("至少 {:g} 家", "At least {:g}"),
    "handover": ("切换带（相差 ≤ {:g} dB）", "Handover zone (≤ {:g} dB apart)"),
    "pollution": ("导频污染（≥ {:g} 个）", "Pilot pollution ({:g} and more)"),
    "main": ("本次门限", "This run"), "near": ("附近有他方站点", "Near another's site"),
    "together": ("已在同址", "At one place"), "within_m": ("判定距离 m", "Within m"), "basis": ("人口依据", "Basis"),
    "basis_premises": ("接入点户数", "households"), "basis_area": ("面积", "area"),
    "basis_parts": ("下级区域", "parts"), "basis_none": ("无数据", "none"),
}  # fmt: skip
_FIGURES: Final = (
    "area_km2", "covered_km2", "area_share", "population", "population_covered", "population_share", "households",
    "households_covered", "households_share", "premises", "premises_share", "road_km", "road_covered_km", "road_share",
)  # fmt: skip
_SHARES: Final = ("area_share", "population_share", "households_share", "premises_share", "road_share")


def write_coverage_book(
    target: Path,
    summary: Mapping[str, Any],
    title: str,
    notes: Sequence[str],
    catalogue: Catalogue,
    language: Language = "zh",
) -> None:
    """Write the summary of a run; sheets without a row are left out. Cells of features are text, never formulas.

    ``summary`` as of ``gis.radio.analysis.Result.summary``. Refusal ``exchange.cannot_write``; an existing target is
    replaced whole or not at all.
    """
    # Takes a tenth of a second to import, and few runs are exported.
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    part = target.with_name(f".{target.stem}.{os.getpid()}.part.xlsx")
    pages = _Pages(summary, catalogue, language)
    try:
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = Workbook(str(part), {"constant_memory": True, **plain})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        percent, number = book.add_format({"num_format": "0.0 %"}), book.add_format({"num_format": "#,##0.##"})
        for name, heads, rows in pages.all(title, notes):
            sheet = book.add_worksheet(pages.word(name))
            sheet.freeze_panes(1, 0)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            for at, key in enumerate(heads):
                wide = key in ("case", "name", "area_name", "title", "note")
                sheet.set_column(at, at, 26 if wide else 13)
            sheet.write_row(0, 0, [pages.word(key) for key in heads], head)
            for at, row in enumerate(rows, 1):
                for across, (key, value) in enumerate(zip(heads, row, strict=True)):
                    if isinstance(value, str):
                        sheet.write_string(at, across, value)
                    elif value is not None:
                        shown = percent if key.endswith("share") or key == "probability" else number
                        sheet.write_number(at, across, value, shown)
        book.close()
        os.replace(part, target)
    except (OSError, FileCreateError) as error:
        raise Refusal("exchange.cannot_write", file=str(target), reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)


_Page = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


class _Pages:
    """The sheets of one summary: name, heads (keys of _WORDS), rows."""

    def __init__(self, summary: Mapping[str, Any], catalogue: Catalogue, language: Language) -> None:
        self._summary, self._catalogue, self._language = summary, catalogue, language

    def word(self, key: str) -> str:
        return _WORDS[key][0 if self._language == "zh" else 1]

    def all(self, title: str, notes: Sequence[str]) -> Iterable[_Page]:
        found = self._summary
        yield (
            "summary",
            ("title", "note"),
            [(title, ""), (self.word("resolution"), f"{found['resolution_m']:g}"), *(("", note) for note in notes)],
        )
        if "main" not in found:
            return  # a run of before there were statistics
        cases = [*found["thresholds"], *found["confidence"], found["expected"], found["band"]["low"]]
        cases += [found["band"]["high"], *found.get("zones", ())]
        yield "cases", ("case", "scope", *_FIGURES), self._scopes(cases)
        areas = found["areas"]
        if areas:
            yield (
                "areas",
                ("code", "name", "level", "area_km2", "covered_km2", *_SHARES, "population", "sites", "basis"),
                self._areas(areas, found["main"]["areas"]),
            )
            yield (
                "areas_cases",
                ("code", "name", "case", *_SHARES),
                [
                    (
                        row["code"] or "",
                        row["name"] or "",
                        self._case(case),
                        *(case["areas"][key][i] for key in _SHARES),
                    )
                    for i, row in enumerate(areas)
                    for case in cases
                ],
            )
        yield from self._beside(found)

    def _beside(self, found: Mapping[str, Any]) -> Iterable[_Page]:
        operators = found["operators"]
        if operators:
            exactly = operators["exactly"]
            heads = ("case", "area_share", "population_share", "road_share")
            rows: list[Sequence[Any]] = [
                (
                    self.word("more").format(row["number"]) if row is exactly[-1] else str(row["number"]),
                    *(row[key] for key in heads[1:]),
                )
                for row in exactly
            ]
            rows += [
                (self._case(case), *(case["whole"][key] for key in heads[1:]))
                for case in (*operators["at_least"], *operators["each"])
            ]
            yield "operators", heads, rows
        if found["roads"]:
            yield (
                "roads",
                ("road_class", "road_km", "road_covered_km", "share", "expected_km"),
                [
                    (
                        self._code("road", "road_class", row["road_class"]),
                        row["length_m"] / 1000.0,
                        row["covered_m"] / 1000.0,
                        row["share"],
                        row["expected_m"] / 1000.0,
                    )
                    for row in found["roads"]
                ],
            )
        if found["places"]["listed"]:
            yield "places", ("kind", "code", "name", "covered", "signal", "probability", "x", "y"), self._places(found)
        squares = found["grid"]
        if squares:
            keys = ("west", "south", "area_share", "expected_share", "households", "households_share", "road_share")
            yield "squares", keys, zip(*(squares[key] for key in keys), strict=True)
        if found["gaps"]["ranked"]:
            columns = (
                "rank",
                "people",
                "households",
                "premises",
                "area_km2",
                "road_km",
                "area_name",
                "x",
                "y",
                "site_m",
            )
            yield "gaps", (*columns, "site_bearing"), [
                (
                    gap["rank"], gap["people"], gap["households"], gap["premises"], gap["area_m2"] / 1e6,
                    gap["road_m"] / 1000.0, gap["area_name"] or "", gap["x"], gap["y"], gap["site_m"],
                    gap["site_bearing"],
                )
                for gap in found["gaps"]["ranked"]
            ]  # fmt: skip
        if found["sharing"] and found["sharing"]["pairs"]:
            yield (
                "sharing",
                ("owner", "other_owner", "distance_m", "x", "y"),
                [
                    (
                        self._owner(pair["owner"]),
                        self._owner(pair["other_owner"]),
                        pair["distance_m"],
                        pair["x"],
                        pair["y"],
                    )
                    for pair in found["sharing"]["pairs"]
                ],
            )

    def _scopes(self, cases: Sequence[Mapping[str, Any]]) -> Iterable[Sequence[Any]]:
        for case in cases:
            for scope in ("whole", "urban"):
                if case[scope] is not None:
                    yield self._case(case), self.word(scope), *self._figures(case[scope])

    @staticmethod
    def _figures(found: Mapping[str, Any]) -> Sequence[Any]:
        scaled = {
            "area_km2": found["area_m2"] / 1e6,
            "covered_km2": found["covered_m2"] / 1e6,
            "road_km": found["road_m"] / 1000.0,
            "road_covered_km": found["road_covered_m"] / 1000.0,
        }
        return [scaled[key] if key in scaled else found[key] for key in _FIGURES]

    def _areas(self, areas: Sequence[Mapping[str, Any]], shares: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        for i, row in enumerate(areas):
            yield (
                row["code"] or "",
                row["name"] or "",
                self._code("area", "level", row["level"]),
                row["area_m2"] / 1e6,
                row["covered_m2"] / 1e6,
                *(shares[key][i] for key in _SHARES),
                row["population"],
                row["sites"],
                self.word(f"basis_{row['population_basis']}"),
            )

    def _places(self, found: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        for place in found["places"]["listed"]:
            yield (
                self._code("premises", "kind", place["kind"]),
                place["code"] or "",
                place["name"] or "",
                self.word("yes" if place["covered"] else "no"),
                place["level"],
                place["probability"],
                place["x"],
                place["y"],
            )

    def _case(self, case: Mapping[str, Any]) -> str:
        kind, value = case["kind"], float(case["value"])
        if kind == "threshold":
            main = value == self._summary["level_threshold"]
            told = f"≥ {value:g} {self._summary['unit']}".replace("-", "−")
            return f"{told} ({self.word('main')})" if main else told
        if kind == "operator":
            return self._owner(case["owner"])
        if kind == "operators":
            return self.word("least").format(value)
        return self.word(kind).format(value * 100.0 if kind == "confidence" else abs(value))

    def _owner(self, code: str) -> str:
        return self._code("cell", "owner", code)

    def _code(self, cls: str, field: str, value: object) -> str:
        return self._catalogue[cls].field(field).code_label(value, self._language) if value else ""
