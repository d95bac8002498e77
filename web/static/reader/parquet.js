/* A Parquet bill: footer, plan, then every wanted column in step, a few thousand rows at a time, into the same Collapser as CSV. */
(function (parts) {
  'use strict';

  const {
    ReadError,
    Interner,
    Collapser,
    BLOCK,
    BlockDigest,
    bind,
    blocksOf,
    mapPairs,
    report,
    toReading,
    Leaf,
    FlatColumn,
    MapColumn,
    Fold,
    TextValues,
    MoneyValues,
    TimeValues,
    QuantityValues,
  } = parts;
  const BATCH = 4096;
  const encoder = new TextEncoder();

  /** Snappy data begins with its own length: it must be the one the page's header states. */
  const sized = (uncompress) => (input, length) => {
    let stated = 0;
    for (let i = 0, shift = 0; i < 5; i++, shift += 7) {
      stated += (input[i] & 127) * 2 ** shift;
      if (input[i] < 128) break;
    }
    if (stated !== length) throw new Error(`snappy holds ${stated} bytes, the header says ${length}`);
    return uncompress(input, length);
  };

  /** hyparquet's parts, loaded on the first Parquet file. parts.importVendor is replaced in tests. */
  let modules = null;
  parts.importVendor = (base, path) => import(`${base}vendor/${path}`);
  function loadHyparquet(base) {
    modules ??= (async () => {
      const loaded = await Promise.all(
        ['metadata', 'column', 'datapage', 'schema'].map((name) => parts.importVendor(base, `hyparquet/${name}.js`)),
      );
      return Object.assign({ compressors: {} }, ...loaded);
    })();
    return modules;
  }

  const DECOMPRESSORS = {
    SNAPPY: ['hysnappy/uncompress.js', (m) => sized(m.snappyUncompressor())],
    GZIP: ['hyparquet-compressors/gzip.js', (m) => (input, length) => m.gunzip(input, new Uint8Array(length))],
    ZSTD: ['fzstd/index.js', (m) => (input, length) => m.decompress(input, new Uint8Array(length))],
    BROTLI: ['hyparquet-compressors/brotli.js', (m) => m.decompressBrotli],
    LZ4: ['hyparquet-compressors/lz4.js', (m) => m.decompressLz4],
    LZ4_RAW: ['hyparquet-compressors/lz4.js', (m) => m.decompressLz4Raw],
  };

  /** The decompressors this file's columns need, and no other. */
  async function loadDecompressors(base, metadata, { compressors }) {
    const codecs = new Set(metadata.row_groups.flatMap((g) => g.columns?.map((c) => c?.meta_data?.codec) ?? []));
    for (const codec of codecs) {
      if (compressors[codec] || !Object.hasOwn(DECOMPRESSORS, codec)) continue;
      const [path, of] = DECOMPRESSORS[codec];
      compressors[codec] = of(await parts.importVendor(base, path));
    }
  }

  /** The footer, parsed; errors say what is wrong with the file. */
  async function readFooter(blob, hyparquet) {
    if (blob.size < 12) throw new ReadError('truncated', 'The file is too short for Parquet', `byte ${blob.size}`);
    const end = new Uint8Array(await blob.slice(-8).arrayBuffer());
    const magic = String.fromCharCode(...end.subarray(4));
    if (magic === 'PARE')
      throw new ReadError('unsupported', 'The Parquet file is encrypted', 'footer', 'Export it without encryption.');
    if (magic !== 'PAR1')
      throw new ReadError('truncated', 'The Parquet file has no footer: it stops before its end', `byte ${blob.size}`);
    const length = new DataView(end.buffer).getUint32(0, true);
    if (length + 12 > blob.size) throw new ReadError('corrupt', 'The Parquet footer is longer than the file', 'footer');
    let metadata;
    try {
      metadata = hyparquet.parquetMetadata(await blob.slice(blob.size - length - 8).arrayBuffer(), {
        geoparquet: false,
      });
      if (!Array.isArray(metadata.schema) || !Array.isArray(metadata.row_groups)) throw new Error('no schema');
    } catch {
      throw new ReadError('corrupt', 'The Parquet footer cannot be understood', 'footer');
    }
    const rows = metadata.row_groups.reduce((n, g) => n + Number(g.num_rows), 0);
    if (rows !== Number(metadata.num_rows))
      throw new ReadError(
        'row-count',
        `The row groups hold ${rows} rows, the footer says ${metadata.num_rows}`,
        'footer',
      );
    return { metadata, rows };
  }

  /** The tree of the schema and its top-level names. */
  function topLevel(metadata, hyparquet) {
    try {
      const [root] = hyparquet.getSchemaPath(metadata.schema, []);
      return { root, names: root.children.map((c) => c.element.name) };
    } catch {
      throw new ReadError('corrupt', 'The Parquet schema in the footer cannot be understood', 'footer');
    }
  }

  /** The footer writes every column's name and type twice, in its schema and beside its pages: they must agree. */
  function checkColumns(metadata, root) {
    const leaves = [];
    const visit = (node) =>
      node.children.length
        ? node.children.forEach(visit)
        : leaves.push([node.element.type, ...node.path].join('\u0000'));
    visit(root);
    for (const group of metadata.row_groups) {
      const chunks = group.columns.map((c) =>
        c.meta_data ? [c.meta_data.type, ...c.meta_data.path_in_schema].join('\u0000') : '',
      );
      if (chunks.length !== leaves.length || leaves.some((leaf, i) => leaf !== chunks[i]))
        throw new ReadError('corrupt', 'The Parquet footer’s two lists of columns disagree', 'footer');
    }
  }

  /** Reads the rows of one file. */
  class ParquetRows {
    constructor(blob, metadata, hyparquet, mapping) {
      this.blob = blob;
      this.hyparquet = hyparquet;
      const { root, names } = topLevel(metadata, hyparquet);
      checkColumns(metadata, root);
      this.root = root;
      this.plan = bind(names, mapping);
      this.mapping = mapping;
      this.collapser = new Collapser(this.plan, mapping);
      this.values = new Map(); // column → its values, kept over the row groups
      this.row = 0;
      this.compile();
    }

    /** What each field does with its columns. Columns are read once, whoever uses them. */
    compile() {
      const { plan, collapser } = this;
      const { fields } = plan;
      this.wanted = new Map(); // column index → kind
      const want = (column, kind) => {
        if (!this.wanted.has(column)) this.wanted.set(column, kind);
        return column;
      };
      this.keyOps = [];
      for (const name of collapser.keys) {
        const field = fields[name],
          dictionary = collapser.dictionaries[name];
        const fallback = dictionary.text(field.default);
        if (!field.columns.length && !field.mapKeys.length) {
          collapser.set(name, fallback);
          continue;
        }
        this.keyOps.push({
          place: collapser.place[name],
          dictionary,
          fallback,
          out: new Int32Array(BATCH),
          columns: field.columns.map((c) => ({ column: want(c, 'text'), remap: new Int32Array(64).fill(-1) })),
          maps: field.mapKeys.map((m) => ({ column: want(m.column, 'text'), keys: m.keys, codes: [] })),
        });
      }
      this.tagOps = plan.tags.map((t, i) => ({
        column: want(t.column, 'text'),
        cells: collapser.tagSets.cells[i],
        remap: new Int32Array(64).fill(-1),
        out: new Int32Array(BATCH),
      }));
      this.places = []; // key places that vary in the batch at hand, and their codes
      this.outs = [];
      this.activeMoney = [];
      this.flags = new Int32Array(BATCH);
      this.quantities = new Float64Array(BATCH);
      const flags = Object.fromEntries(this.mapping.flags.map((f) => [f.test ? f.test : 'prefix', f]));
      this.usageBit = flags['not zero'].bit;
      this.prefixBit = flags.prefix.bit;
      this.prefix = encoder.encode(flags.prefix.prefix);
      this.prefixOps = fields[flags.prefix.field].columns.map((c) => ({ column: want(c, 'text'), known: [] }));
      this.moneyOps = plan.money.map((name, m) => ({ m, columns: fields[name].columns.map((c) => want(c, 'money')) }));
      this.timeOps = Object.fromEntries(
        ['BillingPeriodStart', 'ChargePeriodStart', 'ChargePeriodEnd'].map((n) => [
          n,
          fields[n].columns.map((c) => want(c, 'time')),
        ]),
      );
      this.quantityColumns = fields.ConsumedQuantity.columns.map((c) => want(c, 'quantity'));
      this.textColumns = [...this.wanted].filter(([, kind]) => kind === 'text').map(([column]) => column);
      this.fold = new Fold(this.textColumns.length, BATCH);
    }

    /** A column reader over one row group. */
    open(column, kind, group) {
      const name = this.plan.columns[column];
      const node = this.root.children.find((c) => c.element.name === name);
      const leafOf = (path, values) => {
        const chunk = group.columns.find(
          (c) => c.meta_data && c.meta_data.path_in_schema.join('\u0000') === path.join('\u0000'),
        );
        if (!chunk)
          throw new ReadError('corrupt', `Column ${path.join('.')} is in the schema and not in the file`, 'footer');
        const schemaPath = this.hyparquet.getTreePath(this.root, path);
        if (values.within) values.within(chunk.meta_data.statistics);
        return new Leaf(this.blob, chunk.meta_data, schemaPath, values, this.hyparquet, path.join('.'));
      };
      const keep = (key, make) => {
        if (!this.values.has(key)) this.values.set(key, make());
        return this.values.get(key);
      };
      if (!node.children.length) {
        const { element } = node;
        if (element.repetition_type === 'REPEATED')
          throw new ReadError('unsupported', `Column ${name} is a repeated value`, name);
        const kinds = {
          text: () => new TextValues(name, element, this.plan.nulls),
          money: () => new MoneyValues(name, element),
          time: () => new TimeValues(name, element),
          quantity: () => new QuantityValues(name, element),
        };
        return new FlatColumn(leafOf([name], keep(name, kinds[kind])));
      }
      // a map, or a list of structs of two: repeated group with a key and a value
      const path = [name];
      let inner = node;
      while (inner.children.length === 1) {
        inner = inner.children[0];
        path.push(inner.element.name);
      }
      if (kind !== 'text' || inner.children.length !== 2 || inner.children.some((c) => c.children.length)) {
        throw new ReadError('unsupported', `Column ${name} is a nested value of an unknown shape`, name);
      }
      const [key, value] = inner.children.map((child) =>
        leafOf(
          [...path, child.element.name],
          keep(`${name}\u0000${child.element.name}`, () => new TextValues(name, child.element, [])),
        ),
      );
      const holder = keep(name, () => ({ interner: new Interner() }));
      return new MapColumn(key, value, holder.interner);
    }

    async group(group, tick) {
      const readers = new Map();
      for (const [column, kind] of this.wanted) readers.set(column, this.open(column, kind, group));
      const all = [...readers.values()];
      this.bindCodes(readers);
      const rows = Number(group.num_rows);
      for (let done = 0; done < rows; done += BATCH) {
        const n = Math.min(BATCH, rows - done);
        for (const reader of all) await this.filled(reader, n);
        this.bindCodes(readers);
        const folded = this.fold.run(
          this.textColumns.map((c) => readers.get(c).codes),
          n,
        );
        if (this.fold.fresh) this.collapser.forget();
        this.flagLines(n);
        this.settle(n, folded);
        for (let i = 0; i < n; i++) this.line(i, folded ? this.fold.ids[i] : -1);
        tick(done + n);
      }
      for (const reader of all) {
        if ((await surplus(reader)) > 0)
          throw new ReadError('row-count', 'A column holds more rows than the footer says', 'footer');
        reader.check();
      }
    }

    async filled(reader, n) {
      try {
        await reader.fill(n);
      } catch (error) {
        if (error instanceof ReadError) {
          if (!error.where) error.where = `rows ${this.row + 1} to ${this.row + n}`;
          throw error;
        }
        throw new ReadError('corrupt', 'A page does not decode', `rows ${this.row + 1} to ${this.row + n}`);
      }
    }

    /** Put each reader's code arrays and tables where the line loop finds them. */
    bindCodes(readers) {
      const codes = (c) => readers.get(c).codes;
      const tableOf = (c) => {
        const v = this.values.get(this.plan.columns[c]);
        return v.table;
      };
      const interner = (c) => this.values.get(this.plan.columns[c]).interner;
      for (const op of this.keyOps) {
        for (const source of op.columns) {
          source.codes = codes(source.column);
          source.interner = interner(source.column);
        }
        for (const map of op.maps) {
          map.cellCodes = codes(map.column);
          map.interner = interner(map.column);
        }
      }
      for (const op of this.tagOps) {
        op.codes = codes(op.column);
        op.interner = interner(op.column);
      }
      for (const op of this.prefixOps) {
        op.codes = codes(op.column);
        op.interner = interner(op.column);
      }
      for (const op of this.moneyOps) op.sources = op.columns.map((c) => ({ codes: codes(c), table: tableOf(c) }));
      this.timeSources = Object.fromEntries(
        Object.entries(this.timeOps).map(([n, columns]) => [
          n,
          columns.map((c) => ({ codes: codes(c), table: tableOf(c) })),
        ]),
      );
      this.quantitySources = this.quantityColumns.map((c) => ({ codes: codes(c), table: tableOf(c) }));
    }

    /** The flags of n rows. */
    flagLines(n) {
      const { flags, quantities, usageBit } = this;
      for (let i = 0; i < n; i++) {
        const quantity = first(this.quantitySources, i);
        quantities[i] = quantity === quantity ? quantity : 0;
        flags[i] = quantities[i] !== 0 ? usageBit : 0;
      }
      for (const op of this.prefixOps) {
        for (let i = 0; i < n; i++)
          if (op.codes[i] && this.startsWithPrefix(op, op.codes[i])) flags[i] |= this.prefixBit;
      }
    }

    /** What is the same on all n rows of the batch is done once: constant keys, and money that is absent or zero throughout.
     *  The keys of folded rows are looked up only for rows not met before. */
    settle(n, folded) {
      const { collapser } = this;
      if (!folded) this.keys(0, n);
      const varies = (codes) => {
        for (let i = 1; i < n; i++) if (codes[i] !== codes[0]) return true;
        return false;
      };
      this.places.length = this.outs.length = 0;
      for (const { place, out } of this.keyOps) {
        if (folded || varies(out)) {
          this.places.push(place);
          this.outs.push(out);
        } else collapser.tuple[place] = out[0];
      }
      this.activeMoney = this.moneyOps.filter(({ m, sources }) => {
        if (sources.length !== 1 || varies(sources[0].codes)) return true;
        const [{ codes, table }] = sources,
          at = codes[0] * 5;
        if (codes[0] === 0) return false;
        return !collapser.zeros(m, table, at, n);
      });
    }

    /** Row i of the batch into the collapser; id: its folded code, -1 without. */
    line(i, id) {
      const { collapser, activeMoney: moneyOps } = this;
      collapser.period = first(this.timeSources.BillingPeriodStart, i);
      collapser.start = first(this.timeSources.ChargePeriodStart, i);
      collapser.end = first(this.timeSources.ChargePeriodEnd, i);
      collapser.quantity = this.quantities[i];
      for (let m = 0; m < moneyOps.length; m++) {
        const { sources } = moneyOps[m];
        for (let k = 0; k < sources.length; k++) {
          const own = sources[k].codes[i];
          if (!own) continue;
          collapser.note(moneyOps[m].m, sources[k].table, own * 5);
          break;
        }
      }
      this.row++;
      const row = id < 0 ? -1 : collapser.recall(id, this.flags[i]);
      if (row >= 0) {
        collapser.addTo(row);
        return;
      }
      if (id >= 0 && collapser.recallKeys(id)) {
        collapser.tuple[collapser.at.flags] = this.flags[i];
      } else {
        if (id >= 0) this.keys(i, i + 1);
        this.placeCodes(i);
      }
      const at = collapser.add();
      if (id >= 0) collapser.know(id, at, this.flags[i]);
    }

    /** The codes of the keys and tags of rows from..to of the batch. */
    keys(from, to) {
      for (const op of this.keyOps) keyCodes(op, from, to);
      for (const op of this.tagOps) translate(op, op.codes, op.cells, op.out, from, to);
    }

    /** The codes of row i of the batch into the collapser's tuple. */
    placeCodes(i) {
      const { collapser, places, outs, tagOps } = this;
      const { tuple } = collapser;
      for (let k = 0; k < places.length; k++) tuple[places[k]] = outs[k][i];
      const { key } = collapser.tagSets;
      for (let t = 0; t < tagOps.length; t++) key[t] = tagOps[t].out[i];
      tuple[collapser.at.tags] = tagOps.length ? collapser.tagSets.code() : 0;
      tuple[collapser.at.flags] = this.flags[i];
    }

    startsWithPrefix(op, code) {
      if (op.known[code] === undefined) {
        const { arena, offsets } = op.interner;
        const s = offsets[code];
        op.known[code] = offsets[code + 1] - s >= this.prefix.length && this.prefix.every((b, k) => arena[s + k] === b);
      }
      return op.known[code];
    }
  }

  /** op.out[i] = code of the field on row i: the first of its columns that is not empty, then its maps, then its default. */
  function keyCodes(op, from, to) {
    const { out, fallback } = op;
    if (op.columns.length) translate(op.columns[0], op.columns[0].codes, op.dictionary, out, from, to);
    else out.fill(0, from, to);
    if (op.columns.length === 1 && op.maps.length === 0 && fallback === 0) return;
    for (let i = from; i < to; i++) {
      let code = out[i];
      for (let k = 1; k < op.columns.length && code === 0; k++) {
        const own = op.columns[k].codes[i];
        if (own) code = remapped(op.columns[k], own, op.dictionary);
      }
      for (let k = 0; k < op.maps.length && code === 0; k++) code = fromMap(op.maps[k], i, op.dictionary);
      out[i] = code || fallback;
    }
  }

  /** A column's own codes in another dictionary. */
  function translate(source, codes, dictionary, out, from, to) {
    for (let i = from; i < to; i++) {
      const own = codes[i];
      let code = 0;
      if (own !== 0) {
        code = own < source.remap.length ? source.remap[own] : -1;
        if (code < 0) code = remapped(source, own, dictionary);
      }
      out[i] = code;
    }
  }

  /** A column's own code in the dictionary of the field it feeds. */
  function remapped(source, own, dictionary) {
    if (own >= source.remap.length) {
      const next = new Int32Array(Math.max(own + 1, source.remap.length * 2)).fill(-1);
      next.set(source.remap);
      source.remap = next;
    }
    let code = source.remap[own];
    if (code < 0) {
      const { arena, offsets, view } = source.interner;
      code = source.remap[own] = dictionary.intern(arena, offsets[own], offsets[own + 1], view);
    }
    return code;
  }

  function fromMap(map, i, dictionary) {
    const cell = map.cellCodes[i];
    if (!cell) return 0;
    if (map.codes[cell] === undefined) {
      const pairs = new Map(mapPairs(map.interner.string(cell)) || []);
      map.codes[cell] = dictionary.text(map.keys.map((k) => pairs.get(k)).find((v) => v) || '');
    }
    return map.codes[cell];
  }

  /** First present number of several columns, NaN when none. */
  function first(sources, i) {
    for (let k = 0; k < sources.length; k++) {
      const code = sources[k].codes[i];
      if (code) return sources[k].table[code];
    }
    return NaN;
  }

  /** Values a column still holds after its rows (should be none). */
  async function surplus(reader) {
    if (reader instanceof MapColumn) return (await reader.more()) ? 1 : 0;
    return reader.leaf.some(new Int32Array(1), 0, 1);
  }

  /** A file of one block in memory, sliced as a Blob is: of its many columns each would else be a message to another process. */
  class Held {
    constructor(bytes) {
      this.bytes = bytes;
      this.size = bytes.length;
    }

    slice(from, to = this.size) {
      const at = from < 0 ? Math.max(0, this.size + from) : from;
      return { arrayBuffer: async () => this.bytes.slice(at, to).buffer };
    }
  }

  /** Read a Parquet bill. Resolves to [Reading]. context.held: files up to this size are held in memory whole. */
  async function readParquet(blob, info, context) {
    const digest = new BlockDigest();
    let hashing = null;
    if (blob.size <= (context.held ?? BLOCK)) {
      for await (const { bytes } of blocksOf(blob, digest)) blob = new Held(bytes);
    } else {
      hashing = (async () => {
        for await (const block of blocksOf(blob, digest)) void block;
      })();
      hashing.catch(() => {});
    }
    const hyparquet = await loadHyparquet(context.base);
    const { metadata, rows } = await readFooter(blob, hyparquet);
    if (rows === 0) throw new ReadError('empty', 'The Parquet file has no rows', 'footer');
    await loadDecompressors(context.base, metadata, hyparquet);
    let reader,
      before = 0;
    try {
      reader = new ParquetRows(blob, metadata, hyparquet, context.mapping);
      for (const group of metadata.row_groups) {
        await reader.group(group, (done) =>
          report(context, Math.floor((blob.size * (before + done)) / rows), reader.collapser),
        );
        before += Number(group.num_rows);
      }
    } catch (error) {
      // a footer that parses can still be nonsense: whatever trips over it is a damaged file, never a fault of the page
      throw error instanceof ReadError
        ? error
        : new ReadError('corrupt', `The Parquet file contradicts itself (${error.message})`, 'footer');
    }
    await hashing;
    report(context, blob.size, reader.collapser, true);
    return [
      toReading(reader.collapser, { ...info, bytes: blob.size, container: 'parquet', source_id: await digest.id() }),
    ];
  }

  Object.assign(parts, { readParquet });
})((globalThis.CostReaderParts ??= {}));
