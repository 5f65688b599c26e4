/* Points that lie too close to be told apart are counted: a circle with their number stands for them. Cells are fixed to
   the ground, so that circles stay where they are while the map is moved. */
(function (yantu) {
  "use strict";
  const CELL = 84;  /* pixels */
  const MANY = 10;  /* points in a cell from which they are counted */
  const CLOSEST = 17;  /* zoom from which every point stands for itself */
  const MOST_CELLS = 4e6;
  yantu.grouping = true;

  const radiusOf = (count) => Math.min(13 + 4.5 * Math.log10(count), CELL / 2 - 5);

  /* The layers that can be in circles now: [layer, x, y, counts or null, variants, shown]. */
  function members() {
    const made = [];
    yantu.data.layers.forEach((layer) => {
      if (!layer.on) return;
      if (layer.crowd) made.push({ layer: layer, x: layer.crowd.x, y: layer.crowd.y, count: layer.crowd.count, variant: layer.crowd.variant });
      else if (layer.kind === "point") made.push({ layer: layer, x: layer.x, y: layer.y, count: null, variant: layer.variant });
    });
    return made;
  }

  /* Numbers cells that lie between the first and the last point; sparse where there would be too many. */
  function numbering(groups, side) {
    let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    groups.forEach(({ x, y }) => {
      for (let i = 0; i < x.length; i++) {
        if (x[i] < west) west = x[i];
        if (x[i] > east) east = x[i];
        if (y[i] < north) north = y[i];
        if (y[i] > south) south = y[i];
      }
    });
    const left = Math.floor(west / side), top = Math.floor(north / side);
    const across = Math.floor(east / side) - left + 1, down = Math.floor(south / side) - top + 1;
    if (across * down <= MOST_CELLS) {
      return { size: across * down, of: (x, y) => (Math.floor(y / side) - top) * across + Math.floor(x / side) - left };
    }
    const known = new Map();
    const of = (x, y) => {
      const key = (Math.floor(y / side) - top) * across + Math.floor(x / side) - left;
      let number = known.get(key);
      if (number === undefined) known.set(key, (number = known.size));
      return number;
    };
    groups.forEach(({ x, y }) => { for (let i = 0; i < x.length; i++) of(x[i], y[i]); });
    return { size: known.size, of: of };
  }

  function counted(zoom) {
    const groups = members(), loose = new Map(), circles = [];
    if (!groups.some((group) => group.x.length)) return { loose: loose, circles: circles };
    const side = (CELL * yantu.SPAN) / (256 * 2 ** zoom), join = yantu.grouping && zoom < CLOSEST;
    const cells = numbering(groups, side), total = new Int32Array(cells.size), forced = new Uint8Array(cells.size);
    groups.forEach(({ layer, x, y, count, variant }) => {
      for (let i = 0; i < x.length; i++) {
        if (!layer.shownVariants[variant[i]]) continue;
        const cell = cells.of(x[i], y[i]);
        total[cell] += count ? count[i] : 1;
        if (count) forced[cell] = 1;
      }
    });
    const circleOf = new Int32Array(cells.size).fill(-1);
    for (let cell = 0; cell < cells.size; cell++) {
      if (forced[cell] || (join && total[cell] >= MANY)) {
        circleOf[cell] = circles.length;
        circles.push({ count: 0, sumX: 0, sumY: 0, west: Infinity, north: Infinity, east: -Infinity, south: -Infinity, parts: new Map(), finest: 0 });
      }
    }
    groups.forEach(({ layer, x, y, count, variant }) => {
      const left = [];
      for (let i = 0; i < x.length; i++) {
        const v = variant[i];
        if (!layer.shownVariants[v]) continue;
        const cell = cells.of(x[i], y[i]), place = circleOf[cell];
        if (place < 0 || (!count && !(join && total[cell] >= MANY))) { left.push(i); continue; }
        const circle = circles[place], weight = count ? count[i] : 1;
        circle.count += weight;
        circle.sumX += weight * x[i];
        circle.sumY += weight * y[i];
        if (x[i] < circle.west) circle.west = x[i];
        if (x[i] > circle.east) circle.east = x[i];
        if (y[i] < circle.north) circle.north = y[i];
        if (y[i] > circle.south) circle.south = y[i];
        if (count) circle.finest = Math.max(circle.finest, layer.crowd.side);
        const known = circle.parts.get(layer) || circle.parts.set(layer, new Map()).get(layer);
        known.set(v, (known.get(v) || 0) + weight);
      }
      if (!count) loose.set(layer, left);
    });
    const reach = yantu.SPAN / (256 * 2 ** zoom);  /* steps a pixel */
    circles.forEach((circle) => {
      circle.radius = radiusOf(circle.count);
      const middle = (sum, weight) => {
        const at = sum / weight, from = Math.floor(at / side) * side, room = side / 2 - circle.radius * reach;
        return Math.min(Math.max(at, from + side / 2 - room), from + side / 2 + room);
      };
      circle.x = middle(circle.sumX, circle.count);
      circle.y = middle(circle.sumY, circle.count);
    });
    return { loose: loose, circles: circles };
  }

  let kept = null, keptFor = "";
  /* {loose: Map layer -> numbers of features that stand for themselves, circles} at a zoom. */
  yantu.crowdsAt = function (zoom) {
    const key = zoom + "|" + yantu.grouping + "|" + yantu.data.layers.map((l) => (l.on ? l.shownVariants.map(Number).join("") : "-")).join("|");
    if (key !== keptFor) {
      kept = counted(zoom);
      keptFor = key;
    }
    return kept;
  };

  /* A circle with its number; its rim shows what is in it. */
  yantu.drawCircle = function (context, circle, x, y, colors) {
    const parts = [];
    circle.parts.forEach((counts, layer) => counts.forEach((count, v) => parts.push([layer.variants[v].fill && layer.kind === "polygon" ? layer.variants[v].fill : layer.variants[v].color, count])));
    parts.sort((a, b) => b[1] - a[1]);
    context.beginPath();
    context.arc(x, y, circle.radius, 0, 2 * Math.PI);
    context.fillStyle = colors.paper;
    context.fill();
    let from = -Math.PI / 2;
    context.lineWidth = 4;
    parts.forEach(([color, count]) => {
      const to = from + (2 * Math.PI * count) / circle.count;
      context.beginPath();
      context.arc(x, y, circle.radius - 2, from, to);
      context.strokeStyle = color;
      context.stroke();
      from = to;
    });
    context.beginPath();
    context.arc(x, y, circle.radius + 0.5, 0, 2 * Math.PI);
    context.strokeStyle = colors.rim;
    context.lineWidth = 1;
    context.stroke();
    context.fillStyle = colors.ink;
    context.font = "600 " + (circle.count < 1e4 ? 12 : 10.5) + "px " + colors.font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(yantu.short(circle.count), x, y + 0.5);
  };

  /* A count that fits into a circle: 999, 9.9k, 99k, 1.2M; in Chinese 9999, 1.2万, 99万. */
  yantu.short = function (count) {
    if (yantu.language === "zh") {
      if (count < 1e4) return String(count);
      return count < 1e5 ? (Math.floor(count / 1e3) / 10).toFixed(1) + "万" : Math.floor(count / 1e4) + "万";
    }
    if (count < 1e3) return String(count);
    if (count < 1e6) return count < 1e4 ? (Math.floor(count / 100) / 10).toFixed(1) + "k" : Math.floor(count / 1e3) + "k";
    return (Math.floor(count / 1e5) / 10).toFixed(1) + "M";
  };
})(window.yantu);
