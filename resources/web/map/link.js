/* What is shown, in the address of the page: #zoom/latitude/longitude&lang=en&on=…&off=…&cover=0.5. A copied address
   opens the same view; what it does not know is left as it is. */
(function (yantu) {
  "use strict";

  yantu.readLink = function () {
    const [view, ...rest] = decodeURIComponent(location.hash.replace(/^#/, "")).split("&"), made = { view: null };
    const [zoom, lat, lng] = view.split("/").map(Number);
    if ([zoom, lat, lng].every(Number.isFinite) && zoom >= 0 && zoom <= 22 && Math.abs(lat) <= 90 && Math.abs(lng) <= 180) {
      made.view = { zoom: zoom, center: [lat, lng] };
    }
    rest.forEach((part) => {
      const at = part.indexOf("=");
      if (at > 0) made[part.slice(0, at)] = part.slice(at + 1);
    });
    return made;
  };

  /* Put the layers and the language as the address says. */
  yantu.applyLink = function (link) {
    if (link.lang === "zh" || link.lang === "en") yantu.language = link.lang;
    const listed = (text) => (text || "").split("+").filter(Boolean);
    const on = listed(link.on), off = listed(link.off);
    yantu.data.layers.forEach((layer) => {
      if (on.includes(layer.cls)) layer.on = true;
      if (off.includes(layer.cls)) layer.on = false;
      layer.shownVariants = layer.variants.map((_, v) => !off.includes(layer.cls + ":" + v));
    });
    if (link.group === "0") yantu.grouping = false;
  };

  yantu.writeLink = function (map, coverage) {
    const center = map.getCenter(), on = [], off = [];
    yantu.data.layers.forEach((layer) => {
      if (layer.on && !layer.visible) on.push(layer.cls);
      if (!layer.on && layer.visible) off.push(layer.cls);
      layer.shownVariants.forEach((shown, v) => { if (!shown) off.push(layer.cls + ":" + v); });
    });
    const parts = [Number(map.getZoom().toFixed(2)) + "/" + center.lat.toFixed(5) + "/" + center.lng.toFixed(5)];
    if (yantu.language !== yantu.data.language) parts.push("lang=" + yantu.language);
    if (on.length) parts.push("on=" + on.join("+"));
    if (off.length) parts.push("off=" + off.join("+"));
    if (!yantu.grouping) parts.push("group=0");
    if (coverage) {
      const value = map.hasLayer(coverage) ? coverage.options.opacity : 0;
      if (value !== 0.8) parts.push("cover=" + value);
    }
    const hash = "#" + parts.join("&");
    try {
      history.replaceState(null, "", hash);
    } catch {  /* a page opened from some archives may not change its address */ }
  };
})(window.yantu);
