"""From a file to a plan, step by step in workers: first rows, all rows, what they mean, what each becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.imports.outcomes import Outcomes
from desktop.imports.staged_layer import staged_arrays
from desktop.jobs import Job
from gis.cartography.arrays import LayerArrays
from gis.catalogue import Catalogue
from gis.exchange.class_guess import ClassGuess, guess_class
from gis.exchange.formats import read_raw
from gis.exchange.placement import guess_placement
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.shift_detection import DatumProposal
from gis.progress import Progress
from gis.project.datum_proposals import proposed_datum_of
from gis.project.importing import Choices, FileReading, ImportPlan, stage_parts, understand_parts

FIRST_ROWS = 500  # shown before all are read
SMALL = 262_144  # bytes: a smaller file is read at once


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A plan as it is shown: of each part, the rows' outcomes and the layer of those that have a place.

    ``unsorted``: the rows that belong to no part, None where there are none. ``proposal``: a datum in which the rows
    would meet the features that are there.
    """

    plan: ImportPlan
    outcomes: tuple[Outcomes, ...]
    layers: tuple[LayerArrays | None, ...]
    unsorted: Outcomes | None = None
    proposal: DatumProposal | None = None


class Preparation(QObject):
    """Only the newest wish counts: an older one is cancelled and tells nothing. All signals come in the UI thread."""

    sniffed = Signal(object)  # RawTable: the first rows of a large file
    read = Signal(str, object)  # format, RawTable: all rows
    guessed = Signal(object)  # ClassGuess: what the file is about, told before its rows
    prepared = Signal(object)  # Prepared
    failed = Signal(object)  # the exception
    stepped = Signal(object)  # the Job under way, or None once nothing is

    def __init__(self, jobs: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether a step is under way."""
        return self._job is not None

    def warm_up(self) -> None:
        """Compile the readers' kernels, or fetch them, while the user looks for a file."""

        def work(progress: Progress) -> None:
            with TemporaryDirectory(prefix="yantu-") as folder:
                path = Path(folder) / "first.csv"
                path.write_text("code,lon,lat\nA,120.1,33.3\nB,120°06′36″E,33°18′00″N\n", "utf-8")
                guess_placement(read_raw(path)[1], "EPSG:4549")

        self._jobs.quiet(work, failed=self._no_matter, of_project=False)

    def _no_matter(self, _error: Exception) -> None:
        """The file itself will tell."""

    def look(
        self,
        path: Path,
        dialect: Dialect,
        prefer: str | None,
        guess: Catalogue | None = None,
        *,
        track: Path | None = None,
        clock_offset_s: float | None = None,
    ) -> None:
        """Read a file: its first rows at once, then all of it; ``guess``: the classes it may be about; ``track``,
        ``clock_offset_s``: for photos."""
        placed = {"track": track, "clock_offset_s": clock_offset_s}

        def head(progress: Progress) -> tuple[RawTable | None, ClassGuess | None]:
            if not path.is_file() or path.stat().st_size < SMALL:
                return None, None
            raw = read_raw(path, dialect, prefer=prefer, rows=FIRST_ROWS, progress=progress)[1]
            return raw, guess_class(raw, guess, path.stem) if guess is not None else None

        def shown(got: tuple[RawTable | None, ClassGuess | None]) -> None:
            raw, found = got
            if found is not None:
                self.guessed.emit(found)
            if raw is not None:
                self.sniffed.emit(raw)
            self._whole(path, dialect, prefer, guess if raw is None else None, placed)

        self._run(head, shown)

    def _whole(
        self, path: Path, dialect: Dialect, prefer: str | None, guess: Catalogue | None, placed: dict[str, Any]
    ) -> None:
        def work(progress: Progress) -> tuple[str, RawTable, ClassGuess | None]:
            form, raw = read_raw(path, dialect, prefer=prefer, progress=progress, **placed)
            return form, raw, guess_class(raw, guess, path.stem) if guess is not None else None

        def shown(got: tuple[str, RawTable, ClassGuess | None]) -> None:
            form, raw, found = got
            if found is not None:
                self.guessed.emit(found)
            self.read.emit(form, raw)

        self._run(work, shown)

    def stage(self, session: Any, path: Path, form: str, raw: RawTable, cls: str | None, choices: Choices) -> None:
        """Understand rows that were read and compare them with the project."""

        def work(progress: Progress) -> Prepared:
            source = understand_parts(session, path, form, raw, cls, choices)
            plan = stage_parts(session, source, progress)
            return prepared(session, source, plan)

        self._run(work, self.prepared.emit)

    def cancel(self) -> None:
        """Stop what is under way."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.stepped.emit(None)

    def _run(self, work: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        if self._job is not None:
            self._job.cancel()

        def mine(then: Callable[[Any], None]) -> Callable[[Any], None]:
            def answer(result: Any) -> None:
                if self._job is job:
                    self._job = None
                    then(result)
                    if self._job is None:
                        self.stepped.emit(None)

            return answer

        job: Job = self._jobs.quiet(work, mine(done), mine(self.failed.emit), of_project=False)
        self._job = job
        job.changed.connect(self._step)
        self.stepped.emit(job)

    def _step(self, job: Job) -> None:
        if job is self._job:
            self.stepped.emit(job)


def prepared(session: Any, source: FileReading, plan: ImportPlan) -> Prepared:
    """What is shown of a plan; for a worker."""
    outcomes = tuple(Outcomes.of(part.reading.raw, part.staged) for part in plan.parts)
    layers = tuple(staged_arrays(part.staged, session.catalogue[part.reading.cls].geometry) for part in plan.parts)
    unsorted = Outcomes.of(_rejects_only(source), None) if source.unsorted else None
    return Prepared(plan, outcomes, layers, unsorted, proposed_datum_of(session, plan))


def _rejects_only(source: FileReading) -> RawTable:
    nothing = source.raw.part(0, 0)
    return RawTable((), {}, nothing.lines, unreadable=source.unsorted)
