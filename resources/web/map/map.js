/* Draws the city's data on a Leaflet map. Everything that came from the data is set as text, never as HTML. */
function yantuMap(map, data) {
  "use strict";
  let language = data.language;
  const say = (label) => (label && (label[language] || label.zh || label.en)) || "";
  const number = (value, digits) => value.toLocaleString("en-US", { maximumFractionDigits: digits === undefined ? 6 : digits });
  const percent = (value, digits) => (value === null || value === undefined ? "–" : (100 * value).toFixed(digits) + "%");

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Marks: the outlines of the sheet and the screen, of the weight of a circle of diameter 1. */
  const ring = (n, radius, dy) => Array.from({ length: n }, (_, i) => {
    const angle = (i * 2 * Math.PI) / n;
    return [radius * Math.sin(angle), (dy || 0) - radius * Math.cos(angle)];
  });
  const SHAPES = {
    square: [[-0.44, -0.44], [0.44, -0.44], [0.44, 0.44], [-0.44, 0.44]],
    triangle: ring(3, 0.6, 0.08),
    diamond: ring(4, 0.58),
    pentagon: ring(5, 0.53),
    hexagon: ring(6, 0.52),
    star: Array.from({ length: 10 }, (_, i) => {
      const angle = (i * Math.PI) / 5, radius = i % 2 ? 0.27 : 0.6;
      return [radius * Math.sin(angle), -radius * Math.cos(angle)];
    }),
    cross: [[-0.16, -0.5], [0.16, -0.5], [0.16, -0.16], [0.5, -0.16], [0.5, 0.16], [0.16, 0.16], [0.16, 0.5],
      [-0.16, 0.5], [-0.16, 0.16], [-0.5, 0.16], [-0.5, -0.16], [-0.16, -0.16]],
  };
  const Mark = L.CircleMarker.extend({
    _updatePath: function () {
      const points = SHAPES[this.options.shape];
      if (!points) return L.CircleMarker.prototype._updatePath.call(this);
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const size = 2 * this._radius, context = renderer._ctx;
      context.beginPath();
      points.forEach((p, i) => context[i ? "lineTo" : "moveTo"](this._point.x + p[0] * size, this._point.y + p[1] * size));
      context.closePath();
      renderer._fillStroke(context, this);
    },
  });

  function swatch(kind, variant) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", 26);
    svg.setAttribute("height", 16);
    const add = (name, attributes) => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", name);
      Object.keys(attributes).forEach((key) => part.setAttribute(key, attributes[key]));
      svg.appendChild(part);
    };
    if (kind === "point") {
      const points = SHAPES[variant.shape];
      if (points) add("polygon", { points: points.map((p) => (13 + 12 * p[0]) + "," + (8 + 12 * p[1])).join(" "), fill: variant.color });
      else add("circle", { cx: 13, cy: 8, r: 5.5, fill: variant.color });
    } else if (kind === "line") {
      add("line", { x1: 1, y1: 8, x2: 25, y2: 8, stroke: variant.color, "stroke-width": Math.max(variant.width, 1.5), "stroke-dasharray": variant.dash.join(" ") });
    } else {
      add("rect", { x: 1.5, y: 2.5, width: 23, height: 11, fill: variant.fill || "none", "fill-opacity": 0.4, stroke: variant.color, "stroke-width": 1.2 });
    }
    return svg;
  }

  function valueText(field, value) {
    if (field.type === "code") return field.codes[value] ? say(field.codes[value]) : String(value);
    if (field.type === "boolean") return value ? (language === "zh" ? "是" : "Yes") : language === "zh" ? "否" : "No";
    const said = typeof value === "number" ? number(value) : String(value);
    return field.unit ? said + (field.unit === "°" || field.unit === "%" ? "" : " ") + field.unit : said;
  }

  function popup(layer, i) {
    const box = element("div");
    const name = layer.name === null ? null : layer.columns[layer.name][i];
    box.appendChild(element("h3", "", name === null || name === undefined || name === "" ? say(layer.label) : String(name)));
    const table = element("table");
    const kindRow = element("tr");
    kindRow.appendChild(element("th", "", language === "zh" ? "类别" : "Class"));
    kindRow.appendChild(element("td", "", say(layer.label)));
    table.appendChild(kindRow);
    layer.fields.forEach((field, k) => {
      const value = layer.columns[k][i];
      if (value === null || value === "" || k === layer.name) return;
      const row = element("tr");
      row.appendChild(element("th", "", say(field.label)));
      row.appendChild(element("td", "", valueText(field, value)));
      table.appendChild(row);
    });
    box.appendChild(table);
    return box;
  }

  /* Layers, the ground first. One canvas pane for each kind keeps points above lines above areas. */
  ["polygon", "line", "point"].forEach((kind, i) => {
    map.createPane("yt-" + kind).style.zIndex = 410 + 10 * i;
  });
  const renderers = {
    polygon: L.canvas({ pane: "yt-polygon", padding: 0.3 }),
    line: L.canvas({ pane: "yt-line", padding: 0.3, tolerance: 4 }),
    point: L.canvas({ pane: "yt-point", padding: 0.3, tolerance: 3 }),
  };
  const coverage = data.coverage && L.imageOverlay(data.coverage.image, data.coverage.bounds, { opacity: 0.8, interactive: false, className: "yt-coverage" });
  if (coverage) coverage.addTo(map);

  const groups = data.layers.map((layer) => {
    const group = L.layerGroup();
    layer.geometry.forEach((shape, i) => {
      const variant = layer.variants[layer.variant[i]];
      const base = { renderer: renderers[layer.kind], pane: "yt-" + layer.kind };
      let made;
      if (layer.kind === "point") {
        made = new Mark(shape, Object.assign(base, { radius: variant.size, shape: variant.shape, color: "#ffffff", weight: 1, fillColor: variant.color, fillOpacity: 1 }));
      } else if (layer.kind === "line") {
        made = L.polyline(shape, Object.assign(base, { color: variant.color, weight: Math.max(variant.width, 1), dashArray: variant.dash.length ? variant.dash : null }));
      } else {
        made = L.polygon(shape, Object.assign(base, { color: variant.color, weight: Math.max(variant.width, 1), dashArray: variant.dash.length ? variant.dash : null, fillColor: variant.fill || variant.color, fillOpacity: variant.fill ? layer.opacity : 0 }));
        if (layer.cls === "area" && layer.name !== null && layer.columns[layer.name][i] && layer.named[i]) {
          made.bindTooltip(element("span", "", layer.columns[layer.name][i]), { permanent: true, direction: "center", className: "yt-name" });
        }
      }
      made.bindPopup(() => popup(layer, i), { maxWidth: 360 });
      group.addLayer(made);
    });
    if (layer.visible) group.addTo(map);
    return group;
  });

  /* The panel beside the map; written anew when the language changes. */
  const side = document.getElementById("yt-side");
  function checkbox(checked, changed) {
    const box = element("input");
    box.type = "checkbox";
    box.checked = checked;
    box.addEventListener("change", () => changed(box.checked));
    return box;
  }

  function writePanel() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = say(data.title);
    document.getElementById("yt-title").textContent = say(data.title);
    document.getElementById("yt-subtitle").textContent = say(data.subtitle);
    document.getElementById("yt-mark").textContent = say(data.mark);
    document.getElementById("yt-language").textContent = language === "zh" ? "English" : "中文";
    side.replaceChildren();
    if (data.coverage) {
      side.appendChild(element("h2", "", say(data.coverage.title)));
      const row = element("div", "yt-row"), label = element("label");
      label.appendChild(checkbox(map.hasLayer(coverage), (on) => (on ? coverage.addTo(map) : coverage.remove())));
      label.appendChild(element("span", "", language === "zh" ? "显示覆盖" : "Show coverage"));
      row.appendChild(label);
      side.appendChild(row);
      const opacity = element("input");
      opacity.type = "range";
      opacity.min = 0.1;
      opacity.max = 1;
      opacity.step = 0.05;
      opacity.value = coverage.options.opacity;
      opacity.setAttribute("aria-label", language === "zh" ? "不透明度" : "Opacity");
      opacity.addEventListener("input", () => coverage.setOpacity(Number(opacity.value)));
      side.appendChild(opacity);
      data.coverage.legend.forEach((entry) => {
        const line = element("div", "yt-row"), patch = element("span", "yt-patch");
        patch.style.backgroundColor = entry.color;
        line.appendChild(patch);
        line.appendChild(element("span", "", say(entry.label)));
        side.appendChild(line);
      });
    }
    side.appendChild(element("h2", "", language === "zh" ? "图层" : "Layers"));
    if (!data.layers.length) side.appendChild(element("p", "yt-note", language === "zh" ? "没有要素" : "There are no features"));
    for (let k = data.layers.length - 1; k >= 0; k--) writeLayer(data.layers[k], groups[k]);
    if (data.areas.length) writeAreas();
    if (say(data.definition)) {
      side.appendChild(element("h2", "", language === "zh" ? "说明" : "About this map"));
      side.appendChild(element("p", "yt-note", say(data.definition)));
    }
    side.appendChild(element("p", "yt-note", say(data.imprint)));
  }

  function writeLayer(layer, group) {
    const row = element("div", "yt-row"), label = element("label");
    label.appendChild(checkbox(map.hasLayer(group), (on) => (on ? group.addTo(map) : group.remove())));
    const single = layer.variants.length === 1 ? layer.variants[0] : null;
    if (single) label.appendChild(swatch(layer.kind, single));
    label.appendChild(element("span", "", say(layer.label)));
    row.appendChild(label);
    const shown = number(layer.geometry.length);
    row.appendChild(element("span", "yt-count", layer.total > layer.geometry.length ? shown + " / " + number(layer.total) : shown));
    side.appendChild(row);
    if (single) return;
    layer.variants.forEach((variant, v) => {
      if (!variant.count) return;
      const line = element("div", "yt-row yt-sub");
      line.appendChild(swatch(layer.kind, variant));
      const name = element("span", "", variant.label ? say(variant.label) : language === "zh" ? "其他" : "Other");
      name.style.flex = "1";
      line.appendChild(name);
      line.appendChild(element("span", "yt-count", number(variant.count)));
      side.appendChild(line);
    });
  }

  function writeAreas() {
    side.appendChild(element("h2", "", language === "zh" ? "分区覆盖率" : "Coverage by area"));
    const table = element("table"), head = element("thead"), body = element("tbody"), top = element("tr");
    (language === "zh" ? ["区域", "面积率", "人口率", "站点"] : ["Area", "of area", "of people", "Sites"]).forEach((word) => top.appendChild(element("th", "", word)));
    head.appendChild(top);
    table.appendChild(head);
    const digits = (key) => (Math.max(...data.areas.map((area) => area[key] || 0)) < 0.01 ? 2 : 1);
    const ofArea = digits("area_share"), ofPeople = digits("population_share");
    data.areas.forEach((area) => {
      const row = element("tr", area.total ? "yt-total" : "");
      [area.name, percent(area.area_share, ofArea), percent(area.population_share, ofPeople), number(area.sites)].forEach((text) => row.appendChild(element("td", "", text)));
      if (area.bounds) {
        row.tabIndex = 0;
        const go = () => map.fitBounds(area.bounds);
        row.addEventListener("click", go);
        row.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
      }
      body.appendChild(row);
    });
    table.appendChild(body);
    side.appendChild(table);
  }

  document.getElementById("yt-language").addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    map.closePopup();
    writePanel();
  });
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const place = L.control({ position: "bottomleft" });
  place.onAdd = () => {
    const box = element("div", "yt-place", "");
    map.on("mousemove", (event) => {
      const at = event.latlng;
      box.textContent = Math.abs(at.lng).toFixed(5) + "°" + (at.lng < 0 ? "W" : "E") + " " + Math.abs(at.lat).toFixed(5) + "°" + (at.lat < 0 ? "S" : "N");
    });
    return box;
  };
  place.addTo(map);
  map.attributionControl.setPrefix("Leaflet 1.9.4");
  map.fitBounds(data.bounds);
  writePanel();
  document.documentElement.dataset.ready = "yes";
}
