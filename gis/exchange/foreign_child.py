"""Reads one layer with GDAL, or a drawing with ezdxf, in a process of its own: a broken file harms nothing but this.

The order comes as JSON on standard input, the answer lies in ``order["out"]``: ``answer.json`` and numpy files without
pickles, so that nothing in it can be executed. ``answer.json`` is ``{"layers": [[name, kind, count]], "layer", "crs",
"columns": {name: [text]}, "z": bool, "curves": how many became lines, "rejects": [[number, code, args]], "evidence":
[{...}]}`` or ``{"error": text, "code"}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gis.exchange.confinement import confine

ALL_LAYERS = "*"
#: Drivers whose layers say "Line" and may hold arcs all the same.
_CURVED = frozenset({"OpenFileGDB", "FileGDB", "GPKG", "SQLite"})


def main() -> None:
    """Do the order on standard input."""
    order = json.load(sys.stdin)
    confine(int(order["memory"]), int(order["seconds"]))
    out = Path(order["out"])
    try:
        if order["reader"] == "dxf":
            from gis.exchange.dxf import read_drawing

            answer = read_drawing(order, out)
        else:
            answer = _read(order, out)
    except MemoryError:
        answer = {"error": "memory", "code": "memory"}
    except UnicodeDecodeError as error:
        answer = {"error": str(error), "code": "encoding"}
    except Exception as error:
        answer = {"error": str(error).replace(order["path"], Path(order["path"]).name)[:300], "code": "broken"}
    (out / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), "utf-8", errors="surrogateescape")


def _read(order: dict[str, Any], out: Path) -> dict[str, Any]:
    import pyogrio

    pyogrio.set_gdal_config_options(order["config"])
    path = order["path"]
    options = {"encoding": order["encoding"]} if order["encoding"] else {}
    found: list[tuple[int, str, dict[str, Any]]] = []  # by number: two folders of a KML may have one name
    for number, (name, _) in enumerate(pyogrio.list_layers(path).tolist()):
        info = pyogrio.read_info(path, layer=number, force_feature_count=True, **options)
        if info["driver"] == "GPKG":
            info["features"] = _counted(path, str(name), int(info["features"]))
        found.append((number, str(name), info))
    answer: dict[str, Any] = {
        "layers": [[name, str(info["geometry_type"] or ""), int(info["features"])] for _, name, info in found]
    }
    chosen = _chosen(found, order)
    if not chosen:
        missing = order["layer"] not in (None, ALL_LAYERS)
        return {**answer, "error": order["layer"] if missing else "", "code": "layer" if missing else "nothing"}
    columns: dict[str, list[Any]] = {}
    blobs: list[bytes] = []
    has: list[bool] = []
    numbers: list[int] = []
    curves = 0
    reading = {"force_2d": True, "datetime_as_string": True, "where": order["where"], "max_features": order["rows"]}
    if order["where"] is None and chosen[0][2]["driver"] == "GPKG":
        reading["where"] = "1 = 1"  # a filter makes GDAL count the rows, where it else reads as many as were noted
    for number, name, info in chosen:
        meta, _, wkb, fields = pyogrio.raw.read(path, layer=number, **reading, **options)
        curves += _curves(path, name, info, found)
        before = len(has)
        count = len(wkb) if wkb is not None else len(fields[0]) if len(fields) else int(info["features"])
        shapes = [None] * count if wkb is None else wkb.tolist()
        has += [blob is not None for blob in shapes]
        blobs += [b"" if blob is None else bytes(blob) for blob in shapes]
        numbers += range(len(numbers) + 1, len(numbers) + count + 1)  # each once, over all layers that are read
        for field, values in zip(meta["fields"].tolist(), fields, strict=True):
            column = columns.setdefault(str(field), [None] * before)
            column += [None] * (before - len(column))
            column += _plain(values)
        if len(chosen) > 1 or order["layer"] == ALL_LAYERS:
            column = columns.setdefault("layer", [None] * before)
            column += [name] * count
    if not has:
        return {**answer, "error": "", "code": "nothing"}
    for column in columns.values():
        column += [None] * (len(has) - len(column))
    save_shapes(out, blobs, has, numbers)
    kinds = " ".join(str(info["geometry_type"] or "") for _, _, info in chosen)
    return {
        **answer,
        "layer": ALL_LAYERS if order["layer"] == ALL_LAYERS else chosen[0][1],
        "crs": chosen[0][2]["crs"],
        "columns": columns,
        "z": "3D" in kinds or " Z" in kinds or "2.5D" in kinds,
        "curves": curves,
    }


def _counted(path: str, name: str, noted: int) -> int:
    """How many rows a GeoPackage's layer has: the number noted in the file is stale where a device wrote without it."""
    import pyogrio

    quoted = name.replace('"', '""')
    try:
        rows = pyogrio.raw.read(path, sql=f'SELECT COUNT(*) AS n FROM "{quoted}"', read_geometry=False)[3][0]
        return int(rows[0])
    except Exception:
        return noted  # reading the layer says what is wrong with it


