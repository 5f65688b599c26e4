"""The report of a city as data: analyses, targets, inventory and the state of the data, in one language.

What ``desktop.sheets.report`` lays out on pages and ``gis.project.report_book`` writes as a workbook. The same project
and wish give the same report; only ``date`` says when.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.cartography.sheets.contents import crs_words, day
from gis.errors import Language, Refusal
from gis.progress import Progress
from gis.project.report_inventory import inventory
from gis.project.report_parts import Report, Section, Speech
from gis.project.report_quality import changes, definitions, quality
from gis.project.report_runs import coverage, tables
from gis.project.report_scope import Scope
from gis.project.report_targets import summary, targets_chapter
from gis.project.session import Session
from gis.project.target_values import assess
from gis.project.targets import DEFAULT, target_set

SECTIONS = ("summary", "targets", "inventory", "coverage", "quality", "changes", "tables", "definitions")


@dataclass(frozen=True, slots=True)
class ReportWish:
    """What a report shall tell. None of ``runs``: the newest of each kind and technology. ``sections``: of SECTIONS, ()
    = all, "changes" only where ``since`` (a date, YYYY-MM-DD) is given. ``targets``: a shipped set or a file."""

    area: str | None = None
    runs: tuple[int, ...] | None = None
    sections: tuple[str, ...] = ()
    since: str = ""
    title: str = ""
    maker: str = ""
    mark: str = ""
    targets: str | Path = DEFAULT

    def __post_init__(self) -> None:
        unknown = [name for name in self.sections if name not in SECTIONS]
        if unknown:
            raise Refusal("report.no_section", name=unknown[0], known=", ".join(SECTIONS))
        if "changes" in self.sections and not self.since:
            raise Refusal("report.no_since")

    def wants(self, section: str) -> bool:
        """Whether that chapter is to be made."""
        if section == "changes":
            return bool(self.since) and (not self.sections or section in self.sections)
        return not self.sections or section in self.sections


def compose_report(
    session: Session,
    wish: ReportWish,
    *,
    language: Language = "zh",
    date: datetime.date | None = None,
    progress: Progress | None = None,
) -> Report:
    """Everything the report says. Runs the checks where their chapter is wanted (a million features: half a minute).

    Raises Refusal ``query.no_area``, ``report.…``, ``history.bad_date`` and that for an unknown run.
    """
    progress = progress or Progress()
    say = Speech(language)
    targets = target_set(wish.targets)
    with session.reading() as snapshot:
        scope = Scope(session, snapshot, wish.area)
        runs = scope.runs(wish.runs)
        progress.step(0, 0, "report.counting")
        assessed = assess(scope, targets) if wish.wants("summary") or wish.wants("targets") else []
        makers: Sequence[tuple[str, Callable[[], Section]]] = (
            ("summary", lambda: summary(scope, say, assessed, targets)),
            ("targets", lambda: targets_chapter(scope, say, assessed)),
            ("inventory", lambda: inventory(scope, say)),
            ("coverage", lambda: coverage(scope, say, runs)),
            ("quality", lambda: quality(scope, say, progress)),
            ("changes", lambda: changes(scope, say, wish.since, progress)),
            ("tables", lambda: tables(scope, say, runs)),
            ("definitions", lambda: definitions(scope, say, targets)),
        )
        chapters = []
        for place, (name, make) in enumerate(makers):
            if wish.wants(name):
                progress.step(place, len(makers), "report.counting")
                made = make()
                if made.parts or made.sections:
                    chapters.append(made)
        return _bound(scope, wish, say, date or datetime.date.today(), chapters)


def _bound(scope: Scope, wish: ReportWish, say: Speech, date: datetime.date, chapters: list[Section]) -> Report:
    name = str(scope.session.info()["name"] or scope.session.path.stem)
    place = scope.place or name
    newest = max((scope.newest(cls.name) for cls in scope.catalogue), default="")
    data_date = ""
    if newest:
        data_date = day(datetime.date.fromisoformat(newest[:10]), say.language)
    printed = day(date, say.language)
    cover = [
        (say("cover_scope"), place),
        (say("cover_project"), name),
        (say("cover_data_date"), data_date),
        (say("cover_crs"), crs_words(scope.session.crs, say.language)),
        (say("cover_features"), f"{sum(scope.counts.values()):,}"),
    ]
    return Report(
        language=say.language,
        title=wish.title or say("title", place=place),
        subtitle=say("subtitle"),
        mark=wish.mark or say("mark"),
        maker=wish.maker,
        date=printed,
        cover=tuple((label, text) for label, text in cover if text),
        sections=tuple(chapters),
    )
