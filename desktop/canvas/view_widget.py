"""A widget that looks at a rectangle of the world: moving, zooming, and the way back to where one was."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.canvas.viewport import ViewHistory
from gis.cartography.view import View
from gis.geometry.columns import BBox

SETTLE_MS = 350
CLOSEST = 500.0  # scale denominator to which zooming to a single point goes at most


class ViewWidget(QWidget):
    """Holds the view, in logical pixels. A view on which the user rests for a moment is remembered."""

    viewChanged = Signal()  # noqa: N815 - Qt's way of naming signals

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = View.around(0.0, 0.0, 100.0, max(self.width(), 1), max(self.height(), 1))
        self._history = ViewHistory()
        self._placed = False  # whether somebody has said what to look at
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._settled)

    def view_moved(self) -> None:
        """Another view is shown from now on; to be overridden."""

    @property
    def view(self) -> View:
        """What is shown on the widget, in logical pixels."""
        return self._view

    @property
    def center(self) -> tuple[float, float]:
        """The project coordinates in the middle."""
        return self._view.center

    @property
    def scale_denominator(self) -> float:
        """M of the scale 1:M on this screen."""
        return self._view.scale_denominator

    def set_center(self, x: float, y: float) -> None:
        """Move the map so that (x, y) is in the middle."""
        v = self._view
        self._set_view(View.around(x, y, v.resolution, v.width, v.height, v.pixels_per_mm))

    def set_scale(self, denominator: float) -> None:
        """Zoom to 1:denominator about the centre."""
        v = self._view
        self._set_view(View.around(*v.center, v.resolution_for(denominator), v.width, v.height, v.pixels_per_mm))

    def show_view(self, view: View) -> None:
        """Show exactly this view, in the widget's own size."""
        self._placed = True
        self._set_view(replace(view, pixels_per_mm=self._view.pixels_per_mm).resized(self.width(), self.height()))

    def show_place(self, x: float, y: float, denominator: float) -> None:
        """Show (x, y) in the middle at 1:denominator."""
        v = self._view
        self._placed = True
        self._set_view(View.around(x, y, v.resolution_for(denominator), v.width, v.height, v.pixels_per_mm))

    def zoom_to(self, bbox: BBox, margin: float = 0.08) -> None:
        """Show all of ``bbox``; a single point is shown at 1:500 at the largest."""
        v = self._view
        fitted = View.fitting(bbox, v.width, v.height, v.pixels_per_mm, margin)
        smallest = v.resolution_for(CLOSEST)
        if fitted.resolution < smallest:
            fitted = View.around(*fitted.center, smallest, v.width, v.height, v.pixels_per_mm)
        self._placed = True
        self._set_view(fitted)

    def zoom_by(
        self, factor: float, px: float | None = None, py: float | None = None, world: tuple[float, float] | None = None
    ) -> None:
        """Enlarge by ``factor``; what lies at the pixel (default: the middle), or ``world``, is there afterwards."""
        v = self._view
        px, py = v.width / 2 if px is None else px, v.height / 2 if py is None else py
        zoomed = v.zoomed(factor, px, py)
        if world is not None:
            r = zoomed.resolution
            zoomed = replace(zoomed, left=world[0] - px * r, top=world[1] + py * r)
        self._set_view(zoomed)

    def pan_by(self, dx: float, dy: float) -> None:
        """Drag the map by pixels."""
        self._set_view(self._view.panned(dx, dy))

    def previous_view(self) -> None:
        """Back to the view before."""
        if self._settle.isActive():  # on the way still: what is left now is where one came from
            self._settle.stop()
            self._settled()
        self._jump(self._history.back())

    def next_view(self) -> None:
        """Forward again."""
        self._jump(self._history.forward())

    def _jump(self, view: View | None) -> None:
        if view is not None:
            self._set_view(view.resized(self.width(), self.height()), settle=False)

    def _set_view(self, view: View, settle: bool = True) -> None:
        view = view.snapped()
        if view == self._view:
            return
        self._view = view
        if settle:
            self._settle.start()
        self.viewChanged.emit()
        self.view_moved()

    def _settled(self) -> None:
        self._history.settle(self._view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The centre and the scale stay."""
        density = self.logicalDpiX() / 25.4
        self._view = replace(self._view, pixels_per_mm=density).resized(
            max(self.width(), 1), max(self.height(), 1)
        ).snapped()  # fmt: skip
        self.viewChanged.emit()
        self.view_moved()
