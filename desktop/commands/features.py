"""``export query sql edit``: features out, asked for and edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from desktop.commands.bulk import edit_many, is_calculated
from desktop.commands.console import PROJECT, Console, verb


@click.command(short_help="Features to another program's file. 导出数据。")
@PROJECT
@click.option("--class", "cls", required=True)
@click.option("--where", help="A filter, for example: status = 'in_service'")
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    help="Ending .gpkg .geojson .shp .csv .xlsx .kml .dxf .fgb",
)
@click.option("--area", help="Only inside the area with this division code.")
@click.option("--crs", help="EPSG:N of the output.")
@click.option("--datum", type=click.Choice(["none", "gcj02", "bd09"]), default="none", show_default=True,
              help="Longitude and latitude for the maps of AMap (gcj02) or Baidu (bd09).")  # fmt: skip
@click.option("--encoding", type=click.Choice(["UTF-8", "GB18030"]), default="UTF-8", show_default=True,
              help="Of .shp and .csv.")  # fmt: skip
@click.option("--headers", type=click.Choice(["names", "zh", "en"]), default="names", show_default=True,
              help="Columns by name or by label.")  # fmt: skip
@click.option("--codes", type=click.Choice(["values", "zh", "en"]), default="values", show_default=True,
              help="Values of code lists as they are or by label.")  # fmt: skip
@click.option("--field", "named", multiple=True, help="Also this restricted field.")
@click.option("--record", is_flag=True, help="Also FILE.metadata.json: title, date, CRS, filter, counts, fields.")
@click.option("--title", default="", help="Of the record.")
@verb
def export(
    console: Console, project: Path, cls: str, where: str | None, target: Path, area: str | None, crs: str | None,
    datum: Any, encoding: Any, headers: Any, codes: Any, named: tuple[str, ...], record: bool, title: str,
) -> None:  # fmt: skip
    """Write the features of a class; restricted fields stay at home unless named."""
    from gis.exchange.export_record import write_record
    from gis.exchange.features import DEGREES, LONLAT, Output, exported_fields, write_features
    from gis.project import Session
    from gis.project.asking import matching_ids

    output = Output(crs, datum, encoding, headers, codes)
    with Session.open(project, readonly=True) as session:
        kind = session.catalogue.find(cls)
        frame = session.frame(kind.name, exported_fields(kind, named), ids=matching_ids(session, kind, where, area))
        write_features(frame, kind, target, output=output)
        files = [target]
        if record:
            degrees = target.suffix.casefold() in LONLAT or datum != "none"
            written = DEGREES if degrees else crs or session.crs.to_string()
            files.append(
                write_record(
                    target, kind, frame, output, crs=written, source=session.path.name, title=title,
                    where=where or "", area=area or "",
                )
            )  # fmt: skip
    console.result(
        {"file": str(target), "files": [str(f) for f in files], "count": len(frame)},
        console.words(f"已导出 {len(frame):,} 个要素到 {target}", f"Wrote {len(frame):,} features to {target}"),
    )


@click.command(short_help="The language of filters and expressions. 表达式说明。")
@verb
def expressions(console: Console) -> None:
    """What --where and calculations may say, with examples and every function."""
    from gis.query.reference import CHAPTERS, reference

    examples = [{"class": one.cls, "expression": one.text} for chapter in CHAPTERS for one in chapter.examples]
    console.result({"examples": examples}, reference(console.language))


@click.command(short_help="Ask for features. 查询。")
@PROJECT
@click.option("--class", "cls", required=True)
@click.option("--where", help="A filter, for example: fibre_count >= 24 and status = '在用'")
@click.option("--area", help="Only inside the area with this division code.")
@click.option("--count", is_flag=True, help="Only how many.")
@click.option("--limit", type=click.IntRange(1), default=1_000, show_default=True)
@verb
def query(
    console: Console, project: Path, cls: str, where: str | None, area: str | None, count: bool, limit: int
) -> None:
    """Features as GeoJSON in longitude and latitude, or their number."""
    from gis.exchange.features import exported_fields
    from gis.project import Session
    from gis.project.asking import matching_ids

    with Session.open(project, readonly=True) as session:
        kind = session.catalogue.find(cls)
        ids = matching_ids(session, kind, where, area)
        if count:
            console.result({"count": len(ids)}, f"{len(ids):,}")
            return
        frame = session.frame(kind.name, exported_fields(kind), ids=ids[:limit])
        frame.insert(0, "id", frame.pop("id") if "id" in frame else frame.index)
        if not kind.spatial:
            rows = json.loads(frame.to_json(orient="records", force_ascii=False))
            features: list[dict[str, Any]] = [{"type": "Feature", "geometry": None, "properties": row} for row in rows]
            document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
        else:
            document = json.loads(frame.to_crs("EPSG:4326").to_json(drop_id=True, na="null"))
            document.pop("crs", None)
    for feature in document["features"]:
        feature["id"] = feature["properties"].pop("id")
    console.result(document, json.dumps(document, ensure_ascii=False))


@click.command(short_help="A read-only SQL question. 只读 SQL。")
@PROJECT
@click.argument("statement")
@click.option("--limit", type=click.IntRange(1), default=10_000, show_default=True)
@verb
def sql(console: Console, project: Path, statement: str, limit: int) -> None:
    """Run one SELECT; nothing can be written, attached or loaded."""
    from gis.project import Session

    with Session.open(project, readonly=True) as session:
        columns, rows = session.sql(statement, limit=limit)
    shown = [[f"<{len(v)} bytes>" if isinstance(v, bytes) else v for v in row] for row in rows]
    console.result(
        {"columns": columns, "rows": shown},
        "\t".join(columns),
        *("\t".join("" if v is None else str(v) for v in row) for row in shown),
    )


@click.command(short_help="Edit features. 编辑要素。")
@PROJECT
@click.option("--class", "cls", required=True)
@click.option("--id", "key", type=int)
@click.option("--code", help="Instead of --id.")
@click.option("--where", help="All features that meet this filter, with --set.")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="FIELD:=EXPRESSION calculates.")
@click.option("--delete", is_flag=True)
@click.option("--create", metavar="GEOJSON", help="A GeoJSON geometry or feature in longitude and latitude.")
@click.option("--attached", type=click.Choice(["refuse", "detach", "cascade"]), default="refuse", show_default=True)
@click.option("--only-fitting", is_flag=True, help="With --where or :=, leave alone what a value does not fit.")
@click.option("--dry-run", is_flag=True, help="With --where or :=, say what would happen; write nothing.")
@verb
def edit(
    console: Console,
    project: Path,
    cls: str,
    key: int | None,
    code: str | None,
    where: str | None,
    settings: tuple[str, ...],
    delete: bool,
    create: str | None,
    attached: Any,
    only_fitting: bool,
    dry_run: bool,
) -> None:
    """Change, delete or create one feature, or change many with --where; one undo step."""
    from gis.editing import Create, Delete, Intent, Update
    from gis.project import Session
    from gis.project.asking import feature_from_geojson, id_of_code

    if where is not None or dry_run or any(is_calculated(setting) for setting in settings):
        if delete or create is not None or not settings or (where is None and key is None and code is None):
            raise click.UsageError("--where (or --id, --code) goes with --set")
        edit_many(console, project, cls, key, code, where, settings, only_fitting, dry_run)
        return
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set wants FIELD=VALUE, not {setting!r}")
        values[name.strip()] = value or None
    if delete + (create is not None) + (bool(values) and create is None) != 1:
        raise click.UsageError("give one of --set, --delete and --create")
    with Session.open(project) as session:
        kind = session.catalogue.find(cls)
        if create is None and key is None:
            if code is None:
                raise click.UsageError("--id or --code says which feature")
            key = id_of_code(session, kind, code)
        intent: Intent
        if create is not None:
            intent = Create(kind.name, [{**feature_from_geojson(session, kind, create), **values}])
        elif delete:
            intent = Delete(kind.name, [int(key or 0)], attached)
        else:
            intent = Update(kind.name, [int(key or 0)], values)
        done = session.perform(intent)
        if create is not None:
            key = done.created[kind.name][0]
    console.result({"id": key, "seq": done.seq}, console.words(f"完成：{key}", f"Done: {key}"))
