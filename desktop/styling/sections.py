"""The parts of the style panel that concern the whole layer: size and direction, crowding, wedges, range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import JobRunner
from desktop.shell.formatting import scale, with_unit
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, mark, tr, worded, words
from desktop.styling.controls import CalmBox, CalmSpin, Rows, while_alive
from desktop.styling.fields import angular, choices, first, metric, numeric
from desktop.styling.labelling import round_up
from desktop.styling.ramp_choice import RampChoice
from desktop.styling.ranges import round_down
from desktop.styling.scale_field import ScaleField
from desktop.styling.values import Histogram, histogram
from gis.cartography.breaks import size_by
from gis.cartography.ramps import Ramp
from gis.cartography.symbols import LayerStyle, Wedge
from gis.catalogue import FeatureClass

CROWDS = (
    ("thin", mark("crowd|Thin out"), "mdi6.dots-hexagon", mark("Marks that would lie on each other are left out")),
    ("all", mark("crowd|All"), "mdi6.dots-grid", mark("Every feature is drawn")),
    ("cluster", mark("crowd|Group"), "mdi6.numeric-5-circle-outline", mark("Near marks become one with their count")),
    ("heat", mark("crowd|Heat"), "mdi6.blur", mark("A density surface instead of marks")),
)
_WEDGE_WIDTHS = ("hfov", "beam_width", "beamwidth", "horizontal_beam", "hbw")
_WEDGE_RANGES = ("range_m", "radius_m", "night_range_m", "coverage_m")


class Section(QWidget):
    """Base: shows a style, ``edited(LayerStyle, gesture)`` with a changed one; ``summary`` says briefly what is set."""

    edited = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.style_: LayerStyle | None = None
        self.cls: FeatureClass | None = None
        self.rows = Rows()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.column.addLayout(self.rows)
        words().changed.connect(self._say)

    def show_style(self, style: LayerStyle, cls: FeatureClass) -> None:
        """Show what the style says."""
        self.style_, self.cls = style, cls
        self._show(style, cls)

    def summary(self) -> str:
        """What is set, in few words."""
        raise NotImplementedError

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        raise NotImplementedError

    def _say(self, *_language: object) -> None:
        if self.style_ is not None and self.cls is not None:
            self._show(self.style_, self.cls)

    def put(self, gesture: str = "", **changes: Any) -> None:
        """Tell a changed style."""
        assert self.style_ is not None
        self.edited.emit(replace(self.style_, **changes), gesture)

    def label(self, field: str | None) -> str:
        """A field in the user's words."""
        if field is None or self.cls is None or not self.cls.has_field(field):
            return ""
        return self.cls.field(field).label.text(language())


class Segments(QFrame):
    """A few choices side by side; ``chosen(key)``."""

    chosen = Signal(str)

    def __init__(self, choices_: tuple[tuple[str, str, str, str], ...], icons: bool = True) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        self._group = QButtonGroup(self)
        self._keys = [key for key, _, _, _ in choices_]
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for place, (_, text, picture, tip) in enumerate(choices_):
            button = QToolButton()
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if icons:
                button.setIcon(icon(picture, "text_soft"))
                button.setIconSize(QSize(16, 16))
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
                button.setMinimumHeight(42)
            worded(button, "setText", text)
            worded(button, "setToolTip", tip)
            self._group.addButton(button, place)
            row.addWidget(button, 1)
        self._group.idClicked.connect(lambda place: self.chosen.emit(self._keys[place]))

    def button(self, key: str) -> QToolButton:
        """The button of a choice."""
        found = self._group.button(self._keys.index(key))
        assert isinstance(found, QToolButton)
        return found

    def show_key(self, key: str, offered: tuple[str, ...] = ()) -> None:
        """Press one without telling; offer only some."""
        for known in self._keys:
            self.button(known).setVisible(not offered or known in offered)
        self.button(key).setChecked(True)


