/* What lies at a place of the map: circles, points, lines, areas, the topmost first. Only what is drawn is found. */
(function (yantu) {
  "use strict";
  const NEAR = 5;  /* pixels beyond a mark or a line; a finger needs more */
  const FINGER = 12;

  function distanceToLine(px, py, ax, ay, bx, by) {
    const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
    const t = length ? Math.min(Math.max(((px - ax) * dx + (py - ay) * dy) / length, 0), 1) : 0;
    return Math.hypot(px - ax - t * dx, py - ay - t * dy);
  }

  function lineDistance(layer, i, x, y) {
    let least = Infinity;
    for (let j = layer.firstPart[i]; j < layer.firstPart[i + 1]; j++) {
      for (let k = layer.firstCorner[j] + 1; k < layer.firstCorner[j + 1]; k++) {
        least = Math.min(least, distanceToLine(x, y, layer.x[k - 1], layer.y[k - 1], layer.x[k], layer.y[k]));
      }
    }
    return least;
  }

  /* Even-odd over all rings of the area: its holes are not inside. */
  function holds(layer, i, x, y) {
    let inside = false;
    for (let j = layer.firstPart[i]; j < layer.firstPart[i + 1]; j++) {
      const from = layer.firstCorner[j], end = layer.firstCorner[j + 1];
      for (let k = from, m = end - 1; k < end; m = k++) {
        const ay = layer.y[k], by = layer.y[m];
        if (ay > y !== by > y && x < ((layer.x[m] - layer.x[k]) * (y - ay)) / (by - ay) + layer.x[k]) inside = !inside;
      }
    }
    return inside;
  }

  function boxed(layer, x, y, reach, work) {
    const { west, north, east, south } = layer.box;
    for (let i = 0; i < layer.count; i++) {
      if (x >= west[i] - reach && x <= east[i] + reach && y >= north[i] - reach && y <= south[i] + reach) work(i);
    }
  }

  /* {circle} or {found: [{layer, i}, …]} at a place of the map. */
  yantu.at = function (map, latlng, touch) {
    const zoom = map.getZoom(), scale = (256 * 2 ** zoom) / yantu.SPAN, denominator = yantu.denominatorOf(map);
    const place = map.project(latlng, zoom), x = place.x / scale, y = place.y / scale, near = touch ? FINGER : NEAR;
    const crowds = yantu.crowdsAt(zoom);
    const circle = crowds.circles.find((c) => Math.hypot(c.x - x, c.y - y) * scale <= c.radius);
    if (circle) return { circle: circle, found: [] };
    const points = [], lines = [], areas = [];
    [...yantu.data.layers].reverse().forEach((layer) => {
      if (!layer.whole) return;
      const shown = yantu.variantsAt(layer, denominator);
      if (!shown) return;
      if (layer.kind === "point") {
        (crowds.loose.get(layer) || []).forEach((i) => {
          const away = Math.hypot(layer.x[i] - x, layer.y[i] - y) * scale;
          if (away <= layer.variants[layer.variant[i]].size + near) points.push({ layer: layer, i: i, away: away });
        });
      } else if (layer.kind === "line") {
        boxed(layer, x, y, near / scale, (i) => {
          if (!shown[layer.variant[i]]) return;
          const away = lineDistance(layer, i, x, y) * scale;
          if (away <= near) lines.push({ layer: layer, i: i, away: away });
        });
      } else {
        boxed(layer, x, y, 0, (i) => {
          if (!shown[layer.variant[i]] || !holds(layer, i, x, y)) return;
          const box = layer.box;
          areas.push({ layer: layer, i: i, away: (box.east[i] - box.west[i]) * (box.south[i] - box.north[i]) });
        });
      }
    });
    [points, lines, areas].forEach((list) => list.sort((a, b) => a.away - b.away));
    return { circle: null, found: [...points, ...lines, ...areas].slice(0, 50) };
  };

  /* A place on the feature, in degrees, near which its popup opens. */
  yantu.placeOf = function (layer, i) {
    if (!layer.box) return yantu.latLng(layer.x[i], layer.y[i]);
    if (layer.kind === "line") {
      const from = layer.firstCorner[layer.firstPart[i]], end = layer.firstCorner[layer.firstPart[i + 1]];
      const k = Math.floor((from + end - 1) / 2), next = Math.min(k + 1, end - 1);
      return yantu.latLng((layer.x[k] + layer.x[next]) / 2, (layer.y[k] + layer.y[next]) / 2);
    }
    const box = layer.box;
    return yantu.latLng((box.west[i] + box.east[i]) / 2, (box.north[i] + box.south[i]) / 2);
  };
})(window.yantu);
