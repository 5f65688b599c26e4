"""Antenna patterns against the standards' own figures, and pattern files good and bad."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal, messages
from gis.radio.antenna_files import read_pattern
from gis.radio.patterns import f1336_sector, isotropic, sector


def planet(
    path: Path, *, horizontal: str | None = None, head: str = "NAME 试验天线\nFREQUENCY 1800\nGAIN 15.35 dBd\n"
) -> Path:
    """A small pattern file: 3 dB at 30° across, 3 dB at 4° down, tilted by 2°."""
    across = "".join(f"{a}.0 {min(12 * (min(a, 360 - a) / 60) ** 2, 40):.2f}\n" for a in range(360))
    down = "".join(f"{a} {min(12 * ((min(a - 2, 360 - a + 2)) / 8) ** 2, 40):.2f}\n" for a in range(360))
    text = f"{head}HORIZONTAL 360\n{across if horizontal is None else horizontal}VERTICAL 360\n{down}"
    path.write_text(text, "utf-8")
    return path


def table_7_3_1(turn: float, rise: float, mechanical: float, electrical: float, across: float, upright: float) -> float:
    """The sector of TR 38.901 in plain trigonometry: the direction turned into the antenna's frame, then the table."""
    t, e, m = (math.radians(angle) for angle in (turn, rise, mechanical))
    ahead, aside, up = math.cos(e) * math.cos(t), math.cos(e) * math.sin(t), math.sin(e)
    ahead, up = ahead * math.cos(m) - up * math.sin(m), ahead * math.sin(m) + up * math.cos(m)
    off = math.degrees(math.atan2(aside, ahead))
    above = math.degrees(math.atan2(up, math.hypot(ahead, aside))) + electrical
    side = min(12.0 * (off / across) ** 2, 30.0) if across < 360.0 else 0.0
    return -min(side + min(12.0 * (above / upright) ** 2, 30.0), 30.0)


@given(
    st.floats(-180.0, 180.0), st.floats(-85.0, 85.0), st.floats(-10.0, 10.0), st.floats(0.0, 12.0),
    st.sampled_from([(65.0, 65.0), (33.0, 8.0), (360.0, 10.0), (90.0, 6.5)]),
)  # fmt: skip
def test_the_table_is_the_formula(turn, rise, mechanical, electrical, beams) -> None:
    tilts = {"mechanical_tilt_deg": mechanical, "electrical_tilt_deg": electrical}
    by_table = sector(*beams).attenuation_db(turn, rise, **tilts)
    by_formula = table_7_3_1(turn, rise, mechanical, electrical, *beams)
    # where the caps begin the curve has an edge, which a table rounds off; nobody plans by that
    assert float(by_table) == pytest.approx(float(by_formula), abs=0.03 if by_formula > -20.0 else 0.4)


def test_sector_by_hand() -> None:
    made = sector(65.0, 65.0)
    assert made.attenuation_db([0.0, 32.5, -32.5, 180.0], 0.0).tolist() == pytest.approx([0.0, -3.0, -3.0, -30.0])
    # 12 (20/65)² + 12 (10/65)² = 1.1361 + 0.2840
    assert float(made.attenuation_db(20.0, 10.0)) == pytest.approx(-1.4201, abs=1e-3)
    # looking at the horizon with 5° of electrical tilt: 12 (5/8)²
    assert float(sector(65.0, 8.0).attenuation_db(0.0, 0.0, electrical_tilt_deg=5.0)) == pytest.approx(
        -4.6875, abs=1e-3
    )


@pytest.mark.parametrize(
    ("off", "elevation", "expected"),
    [
        (0.0, -32.5, -3.0),
        (65.0, 0.0, -12.0),
        (32.5, 32.5, -6.0),
        (60.0, 0.0, -10.22),  # 12 * (60/65)^2
        (120.0, 0.0, -30.0),  # 40.9 without the cap
        (180.0, 80.0, -30.0),
    ],
)
def test_table_7_3_1_by_hand(off: float, elevation: float, expected: float) -> None:
    assert round(float(sector(65.0, 65.0).attenuation_db(off, elevation)), 2) == expected


def test_all_round_antenna_has_no_direction() -> None:
    around = sector(360.0, 8.0).attenuation_db(np.arange(0.0, 360.0, 15.0), -3.0)
    assert np.ptp(around) < 1e-9
    assert around[0] == pytest.approx(-12.0 * (3.0 / 8.0) ** 2)


@given(st.floats(0.0, 170.0), st.floats(-89.0, 89.0))
def test_turning_away_never_strengthens(off: float, elevation: float) -> None:
    nearer, further = sector(65.0, 65.0).attenuation_db([off, off + 5.0], elevation)
    assert further <= nearer + 1e-9


def test_a_mechanical_tilt_turns_the_whole_antenna() -> None:
    made = sector(65.0, 8.0)
    ahead = float(made.attenuation_db(0.0, -6.0, mechanical_tilt_deg=6.0))
    behind = float(made.attenuation_db(180.0, 6.0, mechanical_tilt_deg=6.0))
    aside = float(made.attenuation_db(90.0, 0.0, mechanical_tilt_deg=6.0))
    assert ahead == pytest.approx(0.0, abs=1e-6)
    assert behind == pytest.approx(-30.0)
    assert aside == pytest.approx(float(made.attenuation_db(90.0, 0.0)), abs=0.01)