class SizeSection(Section):
    """Sizes in millimetres or metres, by a field or all alike; marks turned by a field."""

    def __init__(self, session: Any, jobs: JobRunner, present: Callable[[], float]) -> None:
        super().__init__()
        self._session, self._jobs, self._present = session, jobs, present
        self._asked = 0
        self.unit, self.field, self.turn = CalmBox(), CalmBox(), CalmBox()
        self.low, self.high = (CalmSpin(-1e9, 1e9, 1.0, 2) for _ in range(2))
        self.smallest, self.largest = (CalmSpin(0.1, 10.0, 0.1, 1, "×") for _ in range(2))
        self.by_area = QCheckBox()
        worded(self.by_area, "setText", "Area grows with the value")
        self.rows.row(mark("Measured in"), self.unit)
        self.rows.row(mark("Size by"), self.field)
        self._span = self.rows.row(mark("Values from, to"), self.low, self.high)
        self._sizes = self.rows.row(mark("Sizes from, to"), self.smallest, self.largest)
        self.rows.wide(self.by_area)
        self._turn = self.rows.row(mark("Turned by"), self.turn)
        self.unit.chosen.connect(self._unit_chosen)
        self.field.chosen.connect(self._field_chosen)
        self.turn.chosen.connect(lambda field: self.put(rotate_by=field))
        for spin, name in (
            (self.low, "low"), (self.high, "high"), (self.smallest, "smallest"), (self.largest, "largest")
        ):  # fmt: skip
            spin.turned.connect(partial(self._sized, name))
        self.by_area.clicked.connect(lambda on: self._sized("by_area", on))

    def summary(self) -> str:
        """See Section."""
        style = self.style_
        assert style is not None
        parts = [tr("by {field}", field=self.label(style.size_by.field))] if style.size_by else []
        parts += [tr("turned")] if style.rotate_by and style.kind == "point" else []
        return ", ".join(parts) or (tr("metres") if style.unit == "m" else tr("all alike"))

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        self.unit.fill([(tr("Millimetres on the map"), "mm"), (tr("Metres on the ground"), "m")], style.unit)
        by = style.size_by
        self.field.fill(choices(cls, numeric, mark("All alike")), by.field if by else None)
        sized = by is not None
        self.rows.reveal(self._span, sized)
        self.rows.reveal(self._sizes, sized)
        self.by_area.setVisible(sized and style.kind == "point")
        if by is not None:
            self.low.show_value(by.low)
            self.high.show_value(by.high)
            self.smallest.show_value(by.smallest)
            self.largest.show_value(by.largest)
            self.by_area.setChecked(by.by_area)
        turnable = [*choices(cls, angular, mark("Not turned"))]
        if style.rotate_by and style.rotate_by not in [name for _, name in turnable]:
            turnable.append((self.label(style.rotate_by), style.rotate_by))
        self.turn.fill(turnable, style.rotate_by)
        self.rows.reveal(self._turn, style.kind == "point")

    def _sized(self, name: str, value: Any) -> None:
        assert self.style_ is not None
        if self.style_.size_by is not None:
            self.put(f"size_by.{name}", size_by=replace(self.style_.size_by, **{name: value}))

    def _field_chosen(self, field: str | None) -> None:
        self._asked += 1
        if field is None:
            self.put(size_by=None)
            return
        assert self.cls is not None
        session, cls = self._session, self.cls.name
        self._jobs.quiet(
            lambda _progress: histogram(session, cls, field),
            while_alive(self, partial(self._take_values, self._asked, field)),
            notify,
        )

    def _take_values(self, asked: int, field: str, data: Histogram) -> None:
        if asked != self._asked or self.style_ is None:
            return
        line = self.style_.kind == "line"
        made = size_by(field, data.values, 0.5 if line else 0.6, 3.0 if line else 2.6)
        if made is None:
            notify(tr("All features have the same value here: their sizes cannot differ."), "info")
            self._say()
        else:
            self.put(size_by=replace(made, by_area=not line))

    def _unit_chosen(self, unit: str) -> None:
        """Sizes are turned so that they look the same at the present scale."""
        style, present = self.style_, self._present()
        assert style is not None
        if style.unit == unit or present <= 0:
            return
        other = replace(style, unit=unit)  # type: ignore[arg-type]
        share = style.factor(present) / other.factor(present)
        digits = 1 if unit == "m" else 2
        variants = [
            replace(
                v, size=max(round(v.size * share, digits), 0.1), width=max(round(v.width * share, digits + 1), 0.05)
            )
            for v in style.variants
        ]
        self.put(unit=unit, variants=tuple(variants))


