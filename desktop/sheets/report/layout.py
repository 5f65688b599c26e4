"""Sets a report on pages: pieces one below another, landscape where a table is wide, a page of its own for each map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from desktop.sheets.report.charts import charts
from desktop.sheets.report.pieces import Anchor, Piece, cards, heading, nothing, paragraph, points
from desktop.sheets.report.tables import facts_table, table
from gis.cartography.sheets.items import Paper
from gis.project.report_parts import Cards, Diagram, Facts, Grid, MapPage, Part, Points, Report, Section, Speech, Words

PORTRAIT, LANDSCAPE = Paper.of("A4", "portrait"), Paper.of("A4", "landscape")
LEFT, TOP, BOTTOM = 22.0, 20.0, 18.0  # margins, mm; right as left
_NUMERALS = "零一二三四五六七八九十"


@dataclass(slots=True)
class LaidPage:
    """A page of the body. ``items``: pieces with their upper left corners; ``sheet``: the map instead of them."""

    landscape: bool
    chapter: str
    items: list[tuple[Piece, float, float]] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    sheet: MapPage | None = None

    @property
    def paper(self) -> Paper:
        """Its paper."""
        return LANDSCAPE if self.landscape else PORTRAIT


def text_width_of(landscape: bool) -> float:
    """How wide the text is on a page, mm."""
    return (LANDSCAPE if landscape else PORTRAIT).width - 2 * LEFT


def lay_out(report: Report) -> list[LaidPage]:
    """The pages after the contents."""
    pages: list[LaidPage] = []
    numbers = _Numbers(Speech(report.language))
    for place, chapter in enumerate(report.sections, 1):
        title = numbers.chapter(place, chapter.title)
        pages += _flow(_section(chapter, title, 0, numbers), title)
    return pages


def _section(section: Section, title: str, depth: int, numbers: _Numbers, place: int = 1) -> list[Piece]:
    width = text_width_of(False)
    made = heading(title, depth, width, fresh=depth == 0 or (section.break_before and place > 1))
    made += _parts(section.parts, numbers)
    for number, below in enumerate(section.sections, 1):
        made += _section(below, numbers.section(number, below.title), depth + 1, numbers, number)
    return made


def _parts(parts: Sequence[Part], numbers: _Numbers) -> list[Piece]:
    portrait, landscape = text_width_of(False), text_width_of(True)
    made: list[Piece] = []
    diagrams: list[tuple[str, Diagram]] = []
    for place, part in enumerate(parts):
        if isinstance(part, Diagram):
            diagrams.append((numbers.chart(part.chart.title), part))
            if place + 1 == len(parts) or not isinstance(parts[place + 1], Diagram):
                made += charts(diagrams, portrait)
                diagrams = []
            continue
        match part:
            case Words(text, tone):
                made += paragraph(text, portrait, tone=tone, keep=tone == "body" and text.endswith(("：", ":")))
            case Points(items):
                made += points(items, portrait)
            case Cards(found):
                made += cards(found, portrait)
            case Grid():
                made += table(part, numbers.table(part.title), numbers.say, portrait, landscape)
            case Facts():
                made += facts_table(part, numbers.table(part.title), numbers.say, portrait)
            case MapPage():
                made.append(Piece(0.0, lambda *_: None, sheet=part))
    return made


class _Numbers:
    """Counts chapters, tables and charts."""

    def __init__(self, say: Speech) -> None:
        self.say = say
        self._tables = self._charts = 0
        self._chapter = 0

    def chapter(self, place: int, title: str) -> str:
        self._chapter = place
        if "附录" in title or title.startswith("Appendix"):
            return title
        return f"{_NUMERALS[place]}、{title}" if self.say.zh else f"{place}  {title}"

    def section(self, place: int, title: str) -> str:
        number = _NUMERALS[place] if place <= 10 else str(place)
        return f"（{number}）{title}" if self.say.zh else f"{self._chapter}.{place}  {title}"

    def table(self, title: str) -> str:
        self._tables += 1
        return self.say("table_number", number=self._tables, title=title)

    def chart(self, title: str) -> str:
        self._charts += 1
        return self.say("chart_number", number=self._charts, title=title)


def _flow(pieces: Sequence[Piece], chapter: str) -> list[LaidPage]:
    """The pieces of a chapter on pages. Maps that come between stand on the next page, text flows on before them."""
    pages: list[LaidPage] = []
    sheets: list[MapPage] = []
    page: LaidPage | None = None
    y = TOP

    def turn(landscape: bool, within_table: bool = False) -> LaidPage:
        nonlocal y
        if page is not None:
            pages.append(page)
        if not within_table:
            pages.extend(LaidPage(True, chapter, sheet=sheet) for sheet in sheets)
            sheets.clear()
        y = TOP
        return LaidPage(landscape, chapter)

    for place, piece in enumerate(pieces):
        if piece.sheet is not None:
            sheets.append(piece.sheet)
            continue
        is_space = (
            piece.height > 0
            and not piece.keep
            and piece.head is None
            and piece.anchor is None
            and piece.paint is nothing
        )
        if page is None or (piece.fresh and page.items):
            page = turn(piece.landscape)
        elif piece.landscape != page.landscape and not is_space:
            page = turn(piece.landscape) if page.items else replace(page, landscape=piece.landscape)
        elif not is_space and page.items and y + _needed(pieces, place) > page.paper.height - BOTTOM + 1e-6:
            page = turn(piece.landscape, piece.head is not None)
        if is_space and not page.items:
            continue
        if not page.items and piece.head is not None:
            page.items.append((piece.head, LEFT, y))
            y += piece.head.height
        page.items.append((piece, LEFT, y))
        if piece.anchor is not None:
            page.anchors.append(piece.anchor)
        y += piece.height
    if page is not None:
        turn(False)
    return pages


def _needed(pieces: Sequence[Piece], place: int) -> float:
    """The height of a piece with all that has to stay with it, at most half a page."""
    height = pieces[place].height
    while pieces[place].keep and place + 1 < len(pieces):
        place += 1
        if pieces[place].sheet is not None:
            continue
        height += pieces[place].height
        if height > 150.0:
            break
    return height
