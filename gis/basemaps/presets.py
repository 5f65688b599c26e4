"""Online base maps that are offered ready made: data in ``resources/basemaps/online/*.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from gis.basemaps.basemap import BaseMapSpec, Kind, spec_key
from gis.basemaps.request import host_of
from gis.basemaps.tianditu import tianditu
from gis.errors import Language
from gis.resources import resource

TIANDITU = "tianditu.gov.cn"


@dataclass(frozen=True)
class Preset:
    """One offer. ``tianditu``, ``labels``: layers of that service; ``source`` is empty where the user types it;
    ``key_page``: where a key is to be had; ``bulk``: whether the terms allow tiles to be fetched ahead.
    """

    id: str
    zh: str
    en: str
    terms_zh: str = ""
    terms_en: str = ""
    tianditu: str = ""
    labels: str = ""
    kind: Literal["xyz", "wmts"] = "wmts"
    source: str = ""
    max_zoom: int = 18
    attribution: str = ""
    key_page: str = ""
    bulk: bool = True

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.zh if language == "zh" else self.en

    def terms(self, language: Language) -> str:
        """What the user should know about it."""
        return self.terms_zh if language == "zh" else self.terms_en

    @property
    def own(self) -> bool:
        """Whether the user gives the address."""
        return not (self.source or self.tianditu)

    def specs(self, language: Language, labels: bool) -> list[BaseMapSpec]:
        """The entries, topmost first: names on top of the map where ``labels`` are wanted and offered apart."""
        if self.tianditu:
            layers = [self.labels] if labels and self.labels else []
            return [tianditu(layer, "w", language) for layer in (*layers, self.tianditu)]
        options: dict[str, Any] = {} if self.bulk else {"bulk": False}
        key = spec_key(self.kind, self.source)
        return [
            BaseMapSpec(key, cast(Kind, self.kind), self.source, self.name(language), "wgs84", 0, self.max_zoom,
                        self.attribution, options)
        ]  # fmt: skip


@cache
def presets() -> tuple[Preset, ...]:
    """All offers; those of 天地图 first."""
    files = sorted(resource("basemaps", "online").glob("*.toml"), key=lambda path: ("tianditu" not in path.name, path))
    return tuple(Preset(**told) for path in files for told in tomllib.loads(path.read_text("utf-8"))["preset"])


def service_of(spec: BaseMapSpec) -> str:
    """The service whose key a base map needs: one key serves all of its layers."""
    return TIANDITU if TIANDITU in spec.source else host_of(spec.source)
