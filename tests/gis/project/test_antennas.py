"""The antenna of a cell as it is drawn: cuts against figures worked out by hand, files, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gis.errors import Refusal
from gis.project import Session
from gis.project.antennas import PATTERNS, antenna_of

SECTOR = {"azimuth": 120.0, "h_beamwidth": 65.0, "v_beamwidth": 8.0, "mechanical_tilt": 0.0, "electrical_tilt": 6.0}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Session]:
    with Session.create(tmp_path / "c.yantu") as session:
        yield session


def test_the_horizontal_cut_turns_with_the_antenna(city: Session) -> None:
    bearing, db = antenna_of(city, SECTOR).horizontal()
    at = dict(zip(bearing.tolist(), db.tolist(), strict=True))
    assert at[120.0] == pytest.approx(0.0, abs=0.01)
    assert at[152.0] == pytest.approx(-12 * (32 / 65) ** 2, abs=0.1)  # half the beamwidth away: about -3 dB
    assert at[88.0] == pytest.approx(at[152.0], abs=1e-6)
    assert at[300.0] == pytest.approx(-30.0)  # the back lobe's cap
    assert max(at.values()) <= 0.0


def test_the_vertical_cut_looks_down_by_the_tilt(city: Session) -> None:
    angle, db = antenna_of(city, SECTOR).vertical()
    at = dict(zip(angle.tolist(), db.tolist(), strict=True))
    assert angle[int(np.argmax(db))] == -6.0
    assert at[-2.0] == pytest.approx(-3.0, abs=0.01)
    assert at[-10.0] == pytest.approx(-3.0, abs=0.01)
    assert at[180.0] == pytest.approx(-30.0)  # behind, level


def test_mechanical_tilt_lifts_the_back(city: Session) -> None:
    angle, db = antenna_of(
        city, {**SECTOR, "electrical_tilt": 0.0, "mechanical_tilt": 6.0, "h_beamwidth": 360.0}
    ).vertical()
    behind = (angle > 90) & (angle < 270)
    assert angle[~behind][int(np.argmax(db[~behind]))] == -6.0
    assert 180.0 - angle[behind][int(np.argmax(db[behind]))] == 6.0


def test_what_is_not_known_is_told(city: Session) -> None:
    antenna = antenna_of(city, {"azimuth": None, "h_beamwidth": None, "pattern_file": "k742.msi"})
    assert (antenna.assumed, antenna.missing, antenna.azimuth_deg) == (True, True, None)
    assert np.ptp(antenna.horizontal()[1]) == 0.0


def test_a_pattern_file_is_taken_and_a_broken_one_refused(city: Session, tmp_path: Path) -> None:
    folder = tmp_path / PATTERNS
    folder.mkdir()
    cut = "\n".join(f"{i} {0.0 if i < 30 or i > 330 else 25.0}" for i in range(360))
    (folder / "k742.msi").write_text(
        f"NAME K742\nFREQUENCY 1800\nGAIN 17 dBi\nHORIZONTAL 360\n{cut}\nVERTICAL 360\n{cut}\n"
    )
    antenna = antenna_of(city, {**SECTOR, "electrical_tilt": 0.0, "pattern_file": "..\\k742.msi"})
    assert not antenna.missing
    assert antenna.pattern.gain_dbi == pytest.approx(17.0)
    bearing, db = antenna.horizontal()
    assert db[bearing == 120.0] == pytest.approx(0.0)
    assert db[bearing == 200.0] == pytest.approx(-25.0)
    (folder / "k742.msi").write_text("HORIZONTAL 360\n0 x\n")
    with pytest.raises(Refusal):
        antenna_of(city, {**SECTOR, "pattern_file": "k742.msi"})