class CrowdSection(Section):
    """What happens where features are too many to tell apart."""

    def __init__(self) -> None:
        super().__init__()
        self.way = Segments(CROWDS)
        worded(self.way, "setAccessibleName", "Where crowded")
        self.column.insertWidget(0, self.way)
        self.radius = CalmSpin(0.5, 50.0, 0.5, 1, "mm")
        self.ramp = RampChoice(("sequential", "diverging"))
        self.weight = CalmBox()
        self._heat = [
            self.rows.row(mark("Radius"), self.radius),
            self.rows.row(mark("Ramp"), self.ramp),
            self.rows.row(mark("Weight"), self.weight),
        ]
        self.way.chosen.connect(lambda way: self.put(crowd=way))
        self.radius.turned.connect(lambda value: self._heated("radius", value))
        self.ramp.chosen.connect(self._ramp_chosen)
        self.weight.chosen.connect(lambda field: self._heated("weight_by", field))

    def summary(self) -> str:
        """See Section."""
        assert self.style_ is not None
        way = _way(self.style_)
        return tr(next(text for key, text, _, _ in CROWDS if key == way))

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        self.way.show_key(_way(style), () if style.kind == "point" else ("all", "heat"))
        for holder in self._heat:
            self.rows.reveal(holder, style.crowd == "heat")
        self.radius.show_value(style.heat.radius)
        self.ramp.show_colors(style.heat.ramp)
        self.weight.fill(choices(cls, numeric, mark("Each counts one")), style.heat.weight_by)

    def _heated(self, name: str, value: Any) -> None:
        assert self.style_ is not None
        self.put(f"heat.{name}", heat=replace(self.style_.heat, **{name: value}))

    def _ramp_chosen(self, ramp: Ramp) -> None:
        self._heated("ramp", ramp.colors)


def _way(style: LayerStyle) -> str:
    """How crowds are drawn: lines and areas know all, and density, only."""
    return style.crowd if style.kind == "point" or style.crowd == "heat" else "all"


