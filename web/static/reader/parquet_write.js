/* Writes one small Parquet file of one row group: dictionary pages, bit-packed codes, snappy without compression. For rehearsals only. */
(function (parts) {
  'use strict';

  const I32 = 5,
    I64 = 6,
    BINARY = 8,
    LIST = 9,
    STRUCT = 12; // Thrift's compact types
  const SNAPPY = 1,
    PLAIN = 0,
    RLE = 3,
    RLE_DICTIONARY = 8;
  const KINDS = { text: { type: 6, converted: 0 }, number: { type: 5 }, time: { type: 2, converted: 9 } }; // BYTE_ARRAY as UTF8, DOUBLE, INT64 as TIMESTAMP_MILLIS
  const encoder = new TextEncoder();

  /** Bytes that grow. */
  class Sink {
    constructor() {
      this.bytes = [];
    }

    varint(v) {
      for (v = BigInt(v); v > 127n; v >>= 7n) this.bytes.push(Number(v & 127n) | 128);
      this.bytes.push(Number(v));
    }

    zigzag(v) {
      this.varint(BigInt(v) * 2n);
    } // nothing here is negative

    binary(v) {
      const bytes = typeof v === 'string' ? encoder.encode(v) : v;
      this.varint(bytes.length);
      this.bytes.push(...bytes);
    }

    value(type, v) {
      if (type === I32 || type === I64) this.zigzag(v);
      else if (type === BINARY) this.binary(v);
      else if (type === STRUCT) this.struct(v);
      else {
        const [of, items] = v;
        if (items.length < 15) this.bytes.push((items.length << 4) | of);
        else {
          this.bytes.push(0xf0 | of);
          this.varint(items.length);
        }
        for (const item of items) this.value(of, item);
      }
    }

    /** fields: [id, type, value], ids rising. */
    struct(fields) {
      let last = 0;
      for (const [id, type, v] of fields) {
        this.bytes.push(((id - last) << 4) | type);
        this.value(type, v);
        last = id;
      }
      this.bytes.push(0);
      return this.bytes;
    }
  }

  /** Snappy's own form, all of it literal. */
  function literal(bytes) {
    const sink = new Sink();
    sink.varint(bytes.length);
    const out = [Uint8Array.from(sink.bytes)];
    for (let from = 0; from < bytes.length; from += 65536) {
      const piece = bytes.subarray(from, from + 65536),
        most = piece.length - 1;
      out.push(Uint8Array.of(61 << 2, most & 255, most >> 8), piece);
    }
    return joined(out);
  }

  function joined(pieces) {
    const out = new Uint8Array(pieces.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const piece of pieces) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }

  /** Values one after another, PLAIN. */
  function plain(kind, values) {
    if (kind === 'number') return new Uint8Array(Float64Array.from(values).buffer);
    if (kind === 'time') return new Uint8Array(BigInt64Array.from(values).buffer);
    return joined(
      values.flatMap((v) => {
        const b = encoder.encode(v);
        return [new Uint8Array(Uint32Array.of(b.length).buffer), b];
      }),
    );
  }

  /** Codes bit-packed, eight at a time, after the byte that says how wide they are. */
  function packed(codes, many) {
    const width = Math.max(1, 32 - Math.clz32(many - 1)),
      groups = Math.ceil(codes.length / 8);
    const sink = new Sink();
    sink.bytes.push(width);
    sink.varint((groups << 1) | 1);
    const bits = new Uint8Array(groups * width);
    for (let i = 0; i < codes.length; i++) {
      for (let b = 0, bit = i * width; b < width; b++, bit++) bits[bit >> 3] |= ((codes[i] >> b) & 1) << (bit & 7);
    }
    return joined([Uint8Array.from(sink.bytes), bits]);
  }

  const present = (rows) => {
    // every value is there: one run of definition levels of 1
    const sink = new Sink();
    sink.varint(rows << 1);
    sink.bytes.push(1);
    return joined([Uint8Array.of(sink.bytes.length, 0, 0, 0), Uint8Array.from(sink.bytes)]);
  };

  /** No nulls; the largest and the smallest value. */
  function statistics(kind, values) {
    const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const bytes = (v) => (kind === 'text' ? v : plain(kind, [v]));
    return [
      [3, I64, 0],
      [5, BINARY, bytes(sorted[sorted.length - 1])],
      [6, BINARY, bytes(sorted[0])],
    ];
  }

  /** columns: {name, kind: text | number | time, values, codes}; numbers are OPTIONAL, the others REQUIRED. Returns the file's bytes. */
  function writeParquet(rows, columns) {
    const magic = encoder.encode('PAR1');
    const pieces = [magic];
    let at = 4;
    const chunks = columns.map(({ name, kind, values, codes }) => {
      const from = at;
      const page = (body, fields) => {
        const bytes = literal(body);
        const header = Uint8Array.from(
          new Sink().struct([[1, I32, fields[0]], [2, I32, body.length], [3, I32, bytes.length], ...fields[1]]),
        );
        pieces.push(header, bytes);
        at += header.length + bytes.length;
      };
      page(plain(kind, values), [
        2,
        [
          [
            7,
            STRUCT,
            [
              [1, I32, values.length],
              [2, I32, PLAIN],
            ],
          ],
        ],
      ]);
      const data = at;
      const levels = kind === 'number' ? [present(rows)] : [];
      page(joined([...levels, packed(codes, values.length)]), [
        0,
        [
          [
            5,
            STRUCT,
            [
              [1, I32, rows],
              [2, I32, RLE_DICTIONARY],
              [3, I32, RLE],
              [4, I32, RLE],
            ],
          ],
        ],
      ]);
      const meta = [
        [1, I32, KINDS[kind].type],
        [2, LIST, [I32, [PLAIN, RLE, RLE_DICTIONARY]]],
        [3, LIST, [BINARY, [name]]],
        [4, I32, SNAPPY],
        [5, I64, rows],
        [6, I64, at - from],
        [7, I64, at - from],
        [9, I64, data],
        [11, I64, from],
        [12, STRUCT, statistics(kind, values)],
      ];
      return [
        [2, I64, from],
        [3, STRUCT, meta],
      ];
    });
    const element = ({ name, kind }) => {
      const { type, converted } = KINDS[kind];
      return [
        [1, I32, type],
        [3, I32, kind === 'number' ? 1 : 0],
        [4, BINARY, name],
        ...(converted === undefined ? [] : [[6, I32, converted]]),
      ];
    };
    const schema = [
      [
        [4, BINARY, 'schema'],
        [5, I32, columns.length],
      ],
      ...columns.map(element),
    ];
    const footer = Uint8Array.from(
      new Sink().struct([
        [1, I32, 1],
        [2, LIST, [STRUCT, schema]],
        [3, I64, rows],
        [
          4,
          LIST,
          [
            STRUCT,
            [
              [
                [1, LIST, [STRUCT, chunks]],
                [2, I64, at - 4],
                [3, I64, rows],
              ],
            ],
          ],
        ],
      ]),
    );
    return joined([...pieces, footer, new Uint8Array(Uint32Array.of(footer.length).buffer), magic]);
  }

  Object.assign(parts, { writeParquet });
})((globalThis.CostReaderParts ??= {}));
