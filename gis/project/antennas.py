"""The antenna of one cell as predictions take it, for drawing: pattern file where it can be read, else beamwidths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gis.radio.antenna_files import read_pattern
from gis.radio.constants import constants
from gis.radio.patterns import Pattern, sector

if TYPE_CHECKING:
    from gis.project.session import Session

PATTERNS = "patterns"  # the folder of pattern files beside the project, or among its attachments
_STEP = 1.0  # degrees between two rays of a cut


@dataclass(frozen=True, slots=True)
class Antenna:
    """One antenna on its mast. ``azimuth_deg`` None = not known, taken as all-round; tilts are down.

    ``file``: the pattern file the row names; ``missing``: it is not there. ``assumed``: the beamwidths are the
    program's own, because the row has none.
    """

    pattern: Pattern
    azimuth_deg: float | None
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    file: str = ""
    missing: bool = False
    assumed: bool = False

    @property
    def tilt_deg(self) -> float:
        """Both tilts together."""
        return self.mechanical_tilt_deg + self.electrical_tilt_deg

    def horizontal(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bearings from north (n,) and dB ≤ 0 (n,) around the compass, along the tilted beam's elevation."""
        bearing = np.arange(0.0, 360.0, _STEP)
        off = bearing - (self.azimuth_deg or 0.0)
        return bearing, self._db(off, np.full(len(off), -self.tilt_deg))

    def vertical(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Angles above the horizon (n,), −90…90 ahead and 90…270 behind, and dB ≤ 0 (n,) in the beam's plane."""
        angle = np.arange(-90.0, 270.0, _STEP)
        behind = angle > 90.0
        rise = np.where(behind, 180.0 - angle, angle)
        return angle, self._db(np.where(behind, 180.0, 0.0), rise)

    def _db(self, off: NDArray[np.float64], rise: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.pattern.attenuation_db(
            off, rise, mechanical_tilt_deg=self.mechanical_tilt_deg, electrical_tilt_deg=self.electrical_tilt_deg
        )


def pattern_file(session: Session, name: str) -> Path | None:
    """The file of that name among the project's pattern files; never one elsewhere that a row may name."""
    plain = Path(name.replace("\\", "/")).name
    for folder in (session.attachments_folder() / PATTERNS, session.path.parent / PATTERNS):
        if plain and (folder / plain).is_file():
            return folder / plain
    return None


def antenna_of(session: Session, row: Mapping[str, Any]) -> Antenna:
    """The antenna of a row of class cell. Raises the Refusals of ``read_pattern`` for a file that is none."""
    name = str(row.get("pattern_file") or "")
    file = pattern_file(session, name) if name else None
    usual = constants()["assumed"]["cells"]
    azimuth = _number(row, "azimuth")
    across, upright = _number(row, "h_beamwidth"), _number(row, "v_beamwidth")
    if file is not None:
        pattern = read_pattern(file)
    else:
        limits = constants()["antenna"]
        wide = 360.0 if azimuth is None else float(usual["h_beamwidth"]) if across is None else across
        pattern = sector(
            wide, float(usual["v_beamwidth"]) if upright is None else upright,
            back_lobe_db=float(limits["back_lobe_db"]), side_lobe_db=float(limits["side_lobe_db"]),
        )  # fmt: skip
    return Antenna(
        pattern, azimuth, _number(row, "mechanical_tilt") or 0.0, _number(row, "electrical_tilt") or 0.0,
        name, bool(name) and file is None, file is None and (across is None or upright is None),
    )  # fmt: skip


def _number(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None else float(value)
