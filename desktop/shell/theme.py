"""Colours and type of the whole program, from ``resources/symbols/palette.toml``: light, dark, or as the system is."""

from __future__ import annotations

import tomllib
from functools import cache
from string import Template
from typing import Literal

from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop.shell.stylesheet import STYLESHEET
from gis.resources import resource

Choice = Literal["system", "light", "dark"]

GRID = 8  # px: every margin and gap is a multiple of it, or its half
BODY, TITLE = 13, 16  # px: the two sizes of text
_FAMILIES = ["Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC", "Noto Sans", "Segoe UI"]


@cache
def palettes() -> dict[str, dict[str, str]]:
    """The palette file: "light", "dark", "families" and "families_dark", each name -> "#RRGGBB"."""
    return tomllib.loads(resource("symbols", "palette.toml").read_text("utf-8"))


class Theme(QObject):
    """The look in force; ``changed`` is emitted after a switch."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice: Choice = "system"
        self.dark = False
        self._applied = False
        self._drawn: QTemporaryDir | None = None

    @property
    def colors(self) -> dict[str, str]:
        """The colours in force, by name."""
        return palettes()["dark" if self.dark else "light"]

    def color(self, name: str) -> QColor:
        """One colour in force."""
        return QColor(self.colors[name])

    def family(self, name: str) -> QColor:
        """The hue of a layer family in force."""
        return QColor(palettes()["families_dark" if self.dark else "families"][name])

    def apply(self, choice: Choice) -> None:
        """Dress the application; safe to call again."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.choice = choice
        hints = QGuiApplication.styleHints()
        dark = choice == "dark" or (choice == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
        if self._applied and dark == self.dark:
            return
        if not self._applied:
            app.setStyle("Fusion")
            app.setFont(_font())
            hints.colorSchemeChanged.connect(self._system_changed)
        self.dark, self._applied = dark, True
        app.setPalette(_qt_palette(self.colors))
        self._draw_marks()
        app.setStyleSheet(
            Template(STYLESHEET).substitute(
                self.colors, body=str(BODY), title=str(TITLE), tone="dark" if dark else "light"
            )
        )
        self.changed.emit()

    def _system_changed(self) -> None:
        if self.choice == "system":
            self.apply("system")

    def _draw_marks(self) -> None:
        # Qt's style sheets take a tick or an arrow only as an image file; they are drawn in the colours in force.
        if self._drawn is None:
            self._drawn = QTemporaryDir()
            QDir.addSearchPath("marks", self._drawn.path())
        for name, (size, path, color, width) in _MARKS.items():
            ink = self.colors[color]
            tone = "dark" if self.dark else "light"
            with open(self._drawn.filePath(f"{name}-{tone}.svg"), "w", encoding="utf-8") as file:
                file.write(
                    f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 16 16">'
                    f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}" stroke-linecap="round" '
                    f'stroke-linejoin="round"/></svg>'
                )


# name -> (px, SVG path in a 16 × 16 box, colour, stroke)
_MARKS = {
    "check": (16, "M3.5 8.5 L6.7 11.5 L12.5 4.8", "on_accent", 2.0),
    "partial": (16, "M4 8 L12 8", "on_accent", 2.0),
    "down": (12, "M3 5.5 L8 10.5 L13 5.5", "text_soft", 1.8),
    "up": (12, "M3 10.5 L8 5.5 L13 10.5", "text_soft", 1.8),
    "right": (12, "M5.5 3 L10.5 8 L5.5 13", "text_soft", 1.8),
}


@cache
def theme() -> Theme:
    """The one Theme of the program."""
    return Theme()


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two "#RRGGBB" colours, 1…21 (WCAG 2.2, relative luminance)."""

    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _font() -> QFont:
    known = set(QFontDatabase.families())
    font = QFont(QApplication.font())
    font.setFamilies([name for name in _FAMILIES if name in known] or font.families())
    font.setPixelSize(BODY)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _qt_palette(colors: dict[str, str]) -> QPalette:
    roles = QPalette.ColorRole
    chosen = {
        roles.Window: "window", roles.WindowText: "text", roles.Base: "surface", roles.AlternateBase: "sunken",
        roles.Text: "text", roles.Button: "surface", roles.ButtonText: "text", roles.BrightText: "bad",
        roles.Highlight: "accent", roles.HighlightedText: "on_accent", roles.Link: "accent",
        roles.ToolTipBase: "raised", roles.ToolTipText: "text", roles.PlaceholderText: "text_faint",
        roles.Light: "surface", roles.Midlight: "sunken", roles.Mid: "line", roles.Dark: "line_strong",
        roles.Shadow: "shadow", roles.Accent: "accent",
    }  # fmt: skip
    palette = QPalette()
    for role, name in chosen.items():
        palette.setColor(role, QColor(colors[name]))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors["text_faint"]))
    return palette
