"""``basemap``: the base maps of a project, added, listed and removed without a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from desktop.commands.console import PROJECT, Console, verb


@click.group("basemap", short_help="Base maps of a project. 底图。")
def basemap() -> None:
    """Add, list and remove the base maps of a project."""


@basemap.command("add", short_help="Add a file, a folder of tiles or an address. 添加底图。")
@PROJECT
@click.argument("source")
@click.option("--name", help="How it is called.")
@click.option("--datum", type=click.Choice(["wgs84", "gcj02"]), help="Of the tiles' coordinates.")
@click.option("--opacity", type=click.FloatRange(0.1, 1.0), default=1.0, show_default=True)
@click.option(
    "--as", "kind", type=click.Choice(["relief", "tinted", "slope", "picture"]), help="How heights are shown."
)
@click.option("--max-zoom", type=click.IntRange(0, 24), default=18, show_default=True, help="Of an address.")
@click.option("--attribution", help="Source to be named.")
@verb
def add_basemap(
    console: Console,
    project: Path,
    source: str,
    name: str | None,
    datum: str | None,
    opacity: float,
    kind: str | None,
    max_zoom: int,
    attribution: str | None,
) -> None:
    """Put a base map on top of the list. A key in an address is not kept: set it in the window."""
    from gis.basemaps.addresses import check_address, without_key
    from gis.basemaps.basemap import BaseMapSpec, recognise, spec_key
    from gis.basemaps.recognition import dresses_itself
    from gis.project import Session
    from gis.project.basemaps import SavedBaseMap, add

    if source.startswith(("http://", "https://")):
        address = without_key(source)[0]
        check_address(address)
        spec = BaseMapSpec(spec_key("xyz", address), "xyz", address, name or address.split("/")[2], max_zoom=max_zoom)
    else:
        spec = recognise(Path(source))
    asked: dict[str, Any] = {"name": name, "datum": datum, "attribution": attribution}
    spec = replace(spec, **{field: value for field, value in asked.items() if value is not None})
    if kind is not None and spec.kind in ("raster", "hillshade"):
        looks: dict[str, dict[str, Any]] = {"tinted": {"tint": True}, "slope": {"mode": "slope"}}
        shown: Any = "raster" if kind == "picture" else "hillshade"
        spec = replace(spec, kind=shown, options={**spec.options, **looks.get(kind, {})})
    with Session.open(project) as session:
        made = add(session, SavedBaseMap(spec, True, opacity, not dresses_itself(spec)))
    document = _document(made)
    console.result(document, console.words(f"已添加底图“{made.spec.name}”", f"Added the base map “{made.spec.name}”"))


@basemap.command("list", short_help="The base maps, topmost first. 列出底图。")
@PROJECT
@verb
def list_basemaps(console: Console, project: Path) -> None:
    """Name, kind, source and state of every base map."""
    from gis.project import Session
    from gis.project.basemaps import saved

    with Session.open(project, readonly=True) as session:
        maps = saved(session)
    lines = [
        f"{m.key}  {m.spec.kind:<10} {m.spec.name}  {m.spec.source.split('?')[0]}{_lost(console, m)}" for m in maps
    ]
    console.result({"basemaps": [_document(made) for made in maps]}, *lines)


@basemap.command("remove", short_help="Take a base map off the list. 移除底图。")
@PROJECT
@click.argument("name")
@verb
def remove_basemap(console: Console, project: Path, name: str) -> None:
    """NAME is its name or key. The file stays where it is."""
    from gis.project import Session
    from gis.project.basemaps import found, remove

    with Session.open(project) as session:
        made = found(session, name)
        remove(session, made.key)
    console.result({"removed": made.key}, console.words(f"已移除“{made.spec.name}”", f"Removed “{made.spec.name}”"))


def _document(made: Any) -> dict[str, Any]:
    return {
        **made.spec.to_dict(), "visible": made.visible, "opacity": made.opacity, "dim": made.dim,
        "missing": made.missing,
    }  # fmt: skip


def _lost(console: Console, made: Any) -> str:
    return console.words("  （文件不在）", "  (file not found)") if made.missing else ""
