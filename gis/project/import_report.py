"""What an import did or would do, for people and programs: counts that add up, every row not taken, how it was read."""

from __future__ import annotations

from typing import Any

from gis.errors import Language
from gis.exchange.raw import Reject
from gis.exchange.staging import Staged
from gis.project.importing import Applied, FileReading, ImportPlan, Part, Reading


def report(reading: Reading, staged: Staged, language: Language = "zh") -> dict[str, Any]:
    """The import of one class as a JSON-able report; as `report_of`."""
    source = FileReading(reading.path, reading.format, reading.raw, (reading,))
    return report_of(ImportPlan(source, (Part(reading, staged),)), None, language)


def report_of(plan: ImportPlan, applied: Applied | None = None, language: Language = "zh") -> dict[str, Any]:
    """The import as a JSON-able report; counts add up, every row not taken is named with its line and reason."""
    return {
        "file": plan.file,
        "class": plan.parts[0].reading.cls if len(plan.parts) == 1 else None,
        "format": plan.source.format,
        **plan.counts(),
        "rejects": _listed(plan.rejects, language),
        "conflicts": _listed(plan.conflicts, language),
        "evidence": {e.what: {"value": e.value, "reason": e.reason} for e in plan.evidence},
        "mapping": {
            name: source.column or source.constant
            for part in plan.parts
            for name, source in part.staged.mapping.sources.items()
        },
        "seq": None if applied is None else applied.seq,
    }


def _listed(rejects: tuple[Reject, ...], language: Language) -> list[dict[str, Any]]:
    return [{"line": r.line, "reason": r.why.message(language), "code": r.why.code} for r in rejects]