class WedgeSection(Section):
    """A field of view or a sector drawn true to scale."""

    def __init__(self) -> None:
        super().__init__()
        self.on = QCheckBox()
        worded(self.on, "setText", "Draw the view true to scale")
        self.column.insertWidget(0, self.on)
        self.azimuth, self.width_field, self.range_field = CalmBox(), CalmBox(), CalmBox()
        self.width_ = CalmSpin(1.0, 360.0, 5.0, 0, "°")
        self.range_ = CalmSpin(1.0, 50_000.0, 10.0, 0, "m")
        self.share = CalmSpin(5.0, 100.0, 5.0, 0, "%")
        self._holders = [
            self.rows.row(mark("Direction"), self.azimuth),
            self.rows.row(mark("Opening"), self.width_field),
            self.rows.row(mark("otherwise"), self.width_),
            self.rows.row(mark("Reach"), self.range_field),
            self.rows.row(mark("wedge|otherwise"), self.range_),
            self.rows.row(mark("Opacity"), self.share),
        ]
        self.on.clicked.connect(self._switch)
        self.azimuth.chosen.connect(lambda field: self._wedged("azimuth", field))
        self.width_field.chosen.connect(lambda field: self._wedged("width", field))
        self.range_field.chosen.connect(lambda field: self._wedged("range", field))
        self.width_.turned.connect(lambda value: self._wedged("default_width", value))
        self.range_.turned.connect(lambda value: self._wedged("default_range", value))
        self.share.turned.connect(lambda value: self._wedged("color_share", value / 100))

    @staticmethod
    def possible(style: LayerStyle, cls: FeatureClass) -> bool:
        """Whether the class looks or beams anywhere."""
        return style.kind == "point" and any(angular(f) for f in cls.fields)

    def summary(self) -> str:
        """See Section."""
        assert self.style_ is not None
        wedge = self.style_.wedge
        if wedge is None:
            return tr("off")
        return f"{with_unit(wedge.default_width, '°')}, {with_unit(wedge.default_range, 'm')}"

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        wedge = style.wedge
        self.on.setChecked(wedge is not None)
        for holder in self._holders:
            self.rows.reveal(holder, wedge is not None)
        if wedge is None:
            return
        self.azimuth.fill(choices(cls, angular), wedge.azimuth)
        self.width_field.fill(choices(cls, angular, mark("Same for all")), wedge.width)
        self.range_field.fill(choices(cls, metric, mark("Same for all")), wedge.range)
        self.width_.show_value(wedge.default_width)
        self.range_.show_value(wedge.default_range)
        self.share.show_value(wedge.color_share * 100)

    def _switch(self, on: bool) -> None:
        assert self.style_ is not None
        assert self.cls is not None
        if not on:
            self.put(wedge=None)
            return
        azimuth = first(self.cls, angular, self.style_.rotate_by, "azimuth")
        if azimuth is None:
            return
        widths = [name for name in _WEDGE_WIDTHS if self.cls.has_field(name)]
        ranges = [name for name in _WEDGE_RANGES if self.cls.has_field(name)]
        self.put(wedge=Wedge(azimuth, widths[0] if widths else None, ranges[0] if ranges else None))

    def _wedged(self, name: str, value: Any) -> None:
        assert self.style_ is not None
        if self.style_.wedge is not None:
            self.put(f"wedge.{name}", wedge=replace(self.style_.wedge, **{name: value}))


class RangeSection(Section):
    """Between which scales the layer is drawn."""

    def __init__(self, present: Callable[[], float]) -> None:
        super().__init__()
        self.inner = ScaleField(present, mark("Any scale"), round_up)
        self.outer = ScaleField(present, mark("Any scale"), round_down)
        self.rows.row(mark("Zoomed out to"), self.inner)
        self.rows.row(mark("Zoomed in to"), self.outer)
        self.inner.chosen.connect(lambda value: self._ranged(max_scale=value))
        self.outer.chosen.connect(lambda value: self._ranged(min_scale=value))

    def summary(self) -> str:
        """See Section."""
        style = self.style_
        assert style is not None
        if style.max_scale > 0 and style.min_scale > 0:
            return f"{scale(style.max_scale)} – {scale(style.min_scale)}"
        if style.max_scale > 0:
            return tr("from {scale} in", scale=scale(style.max_scale))
        if style.min_scale > 0:
            return tr("up to {scale}", scale=scale(style.min_scale))
        return tr("at every scale")

    def _show(self, style: LayerStyle, cls: FeatureClass) -> None:
        self.inner.show_scale(style.max_scale)
        self.outer.show_scale(style.min_scale)

    def _ranged(self, **limit: float) -> None:
        """The two limits may not shut the layer out: the other one gives way."""
        assert self.style_ is not None
        made = replace(self.style_, **limit)  # type: ignore[arg-type]
        if 0 < made.max_scale < made.min_scale:
            made = replace(made, **{"min_scale" if "max_scale" in limit else "max_scale": 0.0})  # type: ignore[arg-type]
        self.edited.emit(made, "")
