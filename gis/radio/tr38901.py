"""Path loss, line-of-sight probability and building entry of 3GPP TR 38.901 V19, clause 7.4.

Tables 7.4.1-1 (path loss, shadow fading), 7.4.2-1 (LOS probability), 7.4.3-1 and 7.4.3-2 (outdoor to indoor).
Frequencies come in MHz, distances and heights in metres, losses in dB; everything broadcasts. Ground distance is d2D.

Valid for 0.5–100 GHz (RMa to 30 GHz), 10 m to 5 km (RMa LOS to 10 km, InH 1–150 m), and the heights of ``RANGES``. The
functions compute beyond that; whoever runs a prediction notes what lay outside (``outside``). Nearer than 10 m the
outdoor formulas are held at 10 m on the ground.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal
from gis.radio.free_space import require_positive

Scenario = Literal["UMa", "UMi", "RMa", "SMa", "InH"]
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
Vegetation = Literal["none", "sparse", "dense"]
Entry = Literal["low", "high", "low_a"]
Floats = NDArray[np.float64]

LIGHT_M_S: Final = 3.0e8  # the notes of table 7.4.1-1 print it so
NEAREST_M: Final = 10.0
_EFFECTIVE_ENVIRONMENT_M: Final = 1.0  # h_E, notes 1: always for UMi, and for UMa terminals up to 13 m
STREET_WIDTH_M: Final = 20.0
BUILDING_HEIGHT_M: Final = 5.0
_SMA_STREET_M, _SMA_BUILDING_M = 10.0, 10.0
#: Scenario -> what its formulas were made for: frequency MHz, ground distance m (NLOS), base and terminal height m.
RANGES: Final[dict[Scenario, dict[str, tuple[float, float]]]] = {
    "UMa": {"frequency": (500, 100_000), "distance": (10, 5000), "base": (25, 25), "terminal": (1.5, 22.5)},
    "UMi": {"frequency": (500, 100_000), "distance": (10, 5000), "base": (10, 10), "terminal": (1.5, 22.5)},
    "RMa": {"frequency": (500, 30_000), "distance": (10, 5000), "base": (10, 150), "terminal": (1, 10)},
    "SMa": {"frequency": (500, 100_000), "distance": (10, 5000), "base": (25, 35), "terminal": (1, 14)},
    "InH": {"frequency": (500, 100_000), "distance": (1, 150), "base": (3, 3), "terminal": (1, 3)},
}
#: Shadow fading in dB: (LOS up to the breakpoint, LOS beyond it, NLOS).
SHADOWING: Final[dict[Scenario, tuple[float, float, float]]] = {
    "UMa": (4.0, 4.0, 6.0),
    "UMi": (4.0, 4.0, 7.82),
    "RMa": (4.0, 6.0, 8.0),
    "SMa": (4.0, 6.0, 8.0),
    "InH": (3.0, 3.0, 8.03),
}


def path_loss_db(
    scenario: Scenario,
    los: bool,
    frequency_mhz: ArrayLike,
    distance_m: ArrayLike,
    base_height_m: ArrayLike,
    terminal_height_m: ArrayLike = 1.5,
    *,
    street_width_m: float | None = None,
    building_height_m: float | None = None,
) -> Floats:
    """Median loss with (``los``) or without line of sight; broadcasts.

    ``street_width_m`` and ``building_height_m`` serve RMa (20 and 5 m unless given) and SMa (10 and 10 m). For SMa the
    table does not say that the loss without line of sight is at least that with it; a prediction takes the greater.
    Refusals ``radio.no_scenario``, ``radio.bad_frequency``, ``.bad_distance``, ``.bad_height``.

    >>> round(float(path_loss_db("UMa", True, 5000.0, 1000.0, 25.0)), 4)
    109.7252
    """
    ghz, flat, base, terminal = _checked(scenario, frequency_mhz, distance_m, base_height_m, terminal_height_m)
    if scenario == "InH":
        slant = np.maximum(np.hypot(flat, base - terminal), 1.0)
        seen = 32.4 + 17.3 * np.log10(slant) + 20.0 * np.log10(ghz)
        return seen if los else np.maximum(seen, 17.30 + 38.3 * np.log10(slant) + 24.9 * np.log10(ghz))
    flat = np.maximum(flat, NEAREST_M)
    slant = np.hypot(flat, base - terminal)
    if scenario in ("RMa", "SMa"):
        small = scenario == "SMa"
        width = street_width_m or (_SMA_STREET_M if small else STREET_WIDTH_M)
        height = building_height_m or (_SMA_BUILDING_M if small else BUILDING_HEIGHT_M)
        seen = _rural_los(ghz, flat, slant, base, terminal, height)
        if los:
            return seen
        hidden = _rural_nlos(ghz, slant, base, terminal, width, height)
        return hidden if small else np.maximum(seen, hidden)
    seen = _urban_los(scenario, ghz, flat, slant, base, terminal)
    if los:
        return seen
    if scenario == "UMa":
        hidden = 13.54 + 39.08 * np.log10(slant) + 20.0 * np.log10(ghz) - 0.6 * (terminal - 1.5)
    else:
        hidden = 22.4 + 35.3 * np.log10(slant) + 21.3 * np.log10(ghz) - 0.3 * (terminal - 1.5)
    return np.maximum(seen, hidden)


def los_probability(
    scenario: Scenario,
    distance_m: ArrayLike,
    terminal_height_m: ArrayLike = 1.5,
    base_height_m: ArrayLike = 30.0,
    *,
    vegetation: Vegetation = "none",
    open_office: bool = False,
) -> Floats:
    """The share of places at this ground distance that see the antenna, 0…1; broadcasts. Table 7.4.2-1.

    ``base_height_m`` and ``vegetation`` serve SMa only, ``open_office`` InH only (mixed office otherwise).
    """
    d = np.asarray(distance_m, np.float64)
    height = np.asarray(terminal_height_m, np.float64)
    if scenario == "RMa":
        return np.where(d <= 10.0, 1.0, np.exp(-np.maximum(d - 10.0, 0.0) / 1000.0))
    if scenario in ("UMa", "UMi"):
        far = np.maximum(d, 18.0)
        decay = 63.0 if scenario == "UMa" else 36.0
        share = 18.0 / far + np.exp(-far / decay) * (1.0 - 18.0 / far)
        if scenario == "UMa":
            c = np.where(height <= 13.0, 0.0, (np.clip(height - 13.0, 0.0, 10.0) / 10.0) ** 1.5)
            share = share * (1.0 + c * 1.25 * (far / 100.0) ** 3 * np.exp(-far / 150.0))
        return np.minimum(share + 0.0 * height, 1.0)
    if scenario == "InH":
        bounds = ((5.0, 70.8), (49.0, 211.7, 0.54)) if open_office else ((1.2, 4.7), (6.5, 32.6, 0.32))
        (near, k1), (border, k2, share2) = bounds
        first = np.exp(-np.maximum(d - near, 0.0) / k1)
        return np.where(d <= border if open_office else d < border, first, share2 * np.exp(-(d - border) / k2))
    if scenario == "SMa":
        base = np.asarray(base_height_m, np.float64)
        plants = {"none": 0.0, "sparse": 0.1, "dense": 0.2}[vegetation]
        rise = np.maximum(base - height, 1e-6)
        decay_rate = sum(
            -np.log(1.0 - share) / 30.0 * np.maximum(top - height, 0.0) / rise
            for share, top in ((0.02, 20.0), (0.18, 8.0), (plants, 15.0))
        )
        return np.where(d <= 10.0, 1.0, np.exp(-d * decay_rate))
    raise Refusal("radio.no_scenario", scenario=scenario, known=", ".join(SCENARIOS))


def shadowing_db(
    scenario: Scenario,
    los: bool,
    frequency_mhz: ArrayLike,
    distance_m: ArrayLike,
    base_height_m: ArrayLike,
    terminal_height_m: ArrayLike = 1.5,
) -> Floats:
    """The standard deviation of shadow fading around ``path_loss_db``; broadcasts."""
    ghz, flat, base, terminal = _checked(scenario, frequency_mhz, distance_m, base_height_m, terminal_height_m)
    near, far, hidden = SHADOWING[scenario]
    if not los:
        return np.full(np.broadcast(ghz, flat, base, terminal).shape, hidden)
    return np.where(flat <= _rural_breakpoint(ghz, base, terminal), near, far)


def entry_loss_db(
    frequency_mhz: ArrayLike, model: Entry = "low", *, depth_m: float | None = None, rural: bool = False
) -> Floats:
    """Median outdoor-to-indoor loss, clause 7.4.3.1: outer wall and way inside. Broadcasts.

    ``depth_m``: d2D-in; unless given, the mean of the lesser of two draws between 0 and 25 m (10 m in ``rural``), as
    the clause has them: a third of that.

    >>> round(float(entry_loss_db(3500.0, "low", depth_m=0.0)), 2)
    12.7
    """
    ghz = np.asarray(frequency_mhz, np.float64) / 1000.0
    require_positive(ghz, "radio.bad_frequency")
    glass, coated, concrete, plywood = 2.0 + 0.2 * ghz, 25.4 + 0.11 * ghz, 5.0 + 4.0 * ghz, 1.03 + 0.17 * ghz
    (share, first), (rest, second) = {
        "low": ((0.3, glass), (0.7, concrete)),
        "high": ((0.7, coated), (0.3, concrete)),
        "low_a": ((0.3, glass), (0.7, plywood)),
    }[model]
    wall = 5.0 - 10.0 * np.log10(share * 10.0 ** (-first / 10.0) + rest * 10.0 ** (-second / 10.0))
    inside = depth_m if depth_m is not None else (10.0 if rural else 25.0) / 3.0
    return np.asarray(wall + 0.5 * inside)


def entry_sigma_db(model: Entry = "low") -> float:
    """The standard deviation of ``entry_loss_db``, table 7.4.3-2."""
    return 6.5 if model == "high" else 4.4


def outside(
    scenario: Scenario, frequency_mhz: ArrayLike, base_height_m: ArrayLike, terminal_height_m: float
) -> dict[str, NDArray[np.bool_]]:
    """Which of n cells the scenario was not made for: "frequency", "base", "terminal" -> bool (n,).

    UMa and UMi state one base height, that of their measurements; half and twice of it count as inside.
    """
    limits = RANGES[scenario]
    frequency, base = np.broadcast_arrays(np.asarray(frequency_mhz, np.float64), np.asarray(base_height_m, np.float64))
    low, high = limits["base"]
    if low == high:
        low, high = low / 2.0, high * 2.0
    f_low, f_high = limits["frequency"]
    t_low, t_high = limits["terminal"]
    return {
        "frequency": (frequency < f_low) | (frequency > f_high),
        "base": (base < low) | (base > high),
        "terminal": np.full(frequency.shape, not t_low <= terminal_height_m <= t_high),
    }


def _urban_los(scenario: Scenario, ghz: Floats, flat: Floats, slant: Floats, base: Floats, terminal: Floats) -> Floats:
    near_a, near_b, far_b, far_c = (28.0, 22.0, 28.0, 9.0) if scenario == "UMa" else (32.4, 21.0, 32.4, 9.5)
    raised, low = base - _EFFECTIVE_ENVIRONMENT_M, np.maximum(terminal - _EFFECTIVE_ENVIRONMENT_M, 1e-3)
    border = 4.0 * raised * low * ghz * 1e9 / LIGHT_M_S
    lg = np.log10(slant)
    near = near_a + near_b * lg + 20.0 * np.log10(ghz)
    far = far_b + 40.0 * lg + 20.0 * np.log10(ghz) - far_c * np.log10(border**2 + (base - terminal) ** 2)
    return np.asarray(np.where(flat <= border, near, far))


def _rural_breakpoint(ghz: Floats, base: Floats, terminal: Floats) -> Floats:
    return np.asarray(2.0 * np.pi * base * terminal * ghz * 1e9 / LIGHT_M_S)


def _rural_los(ghz: Floats, flat: Floats, slant: Floats, base: Floats, terminal: Floats, height: float) -> Floats:
    border = _rural_breakpoint(ghz, base, terminal)

    def first(d: Floats) -> Floats:
        return np.asarray(
            20.0 * np.log10(40.0 * np.pi * d * ghz / 3.0)
            + min(0.03 * height**1.72, 10.0) * np.log10(d)
            - min(0.044 * height**1.72, 14.77)
            + 0.002 * np.log10(height) * d
        )

    beyond = first(border) + 40.0 * np.log10(slant / border)
    return np.where(flat <= border, first(slant), beyond)


def _rural_nlos(ghz: Floats, slant: Floats, base: Floats, terminal: Floats, width: float, height: float) -> Floats:
    return np.asarray(
        161.04
        - 7.1 * np.log10(width)
        + 7.5 * np.log10(height)
        - (24.37 - 3.7 * (height / base) ** 2) * np.log10(base)
        + (43.42 - 3.1 * np.log10(base)) * (np.log10(slant) - 3.0)
        + 20.0 * np.log10(ghz)
        - (3.2 * np.log10(11.75 * terminal) ** 2 - 4.97)
    )


def _checked(
    scenario: str, frequency_mhz: ArrayLike, distance_m: ArrayLike, base_m: ArrayLike, terminal_m: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    if scenario not in SCENARIOS:
        raise Refusal("radio.no_scenario", scenario=scenario, known=", ".join(SCENARIOS))
    frequency, distance, base, terminal = (
        np.asarray(value, np.float64) for value in (frequency_mhz, distance_m, base_m, terminal_m)
    )
    require_positive(frequency, "radio.bad_frequency")
    require_positive(distance, "radio.bad_distance")
    require_positive(base, "radio.bad_height")
    require_positive(terminal, "radio.bad_height")
    return frequency / 1000.0, distance, base, terminal
