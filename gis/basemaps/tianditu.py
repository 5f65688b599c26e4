"""天地图, the national map service: its layers as base maps. Each user asks it with a key of their own (tk)."""

from __future__ import annotations

from typing import Literal

from gis.basemaps.basemap import BaseMapSpec, spec_key

LAYERS = {  # code: Chinese name, English name, finest zoom
    "vec": ("天地图 矢量底图", "Tianditu map", 18), "cva": ("天地图 矢量注记", "Tianditu map labels", 18),
    "img": ("天地图 影像底图", "Tianditu imagery", 18), "cia": ("天地图 影像注记", "Tianditu imagery labels", 18),
    "ter": ("天地图 地形晕渲", "Tianditu terrain", 14), "cta": ("天地图 地形注记", "Tianditu terrain labels", 14),
}  # fmt: skip


def tianditu(layer: str = "vec", grid: Literal["w", "c"] = "w", language: str = "zh") -> BaseMapSpec:
    """The entry of a layer ("vec", "img", "cva", …) in Web Mercator ("w") or longitude/latitude ("c", EPSG:4490).

    Its tiles are in CGCS2000. The first zoom the service has is 1. Raises KeyError for a layer there is not.
    """
    chinese, english, finest = LAYERS[layer]
    source = (
        f"https://t{{s}}.tianditu.gov.cn/{layer}_{grid}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
        f"&STYLE=default&TILEMATRIXSET={grid}&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{tk}}"
    )
    return BaseMapSpec(
        spec_key("wmts", source), "wmts", source, chinese if language == "zh" else english, "wgs84", 1, finest,
        "© 天地图 国家地理信息公共服务平台" if language == "zh" else "© Tianditu", {"grid": grid, "layer": layer},
    )  # fmt: skip
