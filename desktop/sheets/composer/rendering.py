"""Pictures of a sheet's items, painted off the UI thread as they will be printed; only what changed is painted anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from desktop.basemaps.paper import grounds_of
from desktop.jobs import Job
from desktop.sheets.export import Reading, settled
from desktop.sheets.page import block_of, column_boxes, paint_item
from desktop.shell.words import language
from gis.cartography.sheets.items import Box, ColumnItem, Item, MapItem
from gis.cartography.sheets.specification import SheetSpec
from gis.progress import Progress
from gis.project.sheets import Sheet

PAD = 2.0  # mm around an item's box: what is drawn a little over its edge
_SHARPNESS = (0.8, 16.0)  # pixels a millimetre: coarsest and finest that pictures are painted at
_LARGEST = 20_000_000  # pixels of a whole page; a larger one is magnified
_REST_MS = 90


@dataclass(frozen=True)
class Piece:
    """The picture of one item; ``key`` says of what. ``box``: the item's when it was painted. ``empty``: it says
    nothing.
    """

    key: tuple[Any, ...]
    image: QImage
    box: Box
    sharpness: float
    empty: bool = False


@dataclass(frozen=True)
class Painted:
    """A sheet as painted: what is in it, a picture of each item by id, and where what stands in columns came to lie."""

    spec: SheetSpec
    pieces: Mapping[str, Piece] = field(default_factory=dict)
    places: Mapping[str, Box] = field(default_factory=dict)


@dataclass(frozen=True)
class _Wanted:
    sheet: Sheet
    sharpness: float
    language: str
    asked: Mapping[str, Any]
    signature: tuple[Any, ...]  # of all but places on the paper


class Rendering(QObject):
    """``painted(Painted)`` when the newest sheet stands, ``begun`` when work starts, ``refused(error)``.

    ``asked`` gives the arguments of ``compose`` for a sheet; ``maps`` the base maps below it.
    """

    painted = Signal(object)
    refused = Signal(object)
    begun = Signal()
    _partly = Signal(int, object)

    def __init__(
        self,
        window: Any,
        asked: Callable[[Sheet], dict[str, Any]],
        maps: Callable[[], Sequence[Any]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._session = window, window.session
        self._asked, self._maps = asked, maps
        self._request = 0
        self._job: Job | None = None
        self._sheet: Sheet | None = None
        self._sharpness = 2.0
        self._last: tuple[_Wanted, Painted] | None = None
        self._stale = True
        self._due = QTimer(self, singleShot=True, interval=_REST_MS)
        self._due.timeout.connect(self._start)
        self._partly.connect(self._take_part)

    @property
    def busy(self) -> bool:
        """Whether a newer picture is to come."""
        return self._due.isActive() or self._job is not None

    @property
    def shown(self) -> Painted | None:
        """What was painted last."""
        return None if self._last is None else self._last[1]

    def paint(self, sheet: Sheet, zoom: float, at_once: bool = False) -> None:
        """Paint this sheet for a screen of ``zoom`` pixels a millimetre; what was asked for before no longer counts."""
        self._sheet = sheet
        page = sheet.template.paper.width * sheet.template.paper.height
        low, high = _SHARPNESS
        self._sharpness = min(max(round(zoom, 3), low), high, max((_LARGEST / page) ** 0.5, low))
        if at_once:
            self._due.stop()
            self._start()
        else:
            self._due.start()

    def forget_data(self) -> None:
        """The project has changed: everything is read again."""
        self._stale = True
        if self._sheet is not None:
            self._due.start()

    def stop(self) -> None:
        """No more is wanted."""
        self._due.stop()
        self._request += 1
        if self._job is not None:
            self._job.forget()
            self._job.cancel()
            self._job = None

    def _start(self) -> None:
        if self._sheet is None:
            return
        if self._job is not None:
            self._job.forget()
            self._job.cancel()
        self._request += 1
        request, sheet, session = self._request, self._sheet, self._session
        maps, chosen = list(self._maps()), self._window.store.now
        try:
            asked = {**self._asked(sheet), "language": language()}
        except Exception as error:  # an analysis that is gone
            self._job = None
            self.refused.emit(error)
            return
        template = sheet.template
        bare = tuple(
            item if isinstance(item, MapItem) and item.box is not None and item.role == "main"
            else replace(item, box=None if not isinstance(item, MapItem) else item.box)
            for item in template.items
        )  # fmt: skip
        signature = (replace(template, items=bare), asked, session.version)
        wanted = _Wanted(sheet, self._sharpness, language(), asked, signature)
        old = None if self._stale else self._last
        known = {} if self._last is None or self._stale else dict(self._last[1].pieces)
        base = (len(maps), tuple(repr(one) for one in maps), session.version)
        self._stale = False
        self.begun.emit()

        def work(progress: Progress) -> Painted:
            with grounds_of(maps, chosen) as grounds, session.reading() as snapshot:
                if old is not None and old[0].signature == signature:
                    spec = replace(old[1].spec, items=template.items)
                else:
                    spec = settled(session, snapshot, template, **asked)
                source = Reading(session, snapshot, grounds)
                return _paint(
                    spec, source, wanted.sharpness, known, base, progress,
                    lambda part: self._partly.emit(request, part),
                )  # fmt: skip

        self._job = self._window.jobs.quiet(
            work, partial(self._take, request, wanted), partial(self._fail, request)
        )  # fmt: skip

    def _take_part(self, request: int, painted: Painted) -> None:
        if request == self._request:
            self.painted.emit(painted)

    def _take(self, request: int, wanted: _Wanted, painted: Painted) -> None:
        if request == self._request:
            self._job = None
            self._last = (wanted, painted)
            self.painted.emit(painted)

    def _fail(self, request: int, error: Exception) -> None:
        if request == self._request:
            self._job = None
            self.refused.emit(error)


def _paint(
    spec: SheetSpec, source: Any, sharpness: float, known: dict[str, Piece], base: tuple[Any, ...],
    progress: Progress, tell: Callable[[Painted], None],
) -> Painted:  # fmt: skip
    """Every item painted or taken as it was; words and figures first, since maps take longer."""
    pieces: dict[str, Piece] = {}
    places: dict[str, Box] = {}
    late: list[tuple[Item, tuple[Any, ...]]] = []
    for item in spec.items:
        progress.step(0, 0, "sheets.painting")
        if isinstance(item, ColumnItem):
            places |= column_places(item, spec)
        key = _key(item, spec, sharpness, base)
        old = known.get(item.id)
        if old is not None and old.key == key:
            pieces[item.id] = replace(old, box=item.box) if item.box is not None else old
        elif isinstance(item, MapItem):
            late.append((item, key))
            if old is not None:
                pieces[item.id] = old
        else:
            pieces[item.id] = _piece(item, spec, source, sharpness, key, progress)
    if late:
        tell(Painted(spec, dict(pieces), places))
    for item, key in late:
        pieces[item.id] = _piece(item, spec, source, sharpness, key, progress)
        if len(late) > 1:
            tell(Painted(spec, dict(pieces), places))
    return Painted(spec, pieces, places)


def _key(item: Item, spec: SheetSpec, sharpness: float, base: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of what a picture is: two alike may stand for one another."""
    assert item.box is not None
    size = (round(item.box.width, 3), round(item.box.height, 3), sharpness, spec.language)
    if isinstance(item, MapItem):
        extents = {one.id: spec.extent_of(one) for one in spec.maps} if item.frame_of else {}
        return ("map", replace(item, box=None, id=""), spec.views[item.id], extents, size, base)
    if isinstance(item, ColumnItem):
        return ("column", item.gap, item.split, tuple(block_of(child, spec) for child in item.items), size)
    return ("item", block_of(item, spec), size)


