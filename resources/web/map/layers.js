/* The layers: their features as arrays of numbers, what of them is shown, and their fields when they are asked for. */
(function (yantu) {
  "use strict";
  yantu.SPAN = 2 ** 30;  /* steps from the west to the east of the world */

  /* First and last corner, and the box, of every feature of lines or areas. */
  function outlined(layer, parts, lengths, x, y) {
    const n = layer.count, shift = layer.shape.shift;
    const firstPart = new Int32Array(n + 1), firstCorner = new Int32Array(lengths.length + 1);
    for (let i = 0; i < n; i++) firstPart[i + 1] = firstPart[i] + parts[i];
    for (let j = 0; j < lengths.length; j++) firstCorner[j + 1] = firstCorner[j] + lengths[j];
    const box = { west: new Int32Array(n), north: new Int32Array(n), east: new Int32Array(n), south: new Int32Array(n) };
    for (let k = 0; k < x.length; k++) { x[k] <<= shift; y[k] <<= shift; }
    for (let i = 0; i < n; i++) {
      let west = 2 ** 31 - 1, north = west, east = -1, south = -1;
      for (let k = firstCorner[firstPart[i]], end = firstCorner[firstPart[i + 1]]; k < end; k++) {
        if (x[k] < west) west = x[k];
        if (x[k] > east) east = x[k];
        if (y[k] < north) north = y[k];
        if (y[k] > south) south = y[k];
      }
      box.west[i] = west; box.north[i] = north; box.east[i] = east; box.south[i] = south;
    }
    Object.assign(layer, { x: x, y: y, firstPart: firstPart, firstCorner: firstCorner, box: box });
  }

  async function read(layer) {
    layer.count = 0;
    layer.on = layer.visible;
    layer.shownVariants = layer.variants.map(() => true);
    layer.fieldsRead = null;
    if (layer.shape) {
      const n = layer.shape.size;
      layer.count = n;
      if (layer.kind === "point" || !layer.whole) {
        [layer.variant, layer.x, layer.y] = await yantu.columns(layer.shape.block, [n, n, n]);
      } else {
        const { parts, corners, block } = layer.shape;
        const read = await yantu.columns(block, [n, n, parts, corners, corners]);
        layer.variant = read[0];
        outlined(layer, read[1], read[2], read[3], read[4]);
      }
    }
    if (layer.crowd) {
      const m = layer.crowd.size;
      const [row, column, variant, count] = await yantu.columns(layer.crowd.block, [m, m, m, m]);
      const side = yantu.SPAN / 2 ** layer.crowd.level;
      layer.crowd.x = column.map((c) => (c + 0.5) * side);
      layer.crowd.y = row.map((r) => (r + 0.5) * side);
      Object.assign(layer.crowd, { variant: variant, count: count, side: side });
    }
    if (layer.names) {
      const m = layer.names.size;
      [layer.names.rule, layer.names.x, layer.names.y] = await yantu.columns(layer.names.block, [m, m, m]);
      layer.names.text = (await yantu.values(layer.names.texts))[0];
    }
  }

  yantu.readLayers = () => Promise.all(yantu.data.layers.map(read));

  /* The columns of a layer's fields, as functions of the feature's number; read when first asked for. */
  yantu.fieldsOf = function (layer) {
    if (!layer.fieldsRead) layer.fieldsRead = layer.values === null ? Promise.resolve([]) : yantu.values(layer.values);
    return layer.fieldsRead;
  };

  /* What is shown of a layer at the scale 1:denominator, by variant; null for nothing. Points are never hidden by the
     scale: where they crowd, they are counted. */
  yantu.variantsAt = function (layer, denominator) {
    if (!layer.on) return null;
    if (layer.kind === "point" || !layer.whole) return layer.shownVariants;
    const [least, most] = layer.scales;
    if (denominator < least || (most > 0 && denominator > most)) return null;
    const shown = layer.variants.map((v, i) => layer.shownVariants[i] && !(v.max_scale > 0 && denominator > v.max_scale));
    return shown.includes(true) ? shown : null;
  };

  /* By what widths are multiplied at a scale: between two steps of the style evenly in both logarithms. */
  yantu.growthAt = function (layer, denominator) {
    const steps = layer.growth;
    if (!steps.length) return 1;
    if (denominator <= steps[0][0]) return steps[0][1];
    for (let i = 1; i < steps.length; i++) {
      const [d0, f0] = steps[i - 1], [d1, f1] = steps[i];
      if (denominator <= d1) return f0 * (f1 / f0) ** (Math.log(denominator / d0) / Math.log(d1 / d0));
    }
    return steps[steps.length - 1][1];
  };

  yantu.denominatorOf = function (map) {
    const around = 40075016.686 * Math.cos((map.getCenter().lat * Math.PI) / 180);
    return around / (256 * 2 ** map.getZoom()) / (0.0254 / 96);
  };

  /* A feature's place or box in degrees. */
  yantu.latLng = (x, y) => {
    const south = Math.PI * (1 - (2 * y) / yantu.SPAN);
    return L.latLng((Math.atan(Math.sinh(south)) * 180) / Math.PI, (x / yantu.SPAN) * 360 - 180);
  };
  yantu.boundsOf = function (layer, i) {
    if (!layer.box) return L.latLngBounds([yantu.latLng(layer.x[i], layer.y[i])]);
    const box = layer.box;
    return L.latLngBounds([yantu.latLng(box.west[i], box.south[i]), yantu.latLng(box.east[i], box.north[i])]);
  };
})(window.yantu);
