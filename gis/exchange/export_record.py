"""What was written, from where and under which conditions: a file beside an export, for a catalogue of data resources.

Plain JSON with the elements that GB/T 19710 (ISO 19115-1) calls its core: title, abstract, dates, reference system,
extent, contact, lineage; and the fields with their labels and units.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pyproj

from gis.catalogue import FeatureClass
from gis.exchange.features import Output


def record_path(target: Path) -> Path:
    """Where the record of an export lies."""
    return target.with_name(target.name + ".metadata.json")


def write_record(
    target: Path,
    cls: FeatureClass,
    frame: Any,
    output: Output,
    *,
    crs: str,
    source: str,
    title: str = "",
    where: str = "",
    area: str = "",
    author: str = "",
    at: datetime.datetime | None = None,
) -> Path:
    """Write the record of ``target``; ``crs`` is that of the file, ``frame`` what was written, as read."""
    moment = at or datetime.datetime.now(datetime.UTC)
    fields = [name for name in frame.columns if cls.has_field(name)]
    record: dict[str, Any] = {
        "title": title or cls.label.zh,
        "title_en": cls.label.en,
        "class": cls.name,
        "created": moment.isoformat(timespec="seconds"),
        "data_as_of": _latest(frame),
        "author": author,
        "source": source,
        "count": len(frame),
        "filter": where,
        "area": area,
        "crs": pyproj.CRS(crs).to_string() if cls.spatial else None,
        "crs_name": pyproj.CRS(crs).name if cls.spatial else None,
        "datum_shift": output.datum,
        "extent_lonlat": _extent(frame) if cls.spatial else None,
        "geometry": cls.geometry,
        "encoding": output.encoding,
        "fields": [
            {"name": f.name, "label_zh": f.label.zh, "label_en": f.label.en, "type": f.type, "unit": f.unit,
             "codes": {code.value: code.label.zh for code in f.codes} or None}
            for f in (cls.field(name) for name in fields)
        ],
        "left_out": [f.name for f in cls.fields if f.name not in fields],
        "file": target.name,
        "sha256": _digest(target),
    }  # fmt: skip
    path = record_path(target)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def _latest(frame: Any) -> str | None:
    if "updated_at" not in frame.columns:
        return None
    known = [str(value) for value in frame["updated_at"] if value]
    return max(known) if known else None


def _extent(frame: Any) -> list[float] | None:
    if not len(frame) or bool(frame.geometry.isna().all()):
        return None
    west, south, east, north = frame.geometry.to_crs("EPSG:4326").total_bounds
    return [round(float(v), 6) for v in (west, south, east, north)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
