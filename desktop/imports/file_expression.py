"""An expression over the columns of a file, completed and checked while it is typed."""

from __future__ import annotations

from desktop.bulk.expression import ExpressionEditor
from desktop.shell.words import worded
from gis.errors import Refusal
from gis.exchange.raw import RawTable
from gis.project.expressions_of_files import class_of_file, sample
from gis.query import Expression


class FileExpression(ExpressionEditor):
    """The calculator's editor whose fields are a file's columns; ``[column name]`` names one of any letters."""

    def __init__(self, raw: RawTable) -> None:
        super().__init__()
        self._raw = raw
        worded(self.edit, "setPlaceholderText", "e.g. round(height / 100, 1) or concat(area, '-', no)")
        self.set_class(class_of_file(raw))

    def compiled(self) -> Expression | None:
        """The type of what stands there, if it can be computed."""
        if not self.text():
            return None
        try:
            gives, _ = sample(self._raw, self.text(), 1)
        except Refusal:
            return None
        return Expression("", (), gives)

    def problem(self) -> Refusal | None:
        """What is wrong with what stands there."""
        if not self.text():
            return None
        try:
            sample(self._raw, self.text(), 1)
        except Refusal as refusal:
            return refusal
        return None
