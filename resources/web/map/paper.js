/* Printing: the map takes the width of the paper, the legend stands below it, or on a page of its own where it is long. */
(function (yantu) {
  "use strict";
  const BRIEF = 22;  /* rows of the panel that fit below the map */
  yantu.addPrinting = function (map, drawing) {
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
      fit(view.bounds);
    });
    window.addEventListener("afterprint", () => {
      document.documentElement.classList.remove("yt-printing");
      map.invalidateSize({ animate: false, pan: false });
      if (view) map.setView(view.center, view.zoom, { animate: false });
      drawing._update();
    });
  };
})(window.yantu);
