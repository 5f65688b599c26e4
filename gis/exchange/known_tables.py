"""What a plain table is known to be: a list of what receivers heard, the answers of a survey form, or neither."""

from __future__ import annotations

from pathlib import Path

from gis.exchange.form_media import with_form_media
from gis.exchange.odk import understood_form
from gis.exchange.radio_lists import understood
from gis.exchange.raw import Dialect, RawTable


def recognised(raw: RawTable, path: Path, dialect: Dialect | None = None) -> RawTable:
    """The table of a text file or sheet as its columns ask for, with the photos it names; ``dialect.layer`` chooses
    among the senders of a radio list or the geo questions of a form.

    Raises Refusal ``import.no_layer``.
    """
    layer = None if dialect is None or raw.layers else dialect.layer
    return with_form_media(understood_form(understood(raw, layer), layer), path)
