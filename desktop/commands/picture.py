"""``picture``: a plain picture of the map, with world file and CRS, in the styles of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from desktop.commands.console import PROJECT, Console, verb
from gis.errors import Refusal
from gis.geometry.columns import BBox


@click.command(short_help="A picture of the map with world file. 地图图片。")
@PROJECT
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Ending .png .jpg")
@click.option("--bbox", help="xmin,ymin,xmax,ymax in the project's metres or in degrees.")
@click.option("--area", help="Show the area with this division code.")
@click.option("--scale", type=click.FloatRange(10, 100_000_000), help="N of 1:N; by --width without it.")
@click.option("--width", default=1600, show_default=True, type=click.IntRange(16, 40_000), help="Pixels across.")
@click.option("--dpi", default=96.0, show_default=True, type=click.FloatRange(36, 1200), help="Dots an inch.")
@click.option(
    "--basemap", "basemaps", multiple=True, help="A file, or a base map's name; again for more, topmost first."
)
@click.option("--dark", is_flag=True, help="On a dark ground.")
@click.option("--plain", is_flag=True, help="Without scale bar and north mark.")
@verb
def picture(
    console: Console,
    project: Path,
    out: Path,
    bbox: str | None,
    area: str | None,
    scale: float | None,
    width: int,
    dpi: float,
    basemaps: tuple[str, ...],
    dark: bool,
    plain: bool,
) -> None:
    """Draw the map headless; any GIS lays the picture in its right place."""
    from desktop.basemaps.paper import attributions, grounds_of, named, settings_now
    from desktop.canvas.vector import SCREEN, MapSpec, render_map
    from desktop.navigation.picture import check_size, finished, write_picture
    from desktop.sheets.application import ensure_application
    from gis.cartography.view import View
    from gis.geometry.crs import project_crs
    from gis.project import Session
    from gis.project.asking import area_extent

    with Session.open(project, readonly=True) as session, console.progress():
        crs = project_crs(session.srid)
        extent = extent_of(bbox, crs) if bbox else area_extent(session, area) if area else session.extent()
        if extent is None:
            raise Refusal("picture.empty")
        across, up = max(extent[2] - extent[0], 1.0), max(extent[3] - extent[1], 1.0)
        dots = dpi / 25.4
        resolution = scale / (dots * 1000.0) if scale else across / width
        columns, rows = max(round(across / resolution), 1), max(round(up / resolution), 1)
        check_size(columns, rows)
        x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
        view = View.around(x, y, resolution, columns, rows, dots)
        ensure_application()
        with grounds_of(named(session, basemaps), settings_now()) as grounds:
            image = render_map(session, MapSpec(view.bbox, columns, rows, dots, dark=dark, grounds=grounds))
            said = attributions(grounds)
        ratio = dots / SCREEN
        image = finished(image, view.enlarged(1 / ratio), ratio, dark, not plain, said)
        files = write_picture(image, view, crs, out)
    document = {"files": [str(f) for f in files], "width": columns, "height": rows, "resolution": resolution}
    console.result(document, *(str(f) for f in files))


def extent_of(text: str, crs: Any) -> BBox:
    """The rectangle in a text, in the project's metres; Refusal ``picture.extent``."""
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError as error:
        raise Refusal("picture.extent", text=text) from error
    if not (xmin < xmax and ymin < ymax):
        raise Refusal("picture.extent", text=text)
    if max(abs(xmin), abs(xmax)) <= 180 and max(abs(ymin), abs(ymax)) <= 90:
        xs, ys = crs.from_lonlat([xmin, xmin, xmax, xmax], [ymin, ymax, ymin, ymax])
        return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))
    return xmin, ymin, xmax, ymax
