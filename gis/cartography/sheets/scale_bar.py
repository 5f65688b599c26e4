"""The scale bar: a round ground length that fits the place it is given."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """``segments`` equal pieces of ``segment_m`` metres, each ``segment_mm`` long on paper; labels in ``unit``."""

    segment_m: float
    segment_mm: float
    segments: int
    unit: str

    @property
    def length_mm(self) -> float:
        """The whole bar on paper."""
        return self.segment_mm * self.segments

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands at the start, at each joint and at the end; without the unit."""
        factor = 1000.0 if self.unit == "km" else 1.0
        return tuple(f"{i * self.segment_m / factor:g}" for i in range(self.segments + 1))


def scale_bar(denominator: float, width_mm: float, segments: int = 4) -> ScaleBar:
    """The longest bar of ``segments`` round pieces (1, 2, 2.5 or 5 times a power of ten) within ``width_mm``."""
    room = width_mm / segments * denominator / 1000.0
    power = 10.0 ** floor(log10(room))
    piece = next(step * power for step in (5.0, 2.5, 2.0, 1.0) if step * power <= room * (1 + 1e-9))
    unit = "km" if piece * segments >= 1000.0 else "m"
    return ScaleBar(piece, piece * 1000.0 / denominator, segments, unit)
