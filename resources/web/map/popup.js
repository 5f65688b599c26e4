/* What is known of a feature, or of all at one place one after the other; and what a circle counts. */
(function (yantu) {
  "use strict";
  const { element, say, word, number } = yantu;

  yantu.valueText = function (field, value) {
    if (field.type === "code") return field.codes && field.codes[value] ? say(field.codes[value]) : String(value);
    if (field.type === "boolean") return word(value ? "yes" : "no");
    const said = typeof value === "number" ? number(value) : String(value);
    return field.unit ? said + (field.unit === "°" || field.unit === "%" ? "" : " ") + field.unit : said;
  };

  /* A feature's name, or its code, or its class. */
  yantu.titleOf = function (layer, columns, i) {
    for (const key of layer.sought) {
      const value = columns[key](i);
      if (value !== null) return String(value);
    }
    return say(layer.label);
  };

  function row(table, head, text) {
    const made = element("tr");
    made.appendChild(element("th", "", head));
    made.appendChild(element("td", "", text));
    table.appendChild(made);
  }

  function card(layer, columns, i) {
    const box = element("div"), named = layer.fields.findIndex((field) => field.name === "name");
    const name = named >= 0 ? columns[named](i) : null;
    box.appendChild(element("h3", "", name === null ? yantu.titleOf(layer, columns, i) : name));
    const table = element("table");
    row(table, word("class"), say(layer.label));
    layer.fields.forEach((field, k) => {
      const value = columns[k](i);
      if (value !== null && k !== named) row(table, say(field.label), yantu.valueText(field, value));
    });
    box.appendChild(table);
    if (!layer.whole) box.appendChild(element("p", "yt-note", word("only_counted")));
    return box;
  }

  /* ``found``: [{layer, i}, …]; the first is shown, buttons lead to the others. */
  yantu.openFeatures = function (map, drawing, found, latlng) {
    const box = element("div", "yt-card"), held = element("div");
    box.appendChild(held);
    let place = 0;
    const popup = L.popup({ maxWidth: 360, minWidth: 200, autoPanPadding: [16, 60] }).setLatLng(latlng).setContent(box);
    const show = async () => {
      const { layer, i } = found[place], columns = await yantu.fieldsOf(layer);
      held.replaceChildren(card(layer, columns, i));
      if (count) count.textContent = place + 1 + " / " + found.length;
      drawing.chosen = { layer: layer, i: i };
      drawing.draw();
      popup.update();
    };
    let count = null;
    if (found.length > 1) {
      const turn = (step) => () => { place = (place + step + found.length) % found.length; show(); };
      const bar = element("div", "yt-turn");
      count = element("span", "", "");
      bar.append(yantu.button("back", "previous", turn(-1)), count, yantu.button("on", "next", turn(1)));
      box.insertBefore(bar, held);
    }
    popup.on("remove", () => { drawing.chosen = null; drawing.draw(); });
    return show().then(() => popup.openOn(map));
  };

  /* Closer to what a circle counts; where it cannot come apart, what it counts. */
  yantu.openCircle = function (map, circle) {
    const wide = Math.max(circle.east - circle.west, circle.south - circle.north, circle.finest);
    const scale = (256 * 2 ** map.getZoom()) / yantu.SPAN;
    if (map.getZoom() < 17 && (wide * scale > 20 || !circle.finest) && wide > circle.finest) {
      const bounds = L.latLngBounds([yantu.latLng(circle.west, circle.south), yantu.latLng(circle.east, circle.north)]);
      const zoom = Math.min(Math.max(map.getBoundsZoom(bounds.pad(0.2)), map.getZoom() + 1), 18);
      map.setView(bounds.getCenter(), zoom);
      return;
    }
    const box = element("div", "yt-card");
    box.appendChild(element("h3", "", word("counted", { count: number(circle.count) })));
    const table = element("table");
    circle.parts.forEach((counts, layer) => counts.forEach((count, v) => {
      const label = layer.variants[v].label;
      row(table, say(layer.label) + (label ? " · " + say(label) : ""), number(count));
    }));
    box.appendChild(table);
    if (circle.finest) {
      const at = yantu.latLng(circle.x, circle.y), metres = (circle.finest / yantu.SPAN) * 40075016.686 * Math.cos((at.lat * Math.PI) / 180);
      box.appendChild(element("p", "yt-note", word("in_square", { metres: number(metres, 0) })));
    }
    L.popup({ maxWidth: 360 }).setLatLng(yantu.latLng(circle.x, circle.y)).setContent(box).openOn(map);
  };
})(window.yantu);
