/* Printing: the map takes the width of the paper, the legend stands below it, or on a page of its own where it is long. */
(function (yantu) {
  "use strict";
  const BRIEF = 22;  /* rows of the panel that fit below the map */
  yantu.addPrinting = function (map, drawing, coverage) {
    /* The coverage is drawn into the map's own picture: readers of PDF lose one that is far larger than the page. */
    function under(view) {
      if (!coverage || !map.hasLayer(coverage)) return;
      const bounds = coverage.getBounds(), { context } = view;
      const [a, b] = [bounds.getNorthWest(), bounds.getSouthEast()].map((place) => map.project(place, view.zoom));
      context.globalAlpha = coverage.options.opacity;
      context.imageSmoothingEnabled = false;
      context.drawImage(coverage.getElement(), a.x - view.left, a.y - view.top, b.x - a.x, b.y - a.y);
      context.imageSmoothingEnabled = true;
      context.globalAlpha = 1;
    }

    let view = null;
    const fit = (bounds) => {
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(bounds, { animate: false });
      drawing._update();
    };
    window.addEventListener("beforeprint", () => {
      view = { center: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
      const rows = document.querySelectorAll("#yt-panel .yt-row, #yt-panel tr").length;
      document.documentElement.classList.add("yt-printing");
      document.documentElement.classList.toggle("yt-brief", rows <= BRIEF);
      drawing.under = under;
      fit(view.bounds);
    });
    window.addEventListener("afterprint", () => {
      drawing.under = null;
      document.documentElement.classList.remove("yt-printing");
      map.invalidateSize({ animate: false, pan: false });
      if (view) map.setView(view.center, view.zoom, { animate: false });
      drawing._update();
    });
  };
})(window.yantu);
