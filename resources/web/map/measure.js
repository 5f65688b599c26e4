/* Measures along a line or within an outline that is clicked on the map. */
(function (yantu) {
  "use strict";
  const { element, word } = yantu;
  const INK = "#e4572e";

  yantu.measuring = null;  /* "distance", "area" or null */

  yantu.addMeasure = function (map, buttons) {
    const bar = document.getElementById("yt-tool"), text = element("span", "yt-figure"), hint = element("span", "yt-hint");
    const pane = map.createPane("yt-measure");
    pane.style.zIndex = 640;
    const renderer = L.svg({ pane: "yt-measure" });
    let places = [], finished = false, shape = null, corners = null, last = 0;

    const finish = element("button", "yt-small"), stop = yantu.button("close", "stop_measuring", () => end());
    finish.type = "button";
    finish.textContent = word("finish");
    finish.addEventListener("click", () => close());
    bar.append(text, hint, finish, stop);

    function figures(all) {
      if (yantu.measuring === "area") return all.length < 3 ? "" : yantu.areaText(yantu.areaOf(all));
      if (all.length < 2) return "";
      const parts = all.slice(1).map((place, i) => yantu.distance(all[i], place)), sum = parts.reduce((a, b) => a + b, 0);
      const whole = yantu.metresText(sum);
      return parts.length > 1 ? whole + "  (" + word("last_part", { metres: yantu.metresText(parts[parts.length - 1]) }) + ")" : whole;
    }

    function show(at) {
      const all = at && !finished ? [...places, at] : places;
      if (shape) shape.remove();
      if (corners) corners.remove();
      const style = { pane: "yt-measure", renderer: renderer, color: INK, weight: 2.5, dashArray: finished ? null : "6 4", interactive: false };
      shape = yantu.measuring === "area" && all.length > 2
        ? L.polygon(all, Object.assign(style, { fillColor: INK, fillOpacity: 0.12 })) : L.polyline(all, style);
      shape.addTo(map);
      corners = L.layerGroup(places.map((place) => L.circleMarker(place, { pane: "yt-measure", renderer: renderer, radius: 4, color: INK, weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }))).addTo(map);
      text.textContent = figures(all);
      hint.textContent = finished ? "" : word(places.length ? "measure_on" : yantu.measuring === "area" ? "measure_area" : "measure_distance");
      finish.textContent = word("finish");
      finish.hidden = finished || places.length < (yantu.measuring === "area" ? 3 : 2);
    }

    function begin(mode) {
      end();
      map.closePopup();
      yantu.measuring = mode;
      bar.hidden = false;
      map.doubleClickZoom.disable();
      map.getContainer().classList.add("yt-crosshair");
      buttons[mode].setAttribute("aria-pressed", "true");
      show(null);
    }

    function close() {
      finished = true;
      show(null);
    }

    function end() {
      yantu.measuring = null;
      places = [];
      finished = false;
      if (shape) shape.remove();
      if (corners) corners.remove();
      bar.hidden = true;
      map.doubleClickZoom.enable();
      map.getContainer().classList.remove("yt-crosshair");
      Object.values(buttons).forEach((button) => button.setAttribute("aria-pressed", "false"));
    }

    yantu.toggleMeasure = (mode) => (yantu.measuring === mode ? end() : begin(mode));

    map.on("click", (event) => {
      if (!yantu.measuring) return;
      if (finished) { places = []; finished = false; }
      const again = performance.now() - last < 350 && places.length && map.latLngToContainerPoint(places[places.length - 1]).distanceTo(event.containerPoint) < 6;
      last = performance.now();
      if (again) return;
      places.push(event.latlng);
      show(null);
    });
    map.on("dblclick", () => { if (yantu.measuring && !finished) close(); });
    map.on("mousemove", (event) => { if (yantu.measuring && places.length && !finished) show(event.latlng); });
    document.addEventListener("keydown", (event) => {
      if (!yantu.measuring) return;
      if (event.key === "Escape") end();
      else if (event.target.tagName === "INPUT" || event.target.tagName === "BUTTON") return;
      else if (event.key === "Enter" && !finished) close();
      else if (event.key === "Backspace" && !finished) { places.pop(); show(null); event.preventDefault(); }
    });
    yantu.on("language", () => { if (yantu.measuring) show(null); });
    end();
  };
})(window.yantu);
