"""Reads a written page back, independently of what wrote it: the data and the packed blocks, unpacked."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPAN = 2**30


class Page:
    """``text`` of the file, its ``data``, its ``blocks`` as bytes and its ``tiles`` of base maps."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text("utf-8")
        found = re.search(r'<script type="application/json" id="yt-data">(.*?)</script>', self.text, re.DOTALL)
        assert found is not None
        self.data: dict[str, Any] = json.loads(found[1])
        self.blocks = {
            int(n): zlib.decompress(b64decode(text))
            for n, text in re.findall(r'<script type="text/plain" id="yt-block-(\d+)">(.*?)</script>', self.text)
        }
        self.tiles = [
            {name: b64decode(body) for name, body in json.loads(text).items()}
            for text in re.findall(r'<script type="text/plain" id="yt-ground-\d+">(.*?)</script>', self.text)
        ]

    def everything(self) -> bytes:
        """All that a reader could find in the file, packed or not."""
        return self.text.encode() + b"\n".join(self.blocks.values())

    def layer(self, cls: str) -> dict[str, Any]:
        """A layer by its class."""
        return next(layer for layer in self.data["layers"] if layer["cls"] == cls)

    def numbers(self, block: int, *lengths: int) -> list[NDArray[np.int64]]:
        """Columns of whole numbers, which fill their block exactly."""
        raw, at, made = self.blocks[block], 0, []
        for n in lengths:
            folded = sum(
                np.frombuffer(raw, np.uint8, n, at + k * n).astype(np.int64) << (8 * k) for k in range(4)
            )  # fmt: skip
            made.append(np.cumsum((folded >> 1) ^ -(folded & 1)))
            at += 4 * n
        assert at == len(raw)
        return made

    def values(self, cls: str) -> dict[str, list[Any]]:
        """The fields of a layer's features, by name."""
        layer = self.layer(cls)
        columns = json.loads(self.blocks[layer["values"]])
        return {
            field["name"]: [c["of"][i] for i in c["at"]] if isinstance(c, dict) else c
            for field, c in zip(layer["fields"], columns, strict=True)
        }

    def points(self, cls: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Variants, and longitudes and latitudes (n, 2)."""
        layer = self.layer(cls)
        n = layer["shape"]["size"]
        variant, x, y = self.numbers(layer["shape"]["block"], n, n, n)
        return variant, lonlat(x, y)

    def outlines(self, cls: str) -> tuple[NDArray[np.int64], list[list[NDArray[np.float64]]]]:
        """Variants, and for each feature its parts as longitudes and latitudes."""
        shape = self.layer(cls)["shape"]
        n, parts, corners = shape["size"], shape["parts"], shape["corners"]
        variant, of, lengths, x, y = self.numbers(shape["block"], n, n, parts, corners, corners)
        places = np.split(lonlat(x << shape["shift"], y << shape["shift"]), np.cumsum(lengths)[:-1])
        ends = np.cumsum(of)
        return variant, [places[end - count : end] for count, end in zip(of, ends, strict=True)]

    def crowd(self, cls: str) -> NDArray[np.int64]:
        """Rows, columns, variants and counts (4, m) of a layer that is only counted."""
        given = self.layer(cls)["crowd"]
        return np.array(self.numbers(given["block"], *[given["size"]] * 4))


def lonlat(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Degrees of steps on the square of Web Mercator."""
    lon = x / SPAN * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * y / SPAN))))
    return np.column_stack([lon, lat])
