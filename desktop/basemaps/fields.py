"""Number fields as the other fields look."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox


def roomy(field: QAbstractSpinBox) -> None:
    """Keep the number off the frame: the style sheet's padding does not reach the line inside."""
    field.lineEdit().setTextMargins(8, 0, 0, 0)
