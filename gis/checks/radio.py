"""Rules of radio data: values a prediction leaves out, stretches or misreads. The bounds stand in ``rules.toml``.

Bands by 3GPP TS 36.101, table 5.5-1, and TS 38.101-1/-2, tables 5.2-1, uplink and downlink together: inventories hold
the middle of either, or of the band.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from gis.checks.city import City, place_of
from gis.checks.issue import Issue
from gis.checks.rules import Rule, rule

_WORD = re.compile(r"[A-Za-z0-9]+")
_HEIGHTS = {"cell": "antenna_height_m", "wifi_hotspot": "height_m"}


@rule("radio_height", *_HEIGHTS, fields=tuple(_HEIGHTS.values()))
def radio_height(city: City, it: Rule) -> Iterator[Issue]:
    """Antennas lower or higher than any stands: predictions leave their cells out."""
    low, high = it.limits.numbers("low"), it.limits.numbers("high")
    for cls, field in _HEIGHTS.items():
        if not city.looks_at(cls):
            continue
        rows = city.subjects(cls, [field], geometry=True)
        assert rows.geometry is not None
        height = rows.fields[field]
        for i in np.flatnonzero((height < low[cls]) | (height > high[cls])).tolist():
            args = {"metres": f"{height[i]:g}", "low": f"{low[cls]:g}", "high": f"{high[cls]:g}"}
            yield Issue(it.name, it.severity, cls, (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("radio_frequency", "cell", fields=("frequency_mhz",))
def radio_frequency(city: City, it: Rule) -> Iterator[Issue]:
    """Frequencies at which no mobile network works: often channel numbers, or GHz taken for MHz."""
    ranges = it.limits.values["ranges_mhz"]
    rows = city.subjects("cell", ["frequency_mhz"], geometry=True)
    assert rows.geometry is not None
    frequency = rows.fields["frequency_mhz"]
    strange = np.isfinite(frequency)
    for low, high in ranges:
        strange &= ~((frequency >= low) & (frequency <= high))
    said = ", ".join(f"{low / 1000.0:g}–{high / 1000.0:g}" for low, high in ranges)
    for i in np.flatnonzero(strange).tolist():
        args = {"mhz": f"{frequency[i]:g}", "ranges": said}
        yield Issue(it.name, it.severity, "cell", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("radio_band", "cell", fields=("frequency_mhz", "band"))
def radio_band(city: City, it: Rule) -> Iterator[Issue]:
    """Cells whose frequency is not in the band they name; one of the two is wrong. Bands not listed are passed over."""
    bands = {str(name).casefold(): (low, high) for name, (low, high) in it.limits.values["bands_mhz"].items()}
    rows = city.subjects("cell", ["frequency_mhz", "band"], geometry=True)
    assert rows.geometry is not None
    frequency, band = rows.fields["frequency_mhz"], rows.fields["band"]
    for i in np.flatnonzero(np.isfinite(frequency)).tolist():
        words = _WORD.findall(str(band[i] or ""))  # "B3 1800", "GSM 900"
        name = next((word for word in words if word.casefold() in bands), None)
        if name is None:
            continue
        low, high = bands[name.casefold()]
        if not low <= frequency[i] <= high:
            args = {"mhz": f"{frequency[i]:g}", "band": name, "low": f"{low:g}", "high": f"{high:g}"}
            yield Issue(it.name, it.severity, "cell", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("radio_power", "cell", fields=("eirp_dbm",))
def radio_power(city: City, it: Rule) -> Iterator[Issue]:
    """Cells that radiate more than any base station: they would cover half the city on the map."""
    most = it.limits.number("dbm")
    rows = city.subjects("cell", ["eirp_dbm"], geometry=True)
    assert rows.geometry is not None
    for i in np.flatnonzero(rows.fields["eirp_dbm"] > most).tolist():
        args = {"dbm": f"{rows.fields['eirp_dbm'][i]:g}", "limit": f"{most:g}"}
        yield Issue(it.name, it.severity, "cell", (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


@rule("radio_direction", "cell", fields=("azimuth", "h_beamwidth", "pattern_file"))
def radio_direction(city: City, it: Rule) -> Iterator[Issue]:
    """Sectors without a direction: predictions take them as all-round, or point their pattern north."""
    rows = city.subjects("cell", ["azimuth", "h_beamwidth", "pattern_file"], geometry=True)
    assert rows.geometry is not None
    f = rows.fields
    directed = (f["h_beamwidth"] < 360.0) | np.fromiter((bool(name) for name in f["pattern_file"]), bool, len(rows))
    for i in np.flatnonzero(np.isnan(f["azimuth"]) & directed).tolist():
        yield Issue(it.name, it.severity, "cell", (int(rows.ids[i]),), place_of(rows.geometry[i]))
