"""The words of a sheet: title, rule, definition, dates, maker, and figures that texts name in braces."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import pyproj

from gis.cartography.sheets.city import CityFile, CoverageRun
from gis.cartography.sheets.items import Item, TextItem, all_items
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.restriction import lengths_shown
from gis.cartography.sheets.templates import SheetTemplate
from gis.catalogue import Label
from gis.coverage.classes import Technology
from gis.coverage.results import Note
from gis.errors import Language
from gis.geometry.columns import BBox

_FIELD = re.compile(r"\{(\w+(?::\w+)?)\}")
PAGE_FIELDS = ("page", "pages", "page_name", "page_code")


def sheet_fields(
    city: CityFile, template: SheetTemplate, run: CoverageRun | None, kind: Technology | None, cell_m: float,
    classes: Sequence[str], language: Language, date: datetime.date, given: Mapping[str, str],
    page: AtlasPage | None = None, told: Mapping[str, str] | None = None,
) -> dict[str, str]:  # fmt: skip
    """The fields of a sheet by name, see ``SheetSpec.fields``; ``cell_m``: the squares of a public sheet, 0 = none.

    ``told``: what the map has told already, such as its scale and counts.
    """
    zh = language == "zh"
    data_date = given.get("data_date") or _data_date(city, classes, language)
    made = {**dict.fromkeys(PAGE_FIELDS, ""), **(told or {})}
    if page is not None:
        made |= page.words()
    made |= {
        "place": given.get("place") or (page.name if page is not None else "") or _place(city, run),
        "subject": _subject(kind, language),
        "rule": _rule(run, kind, language),
        "crs": crs_words(city.crs, language),
        "printed_on": day(date, language),
        "data_date": data_date,
        "maker": given.get("maker", ""),
        "approval": given.get("approval", ""),
        "mark": "",
        "definition": _definition(run, kind, cell_m, language),
    }
    if template.subject == "coverage" and run is None:
        made["rule"] = "尚无分析结果" if zh else "No analysis has been run yet"
        made["definition"] = (
            "本图没有覆盖结果。请先在“分析”中运行一次覆盖分析，再输出本图。"
            if zh
            else "There is no coverage result on this sheet. Run an analysis first, then print again."
        )
    for key, value in given.items():  # a template of one's own may name fields of its own
        made.setdefault(key, value)
    for key in ("title", "subtitle", "mark", "notes"):
        pattern = template.words.get(key)
        made[key] = given.get(key) or (filled(pattern.text(language), made) if pattern else "")
    if not made["place"]:  # an empty city has no name yet
        made["title"] = made["title"].removesuffix(" of ").strip(" ,，")
    if not given.get("title"):  # without a subject or a place the pattern begins in the middle of its sentence
        title = made["title"].strip()
        made["title"] = title[:1].upper() + title[1:]
    parts = [
        ("制图：{}" if zh else "Made by {}", made["maker"]),
        ("数据截至 {}" if zh else "Data as of {}", data_date),
        ("制图日期 {}" if zh else "Printed {}", made["printed_on"]),
        ("审图号 {}" if zh else "Approval no. {}", "" if template.publication == "public" else made["approval"]),
    ]
    made["imprint"] = "  ·  ".join(pattern.format(value) for pattern, value in parts if value)
    return made


def counted_fields(city: CityFile, items: Iterable[Item], words: Iterable[str], frame: BBox) -> dict[str, str]:
    """The figures that texts ask for: ``count:CLASS``, features in ``frame``, and ``length:CLASS``, their kilometres
    inside it, or inside the ground of an atlas page.

    A class that the catalogue does not know is left as it is written.
    """
    texts = [text for item in all_items(items) if isinstance(item, TextItem) for text in item.text.values()]
    made: dict[str, str] = {}
    for text in (*texts, *words):
        for name in _FIELD.findall(text):
            asked, _, cls = name.partition(":")
            if name in made or cls not in city.catalogue or asked not in ("count", "length"):
                continue
            found = city.columns(cls, [], bbox=frame if city.catalogue[cls].spatial else None,
                                 geometry=asked == "length")  # fmt: skip
            if asked == "count":
                made[name] = f"{len(found):,}"
            elif found.geometry is not None:
                made[name] = f"{lengths_shown(city, cls, found.geometry, frame).sum() / 1000.0:,.1f}"
    return made


def filled(text: str, fields: Mapping[str, str]) -> str:
    """``text`` with its ``{fields}``; an unknown field stays as it is written."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)


