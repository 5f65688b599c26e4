/* Marks of points: the outlines of the sheet and the screen, of the weight of a circle of diameter 1. */
(function (yantu) {
  "use strict";
  const ring = (n, radius, dy) => Array.from({ length: n }, (_, i) => {
    const angle = (i * 2 * Math.PI) / n;
    return [radius * Math.sin(angle), (dy || 0) - radius * Math.cos(angle)];
  });
  const SHAPES = {
    square: [[-0.44, -0.44], [0.44, -0.44], [0.44, 0.44], [-0.44, 0.44]],
    triangle: ring(3, 0.6, 0.08),
    diamond: ring(4, 0.58),
    pentagon: ring(5, 0.53),
    hexagon: ring(6, 0.52),
    star: Array.from({ length: 10 }, (_, i) => {
      const angle = (i * Math.PI) / 5, radius = i % 2 ? 0.27 : 0.6;
      return [radius * Math.sin(angle), -radius * Math.cos(angle)];
    }),
    cross: [[-0.16, -0.5], [0.16, -0.5], [0.16, -0.16], [0.5, -0.16], [0.5, 0.16], [0.16, 0.16], [0.16, 0.5],
      [-0.16, 0.5], [-0.16, 0.16], [-0.5, 0.16], [-0.5, -0.16], [-0.16, -0.16]],
  };

  /* A mark drawn once, to be put down many times: {picture, half} with half its side in pixels. */
  yantu.sprite = function (variant, ratio) {
    const half = Math.ceil(variant.size * 1.3 + 2);
    const picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(2 * half * ratio);
    const context = picture.getContext("2d"), size = 2 * variant.size;
    context.scale(ratio, ratio);
    context.translate(half, half);
    context.beginPath();
    const points = SHAPES[variant.shape];
    if (points) points.forEach((p, i) => context[i ? "lineTo" : "moveTo"](p[0] * size, p[1] * size));
    else context.arc(0, 0, variant.size, 0, 2 * Math.PI);
    context.closePath();
    context.fillStyle = variant.color;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = "#ffffff";
    context.stroke();
    return { picture: picture, half: half };
  };

  /* The symbol of a variant for the legend. */
  yantu.swatch = function (layer, variant) {
    if (layer.kind === "point") {
      const points = SHAPES[variant.shape];
      return yantu.svg(26, 16, [points
        ? ["polygon", { points: points.map((p) => 13 + 12 * p[0] + "," + (8 + 12 * p[1])).join(" "), fill: variant.color }]
        : ["circle", { cx: 13, cy: 8, r: 5.5, fill: variant.color }]]);
    }
    if (layer.kind === "line") {
      const width = Math.min(Math.max(variant.width, 1.5), 5);
      const line = (color, w) => ["line", { x1: 1, y1: 8, x2: 25, y2: 8, stroke: color, "stroke-width": w, "stroke-dasharray": variant.dash.join(" ") }];
      return yantu.svg(26, 16, layer.core && width > 2 ? [line(variant.color, width), line(layer.core, width * 0.55)] : [line(variant.color, width)]);
    }
    return yantu.svg(26, 16, [["rect", {
      x: 1.5, y: 2.5, width: 23, height: 11, fill: variant.fill || "none", "fill-opacity": Math.max(layer.opacity, 0.35),
      stroke: variant.color, "stroke-width": 1.2, "stroke-dasharray": variant.dash.length ? "3 2" : "",
    }]]);
  };
})(window.yantu);
