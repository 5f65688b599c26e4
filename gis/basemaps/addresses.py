"""Addresses of online tiles: what may stand in them, and what must not be kept with the project."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from gis.errors import Refusal

PLACE = re.compile(r"\{[^{}]*\}")
_KEY = re.compile(r"([?&](?:tk|ak|key|token|api_?key|access_token)=)([^&#{}]+)", re.IGNORECASE)
_PLACES = {"{x}", "{y}", "{-y}", "{z}", "{s}", "{q}", "{tk}", "{r}"}


def check_address(source: str) -> None:
    """Refuse an address that is not of the web, or lacks the tile's numbers, or has places nobody knows."""
    try:
        parts = urlsplit(PLACE.sub("0", source))
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f]", source)
        _ = parts.port
    except ValueError:
        whole = False
    if not whole:
        raise Refusal("basemaps.bad_address", place="http(s)://")
    places = set(PLACE.findall(source))
    if unknown := sorted(places - _PLACES):
        raise Refusal("basemaps.bad_address", place=unknown[0])
    if "{q}" not in places and not ({"{x}", "{z}"} <= places and places & {"{y}", "{-y}"}):
        raise Refusal("basemaps.bad_address", place="{z} {x} {y}")


def without_key(address: str) -> tuple[str, str | None]:
    """An address with ``{tk}`` where it names a key, and that key: it belongs to the user's settings, not to a project.

    A key is the value of a parameter called tk, key, ak, token, apikey, api_key or access_token.
    """
    found = _KEY.search(address)
    if found is None:
        return address, None
    return address[: found.start(2)] + "{tk}" + address[found.end(2) :], unquote(found[2])
