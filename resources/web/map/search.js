/* Finds features by any part of their name, code or address, and places by their degrees. Looks through everything in
   the page, also what is not shown or only counted. */
(function (yantu) {
  "use strict";
  const { element, say, word, number } = yantu;
  const SHOWN = 60;  /* results in the list; how many there are is said */
  const PAUSE = 120;  /* ms after the last letter */

  const folded = (text) => text.normalize("NFKC").toLowerCase();

  /* The texts of every layer in which is looked, made when the first letter is typed. */
  let texts = null;
  function prepared() {
    if (texts) return texts;
    texts = Promise.all(yantu.data.layers.filter((layer) => layer.values !== null && layer.sought.length && layer.shape).map(async (layer) => {
      const columns = await yantu.fieldsOf(layer), lines = new Array(layer.count);
      for (let i = 0; i < layer.count; i++) {
        let line = "";
        for (const key of layer.sought) {
          const value = columns[key](i);
          if (value !== null) line += value + "\n";
        }
        lines[i] = folded(line);
      }
      return { layer: layer, columns: columns, lines: lines };
    }));
    return texts;
  }

  /* How well a line fits: 0 a whole field, 1 its beginning, 2 any part. */
  function rank(line, whole) {
    if (("\n" + line).includes("\n" + whole + "\n")) return 0;
    return ("\n" + line).includes("\n" + whole) ? 1 : 2;
  }

  /* {total, hits: [{layer, columns, i}, …]}: every word must be part of the feature's texts. */
  yantu.find = async function (asked) {
    const whole = folded(asked.trim()), words = whole.split(/\s+/).filter(Boolean);
    if (!words.length) return { total: 0, hits: [] };
    const ranked = [[], [], []];
    let total = 0;
    (await prepared()).forEach(({ layer, columns, lines }) => {
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i];
        if (!words.every((part) => line.includes(part))) continue;
        total++;
        const list = ranked[rank(line, whole)];
        if (list.length < SHOWN) list.push({ layer: layer, columns: columns, i: i });
      }
    });
    return { total: total, hits: ranked.flat().slice(0, SHOWN) };
  };

  /* "120.15, 33.35" or "33.35 120.15": a place, longitude and latitude in either order. */
  yantu.placeAsked = function (asked) {
    const found = asked.trim().match(/^(-?\d{1,3}(?:\.\d+)?)\s*[°,，;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*°?$/);
    if (!found) return null;
    let [lng, lat] = [Number(found[1]), Number(found[2])];
    const bounds = L.latLngBounds(yantu.data.bounds).pad(2);
    if (Math.abs(lat) > 90 || (!bounds.contains([lat, lng]) && Math.abs(lng) <= 90 && bounds.contains([lng, lat]))) [lng, lat] = [lat, lng];
    return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? L.latLng(lat, lng) : null;
  };

  /* The text with the first part asked for set off. */
  function marked(text, asked) {
    const made = element("span"), part = folded(asked.trim().split(/\s+/)[0] || ""), at = part ? folded(text).indexOf(part) : -1;
    if (at < 0 || folded(text).length !== text.length) {
      made.textContent = text;
      return made;
    }
    made.append(text.slice(0, at), element("mark", "", text.slice(at, at + part.length)), text.slice(at + part.length));
    return made;
  }

  yantu.addSearch = function (map, open) {
    const box = document.getElementById("yt-search"), field = element("input"), list = element("ul", "yt-results");
    const clear = yantu.button("close", "clear", () => { field.value = ""; hide(); field.focus(); });
    const glass = element("span", "yt-glass");
    glass.appendChild(yantu.icon("search"));
    field.type = "search";
    field.id = "yt-asked";
    field.autocomplete = "off";
    field.spellcheck = false;
    list.id = "yt-results";
    list.setAttribute("role", "listbox");
    Object.entries({ role: "combobox", "aria-controls": "yt-results", "aria-expanded": "false", "aria-autocomplete": "list" })
      .forEach(([key, value]) => field.setAttribute(key, value));
    clear.hidden = true;
    list.hidden = true;
    box.append(glass, field, clear, list);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);

    let choices = [], at = -1, timer = 0, turn = 0;
    function name() {
      field.placeholder = word("search_hint");
      field.setAttribute("aria-label", word("search"));
      list.setAttribute("aria-label", word("results"));
    }
    function hide() {
      turn++;
      clearTimeout(timer);
      list.hidden = true;
      clear.hidden = !field.value;
      choices = [];
      at = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }
    function choose(place) {
      at = place;
      choices.forEach((choice, i) => choice.row.setAttribute("aria-selected", String(i === at)));
      if (at < 0) return;
      field.setAttribute("aria-activedescendant", choices[at].row.id);
      choices[at].row.scrollIntoView({ block: "nearest" });
    }
    function add(row, act) {
      row.id = "yt-result-" + choices.length;
      row.setAttribute("role", "option");
      row.addEventListener("click", () => { hide(); act(); });
      choices.push({ row: row, act: act });
      list.appendChild(row);
    }
    function resultRow({ layer, columns, i }, asked) {
      const row = element("li"), title = element("div", "yt-result-title"), more = element("div", "yt-result-more");
      const shown = layer.sought.map((key) => columns[key](i)).filter((value) => value !== null).map(String);
      title.append(yantu.swatch(layer, layer.variants[layer.variant[i]]), marked(shown[0], asked));
      more.append(say(layer.label));
      shown.slice(1).forEach((value) => { more.append(" · "); more.append(marked(value, asked)); });
      row.append(title, more);
      return row;
    }
    async function look() {
      const mine = ++turn, asked = field.value;
      clear.hidden = !asked;
      if (!asked.trim()) return hide();
      const { total, hits } = await yantu.find(asked);
      if (mine !== turn) return;
      choices = [];
      at = -1;
      list.replaceChildren();
      const place = yantu.placeAsked(asked);
      if (place) {
        const row = element("li", "", word("go_to", { place: yantu.placeText(place) }));
        add(row, () => { map.setView(place, Math.max(map.getZoom(), 16)); L.popup().setLatLng(place).setContent(element("div", "", yantu.placeText(place))).openOn(map); });
      }
      hits.forEach((hit) => add(resultRow(hit, asked), () => open(hit)));
      const said = total > hits.length ? word("found_more", { total: number(total), shown: number(hits.length) })
        : total || place ? word("found", { total: number(total) }) : word("found_none");
      const note = element("li", "yt-results-note", said);
      note.setAttribute("role", "presentation");
      list.appendChild(note);
      const left = yantu.data.layers.filter((layer) => !layer.shape && layer.crowd);
      if (left.length) list.appendChild(element("li", "yt-results-note", word("not_sought", { classes: left.map((l) => say(l.label)).join(word("comma")) })));
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
    }
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
    field.addEventListener("focus", () => { prepared(); if (field.value) look(); });
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (choices.length) choose((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + choices.length) % choices.length);
      } else if (event.key === "Enter" && choices.length) {
        const act = choices[Math.max(at, 0)].act;
        hide();
        act();
      } else if (event.key === "Escape") {
        if (list.hidden) field.value = "";
        hide();
        event.stopPropagation();
      }
    });
    document.addEventListener("pointerdown", (event) => { if (!box.contains(event.target)) hide(); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/INPUT|TEXTAREA/.test(event.target.tagName)) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    });
    yantu.on("language", () => { name(); if (!list.hidden) look(); });
    name();
  };
})(window.yantu);
