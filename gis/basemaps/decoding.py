"""Tile bytes to pixels: PNG, JPEG and WebP, and nothing larger than a tile can be."""

from __future__ import annotations

import io
import warnings
import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gis.errors import Refusal

Format = Literal["png", "jpg", "webp", "pbf"]
LARGEST_SIDE = 2048  # pixels
LARGEST_FILE = 16 << 20  # bytes of one tile, packed
LARGEST_UNPACKED = 32 << 20  # bytes of one vector tile, unpacked
_READERS = ("PNG", "JPEG", "WEBP")


def sniffed(body: bytes) -> Format | None:
    """What a tile is by its first bytes; None if nothing that is known. A vector tile has no mark but gzip's."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if body.startswith((b"\x1f\x8b", b"\x1a")):  # gzip, or field 3 (a layer) of a vector tile
        return "pbf"
    return None


def decoded(body: bytes) -> NDArray[np.uint32]:
    """The pixels of a tile, uint32 (h, w) of premultiplied ARGB.

    Raises Refusal ``basemaps.bad_tile`` for what is no picture, is cut off, or would be larger than a tile can be.
    """
    if len(body) > LARGEST_FILE:
        raise Refusal("basemaps.bad_tile", reason=f"{len(body) >> 20} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=_READERS) as image:
                if max(image.size) > LARGEST_SIDE:
                    raise Refusal("basemaps.bad_tile", reason=f"{image.width} × {image.height} px")
                image.load()
                if image.mode == "RGB":
                    return _words(image.convert("RGBA").tobytes("raw", "BGRA"), image.size)
                whole = image if image.mode == "RGBA" else image.convert("RGBA")
                return _words(whole.convert("RGBa").tobytes("raw", "BGRa"), image.size)
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, Image.DecompressionBombError) as error:
        raise Refusal("basemaps.bad_tile", reason=str(error)[:120] or type(error).__name__) from error


def unpacked(body: bytes, limit: int = LARGEST_UNPACKED) -> bytes:
    """The bytes of a gzip member, or the bytes themselves when they are not packed; at most ``limit`` of them.

    Raises Refusal ``basemaps.bad_tile`` for a damaged one, and for one that unfolds to more.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    unfolding = zlib.decompressobj(wbits=31)
    try:
        made = unfolding.decompress(body, limit)
    except zlib.error as error:
        raise Refusal("basemaps.bad_tile", reason=str(error)[:120]) from error
    if unfolding.unconsumed_tail or not unfolding.eof:
        raise Refusal("basemaps.bad_tile", reason=f"> {limit >> 20} MB" if unfolding.unconsumed_tail else "gzip")
    return made


def _words(raw: bytes, size: tuple[int, int]) -> NDArray[np.uint32]:
    # "<u4": blue is the lowest byte on every machine. A copy, because kernels are compiled for writable arrays only.
    return np.frombuffer(raw, "<u4").reshape(size[1], size[0]).astype(np.uint32)
