/* Distances and areas on the ellipsoid of CGCS2000. */
(function (yantu) {
  "use strict";
  const A = 6378137, F = 1 / 298.257222101, B = A * (1 - F), E2 = F * (2 - F), E = Math.sqrt(E2);
  const radians = (degrees) => (degrees * Math.PI) / 180;

  /* Metres of the geodesic between two places {lat, lng}: Vincenty, "Direct and inverse solutions of geodesics on the
     ellipsoid with application of nested equations", Survey Review 23 (1975), formulae 3 to 18; the series is good to
     a tenth of a millimetre. Places nearly opposite on the globe, where it does not settle, give NaN. */
  yantu.distance = function (from, to) {
    const length = radians(to.lng - from.lng);
    const u1 = Math.atan((1 - F) * Math.tan(radians(from.lat))), u2 = Math.atan((1 - F) * Math.tan(radians(to.lat)));
    const sin1 = Math.sin(u1), cos1 = Math.cos(u1), sin2 = Math.sin(u2), cos2 = Math.cos(u2);
    let lambda = length;
    for (let turn = 0; turn < 200; turn++) {
      const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
      const sinS = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
      if (sinS === 0) return 0;
      const cosS = sin1 * sin2 + cos1 * cos2 * cosL, sigma = Math.atan2(sinS, cosS);
      const sinA = (cos1 * cos2 * sinL) / sinS, cos2A = 1 - sinA * sinA;
      const cosM = cos2A ? cosS - (2 * sin1 * sin2) / cos2A : 0;
      const c = (F / 16) * cos2A * (4 + F * (4 - 3 * cos2A)), before = lambda;
      lambda = length + (1 - c) * F * sinA * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
      if (Math.abs(lambda - before) > 1e-12) continue;
      const w = (cos2A * (A * A - B * B)) / (B * B);
      const a = 1 + (w / 16384) * (4096 + w * (-768 + w * (320 - 175 * w)));
      const b = (w / 1024) * (256 + w * (-128 + w * (74 - 47 * w)));
      const d = b * sinS * (cosM + (b / 4) * (cosS * (2 * cosM * cosM - 1) -
        (b / 6) * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)));
      return B * a * (sigma - d);
    }
    return NaN;
  };

  /* q of authalic latitude: Snyder, "Map projections: a working manual" (USGS 1395), formula 3-12. */
  const q = (sin) => (1 - E2) * (sin / (1 - E2 * sin * sin) - Math.log((1 - E * sin) / (1 + E * sin)) / (2 * E));
  const POLE = q(1), RADIUS2 = (A * A * POLE) / 2;

  /* Square metres inside a ring of places: on the sphere of the same area, whose latitudes (authalic, Snyder 3-11) keep
     areas, the spherical excess between each side and the equator. Sides are great circles of that sphere; of a city's
     length they differ from geodesics by millimetres. */
  yantu.areaOf = function (ring) {
    const half = ring.map((place) => Math.tan(Math.asin(q(Math.sin(radians(place.lat))) / POLE) / 2));
    let excess = 0;
    ring.forEach((place, i) => {
      const j = (i + 1) % ring.length, span = Math.tan(radians(ring[j].lng - place.lng) / 2);
      excess += 2 * Math.atan2(span * (half[i] + half[j]), 1 + half[i] * half[j]);
    });
    return Math.abs(excess) * RADIUS2;
  };

  yantu.metresText = (m) => (m < 1000 ? yantu.number(m, 1) + " m" : yantu.number(m / 1000, m < 1e5 ? 3 : 1) + " km");
  yantu.areaText = function (m2) {
    const said = m2 < 1e5 ? yantu.number(m2, m2 < 1e3 ? 1 : 0) + " m²" : yantu.number(m2 / 1e6, 3) + " km²";
    return said + yantu.word("area_more", { ha: yantu.number(m2 / 1e4, m2 < 1e6 ? 2 : 0), mu: yantu.number((m2 * 3) / 2000, m2 < 1e6 ? 1 : 0) });
  };
})(window.yantu);
