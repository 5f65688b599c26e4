"""One import, from file to one undo step: read, sort by class, place, map, stage against the project, apply.

`read_file`, `stage_file` and `apply_staged` take a file for one class. `read_parts`, `stage_parts` and `apply_plan` do
the same for a file whose rows belong to several classes; a file of one class is a plan of one part.
"""

from gis.project.import_applying import apply_plan, apply_staged
from gis.project.import_plan import Applied, Choices, DecidedBy, FileReading, ImportPlan, Part, Reading
from gis.project.import_reading import (
    DATUMS,
    read_file,
    read_parts,
    stage_file,
    stage_parts,
    understand,
    understand_parts,
)

__all__ = [
    "DATUMS", "Applied", "Choices", "DecidedBy", "FileReading", "ImportPlan", "Part", "Reading", "apply_plan",
    "apply_staged", "read_file", "read_parts", "stage_file", "stage_parts", "understand", "understand_parts",
]  # fmt: skip
