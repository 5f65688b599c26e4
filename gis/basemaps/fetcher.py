"""Fetches online tiles on threads of its own: what is in view now, few at a time, patiently, and never what is gone."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, Thread, Timer, current_thread

from gis.basemaps.grid import Tile
from gis.basemaps.request import Answer, Reply
from gis.errors import Refusal

AT_ONCE = 4  # requests
BACKOFF = (1.0, 4.0, 15.0, 60.0)  # seconds before the next try; the last again and again
DOWN = 3  # failures in a row after which the whole service is given time
FORGET = 600.0  # seconds for which what came and was no tile is not asked for again
NEWS = 0.15  # seconds between two calls of on_news, but for the last
OUT_OF_SIGHT = 120.0  # seconds after which a view that was not asked for again needs nothing more
_WAITING = 48 << 20  # bytes of tiles that came and have not been taken
_IDLE = 20.0  # seconds after which a thread without work ends


class Fetcher:
    """``ask(tile)`` does one request, ``arrived(tile, reply)`` keeps what came (on the fetching thread)."""

    def __init__(
        self, host: str, ask: Callable[[Tile], Reply], arrived: Callable[[Tile, bytes], None],
        backoff: Sequence[float] = BACKOFF,
    ) -> None:  # fmt: skip
        self.on_news: Callable[[], None] | None = None
        self._host = host
        self._ask = ask
        self._arrived = arrived
        self._backoff = backoff
        self._condition = Condition()
        self._wanted: OrderedDict[object, tuple[float, list[Tile]]] = OrderedDict()  # by asker, the youngest last
        self._under_way: set[Tile] = set()
        self._tries: dict[Tile, tuple[int, float]] = {}  # times a tile failed, and until when it rests
        self._none: dict[Tile, float] = {}  # until when a tile counts as failed
        self._came: OrderedDict[Tile, bytes] = OrderedDict()
        self._came_bytes = 0
        self._failures = 0  # in a row
        self._rest_until = 0.0  # of the whole service
        self._problem: Refusal | None = None
        self._told = 0.0
        self._timer: Timer | None = None
        self._threads: list[Thread] = []
        self._idle = 0
        self._closed = False

    def want(self, asker: object, tiles: Sequence[Tile]) -> None:
        """What ``asker`` needs now, the most important first; takes the place of what it needed before."""
        with self._condition:
            self._wanted.pop(asker, None)
            if tiles and not self._closed:
                self._wanted[asker] = (time.monotonic(), list(tiles))
                while len(self._threads) < AT_ONCE and self._idle < len(tiles) and len(self._threads) < len(tiles):
                    thread = Thread(target=self._work, name="basemap-fetch", daemon=True)
                    self._threads.append(thread)
                    self._idle += 1
                    thread.start()
                self._condition.notify_all()

    def take(self, tile: Tile) -> bytes | None:
        """The bytes of a tile that came since; they are given out once."""
        with self._condition:
            body = self._came.pop(tile, None)
            if body is not None:
                self._came_bytes -= len(body)
            return body

    def failed(self, tile: Tile) -> bool:
        """Whether a tile is not worth waiting for just now."""
        with self._condition:
            until = self._none.get(tile)
            if until is not None and until <= time.monotonic():
                del self._none[tile]
                until = None
            return until is not None

    def fail(self, tile: Tile, problem: Refusal | None = None) -> None:
        """Say that what came of a tile is no use."""
        with self._condition:
            self._none[tile] = time.monotonic() + FORGET
            self._problem = problem or self._problem

    def problem(self) -> Refusal | None:
        """What keeps tiles from coming."""
        return self._problem

    def retry(self) -> None:
        """Forget failures and waits."""
        with self._condition:
            self._tries.clear()
            self._none.clear()
            self._failures, self._rest_until, self._problem = 0, 0.0, None
            self._condition.notify_all()

    def close(self) -> None:
        """Stop: requests under way are let go, nothing of theirs is kept."""
        with self._condition:
            self._closed = True
            self._wanted.clear()
            self._condition.notify_all()
            threads = list(self._threads)
            self.on_news = None
            if self._timer is not None:
                self._timer.cancel()
        end = time.monotonic() + 0.1
        for (
            thread
        ) in threads:  # idle ones end at once; a request that hangs ends by its own timeout and holds nothing up
            thread.join(max(end - time.monotonic(), 0.0))

    def _work(self) -> None:
        with self._condition:
            self._idle -= 1
        while True:
            tile = self._next()
            if tile is None:
                return
            try:
                reply = self._ask(tile)
            except Exception as error:  # a bug must not end the thread and leave the tile under way for ever
                reply = Reply(Answer.STRANGE, reason=type(error).__name__)
            if reply.answer in (Answer.TILE, Answer.NONE) and not self._closed:
                self._arrived(tile, reply.body)
            self._done(tile, reply)

    def _next(self) -> Tile | None:
        """The next tile to ask for, which is then under way; None when there was nothing for a while."""
        with self._condition:
            self._idle += 1
            give_up = time.monotonic() + _IDLE
            try:
                while not self._closed:
                    now = time.monotonic()
                    tile, rest = self._choice(now)
                    if tile is not None:
                        self._under_way.add(tile)
                        return tile
                    if now >= give_up and rest is None:
                        break
                    self._condition.wait(min(rest or _IDLE, _IDLE))
                    if rest is not None:
                        give_up = time.monotonic() + _IDLE
            finally:
                self._idle -= 1
            with suppress(ValueError):
                self._threads.remove(current_thread())
            return None

    def _choice(self, now: float) -> tuple[Tile | None, float | None]:
        """The tile to ask for now, or in how many seconds there will be one (None = not known of any)."""
        for asker in [asker for asker, (at, _) in self._wanted.items() if now - at > OUT_OF_SIGHT]:
            del self._wanted[asker]
        if now < self._rest_until:
            return None, self._rest_until - now if self._wanted else None
        if self._failures >= DOWN and self._under_way:  # after a rest one request finds out whether it is over
            return None, None
        rest: float | None = None
        for _, tiles in reversed(self._wanted.values()):
            for tile in tiles:
                if tile in self._under_way or tile in self._came or self._none.get(tile, 0.0) > now:
                    continue
                until = self._tries.get(tile, (0, 0.0))[1]
                if until <= now:
                    return tile, None
                rest = until - now if rest is None else min(rest, until - now)
        return None, rest

    def _done(self, tile: Tile, reply: Reply) -> None:
        now = time.monotonic()
        with self._condition:
            self._under_way.discard(tile)
            if self._closed:
                return
            if reply.answer in (Answer.TILE, Answer.NONE):
                self._failures, self._problem = 0, None
                self._tries.pop(tile, None)
                self._came[tile] = reply.body
                self._came_bytes += len(reply.body)
                while self._came_bytes > _WAITING:
                    self._came_bytes -= len(self._came.popitem(last=False)[1])
                self._no_longer_wanted(tile)
            elif reply.answer is Answer.STRANGE:
                self._none[tile] = now + FORGET
                self._problem = Refusal("basemaps.strange_answer", host=self._host, reason=reply.reason)
                self._no_longer_wanted(tile)
            else:
                self._put_off(tile, reply, now)
            self._condition.notify_all()
            pause = self._told + NEWS - now
            if pause > 0:
                if self._timer is None:
                    self._timer = Timer(pause, self._tell)
                    self._timer.daemon = True
                    self._timer.start()
                return
        self._tell()

    def _tell(self) -> None:
        with self._condition:
            self._told, self._timer = time.monotonic(), None
            call = self.on_news
        if call is not None:
            call()

    def _put_off(self, tile: Tile, reply: Reply, now: float) -> None:
        """The tile rests, longer each time; and after some failures in a row the whole service."""
        times = self._tries.get(tile, (0, 0.0))[0]
        pause = max(self._backoff[min(times, len(self._backoff) - 1)], reply.wait)
        self._tries[tile] = (times + 1, now + pause)
        self._failures += 1
        if reply.answer is Answer.REFUSED:
            self._problem = Refusal("basemaps.refused", host=self._host, reason=reply.reason)
            self._rest_until = now + self._backoff[-1]
            return
        self._problem = Refusal("basemaps.unreachable", host=self._host, reason=reply.reason)
        if self._failures >= DOWN or reply.wait:
            self._rest_until = now + max(self._backoff[min(self._failures // DOWN, len(self._backoff) - 1)], reply.wait)

    def _no_longer_wanted(self, tile: Tile) -> None:
        for asker, (_, tiles) in list(self._wanted.items()):
            if tile in tiles:
                tiles.remove(tile)
                if not tiles:
                    del self._wanted[asker]
