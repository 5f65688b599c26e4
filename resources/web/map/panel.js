/* The panel beside the map: coverage, layers, figures by area, what is shown; written anew when the language changes. */
(function (yantu) {
  "use strict";
  const { element, say, word, number, percent } = yantu;

  function range(value, name, changed) {
    const made = element("input");
    Object.assign(made, { type: "range", min: 0.1, max: 1, step: 0.05, value: value });
    made.setAttribute("aria-label", name);
    made.title = name;
    made.addEventListener("input", () => changed(Number(made.value)));
    return made;
  }

  function writeCoverage(side, map, coverage) {
    const given = yantu.data.coverage;
    side.appendChild(element("h2", "", say(given.title)));
    const show = yantu.row("yt-row", map.hasLayer(coverage), (on) => { if (on) coverage.addTo(map); else coverage.remove(); yantu.tell("shown"); }, null, word("show_coverage"), null);
    show.querySelector("input").id = "yt-coverage-on";
    side.appendChild(show);
    const opacity = range(coverage.options.opacity, word("opacity"), (value) => { coverage.setOpacity(value); yantu.tell("shown"); });
    opacity.id = "yt-opacity";
    side.appendChild(opacity);
    given.legend.forEach((entry) => {
      const line = element("div", "yt-row"), patch = element("span", "yt-patch");
      patch.style.backgroundColor = entry.color;
      line.append(patch, element("span", "", say(entry.label)));
      side.appendChild(line);
    });
  }

  function writeGrounds(side, map, grounds) {
    side.appendChild(element("h2", "", word("base_maps")));
    grounds.forEach(({ facts, layer }, i) => {
      const line = yantu.row("yt-row", map.hasLayer(layer), (on) => { if (on) layer.addTo(map); else layer.remove(); }, null, facts.name, null);
      line.querySelector("input").id = "yt-ground-on-" + i;
      side.appendChild(line);
      side.appendChild(range(layer.options.opacity, word("opacity"), (value) => layer.setOpacity(value)));
    });
  }

  let sorted = { key: null, down: true };

  function writeAreas(side, map) {
    side.appendChild(element("h2", "", word("by_area")));
    const keys = [["name", "area"], ["area_share", "of_area"], ["population_share", "of_people"], ["sites", "sites"]];
    const table = element("table", "yt-areas"), head = element("thead"), body = element("tbody"), top = element("tr");
    const digits = (key) => (Math.max(...yantu.data.areas.map((area) => area[key] || 0)) < 0.01 ? 2 : 1);
    const ofArea = digits("area_share"), ofPeople = digits("population_share");
    keys.forEach(([key, name]) => {
      const cell = element("th"), button = element("button", "yt-plain", word(name));
      button.type = "button";
      cell.scope = "col";
      cell.setAttribute("aria-sort", sorted.key !== key ? "none" : sorted.down ? "descending" : "ascending");
      button.addEventListener("click", () => { sorted = { key: key, down: sorted.key === key ? !sorted.down : key !== "name" }; fill(); });
      cell.appendChild(button);
      top.appendChild(cell);
    });
    head.appendChild(top);
    table.append(head, body);
    side.appendChild(table);

    function share(value, decimals) {
      const cell = element("td", "yt-share", percent(value, decimals));
      cell.style.setProperty("--share", Math.min(100 * (value || 0), 100).toFixed(1) + "%");
      return cell;
    }
    function fill() {
      const parts = yantu.data.areas.filter((area) => !area.total), { key, down } = sorted;
      if (key) {
        parts.sort((a, b) => (key === "name" ? a.name.localeCompare(b.name, "zh-CN") : (a[key] ?? -1) - (b[key] ?? -1)) * (down ? -1 : 1));
        [...top.children].forEach((cell, i) => cell.setAttribute("aria-sort", keys[i][0] !== key ? "none" : down ? "descending" : "ascending"));
      }
      body.replaceChildren(...[...parts, ...yantu.data.areas.filter((area) => area.total)].map((area) => {
        const row = element("tr", area.total ? "yt-total" : "");
        row.append(element("td", "", area.name), share(area.area_share, ofArea), share(area.population_share, ofPeople), element("td", "", number(area.sites)));
        if (area.bounds) {
          row.tabIndex = 0;
          const go = () => map.fitBounds(area.bounds);
          row.addEventListener("click", go);
          row.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
        }
        return row;
      }));
    }
    fill();
  }

  /* Write everything that has words; ``shown``: {coverage, grounds}. Returns what is to be done when the scale changes. */
  yantu.writePanel = function (map, shown) {
    const data = yantu.data, side = document.getElementById("yt-panel");
    document.documentElement.lang = yantu.language === "zh" ? "zh-CN" : "en";
    document.title = say(data.title);
    document.getElementById("yt-title").textContent = say(data.title);
    document.getElementById("yt-subtitle").textContent = say(data.subtitle);
    document.getElementById("yt-mark").textContent = say(data.mark);
    document.getElementById("yt-mark").hidden = !say(data.mark);
    document.getElementById("yt-language").textContent = word("other_language");
    const scrolled = side.scrollTop;
    side.replaceChildren();
    if (shown.coverage) writeCoverage(side, map, shown.coverage);
    const rescaled = yantu.writeLegend(side, map);
    if (data.areas.length) writeAreas(side, map);
    if (shown.grounds.length) writeGrounds(side, map, shown.grounds);
    if (say(data.definition)) {
      side.appendChild(element("h2", "", word("about")));
      side.appendChild(element("p", "yt-note", say(data.definition)));
    }
    side.appendChild(element("p", "yt-note", say(data.imprint)));
    side.scrollTop = scrolled;
    rescaled();
    return rescaled;
  };
})(window.yantu);