def save_shapes(out: Path, blobs: list[bytes], has: list[bool], numbers: list[int]) -> None:
    """Write the geometries: WKB end to end (empty where there is none), and the number of each in its file."""
    import numpy as np

    np.save(out / "wkb.npy", np.frombuffer(b"".join(blobs), dtype=np.uint8))
    np.save(out / "sizes.npy", np.array([len(blob) for blob in blobs], dtype=np.int64))
    np.save(out / "has.npy", np.array(has, dtype=bool))
    np.save(out / "numbers.npy", np.array(numbers, dtype=np.int64))


def _curves(path: str, name: str, info: dict[str, Any], found: list[tuple[int, str, dict[str, Any]]]) -> int:
    """How many features have arcs, which are read as lines; asked only where the layer can hold any."""
    import pyogrio

    kind = str(info["geometry_type"] or "")
    straight = any(word in kind for word in ("Point", "Line", "Polygon")) and "Curve" not in kind
    if not kind or (straight and info["driver"] not in _CURVED) or [entry[1] for entry in found].count(name) > 1:
        return 0
    quoted = name.replace('"', '\\"')
    try:
        kinds = pyogrio.raw.read(
            path, sql=f'SELECT OGR_GEOMETRY AS kind FROM "{quoted}"', sql_dialect="OGRSQL", read_geometry=False
        )[3][0]
    except Exception:
        return 0  # a count that is only told; the layer itself has been read
    return sum(any(word in str(kind).upper() for word in ("CIRCULAR", "CURVE", "SURFACE")) for kind in kinds)


def _chosen(
    found: list[tuple[int, str, dict[str, Any]]], order: dict[str, Any]
) -> list[tuple[int, str, dict[str, Any]]]:
    """The layers to read: the named one, all, or the first that has features, of the preferred kind if there is one."""
    filled = [entry for entry in found if entry[2]["features"]]
    if order["layer"] == ALL_LAYERS:
        return filled
    if order["layer"] is not None:
        return [entry for entry in found if entry[1] == order["layer"]][:1]
    spatial = [entry for entry in filled if entry[2]["geometry_type"]]
    wanted = order["prefer"]
    fitting = [entry for entry in spatial if wanted and wanted in str(entry[2]["geometry_type"]).casefold()]
    return (fitting or spatial or filled)[:1]


def _plain(values: Any) -> list[Any]:
    """A column as JSON takes it; NaN and bytes as nothing and their length."""
    if values.dtype.kind == "f":
        return [None if value != value else value for value in values.tolist()]
    if values.dtype.kind == "M":
        return [None if text == "NaT" else text for text in values.astype(str).tolist()]
    return [
        f"{len(value)} bytes" if isinstance(value, bytes) else value.tolist() if hasattr(value, "tolist") else value
        for value in values.tolist()
    ]
