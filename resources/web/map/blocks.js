/* The packed blocks of the page: base64 of deflate, see gis/cartography/web/packing.py. */
(function (yantu) {
  "use strict";

  function unwrapped(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  /* The bytes of a block; its text leaves the page, since nothing asks twice. */
  async function unpacked(number) {
    const holder = document.getElementById("yt-block-" + number);
    const bytes = unwrapped(holder.textContent);
    holder.remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* ``count`` whole numbers from ``at`` on: four planes of bytes, folded differences. */
  function numbers(bytes, at, count) {
    const made = new Int32Array(count);
    let value = 0;
    for (let i = 0, a = at, b = at + count, c = b + count, d = c + count; i < count; i++, a++, b++, c++, d++) {
      const folded = (bytes[a] | (bytes[b] << 8) | (bytes[c] << 16) | (bytes[d] << 24)) >>> 0;
      value += (folded >>> 1) ^ -(folded & 1);
      made[i] = value;
    }
    return made;
  }

  /* Columns of whole numbers of these lengths. */
  yantu.columns = async function (number, lengths) {
    const bytes = await unpacked(number);
    let at = 0;
    return lengths.map((count) => {
      const column = numbers(bytes, at, count);
      at += 4 * count;
      return column;
    });
  };

  /* A column of values: get(i) is a text, a number or null. */
  function column(packed) {
    return Array.isArray(packed) ? (i) => packed[i] : (i) => packed.of[packed.at[i]];
  }

  /* Columns of values as functions of the feature's number. */
  yantu.values = async (number) => JSON.parse(new TextDecoder().decode(await unpacked(number))).map(column);
})(window.yantu);
