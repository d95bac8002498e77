/* CRC-32 (the one of gzip, ZIP and Parquet pages), eight bytes a step. */
(function (parts) {
  'use strict';

  const T = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    T[0][i] = c;
  }
  for (let k = 1; k < 8; k++) for (let i = 0; i < 256; i++) T[k][i] = (T[k - 1][i] >>> 8) ^ T[0][T[k - 1][i] & 255];
  const [t0, t1, t2, t3, t4, t5, t6, t7] = T;

  /** CRC of bytes, continuing from a former CRC; unsigned. */
  function crc32(bytes, before = 0) {
    let c = ~before,
      i = 0;
    const stop = bytes.length - 7;
    for (; i < stop; i += 8) {
      const a = c ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
      c =
        t7[a & 255] ^
        t6[(a >>> 8) & 255] ^
        t5[(a >>> 16) & 255] ^
        t4[a >>> 24] ^
        t3[bytes[i + 4]] ^
        t2[bytes[i + 5]] ^
        t1[bytes[i + 6]] ^
        t0[bytes[i + 7]];
    }
    for (; i < bytes.length; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]) & 255];
    return ~c >>> 0;
  }

  Object.assign(parts, { crc32 });
})((globalThis.CostReaderParts ??= {}));
