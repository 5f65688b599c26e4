"""Features as a CAD drawing (DXF R2018): a layer a class, symbols with attributes, lines and outlines with their code.

Points are inserts of a small block whose attributes are the fields; lines and areas are light polylines followed by
nothing else than their code as text. Coordinates are those of the frame, metres of the project's CRS by default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from ezdxf.document import Drawing
from ezdxf.filemanagement import new
from ezdxf.layouts.layout import Modelspace

from gis.catalogue import FeatureClass

_SYMBOL_M = 2.0  # radius of the circle that stands for a point
_LETTERS_M = 2.5
_APP = "YANTU"


def write_drawing(frame: Any, cls: FeatureClass, target: Path) -> None:
    """Write a frame with geometry; rows without one are left out."""
    drawing = new("R2018", units=6)  # metres
    drawing.layers.add(cls.name)
    drawing.layers.add(f"{cls.name}_text")
    drawing.appids.add(_APP)
    names = [name for name in frame.columns if name != frame.geometry.name]
    space = drawing.modelspace()
    shapes = frame.geometry.to_numpy()
    points = cls.geometry == "point"
    if points:
        _block(drawing, cls.name, names)
    columns = [frame[name].to_list() for name in names]
    code = names.index("code") if "code" in names else 0
    for row, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        told = {name: _said(values[row]) for name, values in zip(names, columns, strict=True)}
        if points:
            insert = space.add_blockref(cls.name, (shape.x, shape.y), dxfattribs={"layer": cls.name})
            insert.add_auto_attribs(told)
        else:
            _drawn(space, cls.name, shape, told, told[names[code]] if names else "")
    drawing.saveas(target, encoding="utf-8")


def _block(drawing: Drawing, name: str, fields: list[str]) -> None:
    block = drawing.blocks.new(name)
    block.add_circle((0, 0), _SYMBOL_M)
    block.add_point((0, 0))
    for place, field in enumerate(fields):
        # Only the code is seen beside the symbol; the rest is there to be read.
        block.add_attdef(
            field, (_SYMBOL_M * 1.4, -1.5 * _LETTERS_M * place), height=_LETTERS_M,
            dxfattribs={"flags": 0 if field == "code" else 1},
        )  # fmt: skip


def _drawn(space: Modelspace, layer: str, shape: Any, told: dict[str, str], text: str) -> None:
    for part in shapely.get_parts(shape):
        polygon = part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors) if polygon else (part,):
            xy = shapely.get_coordinates(ring)
            line = space.add_lwpolyline(
                np.asarray(xy[:-1] if polygon else xy), close=polygon, dxfattribs={"layer": layer}
            )
            line.set_xdata(_APP, [(1000, f"{name}={value}"[:250]) for name, value in told.items() if value])
    if text:
        place = shape.interpolate(0.5, normalized=True) if "Line" in shape.geom_type else shape.representative_point()
        space.add_text(text, height=_LETTERS_M, dxfattribs={"layer": f"{layer}_text"}).set_placement((place.x, place.y))


def _said(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
