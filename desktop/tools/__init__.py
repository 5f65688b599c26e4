"""The tools of the map: state machines that turn mouse and keys into intents."""

from __future__ import annotations

from desktop.tools.browse import Browse, ZoomBox
from desktop.tools.course import Offset, Simplify, Smooth
from desktop.tools.draw import Draw
from desktop.tools.ends import Extend, Trim
from desktop.tools.holes import CutHole, FillGap, FillHole
from desktop.tools.measure import MeasureArea, MeasureLine
from desktop.tools.move import MoveFeatures
from desktop.tools.reshape import ReshapeFeature
from desktop.tools.select import Select
from desktop.tools.split import SplitFeatures
from desktop.tools.tool import Pointer, Tool
from desktop.tools.transform import MirrorFeatures, TransformFeatures

__all__ = ["TOOLS", "Browse", "Draw", "Pointer", "Tool", "make_tool"]

TOOLS = {
    tool.name: tool
    for tool in (
        Browse, ZoomBox, Select, MoveFeatures, ReshapeFeature, MeasureLine, MeasureArea, TransformFeatures,
        MirrorFeatures, SplitFeatures, Extend, Trim, Offset, Simplify, Smooth, CutHole, FillHole, FillGap,
    )
}  # fmt: skip


def make_tool(canvas: object, name: str | tuple[str, str]) -> Tool:
    """The tool of that name for a canvas: "browse" (also "pan"), "zoom_box", any other of TOOLS,
    or ("draw", class name), also written "draw:class name"."""
    if isinstance(name, str) and name.startswith("draw:"):
        name = ("draw", name.removeprefix("draw:"))
    if isinstance(name, tuple):
        return Draw(canvas, name[1])
    return TOOLS["browse" if name == "pan" else name](canvas)