@given(st.floats(0.0, 180.0), st.floats(-90.0, 90.0))
def test_patterns_are_symmetric_and_never_gain(turn, rise) -> None:
    for made in (sector(65.0, 8.0), f1336_sector(65.0, 8.0), f1336_sector(90.0, 10.0, side_lobes="peak"), isotropic()):
        left, right = made.attenuation_db([-turn, turn], rise)
        assert left == pytest.approx(right, abs=1e-9)
        assert -made.cap_db <= right <= 1e-9


def test_f1336_by_hand() -> None:
    made = f1336_sector(65.0, 8.0, side_lobes="average")
    # 3 dB at half the beam either way: -12·0.25
    assert float(made.attenuation_db(32.5, 0.0)) == pytest.approx(-3.0, abs=0.01)
    assert float(made.attenuation_db(0.0, 4.0)) == pytest.approx(-3.0, abs=0.01)
    # behind: max(-12·(180/65)^1.2 - 3 (1 - 0.5^-0.8), -15 + 10 lg 6.6 - 15 lg 22.5) = max(-38.50, -27.09)
    assert float(made.attenuation_db(180.0, 0.0)) == pytest.approx(-27.09, abs=0.01)
    # behind it does not matter how high one looks: the weight of the vertical cut is 0
    assert float(made.attenuation_db(180.0, 20.0)) == pytest.approx(-27.09, abs=0.01)
    # two beams up, ahead: -15 + 10 lg(2^-1.5 + 0.7)
    assert float(made.attenuation_db(0.0, 16.0)) == pytest.approx(-15.0 + 10 * np.log10(2**-1.5 + 0.7), abs=0.02)
    peak = f1336_sector(65.0, 8.0, side_lobes="peak")
    assert float(peak.attenuation_db(0.0, 16.0)) - float(made.attenuation_db(0.0, 16.0)) == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan")])
def test_a_beam_has_a_width(width) -> None:
    with pytest.raises(Refusal, match=r"radio\.bad_beamwidth"):
        sector(width, 8.0)


@pytest.mark.parametrize("ending", [".msi", ".pln"])
def test_a_pattern_file(tmp_path: Path, ending: str) -> None:
    made = read_pattern(planet(tmp_path / f"a{ending}"))
    assert (made.name, made.frequency_mhz) == ("试验天线", 1800.0)
    assert made.gain_dbi == pytest.approx(17.5)
    # 12 (20/60)² across; the cut's maximum is 2° below the horizon, where it stays
    assert float(made.attenuation_db(20.0, -2.0)) == pytest.approx(-1.33, abs=0.01)
    assert float(made.attenuation_db(0.0, -6.0)) == pytest.approx(-3.0, abs=0.01)
    assert float(made.attenuation_db(0.0, 2.0)) == pytest.approx(-3.0, abs=0.01)
    assert float(made.attenuation_db(180.0, -2.0)) == -30.0  # 40 dB in the file, capped
    assert float(read_pattern(tmp_path / f"a{ending}", back_lobe_db=35.0).attenuation_db(180.0, -2.0)) == -35.0


def test_makers_write_it_in_their_own_way(tmp_path: Path) -> None:
    across = "".join(f"{a},0\t-{min(12 * (min(a, 360 - a) / 60) ** 2, 30):.1f}\n" for a in range(360)).replace(".", ",")
    made = read_pattern(
        planet(tmp_path / "b.msi", horizontal=across, head="NAME\nGAIN 17 dBi\nTILT ELECTRICAL\nTILT 2\n")
    )
    assert made.name == "b"
    assert made.gain_dbi == 17.0
    assert float(made.attenuation_db(30.0, -2.0)) == pytest.approx(-3.0, abs=0.05)


ROWS = "".join(f"{a} 0\n" for a in range(360))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("NAME x\nVERTICAL 360\n" + ROWS, "radio.pattern_missing", None),
        ("HORIZONTAL 360\n" + ROWS[:200], "radio.pattern_ends", None),
        ("HORIZONTAL 360\n0 0\n1 drei\n", "radio.pattern_two_numbers", 3),
        ("HORIZONTAL 360\n0 0\n1 900\n", "radio.pattern_out_of_range", 3),
        ("HORIZONTAL 360\n" + ROWS + "HORIZONTAL 360\n" + ROWS, "radio.pattern_twice", 362),
        ("HORIZONTAL 2\n0 0\n0 1\nVERTICAL 360\n" + ROWS, "radio.pattern_angle_twice", None),
        ("HORIZONTAL 2\n0 0\n90 1\nVERTICAL 360\n" + ROWS, "radio.pattern_gap", None),
        ("HORIZONTAL 99999\n" + ROWS, "radio.pattern_count", 1),
        ("", "radio.pattern_missing", None),
        ("\0\1\2" * 500, "radio.pattern_missing", None),
        ("x" * 2_000_000, "radio.pattern_too_large", None),
    ],
    ids=["one cut", "cut short", "word", "loss", "twice", "angle", "gap", "count", "empty", "binary", "large"],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, code: str, line: int | None) -> None:
    path = tmp_path / "bad.msi"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal) as refused:
        read_pattern(path)
    assert refused.value.code == code
    assert set(messages()[code]) >= {"zh", "en"}
    if line is not None:
        assert refused.value.arguments["line"] == line


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"radio\.no_pattern_file"):
        read_pattern(tmp_path / "none.msi")
