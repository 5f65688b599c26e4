"""How the page looks on its pasteboard: paper with shadow and margins, pictures of the items, selection and guides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.sheets.composer.hands import HANDLES, Band, Moving, Resizing
from desktop.sheets.composer.rendering import PAD, Piece
from desktop.sheets.composer.wording import kind_name
from desktop.shell.theme import theme
from desktop.shell.words import tr
from gis.cartography.sheets.editing import printed_box
from gis.cartography.sheets.items import Box, ColumnItem, Item, MapItem, painting_order

if TYPE_CHECKING:
    from desktop.sheets.composer.page_view import PageView

_GUIDE, _RIM, _FRAME = QColor("#D6336C"), QColor(70, 90, 120, 70), QColor(90, 110, 140, 110)
_GRIP = 7.0
_DENSE = 5.0  # px between the dots of a grid that is still drawn


def paint_page(painter: QPainter, view: PageView) -> None:
    """Paint the whole widget."""
    look = theme()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillRect(view.rect(), look.color("sunken"))
    template = view.draft.template
    page = view.to_widget(Box(0, 0, template.paper.width, template.paper.height))
    shadow = QColor(look.color("shadow"))
    for spread, strength in ((6.0, 10), (4.0, 14), (2.0, 22)):
        shadow.setAlpha(strength)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shadow)
        painter.drawRoundedRect(page.adjusted(-spread / 2, -spread / 4, spread / 2, spread), 3, 3)
    painter.fillRect(page, QColor("white"))
    painter.save()
    painter.setClipRect(page)
    _paint_margins(painter, view)
    _paint_grid(painter, view, page)
    for item in painting_order(template.items):
        _paint_item(painter, view, item)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.color("line_strong"), 1))
    painter.drawRect(page)
    _paint_selection(painter, view)
    _paint_hand(painter, view)


def _paint_grid(painter: QPainter, view: PageView, page: QRectF) -> None:
    step = view.grid * view.zoom
    if not view.grid or not view.snapping or step < _DENSE:
        return
    painter.setPen(QPen(QColor(90, 110, 140, 90), 1.2))
    paper = view.draft.template.paper
    points = [
        view.origin + QPointF(i, j) * step
        for i in range(int(paper.width / view.grid) + 1)
        for j in range(int(paper.height / view.grid) + 1)
    ]
    painter.drawPoints(points)


def _paint_item(painter: QPainter, view: PageView, item: Item) -> None:
    box = view.live_box(item.id)
    if box is None:
        return
    piece = view.painted.pieces.get(item.id) if view.painted is not None else None
    rect = view.to_widget(box)
    if piece is None or piece.empty:
        _paint_empty(painter, rect, item)
    if piece is None:
        return
    if isinstance(item, MapItem) and _paint_shifted(painter, view, replace(item, box=box), piece):
        return
    _paint_piece(painter, view, piece, box)


def _paint_piece(painter: QPainter, view: PageView, piece: Piece, box: Box) -> None:
    """The picture at the box: as large as it was painted; of a map that is being resized, stretched with it."""
    where = QPointF(box.x - PAD, box.y - PAD)
    size = QSizeF(box.width + 2 * PAD, box.height + 2 * PAD)
    if piece.key[0] != "map":  # its letters keep their size until it is painted anew
        size = QSizeF(piece.box.width + 2 * PAD, piece.box.height + 2 * PAD)
    corner = view.origin + where * view.zoom
    density = view.devicePixelRatioF()
    if abs(piece.sharpness - view.zoom * density) < 0.01:  # pixel for pixel, so that letters stay crisp
        corner = QPointF(round(corner.x() * density) / density, round(corner.y() * density) / density)
        if size.width() == piece.box.width + 2 * PAD and size.height() == piece.box.height + 2 * PAD:
            painter.drawImage(QRectF(corner, QSizeF(piece.image.size()) / density), piece.image)
            return
    painter.drawImage(QRectF(corner, size * view.zoom), piece.image)


def _paint_shifted(painter: QPainter, view: PageView, item: MapItem, piece: Piece) -> bool:
    """A map that is to show another place than its picture: the picture moves and grows in its frame, until a new one
    is there. Whether it is so.
    """
    wanted = view.live_view(item.id)
    if wanted is None:
        return False
    (x, y), denominator = wanted
    shown = piece.key[2]
    per_mm = denominator / 1000.0
    dx, dy = (shown.center[0] - x) / per_mm, (y - shown.center[1]) / per_mm
    grown = shown.denominator / denominator
    if max(abs(dx), abs(dy)) < 0.05 and abs(grown - 1.0) < 1e-4:
        return False
    assert item.box is not None
    _paint_piece(painter, view, piece, item.box)
    inner = view.to_widget(item.inner())
    old = replace(item, box=piece.box).inner()
    painter.save()
    painter.setClipRect(inner, Qt.ClipOperation.IntersectClip)
    painter.fillRect(inner, QColor("#F2F4F7"))
    share = piece.image.width() / (piece.box.width + 2 * PAD)
    source = QRectF((item.band + PAD) * share, (item.band + PAD) * share, old.width * share, old.height * share)
    size = QSizeF(old.width, old.height) * grown * view.zoom
    middle = inner.center() + QPointF(dx, dy) * view.zoom
    target = QRectF(middle - QPointF(size.width(), size.height()) / 2, size)
    painter.drawImage(target, piece.image, source)
    painter.restore()
    return True


def _paint_empty(painter: QPainter, rect: QRectF, item: Item) -> None:
    """An item with nothing to say still shows where it is; this is not printed."""
    painter.setPen(QPen(_FRAME, 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)
    if rect.height() >= 14 and rect.width() >= 30:
        painter.setPen(QColor(90, 110, 140, 190))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(rect.adjusted(4, 0, -4, 0), flags, kind_name(item))


def _paint_margins(painter: QPainter, view: PageView) -> None:
    painter.setPen(QPen(_RIM, 1, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(view.to_widget(printed_box(view.draft.template)))


def _paint_selection(painter: QPainter, view: PageView) -> None:
    look, draft = theme(), view.draft
    accent = QColor(look.colors["accent"])
    strong = view.hasFocus()
    if view.content:
        box = view.box_of(view.content)
        if box is not None:
            painter.setPen(QPen(accent, 3))
            painter.drawRect(view.to_widget(box))
            _say(painter, view.to_widget(box), tr("Drag and turn the wheel to move the map; Esc when done"))
        return
    for id in draft.selection:
        box = view.live_box(id)
        if box is None:
            continue
        rect = view.to_widget(box).adjusted(-1.5, -1.5, 1.5, 1.5)  # around it: letters at its edge stay legible
        child = id not in draft.free
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 180), 3.0))
        painter.drawRect(rect.adjusted(-1, -1, 1, 1))
        painter.setPen(QPen(accent, 1.8 if strong else 1.2, Qt.PenStyle.DashLine if child else Qt.PenStyle.SolidLine))
        painter.drawRect(rect)
    for item in draft.template.items:  # the column of what is selected inside it
        if isinstance(item, ColumnItem) and item.box is not None and any(c.id in draft.selection for c in item.items):
            painter.setPen(QPen(_FRAME, 1, Qt.PenStyle.DashLine))
            painter.drawRect(view.to_widget(item.box))
    if len(draft.selection) == 1 and draft.free and not isinstance(view.hand, Moving):
        box = view.live_box(draft.free[0])
        if box is not None:
            _paint_grips(painter, view.to_widget(box), accent)


def _paint_grips(painter: QPainter, rect: QRectF, accent: QColor) -> None:
    painter.setPen(QPen(accent, 1.4))
    painter.setBrush(QColor("white"))
    for across, down in HANDLES:
        if (rect.width() < 3 * _GRIP and across == 0.5) or (rect.height() < 3 * _GRIP and down == 0.5):
            continue
        middle = QPointF(rect.x() + across * rect.width(), rect.y() + down * rect.height())
        painter.drawRect(QRectF(middle - QPointF(_GRIP, _GRIP) / 2, QSizeF(_GRIP, _GRIP)))


def _paint_hand(painter: QPainter, view: PageView) -> None:
    hand = view.hand
    if isinstance(hand, Band):
        accent = QColor(theme().colors["accent"])
        painter.setPen(QPen(accent, 1))
        accent.setAlpha(30)
        painter.setBrush(accent)
        painter.drawRect(QRectF(hand.start, hand.end).normalized())
    if isinstance(hand, Moving | Resizing):
        painter.setPen(QPen(_GUIDE, 1))
        for guide in hand.guides:
            start, end = (
                (QPointF(guide.at, guide.start), QPointF(guide.at, guide.end))
                if guide.vertical
                else (QPointF(guide.start, guide.at), QPointF(guide.end, guide.at))
            )
            painter.drawLine(QLineF(view.origin + start * view.zoom, view.origin + end * view.zoom))
        if isinstance(hand, Moving):
            first = next(iter(hand.boxes))
            box = view.live_box(first)
            said = "" if box is None else f"{box.x:.1f}, {box.y:.1f}"
        else:
            box = hand.box
            said = f"{box.width:.1f} × {box.height:.1f}"
        if box is not None:
            _say(painter, view.to_widget(box), f"{said} mm")


def _say(painter: QPainter, rect: QRectF, text: str) -> None:
    """A small label at the upper left corner of a rectangle, on the screen."""
    look = theme()
    metrics = painter.fontMetrics()
    size = QSizeF(metrics.horizontalAdvance(text) + 12, metrics.height() + 6)
    place = QPointF(max(rect.x(), 4.0), max(rect.y() - size.height() - 4, 4.0))
    label = QRectF(place, size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.colors["accent"]))
    painter.drawRoundedRect(label, 4, 4)
    painter.setPen(QColor(look.colors["on_accent"]))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
