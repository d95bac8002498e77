/* ZIP by its central directory (ZIP64 too). A deflated entry is handed on as gzip with the directory's own CRC and length
   as its trailer, so the browser's DecompressionStream checks both. */
(function (parts) {
  'use strict';

  const { ReadError, BlockDigest, TextSink, Inflater, blocksOf, crc32, entryId, report, streamError, toReading } =
    parts;
  const END = 0x06054b50,
    END64 = 0x06064b50,
    LOCATOR64 = 0x07064b50,
    CENTRAL = 0x02014b50,
    LOCAL = 0x04034b50,
    DESCRIPTOR = 0x08074b50;
  const NESTED = 512 << 20; // a Parquet or .gz inside a ZIP is unpacked into memory up to this size

  const damaged = (what, where) => new ReadError('corrupt', `The ZIP is damaged: ${what}`, where);

  async function view(blob, from, to) {
    const bytes = new Uint8Array(await blob.slice(from, to).arrayBuffer());
    return { bytes, view: new DataView(bytes.buffer), from };
  }

  const big = (v, at) => Number(v.getBigUint64(at, true));

  /** {count, size, offset, end} of the central directory. */
  async function findDirectory(blob) {
    const tail = await view(blob, Math.max(0, blob.size - 65557 - 20), blob.size);
    const v = tail.view;
    for (let at = tail.bytes.length - 22; at >= 0; at--) {
      if (v.getUint32(at, true) !== END || at + 22 + v.getUint16(at + 20, true) !== tail.bytes.length) continue;
      const found = {
        disk: v.getUint16(at + 4, true),
        count: v.getUint16(at + 10, true),
        size: v.getUint32(at + 12, true),
        offset: v.getUint32(at + 16, true),
        end: tail.from + at,
      };
      if (v.getUint16(at + 8, true) !== found.count || v.getUint16(at + 6, true) !== found.disk)
        throw damaged('its end record contradicts itself', 'end record');
      if (at >= 20 && v.getUint32(at - 20, true) === LOCATOR64) {
        const where = big(v, at - 12);
        if (where + 56 > blob.size) throw damaged('its ZIP64 record is outside the file', 'end record');
        const record = (await view(blob, where, where + 56)).view;
        if (record.getUint32(0, true) !== END64) throw damaged('its ZIP64 record is not there', 'end record');
        Object.assign(found, { count: big(record, 32), size: big(record, 40), offset: big(record, 48), end: where });
      }
      if (found.offset + found.size !== found.end)
        throw damaged('its directory is not where the end record says', 'end record');
      return found;
    }
    throw new ReadError('truncated', 'The ZIP has no end record: it stops before its end', `byte ${blob.size}`);
  }

  /** Every entry: {name, method, flags, crc, packed, size, header, modified}. */
  async function listEntries(blob) {
    const directory = await findDirectory(blob);
    const { bytes, view: v } = await view(blob, directory.offset, directory.offset + directory.size);
    const entries = [];
    let at = 0;
    for (let i = 0; i < directory.count; i++) {
      if (at + 46 > bytes.length || v.getUint32(at, true) !== CENTRAL)
        throw damaged(`its directory breaks off at entry ${i + 1}`, 'directory');
      const n = v.getUint16(at + 28, true),
        x = v.getUint16(at + 30, true),
        c = v.getUint16(at + 32, true);
      if (at + 46 + n + x + c > bytes.length) throw damaged(`its directory breaks off at entry ${i + 1}`, 'directory');
      const entry = {
        name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + n)),
        rawName: bytes.subarray(at + 46, at + 46 + n),
        flags: v.getUint16(at + 8, true),
        method: v.getUint16(at + 10, true),
        modified: v.getUint32(at + 12, true),
        crc: v.getUint32(at + 16, true),
        packed: v.getUint32(at + 20, true),
        size: v.getUint32(at + 24, true),
        header: v.getUint32(at + 42, true),
      };
      extend(entry, v, at + 46 + n, x);
      if (entry.header + 30 + n + entry.packed > directory.offset)
        throw damaged('an entry lies outside the file', entry.name);
      entries.push(entry);
      at += 46 + n + x + c;
    }
    if (at !== bytes.length) throw damaged('its directory is longer than its entries', 'directory');
    return entries;
  }

  /** ZIP64 sizes and offset from the extra field. */
  function extend(entry, v, from, length) {
    for (let at = from; at + 4 <= from + length; ) {
      const id = v.getUint16(at, true),
        size = v.getUint16(at + 2, true);
      if (id === 1) {
        let p = at + 4;
        const stop = p + size;
        for (const key of ['size', 'packed', 'header']) {
          if (entry[key] !== 0xffffffff) continue;
          if (p + 8 > stop) throw damaged('a ZIP64 field is missing', entry.name);
          entry[key] = big(v, p);
          p += 8;
        }
        return;
      }
      at += 4 + size;
    }
  }

  /** The entry's packed bytes as a Blob; its local header and descriptor must agree with the directory. */
  async function entryData(blob, entry) {
    const head = await view(blob, entry.header, entry.header + 30 + entry.rawName.length);
    const v = head.view;
    const same =
      v.getUint32(0, true) === LOCAL &&
      v.getUint16(6, true) === entry.flags &&
      v.getUint16(8, true) === entry.method &&
      v.getUint16(26, true) === entry.rawName.length &&
      entry.rawName.every((b, i) => head.bytes[30 + i] === b);
    if (!same) throw damaged('an entry’s header contradicts the directory', entry.name);
    if (entry.flags & 1)
      throw new ReadError(
        'unsupported',
        `${entry.name} is encrypted`,
        entry.name,
        'Unpack the archive and drop what is in it.',
      );
    if (entry.method !== 0 && entry.method !== 8)
      throw new ReadError('unsupported', `${entry.name} is packed with method ${entry.method}`, entry.name);
    const from = entry.header + 30 + entry.rawName.length + v.getUint16(28, true);
    if (!(entry.flags & 8)) {
      const stated = v.getUint32(14, true);
      if (
        stated !== entry.crc ||
        (v.getUint32(18, true) !== 0xffffffff && v.getUint32(18, true) !== entry.packed) ||
        (v.getUint32(22, true) !== 0xffffffff && v.getUint32(22, true) !== entry.size)
      ) {
        throw damaged('an entry’s header contradicts the directory', entry.name);
      }
    } else await checkDescriptor(blob, entry, from + entry.packed);
    return blob.slice(from, from + entry.packed);
  }

  /** The data descriptor behind a streamed entry: with or without its signature, with short or long lengths. */
  async function checkDescriptor(blob, entry, at) {
    const v = (await view(blob, at, at + 24)).view;
    const fits = (p, long) =>
      p + 4 + (long ? 16 : 8) <= v.byteLength &&
      v.getUint32(p, true) === entry.crc &&
      (long
        ? big(v, p + 4) === entry.packed && big(v, p + 12) === entry.size
        : v.getUint32(p + 4, true) === entry.packed && v.getUint32(p + 8, true) === entry.size);
    const signed = v.byteLength >= 4 && v.getUint32(0, true) === DESCRIPTOR;
    if (![0, ...(signed ? [4] : [])].some((p) => fits(p, false) || fits(p, true)))
      throw damaged('an entry’s descriptor contradicts the directory', entry.name);
  }

  /** Every byte of the entry into sink(bytes), its CRC and length checked. tick(packed bytes so far). */
  async function unpack(data, entry, sink, tick = () => {}) {
    if (entry.method === 0) {
      if (entry.packed !== entry.size) throw damaged('a stored entry has two lengths', entry.name);
      let crc = 0,
        failure = null;
      for await (const { base, bytes } of blocksOf(data, null)) {
        crc = crc32(bytes, crc);
        tick(base + bytes.length);
        try {
          if (!failure) sink(bytes);
        } catch (error) {
          failure = error;
        }
      }
      if (crc !== entry.crc) throw damaged('an entry’s checksum does not fit', entry.name);
      if (failure) throw failure;
      return;
    }
    const inflater = new Inflater('gzip', sink);
    try {
      await inflater.write(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255));
      for await (const { base, bytes } of blocksOf(data, null)) {
        tick(base + bytes.length);
        await inflater.write(bytes);
      }
      const trailer = new DataView(new ArrayBuffer(8));
      trailer.setUint32(0, entry.crc, true);
      trailer.setUint32(4, entry.size % 4294967296, true);
      await inflater.write(new Uint8Array(trailer.buffer));
      await inflater.close();
    } catch (error) {
      if (error !== inflater.sinkError) inflater.abandon();
      throw streamError(error, false, entry.name);
    }
    if (inflater.length !== entry.size) throw damaged('an entry is not as long as the directory says', entry.name);
  }

  /** Is this entry worth reading: no folder, no finder's leftovers. */
  const isFile = (entry) => !entry.name.endsWith('/') && !/(^|\/)(__MACOSX\/|\.DS_Store$|\._)/.test(entry.name);

  /** Bytes of a small or nested entry. */
  async function entryBlob(blob, entry) {
    if (entry.size > NESTED)
      throw new ReadError(
        'unsupported',
        `${entry.name} is ${entry.size} bytes inside a ZIP`,
        entry.name,
        'Unpack the archive and drop what is in it.',
      );
    const pieces = [];
    await unpack(await entryData(blob, entry), entry, (bytes) => {
      pieces.push(bytes.slice());
    });
    return new Blob(pieces);
  }

  /** All readings of a ZIP: the same choice among its entries as among dropped files. */
  async function readZip(blob, info, context) {
    const entries = (await listEntries(blob)).filter(isFile);
    if (entries.length === 0) throw new ReadError('empty', 'The ZIP holds no file', 'directory');
    if (entries.some((e) => e.name === 'xl/workbook.xml')) return parts.readXlsx(blob, entries, info, context);
    const digest = new BlockDigest();
    for await (const block of blocksOf(blob, digest)) void block;
    const archive = await digest.id();
    const listing = [];
    for (const e of entries) {
      listing.push({
        path: e.name,
        size: e.size,
        lastModified: e.modified,
        ...(parts.isManifest(e.name, e.size) ? { manifest: await (await entryBlob(blob, e)).text() } : {}),
      });
    }
    const { chosen, skipped, errors } = parts.selectDrop(listing);
    if (errors.length)
      throw new ReadError(errors[0].code, `${info.name}: ${errors[0].message}`, errors[0].where, errors[0].next);
    if (chosen.length === 0)
      throw new ReadError(
        'not-a-bill',
        'The ZIP holds no bill',
        entries
          .slice(0, 3)
          .map((e) => e.name)
          .join(', '),
      );
    const readings = [];
    let before = 0;
    for (const { path, manifest } of chosen) {
      const entry = entries.find((e) => e.name === path);
      const name = `${info.name}/${path}`;
      const source_id = await entryId(archive, path);
      const own = {
        ...context,
        progress: context.progress && ((state) => context.progress(sum(state, readings, before))),
      };
      try {
        readings.push(...(await readEntry(blob, entry, { ...info, name, manifest, source_id }, own)));
      } catch (error) {
        if (error instanceof ReadError)
          error.where = [path, error.where].filter((w, i, all) => w && all.indexOf(w) === i).join(', ');
        throw error;
      }
      before += entry.packed;
    }
    if (skipped.length) readings[0].meta.warnings.push(...skipped.map((s) => `${s.path} was not read: ${s.reason}`));
    return readings;
  }

  /** Progress of one entry on top of those already read. */
  function sum(state, readings, before) {
    return { ...state, bytes: before + state.bytes, rows: state.rows + readings.reduce((n, r) => n + r.meta.rows, 0) };
  }

  async function readEntry(blob, entry, info, context) {
    const data = await entryData(blob, entry);
    if (/\.(parquet|gz|zip)$/i.test(entry.name)) {
      const inner = await parts.readSource(await entryBlob(blob, entry), info, context);
      for (const reading of inner) Object.assign(reading.meta, { container: 'zip', source_id: info.source_id });
      return inner;
    }
    if (entry.size === 0) throw new ReadError('empty', 'The file is empty', entry.name);
    let bytes = 0;
    const sink = new TextSink(context.mapping, (c) => report(context, bytes, c));
    await unpack(
      data,
      entry,
      (chunk) => sink.push(chunk),
      (n) => {
        bytes = n;
      },
    );
    return [toReading(sink.finish(), { ...info, bytes: entry.size, container: 'zip' })];
  }

  /** Every byte of one entry into sink, checked. */
  const unpackEntry = async (blob, entry, sink) => unpack(await entryData(blob, entry), entry, sink);

  Object.assign(parts, { readZip, listEntries, entryBlob, unpackEntry });
})((globalThis.CostReaderParts ??= {}));