def named_fields(text: str) -> set[str]:
    """The fields that a text names."""
    return set(_FIELD.findall(text))


def day(date: datetime.date, language: Language) -> str:
    """2026年3月5日, or 5 March 2026."""
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip
    return f"{date.day} {months[date.month - 1]} {date.year}"


def crs_words(crs: pyproj.CRS, language: Language) -> str:
    """The CRS as a sheet names it: "CGCS2000 / 3度带 CM 120E，EPSG:4549"."""
    name = crs.name
    if language == "zh":
        name = re.sub(r"3-degree Gauss-Kruger zone (\d+)", r"3度带 第\1带", name)
        name = name.replace("3-degree Gauss-Kruger", "3度带").replace("Gauss-Kruger zone", "高斯-克吕格 6度带 第")
    code = crs.to_epsg()
    if code is None:
        return name
    return f"{name}，EPSG:{code}" if language == "zh" else f"{name}, EPSG:{code}"


def convergence_words(crs: pyproj.CRS, center: tuple[float, float], language: Language) -> str:
    """How far grid north lies from true north in the middle of a map: "子午线收敛角 +0°07′", east of it positive."""
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = to_degrees.transform(*center)
    try:
        angle = float(pyproj.Proj(crs).get_factors(lon, lat).meridian_convergence)
    except pyproj.exceptions.ProjError:
        return ""
    minutes = round(abs(angle) * 60)
    said = f"{'−' if angle < 0 and minutes else '+'}{minutes // 60}°{minutes % 60:02d}′"
    return f"子午线收敛角 {said}" if language == "zh" else f"Grid convergence {said}"


def _place(city: CityFile, run: CoverageRun | None) -> str:
    code = run.params.get("area") if run is not None else None
    where, params = ('"code" = ?', (str(code),)) if code else ("\"level\" = 'city'", ())
    found = city.columns("area", ["name"], where=where, params=params, geometry=False, limit=1)
    return str(found.fields["name"][0] or "") if len(found) else ""


def _data_date(city: CityFile, classes: Sequence[str], language: Language) -> str:
    latest = ""
    for cls in classes:
        _, rows = city.sql(f'SELECT max("updated_at") FROM "{city.catalogue[cls].name}"')
        latest = max(latest, str(rows[0][0] or "")) if rows else latest
    try:
        return day(datetime.date.fromisoformat(latest[:10]), language)
    except ValueError:
        return ""


def _subject(kind: Technology | None, language: Language) -> str:
    """What is covered, in a title: "WiFi", "5G NR"."""
    if kind is None:
        return ""
    short = {"wifi": Label("WiFi", "WiFi"), "any": Label("移动网络", "Mobile network")}
    return short.get(kind.name, kind.label).text(language)


def _rule(run: CoverageRun | None, kind: Technology | None, language: Language) -> str:
    """From which level on a place counts as covered."""
    if run is None or kind is None:
        return ""
    threshold = run.summary.get("threshold_dbm")
    if threshold is None:
        return (
            "3G、4G、5G 任一制式达到各自门限即为覆盖"
            if language == "zh"
            else "Covered where any of 3G, 4G and 5G meets its own threshold"
        )
    value = f"{threshold:g}".replace("-", "−")
    quantity = "" if kind.quantity == "margin" else f"{kind.quantity} "
    return f"{quantity}≥ {value} dBm 为覆盖" if language == "zh" else f"Covered where {quantity}≥ {value} dBm"


def _definition(run: CoverageRun | None, kind: Technology | None, cell_m: float, language: Language) -> str:
    """Threshold, model, grid and date of a run, and what its reader has to know."""
    if run is None or kind is None:
        return ""
    zh = language == "zh"
    lines = [_rule(run, kind, language)]
    if model := run.summary.get("model"):
        lines.append(("模型：" if zh else "Model: ") + Note.from_json(model).text(language))
    when = run.started_at[:10]
    with suppress(ValueError):
        when = day(datetime.date.fromisoformat(when), language)
    grid = float(run.summary.get("resolution_m") or 0.0)
    lines.append(
        f"第 {run.id} 次分析，{when}，计算网格 {grid:g} m"
        if zh
        else f"Analysis {run.id} of {when}, on a {grid:g} m grid"
    )
    if cell_m:
        said = "图上电平按 {:g} m 格网概括" if zh else "Levels are shown in squares of {:g} m"
        lines.append(said.format(cell_m))
    lines += [Note.from_json(note).text(language) for note in run.summary.get("notes", [])]
    return "\n".join(f"{line}。" if zh else f"{line}." for line in lines)
