"""Which page of an atlas a sheet is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AtlasPage:
    """Page ``number`` (from 1) of ``count``, about ``name`` with ``code``; ``outline`` is WKB in the project's CRS.

    ``fields``: what the feature it is about has written, as words; texts of the sheet name them in braces.
    """

    number: int
    count: int
    name: str
    code: str = ""
    outline: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def words(self) -> dict[str, str]:
        """The fields that texts may name: page, pages, page_name, page_code and those of the feature."""
        own = {"page": str(self.number), "pages": str(self.count), "page_name": self.name, "page_code": self.code}
        return {**self.fields, **own}
