/* What all parts of the page use: its data, words in the language shown, numbers, elements, and news between parts.
   Everything that came from the data is set as text, never as HTML. */
window.yantu = {};
(function (yantu) {
  "use strict";
  const heard = {};
  yantu.data = null;
  yantu.language = "zh";

  /* News: "language", "shown" (what is drawn has changed), "ready". */
  yantu.on = (news, call) => (heard[news] = heard[news] || []).push(call);
  yantu.tell = (news) => (heard[news] || []).forEach((call) => call());

  /* A label {zh, en} in the language shown. */
  yantu.say = (label) => (label && (label[yantu.language] || label.zh || label.en)) || "";

  /* A word of the page, with {name} replaced by what is given. */
  yantu.word = (key, given) =>
    yantu.say(yantu.data.words[key]).replace(/\{(\w+)\}/g, (whole, name) => (given && name in given ? given[name] : whole));

  yantu.number = (value, digits) =>
    value.toLocaleString("en-US", { maximumFractionDigits: digits === undefined ? 6 : digits });

  yantu.percent = (value, digits) =>
    value === null || value === undefined ? "–" : (100 * value).toFixed(digits) + "%";

  yantu.element = function (name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  /* An SVG picture from parts [name, attributes]. */
  yantu.svg = function (width, height, parts) {
    const space = "http://www.w3.org/2000/svg";
    const made = document.createElementNS(space, "svg");
    const set = (part, attributes) => Object.keys(attributes).forEach((key) => part.setAttribute(key, attributes[key]));
    set(made, { width: width, height: height, viewBox: "0 0 " + width + " " + height, "aria-hidden": "true" });
    parts.forEach(([name, attributes]) => {
      const part = document.createElementNS(space, name);
      set(part, attributes);
      made.appendChild(part);
    });
    return made;
  };

  const ICONS = {
    search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3L14 14",
    distance: "M1.5 11L11 1.5L14.5 5L5 14.5zM4.2 8.3L6 10.1M6.7 5.8L9.3 8.4M9.2 3.3L11 5.1",
    area: "M3 12.5L2.5 4.5L9 2.5L13.5 7L11 13.5zM3 12.5h.01M2.5 4.5h.01M9 2.5h.01M13.5 7h.01M11 13.5h.01",
    home: "M2 8L8 2.5L14 8M4 6.5V13.5H12V6.5",
    print: "M4 6V2.5H12V6M4 11H2.5V6H13.5V11H12M4.5 9.5H11.5V13.5H4.5z",
    layers: "M8 2L14.5 5.5L8 9L1.5 5.5zM2.5 8.2L8 11.2L13.5 8.2M2.5 10.9L8 13.9L13.5 10.9",
    close: "M3.5 3.5L12.5 12.5M12.5 3.5L3.5 12.5",
    back: "M10 3L5 8L10 13",
    on: "M6 3L11 8L6 13",
  };
  yantu.icon = (name) =>
    yantu.svg(16, 16, [["path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" }]]);

  /* A button with a picture; ``key`` names its words, renewed with the language. */
  yantu.button = function (icon, key, pressed) {
    const made = yantu.element("button", "yt-button");
    made.type = "button";
    made.appendChild(yantu.icon(icon));
    const name = () => {
      made.title = yantu.word(key);
      made.setAttribute("aria-label", yantu.word(key));
    };
    name();
    yantu.on("language", name);
    made.addEventListener("click", pressed);
    return made;
  };

  /* The first call and then at most one in each frame. */
  yantu.framed = function (work) {
    let asked = 0;
    return () => {
      if (!asked) asked = requestAnimationFrame(() => { asked = 0; work(); });
    };
  };
})(window.yantu);
