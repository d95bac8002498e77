/* One column chunk as a stream of value codes, page by page: memory holds a window of the file and one page a column.
   Page checksums are compared here (hyparquet reads them and does not). */
(function (parts) {
  'use strict';

  const { ReadError, crc32, grown } = parts;
  const WINDOW = 1 << 20;

  /** The RLE / bit-packed hybrid, a few values at a time. */
  class Hybrid {
    constructor(bytes, at, width) {
      this.bytes = bytes;
      this.at = at;
      this.width = width;
      this.left = 0; // values left in the run
      this.packed = false;
      this.value = 0;
      this.bit = 0;
    }

    /** Next n values into out[from…]. */
    read(out, from, n) {
      if (this.width === 0) {
        out.fill(0, from, from + n);
        return;
      }
      while (n > 0) {
        if (this.left === 0) this.run();
        const k = Math.min(n, this.left);
        if (!this.packed) out.fill(this.value, from, from + k);
        else this.unpack(out, from, k);
        this.left -= k;
        from += k;
        n -= k;
      }
    }

    run() {
      const { bytes } = this;
      let header = 0,
        shift = 0,
        b;
      do {
        if (this.at >= bytes.length) throw new ReadError('corrupt', 'A page ends before its values');
        b = bytes[this.at++];
        header |= (b & 127) << shift;
        shift += 7;
      } while (b & 128);
      this.packed = (header & 1) === 1;
      if (this.packed) {
        this.left = (header >>> 1) * 8;
        this.bit = this.at * 8;
        this.at += (header >>> 1) * this.width;
      } else {
        this.left = header >>> 1;
        this.value = 0;
        for (let i = 0; i < this.width; i += 8) this.value |= bytes[this.at++] << i;
      }
      if (this.left === 0) throw new ReadError('corrupt', 'A page holds an empty run');
    }

    unpack(out, from, n) {
      const { bytes, width } = this;
      const mask = width === 32 ? -1 : (1 << width) - 1;
      let bit = this.bit;
      for (let i = 0; i < n; i++, bit += width) {
        const at = bit >>> 3,
          shift = bit & 7;
        let v = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> shift;
        if (shift + width > 32) v |= bytes[at + 4] << (32 - shift);
        out[from + i] = v & mask;
      }
      this.bit = bit;
    }
  }

  /** The pages of one column chunk, read through a window of the Blob. */
  class Pages {
    constructor(blob, meta, hyparquet, name) {
      this.blob = blob;
      this.meta = meta;
      this.hyparquet = hyparquet;
      this.name = name;
      const dictionary = Number(meta.dictionary_page_offset || 0);
      const data = Number(meta.data_page_offset);
      this.at = dictionary > 0 && dictionary < data ? dictionary : data;
      this.end = this.at + Number(meta.total_compressed_size);
      if (!(this.at >= 4) || this.end > blob.size)
        throw new ReadError('corrupt', `The footer places column ${name} outside the file`, 'footer');
      this.window = new Uint8Array(0);
      this.from = this.at; // file offset of the window
    }

    /** Bytes [at, at+n) of the file. */
    async bytes(n) {
      if (this.at < this.from || this.at + n > this.from + this.window.length) {
        const stop = Math.min(this.end, this.at + Math.max(n, WINDOW));
        this.window = new Uint8Array(await this.blob.slice(this.at, stop).arrayBuffer());
        this.from = this.at;
      }
      return this.window.subarray(this.at - this.from, this.at - this.from + n);
    }

    /** {header, body} of the next page, its checksum compared; null after the last. */
    async next() {
      if (this.at >= this.end) {
        this.window = new Uint8Array(0);
        return null;
      }
      let header, reader;
      for (let size = 1 << 14; ; size *= 16) {
        const head = await this.bytes(Math.min(size, this.end - this.at));
        reader = { view: new DataView(head.buffer, head.byteOffset, head.byteLength), offset: 0 };
        try {
          header = this.hyparquet.parquetHeader(reader);
          break;
        } catch {
          if (size > 1 << 22 || size >= this.end - this.at) throw this.damaged('a page header is broken');
        }
      }
      const size = header.compressed_page_size;
      if (
        !header.type ||
        !(size >= 0) ||
        this.at + reader.offset + size > this.end ||
        !(header.uncompressed_page_size >= 0) ||
        header.uncompressed_page_size > 1 << 30
      ) {
        throw this.damaged('a page header is broken');
      }
      this.at += reader.offset;
      const body = await this.bytes(size);
      if (header.crc !== undefined && crc32(body) !== header.crc >>> 0)
        throw this.damaged('a page’s checksum does not fit');
      this.at += size;
      return { header, body };
    }

    damaged(what) {
      return new ReadError('corrupt', `Column ${this.name}: ${what}`, `byte ${this.at}`);
    }

    /** The body unpacked. */
    inflate(body, size) {
      try {
        return this.hyparquet.decompressPage(body, size, this.meta.codec, this.hyparquet.compressors);
      } catch (error) {
        if (/unsupported/.test(error.message))
          throw new ReadError(
            'unsupported',
            `Column ${this.name} is compressed with ${this.meta.codec}`,
            `byte ${this.at}`,
          );
        throw this.damaged('a page does not decompress');
      }
    }
  }

  /** Values of one leaf column as codes of `values` (see parquet_values.js), with their levels. */
  class Leaf {
    /** schemaPath: hyparquet's path of schema nodes; meta: the column chunk. */
    constructor(blob, meta, schemaPath, values, hyparquet, name) {
      this.pages = new Pages(blob, meta, hyparquet, name);
      this.meta = meta;
      this.schemaPath = schemaPath;
      this.element = schemaPath[schemaPath.length - 1].element;
      this.maxDefinition = hyparquet.getMaxDefinitionLevel(schemaPath);
      this.maxRepetition = hyparquet.getMaxRepetitionLevel(schemaPath);
      this.values = values;
      this.hyparquet = hyparquet;
      this.left = 0; // values left in this page, nulls included
      this.dictionary = null;
      this.present = new Int32Array(256);
      this.definition = new Int32Array(256);
      this.repetition = new Int32Array(256);
      this.seen = 0;
      this.nulls = 0;
    }

    /** Up to n values of the current page: codes, definition and repetition levels from index `from` on. Returns how many; 0 at the end. */
    async some(codes, from, n) {
      while (this.left === 0) {
        if (!(await this.turn())) return 0;
      }
      n = Math.min(n, this.left);
      this.left -= n;
      this.seen += n;
      if (this.definition.length < from + n) this.definition = grown(this.definition, from + n);
      if (this.repetition.length < from + n) this.repetition = grown(this.repetition, from + n);
      if (this.maxRepetition) this.repetitions.read(this.repetition, from, n);
      if (!this.maxDefinition) {
        this.take(codes, from, n);
        return n;
      }
      const { definition, maxDefinition } = this;
      this.definitions.read(definition, from, n);
      let present = 0;
      for (let i = from; i < from + n; i++) if (definition[i] === maxDefinition) present++;
      if (present === n) this.take(codes, from, n);
      else if (present === 0) codes.fill(0, from, from + n);
      else {
        if (this.present.length < present) this.present = grown(this.present, present);
        this.take(this.present, 0, present);
        for (let i = from, k = 0; i < from + n; i++) codes[i] = definition[i] === maxDefinition ? this.present[k++] : 0;
      }
      this.nulls += n - present;
      return n;
    }

    /** To the next data page. */
    async turn() {
      for (;;) {
        const page = await this.pages.next();
        if (!page) return false;
        const { header, body } = page;
        if (header.type === 'DICTIONARY_PAGE') this.readDictionary(header, body);
        else if (header.type === 'DATA_PAGE') {
          this.readV1(header, body);
          return true;
        } else if (header.type === 'DATA_PAGE_V2') {
          this.readV2(header, body);
          return true;
        }
      }
    }

    readDictionary(header, body) {
      const page = this.pages.inflate(body, header.uncompressed_page_size);
      const count = header.dictionary_page_header.num_values;
      if (!(count >= 0) || count > page.length + 1) throw this.pages.damaged('its dictionary is broken');
      const codes = new Int32Array(count);
      this.plain = { bytes: page, at: 0, view: new DataView(page.buffer, page.byteOffset, page.byteLength) };
      this.takePlain(codes, 0, count);
      this.dictionary = codes;
      if (this.values.hold) this.values.hold();
    }

    readV1(header, body) {
      const info = header.data_page_header;
      const page = this.pages.inflate(body, header.uncompressed_page_size);
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
      let at = 0;
      const levels = (max) => {
        if (!max) return null;
        const length = view.getUint32(at, true);
        const hybrid = new Hybrid(page.subarray(at + 4, at + 4 + length), 0, 32 - Math.clz32(max));
        at += 4 + length;
        return hybrid;
      };
      this.repetitions = levels(this.maxRepetition);
      this.definitions = levels(this.maxDefinition);
      this.left = info.num_values;
      this.open(info.encoding, page, at, () => this.hyparquet.readDataPage(page, info, this.decoder()).dataPage);
    }

    readV2(header, body) {
      const info = header.data_page_header_v2;
      const r = info.repetition_levels_byte_length,
        d = info.definition_levels_byte_length;
      const width = (max) => 32 - Math.clz32(max);
      this.repetitions = new Hybrid(body.subarray(0, r), 0, width(this.maxRepetition));
      this.definitions = new Hybrid(body.subarray(r, r + d), 0, width(this.maxDefinition));
      this.left = info.num_values;
      const packed = body.subarray(r + d);
      const page =
        info.is_compressed === false ? packed : this.pages.inflate(packed, header.uncompressed_page_size - r - d);
      this.open(info.encoding, page, 0, () => this.hyparquet.readDataPageV2(body, header, this.decoder()).dataPage);
    }

    decoder() {
      return {
        type: this.meta.type,
        element: this.element,
        schemaPath: this.schemaPath,
        codec: this.meta.codec,
        compressors: this.hyparquet.compressors,
      };
    }

    /** Ready the values of a page; rarer encodings are decoded whole by hyparquet. */
    open(encoding, page, at, decode) {
      this.indexes = this.plain = this.decoded = null;
      if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
        if (!this.dictionary) throw this.pages.damaged('a page needs a dictionary that is not there');
        this.indexes = new Hybrid(page, at + 1, page[at] || 0);
        if (this.indexes.width > 32) throw this.pages.damaged('a page’s bit width is broken');
      } else if (encoding === 'PLAIN' && this.meta.type !== 'BOOLEAN') {
        this.plain = { bytes: page, at, view: new DataView(page.buffer, page.byteOffset, page.byteLength) };
      } else {
        try {
          this.decoded = { values: decode(), at: 0 };
        } catch (error) {
          throw /unsupported/.test(error.message)
            ? new ReadError('unsupported', `Column ${this.pages.name}: ${error.message}`)
            : this.pages.damaged(error.message);
        }
      }
    }

    /** n present values as codes. */
    take(out, from, n) {
      if (this.indexes) {
        this.indexes.read(out, from, n);
        const { dictionary } = this;
        for (let i = from; i < from + n; i++) {
          const code = dictionary[out[i]];
          if (code === undefined) throw this.pages.damaged('a value points beyond the dictionary');
          out[i] = code;
        }
      } else if (this.plain) this.takePlain(out, from, n);
      else {
        const { decoded, values } = this;
        for (let i = from; i < from + n; i++) out[i] = values.value(decoded.values[decoded.at++]);
      }
    }

    takePlain(out, from, n) {
      const { plain, values } = this;
      const { bytes, view } = plain;
      const { type } = this.meta;
      const need =
        type === 'BYTE_ARRAY'
          ? 0
          : { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12, FIXED_LEN_BYTE_ARRAY: this.element.type_length }[
              type
            ] * n;
      if (plain.at + need > bytes.length) throw this.pages.damaged('a page ends before its values');
      for (let i = from; i < from + n; i++) {
        switch (type) {
          case 'BYTE_ARRAY': {
            const s = plain.at + 4;
            const e = s <= bytes.length ? s + view.getUint32(plain.at, true) : Infinity;
            if (e > bytes.length) throw this.pages.damaged('a page ends before its values');
            out[i] = values.bytes(bytes, s, e, view);
            plain.at = e;
            break;
          }
          case 'DOUBLE': {
            const v = view.getFloat64(plain.at, true);
            out[i] = values.double ? values.double(v) : values.value(v);
            plain.at += 8;
            break;
          }
          case 'FLOAT':
            out[i] = values.value(view.getFloat32(plain.at, true));
            plain.at += 4;
            break;
          case 'INT32':
            out[i] = values.value(view.getInt32(plain.at, true));
            plain.at += 4;
            break;
          case 'INT64':
            out[i] = values.value(view.getBigInt64(plain.at, true));
            plain.at += 8;
            break;
          case 'INT96':
            out[i] = values.value(
              (BigInt(view.getInt32(plain.at + 8, true)) << 64n) + BigInt.asIntN(64, view.getBigInt64(plain.at, true)),
            );
            plain.at += 12;
            break;
          default: {
            const e = plain.at + this.element.type_length;
            out[i] = values.value(bytes.subarray(plain.at, e));
            plain.at = e;
          }
        }
      }
    }

    /** After the last value: the footer's counts must agree. */
    check() {
      if (this.seen !== Number(this.meta.num_values)) {
        throw new ReadError(
          'row-count',
          `Column ${this.pages.name} holds ${this.seen} values, the footer says ${this.meta.num_values}`,
          'footer',
        );
      }
      const stated = this.meta.statistics && this.meta.statistics.null_count;
      if (stated !== undefined && stated !== null && !this.maxRepetition && Number(stated) !== this.nulls) {
        throw new ReadError(
          'corrupt',
          `Column ${this.pages.name} holds ${this.nulls} nulls, the footer says ${stated}`,
          'footer',
        );
      }
    }
  }

  /** A column of plain values: the next n rows' codes. */
  class FlatColumn {
    constructor(leaf) {
      this.leaf = leaf;
      this.codes = new Int32Array(0);
    }

    async fill(n) {
      if (this.codes.length < n) this.codes = new Int32Array(n);
      this.leaf.values.release();
      for (let at = 0; at < n; ) {
        const got = await this.leaf.some(this.codes, at, n - at);
        if (got === 0) throw new ReadError('row-count', `Column ${this.leaf.pages.name} ends early`, 'footer');
        at += got;
      }
    }

    check() {
      this.leaf.check();
    }
  }

  /** A map column: for the next n rows the code of the map's JSON text [[key, value], …] in `interner`. */
  class MapColumn {
    constructor(key, value, interner) {
      this.key = key;
      this.value = value;
      this.interner = interner;
      this.codes = new Int32Array(0);
      this.texts = new Map();
      this.entries = [];
      this.keys = new Int32Array(1024);
      this.items = new Int32Array(1024);
      this.have = 0; // entries read and not yet used
      this.at = 0;
      this.done = false;
    }

    async fill(n) {
      if (this.codes.length < n) this.codes = new Int32Array(n);
      for (let row = 0; row < n; row++) this.codes[row] = await this.row();
    }

    /** One more entry must be at hand. False at the end. */
    async more() {
      if (this.at < this.have) return true;
      if (this.done) return false;
      const want = this.keys.length;
      this.at = 0;
      this.have = await this.key.some(this.keys, 0, want);
      let got = 0;
      while (got < this.have) {
        const k = await this.value.some(this.items, got, this.have - got);
        if (k === 0) throw new ReadError('row-count', `Column ${this.value.pages.name} ends early`, 'footer');
        got += k;
      }
      this.done = this.have === 0;
      return !this.done;
    }

    async row() {
      if (this.at >= this.have && !(await this.more()))
        throw new ReadError('row-count', `Column ${this.key.pages.name} ends early`, 'footer');
      const { entries, key, value } = this;
      entries.length = 0;
      for (let first = true; this.at < this.have || (await this.more()); first = false, this.at++) {
        if (!first && key.repetition[this.at] === 0) break;
        if (key.definition[this.at] === key.maxDefinition && value.definition[this.at] === value.maxDefinition)
          entries.push(this.keys[this.at], this.items[this.at]);
      }
      if (entries.length === 0) return 0;
      const id = entries.join(',');
      let code = this.texts.get(id);
      if (code === undefined) {
        const pairs = [];
        for (let i = 0; i < entries.length; i += 2)
          pairs.push([key.values.interner.string(entries[i]), value.values.interner.string(entries[i + 1])]);
        code = this.interner.text(JSON.stringify(pairs));
        this.texts.set(id, code);
      }
      return code;
    }

    check() {
      this.key.check();
      this.value.check();
    }
  }

  Object.assign(parts, { Leaf, FlatColumn, MapColumn, Hybrid });
})((globalThis.CostReaderParts ??= {}));