def _piece(
    item: Item, spec: SheetSpec, source: Any, sharpness: float, key: tuple[Any, ...], progress: Progress
) -> Piece:
    assert item.box is not None
    box = item.box
    width, height = box.width + 2 * PAD, box.height + 2 * PAD
    image = QImage(
        max(1, round(width * sharpness)), max(1, round(height * sharpness)), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    try:
        painter.scale(image.width() / width, image.height() / height)
        painter.translate(PAD - box.x, PAD - box.y)
        paint_item(painter, item, spec, source)
    finally:
        painter.end()
    progress.step(0, 0, "sheets.painting")
    return Piece(key, image, box, sharpness, _says_nothing(item, spec))


def _says_nothing(item: Item, spec: SheetSpec) -> bool:
    assert item.box is not None
    if isinstance(item, MapItem):
        return False
    children = item.items if isinstance(item, ColumnItem) else (item,)
    return not any(_height(child, spec, item.box.width) > 0 for child in children)


def _height(item: Item, spec: SheetSpec, width: float) -> float:
    return block_of(item, spec).height(width)


def column_places(column: ColumnItem, spec: SheetSpec) -> dict[str, Box]:
    """Where the items of a column come to lie, by id; those that say nothing have no place."""
    assert column.box is not None
    width = column.box.width
    speaking = [child for child in column.items if _height(child, spec, width) > 0]
    return {child.id: box for child, (_, box) in zip(speaking, column_boxes(column, spec), strict=False)}
