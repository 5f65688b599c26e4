"""Calibrated models kept in the project, one a technology: documents of kind "tuning"."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gis.radio.calibration import Calibration
from gis.radio.models import Tuning

if TYPE_CHECKING:
    from gis.project.session import Session

log = logging.getLogger(__name__)
KIND = "tuning"  # of documents; their names are technologies


@dataclass(frozen=True, slots=True)
class KeptTuning:
    """A calibration as it is kept. ``sources``: names of the files; ``made_at``: ISO, local; ``figures``: JSON of
    ``Calibration`` without the tuning."""

    tuning: Tuning
    technology: str
    sources: tuple[str, ...]
    made_at: str
    figures: dict[str, Any]


def tunings(session: Session) -> dict[str, Tuning]:
    """The calibrated lines of the project by technology, as ``Wish.tunings`` wants them."""
    return {name: kept.tuning for name, kept in kept_tunings(session).items()}


def kept_tunings(session: Session) -> dict[str, KeptTuning]:
    """The calibrations of the project by technology; one that cannot be read is passed over."""
    made = {}
    for name, body in session.documents(KIND).items():
        try:
            made[name] = _read(name, body)
        except (KeyError, TypeError, ValueError):
            log.warning("a calibration that cannot be read is passed over: %s", name)
    return made


def keep_tuning(session: Session, calibration: Calibration, sources: tuple[str, ...], made_at: str) -> None:
    """Keep a calibration as its technology's; the one before is replaced. Refusal ``storage.opened_readonly``."""
    figures = asdict(calibration)
    del figures["tuning"]
    tuning = asdict(calibration.tuning)
    tuning["offsets_db"] = {str(key): value for key, value in calibration.tuning.offsets_db.items()}
    body = {"tuning": tuning, "sources": list(sources), "made_at": made_at, "figures": figures}
    session.put_document(KIND, calibration.technology, body)


def forget_tuning(session: Session, technology: str) -> None:
    """Remove the calibration of a technology; one that is not there is no error."""
    session.remove_document(KIND, technology)


def _read(name: str, body: Any) -> KeptTuning:
    line = body["tuning"]
    offsets = {int(key): float(value) for key, value in line["offsets_db"].items()}
    tuning = Tuning(float(line["intercept_db"]), float(line["slope_db"]), float(line["sigma_db"]), offsets)
    return KeptTuning(tuning, name, tuple(body["sources"]), str(body["made_at"]), dict(body["figures"]))
