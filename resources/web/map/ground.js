/* Base maps whose tiles are in the page. */
(function (yantu) {
  "use strict";
  const kindOf = (base64) => (base64.startsWith("iVBOR") ? "png" : base64.startsWith("UklGR") ? "webp" : "jpeg");

  const Ground = L.GridLayer.extend({
    createTile: function (coords) {
      const tile = document.createElement("img"), body = this.options.tiles[coords.z + "/" + coords.x + "/" + coords.y];
      tile.alt = "";
      if (body) tile.src = "data:image/" + kindOf(body) + ";base64," + body;
      return tile;
    },
  });

  /* The base maps as layers of the map, the topmost last. */
  yantu.grounds = () => yantu.data.grounds.map((facts, i) => {
    const holder = document.getElementById("yt-ground-" + i), tiles = JSON.parse(holder.textContent);
    holder.remove();
    const made = new Ground({
      tiles: tiles, minNativeZoom: facts.zooms[0], maxNativeZoom: facts.zooms[1], minZoom: 0, maxZoom: 22,
      opacity: facts.opacity, pane: "tilePane", zIndex: 100 - i, keepBuffer: 1,
    });
    made.getAttribution = () => { const box = yantu.element("span", "", facts.attribution || facts.name); return box.innerHTML; };
    return { facts: facts, layer: made };
  });
})(window.yantu);
