/* Puts the page together. */
(function (yantu) {
  "use strict";
  const { element, word } = yantu;

  yantu.placeText = (at) =>
    Math.abs(at.lng).toFixed(5) + "°" + (at.lng < 0 ? "W" : "E") + " " + Math.abs(at.lat).toFixed(5) + "°" + (at.lat < 0 ? "S" : "N");

  function addControls(map, home) {
    const bar = L.control({ position: "topleft" }), measures = {};
    bar.onAdd = () => {
      const box = element("div", "yt-tools leaflet-bar");
      measures.distance = yantu.button("distance", "distance", () => yantu.toggleMeasure("distance"));
      measures.area = yantu.button("area", "area_tool", () => yantu.toggleMeasure("area"));
      measures.distance.id = "yt-distance";
      measures.area.id = "yt-area";
      box.append(yantu.button("home", "whole_extent", home), measures.distance, measures.area, yantu.button("print", "print", () => window.print()));
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    L.control.zoom({ position: "topleft", zoomInTitle: "+", zoomOutTitle: "−" }).addTo(map);
    bar.addTo(map);
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
    const place = L.control({ position: "bottomleft" });
    place.onAdd = () => {
      const box = element("div", "yt-place", "");
      map.on("mousemove", (event) => (box.textContent = yantu.placeText(event.latlng)));
      return box;
    };
    place.addTo(map);
    map.attributionControl.setPrefix("Leaflet 1.9.4");
    return measures;
  }

  function addHandle(map) {
    const handle = document.getElementById("yt-handle"), side = document.getElementById("yt-side");
    const name = () => {
      handle.replaceChildren(yantu.icon("layers"), element("span", "", word("panel")));
      handle.title = word("panel");
      handle.setAttribute("aria-expanded", String(!side.classList.contains("yt-closed")));
    };
    handle.addEventListener("click", () => {
      side.classList.toggle("yt-closed");
      name();
      map.invalidateSize({ animate: false });
    });
    if (window.matchMedia("(max-width: 760px)").matches) side.classList.add("yt-closed");
    yantu.on("language", name);
    name();
  }

  /* A mouse, a finger or the key Enter at a place: what is there. */
  function openAt(map, drawing, latlng, touch) {
    const { circle, found } = yantu.at(map, latlng, touch);
    if (circle) yantu.openCircle(map, circle);
    else if (found.length) yantu.openFeatures(map, drawing, found, found[0].layer.kind === "point" ? yantu.placeOf(found[0].layer, found[0].i) : latlng);
  }

  function addOpening(map, drawing) {
    let touch = false;
    const container = map.getContainer();
    container.addEventListener("pointerdown", (event) => (touch = event.pointerType === "touch"), true);
    map.on("click", (event) => { if (!yantu.measuring) openAt(map, drawing, event.latlng, touch); });
    container.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === container && !yantu.measuring) openAt(map, drawing, map.getCenter(), true);
      if (event.key === "Escape" && event.target === container) map.closePopup();
    });
    let at = null;
    const point = yantu.framed(() => {
      if (!at || yantu.measuring || map.dragging.moving()) return;
      const { circle, found } = yantu.at(map, at, false);
      container.classList.toggle("yt-pointer", Boolean(circle || found.some(({ layer }) => layer.cls !== "area")));
    });
    map.on("mousemove", (event) => { at = event.latlng; point(); });
  }

  yantu.start = async function (map) {
    yantu.data = JSON.parse(document.getElementById("yt-data").textContent);
    yantu.language = yantu.data.language;
    const data = yantu.data, root = document.documentElement;
    if (!window.DecompressionStream) {
      document.getElementById("yt-title").textContent = yantu.say(data.title);
      document.getElementById("yt-panel").appendChild(element("p", "yt-note", word("old_browser")));
      return;
    }
    await yantu.readLayers();
    const link = yantu.readLink();
    yantu.applyLink(link);
    map.options.maxZoom = 21;
    map.getContainer().setAttribute("aria-label", yantu.say(data.title));

    addHandle(map);
    map.invalidateSize({ animate: false });

    const grounds = yantu.grounds();
    grounds.forEach(({ layer }) => layer.addTo(map));
    map.createPane("yt-coverage").style.zIndex = 350;
    const coverage = data.coverage && L.imageOverlay(data.coverage.image, data.coverage.bounds, { opacity: 0.8, interactive: false, className: "yt-coverage", pane: "yt-coverage" });
    if (coverage && link.cover !== "0") coverage.addTo(map);
    if (coverage && Number(link.cover) > 0) coverage.setOpacity(Math.min(Number(link.cover), 1));
    const home = () => map.fitBounds(data.bounds);
    if (link.view) map.setView(link.view.center, link.view.zoom, { animate: false });
    else map.fitBounds(data.bounds, { animate: false });

    const drawing = new yantu.Drawing({ padding: 0.15 });
    yantu.drawing = drawing;
    drawing.addTo(map);
    map.on("move", yantu.framed(() => drawing.follow()));
    yantu.addMeasure(map, addControls(map, home));
    addOpening(map, drawing);
    yantu.addSearch(map, ({ layer, i }) => {
      layer.on = true;
      layer.shownVariants[layer.variant[i]] = true;
      const place = yantu.placeOf(layer, i);
      if (layer.box && layer.whole) map.fitBounds(yantu.boundsOf(layer, i).pad(0.3), { maxZoom: 18, animate: false });
      else map.setView(place, Math.max(map.getZoom(), 17), { animate: false });
      yantu.openFeatures(map, drawing, [{ layer: layer, i: i }], place);
      yantu.tell("shown");
      yantu.tell("language");
    });
    yantu.addPrinting(map, drawing, coverage);

    let rescaled = () => {};
    const write = () => (rescaled = yantu.writePanel(map, { coverage: coverage, grounds: grounds }));
    const keep = yantu.framed(() => yantu.writeLink(map, coverage));
    yantu.on("language", () => { write(); drawing.draw(); });
    yantu.on("shown", () => { drawing.draw(); rescaled(); keep(); });
    map.on("moveend", () => { rescaled(); keep(); });
    document.getElementById("yt-language").addEventListener("click", () => {
      yantu.language = yantu.language === "zh" ? "en" : "zh";
      map.closePopup();
      yantu.tell("language");
      keep();
    });
    window.addEventListener("hashchange", () => {
      const asked = yantu.readLink();
      yantu.applyLink(asked);
      if (asked.view) map.setView(asked.view.center, asked.view.zoom, { animate: false });
      yantu.tell("language");
      yantu.tell("shown");
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawing.draw());
    write();
    root.dataset.ready = "yes";
    yantu.tell("ready");
  };
})(window.yantu);
