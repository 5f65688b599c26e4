"""One request for a tile over HTTP: bounded in time and size, and its answer put into a word the fetcher acts on."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from gis.basemaps.decoding import LARGEST_FILE, sniffed, unpacked
from gis.errors import Refusal

AGENT = "Mozilla/5.0 (compatible; Yantu; desktop GIS)"
TIMEOUT = 10.0  # seconds without a byte
DEADLINE = 30.0  # seconds for the whole of a tile
LONGEST_WAIT = 60.0  # seconds a service may ask us to wait
_CHUNK = 1 << 16


class Answer(Enum):
    """What became of a request."""

    TILE = "tile"
    NONE = "none"  # the service has no tile there
    REFUSED = "refused"  # the key, or this program, is not let in
    STRANGE = "strange"  # something came that is no tile
    BUSY = "busy"  # the service fails or asks us to wait
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, the tile's bytes, why there are none, and how many seconds to wait at least."""

    answer: Answer
    body: bytes = b""
    reason: str = ""
    wait: float = 0.0


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follows redirections to other web addresses only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.URLError("redirected elsewhere")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    made = urllib.request.OpenerDirector()  # built by hand: no file:, ftp: or data:
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(), _OnlyWeb(),
        urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler(), urllib.request.UnknownHandler(),
    ):  # fmt: skip
        made.add_handler(handler)
    return made


def fetched(address: str, referer: str = "", timeout: float = TIMEOUT) -> Reply:
    """The answer of one GET; a tile is known by its content, not by what the service calls it."""
    try:
        body, packed = _body(address, referer, timeout)
    except urllib.error.HTTPError as error:
        return _of_status(error)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        return Reply(Answer.UNREACHABLE, reason=_reason(error))
    if body is None:
        return Reply(Answer.STRANGE, reason=f"> {LARGEST_FILE >> 20} MB")
    if not body:
        return Reply(Answer.NONE)
    try:
        body = unpacked(body, LARGEST_FILE) if packed else body
    except Refusal:
        return Reply(Answer.STRANGE, reason="gzip")
    if sniffed(body) in (None, "pbf"):
        return Reply(Answer.STRANGE, reason=body[:80].decode("utf-8", "replace").strip())
    return Reply(Answer.TILE, body)


def document(address: str, most: int, timeout: float = TIMEOUT) -> bytes:
    """The bytes of a document; Refusals ``basemaps.unreachable``, ``.refused``, ``.too_large``."""
    host = host_of(address)
    try:
        body, packed = _body(address, "", timeout, most)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in (401, 403, 418):
                raise Refusal("basemaps.refused", host=host, reason=f"HTTP {error.code}") from error
            raise Refusal("basemaps.unreachable", host=host, reason=f"HTTP {error.code}") from error
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise Refusal("basemaps.unreachable", host=host, reason=_reason(error)) from error
    if body is None:
        raise Refusal("basemaps.strange_answer", host=host, reason=f"> {most >> 20} MB")
    return unpacked(body, most) if packed else body


def host_of(address: str) -> str:
    """The server of an address, for messages: the rest may hold the user's key."""
    try:
        return urlsplit(address.replace("{", "").replace("}", "")).hostname or "?"
    except ValueError:
        return "?"


def _body(address: str, referer: str, timeout: float, most: int = LARGEST_FILE) -> tuple[bytes | None, bool]:
    """The bytes that came (None = too many), and whether they are packed."""
    headers = {"User-Agent": AGENT, "Accept": "image/*,*/*;q=0.8"} | ({"Referer": referer} if referer else {})
    end = time.monotonic() + DEADLINE
    parts: list[bytes] = []
    size = 0
    with _opener().open(urllib.request.Request(address, headers=headers), timeout=timeout) as response:
        while chunk := response.read1(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                return None, False
            if time.monotonic() > end:
                raise TimeoutError("timed out")
        told = response.headers.get("Content-Length", "")
        if told.isdigit() and size < int(told):
            raise http.client.IncompleteRead(b"", int(told) - size)
        return b"".join(parts), response.headers.get("Content-Encoding", "") == "gzip"


def _of_status(error: urllib.error.HTTPError) -> Reply:
    with error:
        code = error.code
        if code in (204, 404, 410):
            return Reply(Answer.NONE)
        if code in (401, 403, 407, 418):  # 418: how 天地图 answers a key it does not know
            return Reply(Answer.REFUSED, reason=f"HTTP {code}")
        if code == 429 or code >= 500:
            told = error.headers.get("Retry-After", "") if error.headers else ""
            return Reply(
                Answer.BUSY, reason=f"HTTP {code}", wait=min(float(told), LONGEST_WAIT) if told.isdigit() else 0.0
            )  # fmt: skip
        return Reply(Answer.STRANGE, reason=f"HTTP {code}")


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):
        error = inner
    if isinstance(error, socket.gaierror):
        return "DNS"
    if isinstance(error, TimeoutError):
        return "timeout"
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
