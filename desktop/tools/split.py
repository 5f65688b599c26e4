"""Split: a click on a line cuts it there, a stroke cuts the lines and areas it crosses."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

from desktop.shell.words import tr
from desktop.tools.stroke import Stroke
from desktop.tools.tool import Pointer
from gis.editing.intents import Batch, Split
from gis.errors import Refusal

Feature = tuple[str, int]


class SplitFeatures(Stroke):
    """Cuts what is selected; with nothing selected the one that is clicked or crossed. Alt leaves new ends free."""

    name = "split"

    @property
    def hint(self) -> str:
        if self.places:
            return tr("Click on across what is to be split; double-click or Enter cuts, Esc takes back a point")
        return tr("Click a line to cut it there, or draw a stroke across lines and areas; Esc ends")

    def click(self, at: Pointer) -> bool:
        hit = line_at(self, at)
        if hit is None:
            return False
        place = self.place(at)
        self.drop()
        self.canvas.intentMade.emit(Split(*hit, shapely.Point(place), None if at.alt else "new"))
        return True

    def finish(self, detach: bool) -> None:
        stroke = shapely.LineString(self.places)
        self.drop()
        crossed = features_across(self, stroke)
        if not crossed:
            self.canvas.failed.emit(Refusal("modify.nothing_crossed"))
            return
        wishes = [Split(cls, id, stroke, None if detach else "new") for cls, id in crossed]
        several = Batch("modify.split", {"count": len(wishes)}, wishes)
        self.canvas.intentMade.emit(wishes[0] if len(wishes) == 1 else several)


def line_at(tool: Stroke, at: Pointer) -> Feature | None:
    """The line under the cursor: a selected one, or with no lines selected the first there is."""
    canvas = tool.canvas
    lines = [
        (hit.cls, hit.id) for hit in canvas.hits(at.px, at.py) if canvas.scene.geometry_kind(hit.cls) == "line"
    ]  # fmt: skip
    chosen = [(cls, id) for cls, id in lines if id in canvas.selection.get(cls, ())]
    selected_lines = any(canvas.scene.geometry_kind(cls) == "line" for cls in canvas.selection)
    return next(iter(chosen if selected_lines else lines), None)


def features_across(tool: Stroke, stroke: BaseGeometry) -> list[Feature]:
    """The selected lines and areas a stroke crosses; where none is selected the one crossed nearest to its middle."""
    canvas = tool.canvas
    middle = shapely.line_interpolate_point(stroke, 0.5, normalized=True)
    selected, others = [], []
    shown = canvas.scene.inside_box(canvas.view, tuple(stroke.buffer(canvas.view.resolution).bounds))
    for depth, (cls, ids) in enumerate(shown.items()):
        kind = canvas.scene.geometry_kind(cls)
        if kind == "point":
            continue
        chosen = canvas.selection.get(cls, ())
        for id in ids.tolist():
            if canvas.selection and id not in chosen:
                continue
            runs = [run for rings in canvas.scene.rings(cls, [id], 1) for run in rings]
            border = shapely.multilinestrings([run for run in runs if len(run) > 1])
            if not shapely.intersects(border, stroke):
                continue
            if id in chosen:
                selected.append((cls, id))
            rank = (kind != "line", round(shapely.distance(border, middle), 6), -depth)
            others.append((rank, (cls, id)))
    return selected if canvas.selection else [feature for _, feature in sorted(others)[:1]]
