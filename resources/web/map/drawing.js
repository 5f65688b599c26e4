/* Draws everything that is shown on one canvas: areas, lines, points, circles with counts, names. */
(function (yantu) {
  "use strict";
  const BATCH = 400;  /* outlines filled or stroked at once */
  const MANY = 5000, SAME = 3;  /* marks of a layer, and pixels within which they are the same */
  const MOVES = [0, 14, -14, 26, -26, 38, -38];  /* pixels down by which a name may give way */
  const CROWN = 2.4;  /* pixels from which a line shows its casing */
  const FONT = "\"Noto Sans CJK SC\", \"Source Han Sans SC\", \"Microsoft YaHei\", \"PingFang SC\", system-ui, sans-serif";

  /* A drawing in progress: the window in steps, and where a place falls in pixels. */
  function frame(renderer) {
    const map = renderer._map, zoom = map.getZoom(), bounds = renderer._bounds, origin = map.getPixelOrigin();
    const scale = (256 * 2 ** zoom) / yantu.SPAN;
    return {
      context: renderer._context, scale: scale, zoom: zoom, ratio: renderer._ratio,
      left: origin.x + bounds.min.x, top: origin.y + bounds.min.y,
      width: bounds.max.x - bounds.min.x, height: bounds.max.y - bounds.min.y,
      denominator: yantu.denominatorOf(map),
      west: (origin.x + bounds.min.x) / scale, north: (origin.y + bounds.min.y) / scale,
      east: (origin.x + bounds.max.x) / scale, south: (origin.y + bounds.max.y) / scale,
    };
  }

  /* The outline of a feature; corners nearer than a pixel to the last are left out. */
  function trace(view, layer, i, close) {
    const { x, y, firstPart, firstCorner } = layer, { context, scale, left, top } = view;
    for (let j = firstPart[i]; j < firstPart[i + 1]; j++) {
      const from = firstCorner[j], end = firstCorner[j + 1];
      let px = x[from] * scale - left, py = y[from] * scale - top;
      context.moveTo(px, py);
      for (let k = from + 1; k < end; k++) {
        const qx = x[k] * scale - left, qy = y[k] * scale - top;
        if (k < end - 1 && Math.abs(qx - px) + Math.abs(qy - py) < 1) continue;
        context.lineTo(qx, qy);
        px = qx;
        py = qy;
      }
      if (close) context.closePath();
    }
  }
  yantu.trace = trace;

  /* The features of a layer in the window, by variant: [those with a form, those smaller than a pixel or two]. */
  function inWindow(view, layer, shown) {
    const { west, north, east, south } = layer.box, variant = layer.variant;
    const formed = layer.variants.map(() => []), tiny = layer.variants.map(() => []), least = 1.6 / view.scale;
    for (let i = 0; i < layer.count; i++) {
      if (west[i] > view.east || east[i] < view.west || north[i] > view.south || south[i] < view.north) continue;
      const v = variant[i];
      if (!shown[v]) continue;
      if (east[i] - west[i] < least && south[i] - north[i] < least) tiny[v].push(i);
      else formed[v].push(i);
    }
    return [formed, tiny];
  }

  function batches(list, work) {
    for (let from = 0; from < list.length; from += BATCH) work(list.slice(from, from + BATCH));
  }

  /* Features too small for a form: one dot each, once for each pixel. */
  function dots(view, layer, list, color) {
    const { context, scale, left, top } = view, width = Math.ceil(view.width) + 2;
    const taken = new Uint8Array(width * (Math.ceil(view.height) + 2));
    context.fillStyle = color;
    context.beginPath();
    list.forEach((i) => {
      const px = Math.floor(layer.box.west[i] * scale - left), py = Math.floor(layer.box.north[i] * scale - top);
      if (px < 0 || py < 0 || px >= view.width || py >= view.height || taken[py * width + px]) return;
      taken[py * width + px] = 1;
      context.rect(px, py, 1.3, 1.3);
    });
    context.fill();
  }

  function drawAreas(view, layer, shown) {
    const { context } = view, [formed, tiny] = inWindow(view, layer, shown), grown = yantu.growthAt(layer, view.denominator);
    layer.variants.forEach((variant, v) => {
      if (tiny[v].length) dots(view, layer, tiny[v], variant.fill || variant.color);
      const width = Math.max(variant.width * grown, 0.5);
      context.lineWidth = width;
      context.setLineDash(variant.dash);
      batches(formed[v], (some) => {
        context.beginPath();
        some.forEach((i) => trace(view, layer, i, true));
        if (variant.fill) {
          context.globalAlpha = layer.opacity;
          context.fillStyle = variant.fill;
          context.fill("nonzero");
          context.globalAlpha = 1;
        }
        context.strokeStyle = variant.color;
        context.stroke();
      });
      context.setLineDash([]);
    });
  }

  function drawLines(view, layer, shown) {
    const { context } = view, [formed, tiny] = inWindow(view, layer, shown), grown = yantu.growthAt(layer, view.denominator);
    context.globalAlpha = layer.opacity;
    context.lineJoin = "round";
    layer.variants.forEach((variant, v) => {
      if (!formed[v].length && !tiny[v].length) return;
      const width = Math.max(variant.width * grown, 0.7), cased = layer.core && width > CROWN;
      if (tiny[v].length) dots(view, layer, tiny[v], variant.color);
      const strokes = [];
      if (variant.casing) strokes.push([variant.casing, width + 2, []]);
      strokes.push([variant.color, width, variant.dash]);
      if (cased) strokes.push([layer.core, Math.max(width - 1.6, width * 0.55), []]);
      strokes.forEach(([color, w, dash]) => {
        context.strokeStyle = color;
        context.lineWidth = w;
        context.lineCap = dash.length ? "butt" : "round";
        context.setLineDash(dash);
        batches(formed[v], (some) => {
          context.beginPath();
          some.forEach((i) => trace(view, layer, i, false));
          context.stroke();
        });
      });
      context.setLineDash([]);
    });
    context.globalAlpha = 1;
  }

  /* Marks in their places. Of very many, a mark that would fall on one of its kind, but for a pixel or two, is not drawn
     a second time: it could not be told from it. */
  function drawPoints(view, layer, list) {
    const { context, scale, left, top, width, height } = view, { x, y, variant } = layer;
    const across = Math.ceil((width + 42) / SAME), down = Math.ceil((height + 42) / SAME);
    const taken = list.length > MANY ? layer.variants.map(() => new Uint8Array(across * down)) : null;
    const sprites = layer.variants.map((v) => yantu.sprite(v, view.ratio));
    context.globalAlpha = layer.opacity;
    for (let k = 0; k < list.length; k++) {
      const i = list[k], px = x[i] * scale - left, py = y[i] * scale - top;
      if (px < -20 || py < -20 || px > width + 20 || py > height + 20) continue;
      if (taken) {
        const cell = Math.floor((py + 21) / SAME) * across + Math.floor((px + 21) / SAME), marks = taken[variant[i]];
        if (marks[cell]) continue;
        marks[cell] = 1;
      }
      const sprite = sprites[variant[i]];
      context.drawImage(sprite.picture, px - sprite.half, py - sprite.half, 2 * sprite.half, 2 * sprite.half);
    }
    context.globalAlpha = 1;
  }

  function drawCircles(view, circles) {
    const style = getComputedStyle(document.documentElement), read = (name) => style.getPropertyValue(name).trim();
    const colors = { paper: read("--circle"), ink: read("--circle-ink"), rim: read("--circle-rim"), font: FONT };
    circles.forEach((circle) => {
      const px = circle.x * view.scale - view.left, py = circle.y * view.scale - view.top;
      if (px < -50 || py < -50 || px > view.width + 50 || py > view.height + 50) return;
      yantu.drawCircle(view.context, circle, px, py, colors);
    });
  }

  /* Names, the most important first, beside the circles; one that would touch another is left to a larger scale. */
  function drawNames(view, circles) {
    const { context, scale, left, top } = view, wanted = [];
    const taken = circles.map((c) => [c.x * scale - left, c.y * scale - top, c.radius, c.radius]);
    yantu.data.layers.forEach((layer) => {
      if (!layer.names || !layer.on) return;
      layer.names.rules.forEach((rule, r) => {
        const [least, most] = rule.scales;
        if (view.denominator < least || (most > 0 && view.denominator > most)) return;
        for (let i = 0; i < layer.names.size; i++) {
          if (layer.names.rule[i] === r) wanted.push([rule, layer.names.x[i] * scale - left, layer.names.y[i] * scale - top, layer.names.text(i)]);
        }
      });
    });
    wanted.sort((a, b) => b[0].priority - a[0].priority);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    wanted.forEach(([rule, px, py, text]) => {
      if (px < 0 || py < 0 || px > view.width || py > view.height) return;
      context.font = (rule.bold ? "700 " : "500 ") + rule.size + "px " + FONT;
      if ("letterSpacing" in context) context.letterSpacing = rule.spaced * rule.size + "px";
      const half = context.measureText(text).width / 2 + 3, tall = rule.size * 0.7;
      const free = (dy) => !taken.some((t) => Math.abs(t[0] - px) < t[2] + half && Math.abs(t[1] - py - dy) < t[3] + tall);
      const moved = MOVES.find(free);
      if (moved === undefined) return;
      py += moved;
      taken.push([px, py, half, tall]);
      context.lineWidth = 3;
      context.strokeStyle = "rgba(255, 255, 255, 0.9)";
      context.strokeText(text, px, py);
      context.fillStyle = "#3a4552";
      context.fillText(text, px, py);
    });
    if ("letterSpacing" in context) context.letterSpacing = "0px";
  }

  /* What is chosen stands out. */
  function drawChosen(view, chosen) {
    const { layer, i } = chosen, { context, scale, left, top } = view;
    const strokes = [["rgba(255, 255, 255, 0.95)", 5], ["#e4572e", 2.5]];
    strokes.forEach(([color, width]) => {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.lineJoin = context.lineCap = "round";
      context.beginPath();
      if (layer.box) trace(view, layer, i, layer.kind === "polygon");
      else context.arc(layer.x[i] * scale - left, layer.y[i] * scale - top, (layer.variants[layer.variant[i]].size || 4) + 5, 0, 2 * Math.PI);
      context.stroke();
    });
  }

  yantu.Drawing = L.Renderer.extend({
    chosen: null,
    under: null,  /* draws what lies below everything else */

    _initContainer: function () {
      this._container = document.createElement("canvas");
      this._context = this._container.getContext("2d");
    },

    _destroyContainer: function () {
      this._container.remove();
    },

    _update: function () {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), canvas = this._container;
      this._ratio = Math.min(window.devicePixelRatio || 1, 2);
      const width = Math.round(size.x * this._ratio), height = Math.round(size.y * this._ratio);
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = size.x + "px";
        canvas.style.height = size.y + "px";
      }
      L.DomUtil.setPosition(canvas, this._bounds.min);
      this.draw();
    },

    /* Draw again what is in the window now. */
    draw: function () {
      if (!this._bounds || !this._map || this._map._animatingZoom) return;
      const began = performance.now(), context = this._context;
      context.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
      context.clearRect(0, 0, this._container.width, this._container.height);
      const view = frame(this), layers = yantu.data.layers, crowds = yantu.crowdsAt(view.zoom);
      const whole = (kind) => layers.filter((layer) => layer.kind === kind && layer.whole);
      const each = (kind, work) => whole(kind).forEach((layer) => {
        const shown = yantu.variantsAt(layer, view.denominator);
        if (shown) work(view, layer, shown);
      });
      if (this.under) this.under(view);
      each("polygon", drawAreas);
      each("line", drawLines);
      whole("point").forEach((layer) => { if (crowds.loose.has(layer)) drawPoints(view, layer, crowds.loose.get(layer)); });
      drawNames(view, crowds.circles);
      drawCircles(view, crowds.circles);
      if (this.chosen) drawChosen(view, this.chosen);
      yantu.drawnIn = performance.now() - began;
    },

    /* While the map is dragged beyond what is drawn. */
    follow: function () {
      const map = this._map, size = map.getSize(), corner = map.containerPointToLayerPoint([0, 0]);
      if (!this._bounds.contains(L.bounds(corner, corner.add(size)))) this._update();
    },
  });
})(window.yantu);
