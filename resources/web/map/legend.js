/* The list of layers: what each symbol means, how many there are, and what is shown. */
(function (yantu) {
  "use strict";
  const { element, say, word, number } = yantu;

  yantu.checkbox = function (checked, changed) {
    const box = element("input");
    box.type = "checkbox";
    box.checked = checked;
    box.addEventListener("change", () => changed(box.checked));
    return box;
  };

  /* A row with a box to tick, a symbol, a name and a count. */
  function row(className, checked, changed, swatch, text, count) {
    const made = element("div", className), label = element("label");
    label.appendChild(yantu.checkbox(checked, changed));
    if (swatch) label.appendChild(swatch);
    label.appendChild(element("span", "yt-label", text));
    made.appendChild(label);
    if (count !== null) made.appendChild(element("span", "yt-count", count));
    return made;
  }

  function changed() {
    yantu.tell("shown");
  }

  function write(side, layer, scales) {
    const single = layer.variants.length === 1 ? layer.variants[0] : null;
    const head = row("yt-row", layer.on, (on) => { layer.on = on; changed(); }, single && yantu.swatch(layer, single), say(layer.label), number(layer.total));
    head.dataset.cls = layer.cls;
    head.querySelector("input").id = "yt-layer-" + layer.cls;
    side.appendChild(head);
    scales.push({ row: head, hidden: (denominator) => layer.on && yantu.variantsAt({ ...layer, on: true }, denominator) === null });
    if (!layer.whole) side.appendChild(element("p", "yt-aside", word("counted_in_squares", { count: number(layer.total) })));
    if (single) return;
    layer.variants.forEach((variant, v) => {
      if (!variant.count) return;
      const line = row("yt-row yt-sub", layer.shownVariants[v], (on) => { layer.shownVariants[v] = on; changed(); },
        yantu.swatch(layer, variant), variant.label ? say(variant.label) : word("other"), number(variant.count));
      line.dataset.variant = layer.cls + ":" + v;
      side.appendChild(line);
      scales.push({ row: line, hidden: (denominator) => {
        const shown = layer.on && layer.shownVariants[v] && layer.whole && layer.kind !== "point" ? yantu.variantsAt(layer, denominator) : true;
        return shown !== true && !(shown && shown[v]);
      } });
    });
  }

  /* Write the legend; returns a function that greys what the scale hides and says so. */
  yantu.writeLegend = function (side, map) {
    const scales = [], head = element("h2", "", word("layers"));
    side.appendChild(head);
    if (!yantu.data.layers.length) side.appendChild(element("p", "yt-note", word("nothing")));
    for (let k = yantu.data.layers.length - 1; k >= 0; k--) write(side, yantu.data.layers[k], scales);
    if (yantu.data.layers.some((layer) => layer.kind === "point" && layer.whole)) {
      const grouping = row("yt-row yt-option", yantu.grouping, (on) => { yantu.grouping = on; changed(); }, null, word("grouping"), null);
      grouping.querySelector("input").id = "yt-grouping";
      side.appendChild(grouping);
    }
    const far = element("p", "yt-note", word("closer"));
    side.appendChild(far);
    return () => {
      const denominator = yantu.denominatorOf(map);
      let any = false;
      scales.forEach(({ row, hidden }) => {
        const is = hidden(denominator);
        row.classList.toggle("yt-far", is);
        row.title = is ? word("closer") : "";
        any = any || is;
      });
      far.hidden = !any;
    };
  };

  yantu.row = row;
})(window.yantu);
