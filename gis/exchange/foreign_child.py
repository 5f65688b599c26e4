"""Reads one layer with GDAL in a process of its own: a broken file can harm nothing but this process.

The order comes as JSON on standard input, the answer lies in ``order["out"]``: ``answer.json`` and numpy files without
pickles, so that nothing in it can be executed. ``answer.json`` is ``{"layers": [[name, kind, count]], "layer", "crs",
"columns": {name: [text]}, "z": bool}`` or ``{"error": text}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ALL_LAYERS = "*"


def main() -> None:
    """Do the order on standard input."""
    order = json.load(sys.stdin)
    _limit(int(order["memory"]), int(order["seconds"]))
    out = Path(order["out"])
    try:
        answer = _read(order, out)
    except MemoryError:
        answer = {"error": "memory", "code": "memory"}
    except UnicodeDecodeError as error:
        answer = {"error": str(error), "code": "encoding"}
    except Exception as error:
        answer = {"error": str(error).replace(order["path"], Path(order["path"]).name)[:300], "code": "broken"}
    (out / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), "utf-8", errors="surrogateescape")


def _limit(memory: int, seconds: int) -> None:
    """Keep this process small and short, where the system can (not on Windows, where the parent's clock must do)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _read(order: dict[str, Any], out: Path) -> dict[str, Any]:
    import numpy as np
    import pyogrio

    pyogrio.set_gdal_config_options(order["config"])
    path = order["path"]
    options = {"encoding": order["encoding"]} if order["encoding"] else {}
    found: list[tuple[int, str, dict[str, Any]]] = []  # by number: two folders of a KML may have one name
    for number, (name, _) in enumerate(pyogrio.list_layers(path).tolist()):
        if name not in order["hidden"]:
            info = pyogrio.read_info(path, layer=number, force_feature_count=True, **options)
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
    for number, name, info in chosen:
        meta, _, wkb, fields = pyogrio.raw.read(path, layer=number, force_2d=True, datetime_as_string=True, **options)
        before = len(has)
        count = len(wkb) if wkb is not None else len(fields[0]) if len(fields) else int(info["features"])
        shapes = [None] * count if wkb is None else wkb.tolist()
        has += [blob is not None for blob in shapes]
        blobs += [b"" if blob is None else bytes(blob) for blob in shapes]
        numbers += range(1, count + 1)
        for field, values in zip(meta["fields"].tolist(), fields, strict=True):
            column = columns.setdefault(str(field), [None] * before)
            column += [None] * (before - len(column))
            column += _plain(values)
        if len(chosen) > 1 or order["layer"] == ALL_LAYERS:
            column = columns.setdefault("layer", [None] * before)
            column += [name] * count
    for column in columns.values():
        column += [None] * (len(has) - len(column))
    np.save(out / "wkb.npy", np.frombuffer(b"".join(blobs), dtype=np.uint8))
    np.save(out / "sizes.npy", np.array([len(blob) for blob in blobs], dtype=np.int64))
    np.save(out / "has.npy", np.array(has, dtype=bool))
    np.save(out / "numbers.npy", np.array(numbers, dtype=np.int64))
    kinds = " ".join(str(info["geometry_type"] or "") for _, _, info in chosen)
    return {
        **answer,
        "layer": ALL_LAYERS if order["layer"] == ALL_LAYERS else chosen[0][1],
        "crs": chosen[0][2]["crs"],
        "columns": columns,
        "z": "3D" in kinds or " Z" in kinds or "2.5D" in kinds,
    }


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
