/* A bill kept as a spreadsheet (FOCUS in Excel): the first sheet that holds a table, as CSV text into the same parser.
   Cells are read in the order of the sheet's XML; every part's CRC is checked by the ZIP reader. */
(function (parts) {
  'use strict';

  const { ReadError, BlockDigest, blocksOf, TextSink, report, toReading } = parts;
  const ENTITY = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  const BUILTIN_DATES = (id) =>
    (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
  const ROW_LIMIT = 1 << 24; // bytes of XML one row may take

  const unescape = (text) =>
    text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, dec, name) =>
      hex ? String.fromCodePoint(parseInt(hex, 16)) : dec ? String.fromCodePoint(Number(dec)) : (ENTITY[name] ?? all),
    );
  const attribute = (tag, name) => {
    const found = new RegExp(`(?:^|\\s)(?:\\w+:)?${name}="([^"]*)"`).exec(tag);
    return found ? unescape(found[1]) : null;
  };
  const tags = (xml, name) => xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?=[\\s/>])([^>]*)>`, 'g'));

  /** Text of every <t> in a piece of XML, phonetic hints apart. */
  const textOf = (xml) =>
    [
      ...xml
        .replace(/<(?:\w+:)?rPh[\s\S]*?<\/(?:\w+:)?rPh>/g, '')
        .matchAll(/<(?:\w+:)?t(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?t>/g),
    ]
      .map((m) => unescape(m[1]))
      .join('');

  /** Shared strings by index. */
  const sharedStrings = (xml) =>
    [...xml.matchAll(/<(?:\w+:)?si(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?si>)/g)].map((m) => textOf(m[1] || ''));

  /** For each cell style: does it show a date? */
  function dateStyles(xml) {
    const own = new Map(
      [...tags(xml, 'numFmt')].map((m) => [Number(attribute(m[1], 'numFmtId')), attribute(m[1], 'formatCode') || '']),
    );
    const isDate = (id) =>
      own.has(id) ? /[ymdhs]/i.test(own.get(id).replace(/"[^"]*"|\[[^\]]*\]|\\./g, '')) : BUILTIN_DATES(id);
    const block = /<(?:\w+:)?cellXfs[\s\S]*?<\/(?:\w+:)?cellXfs>/.exec(xml);
    return block ? [...tags(block[0], 'xf')].map((m) => isDate(Number(attribute(m[1], 'numFmtId')))) : [];
  }

  /** A serial day as 2024-03-01 00:00:00. */
  function serialText(value, epoch1904) {
    const seconds = Math.round((value - (epoch1904 ? 24107 : 25569)) * 86400);
    return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  }

  /** 'BC12' → 54 (columns from 0). */
  function columnOf(reference) {
    let n = 0;
    for (const c of reference) {
      const v = c.charCodeAt(0) - 64;
      if (v < 1 || v > 26) break;
      n = n * 26 + v;
    }
    return n - 1;
  }

  const CELL = /<(?:\w+:)?c(?=[\s/>])([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?c>)/g;

  /** The cells of one <row> as texts. */
  function cellsOf(xml, book) {
    const out = [];
    for (const [, tag, body = ''] of xml.matchAll(CELL)) {
      const reference = attribute(tag, 'r');
      const at = reference ? columnOf(reference) : out.length;
      while (out.length < at) out.push('');
      out[at] = cellText(attribute(tag, 't'), Number(attribute(tag, 's') || 0), body, book);
    }
    return out;
  }

  function cellText(type, style, body, book) {
    if (type === 'inlineStr') return textOf(body);
    const found = /<(?:\w+:)?v(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?v>/.exec(body);
    if (!found) return '';
    const raw = unescape(found[1]);
    if (type === 's') return book.strings[Number(raw)] ?? '';
    if (type === 'b') return raw === '1' ? 'true' : 'false';
    if (type === 'str' || type === 'e' || type === 'd') return raw;
    const value = Number(raw);
    if (!Number.isFinite(value)) return raw;
    return book.dates[style] ? serialText(value, book.epoch1904) : String(value);
  }

  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  /** Rows of a sheet, as they arrive, into a sink; nothing when its header has fewer than two columns. */
  class Sheet {
    constructor(book, sink) {
      this.book = book;
      this.sink = sink;
      this.decoder = new TextDecoder('utf-8', { fatal: true });
      this.encoder = new TextEncoder();
      this.rest = '';
      this.width = 0;
      this.number = 0;
      this.skip = false;
    }

    push(bytes) {
      if (this.skip) return;
      const text = this.rest + this.decoder.decode(bytes, { stream: true });
      let from = 0,
        out = '';
      const row = /<(?:\w+:)?row(?=[\s/>])[^>]*?(?:\/>|>[\s\S]*?<\/(?:\w+:)?row>)/g;
      for (let found = row.exec(text); found && !this.skip; found = row.exec(text)) {
        out += this.line(found[0]);
        from = row.lastIndex;
      }
      this.rest = text.slice(from);
      if (this.rest.length > ROW_LIMIT)
        throw new ReadError('corrupt', `Row ${this.number + 1} of the sheet has no end`, `row ${this.number + 1}`);
      if (out) this.sink.push(this.encoder.encode(out));
    }

    line(xml) {
      this.number = Number(attribute(/<[^>]*>/.exec(xml)[0], 'r')) || this.number + 1;
      const cells = cellsOf(xml, this.book);
      while (cells.length && !cells[cells.length - 1]) cells.pop();
      if (!this.width) {
        if (cells.length < 2) {
          this.skip = true;
          return '';
        }
        this.width = cells.length;
      }
      if (cells.length === 0) return '';
      if (cells.length > this.width)
        throw new ReadError(
          'ragged',
          `Row ${this.number} has ${cells.length} columns, the header has ${this.width}`,
          `row ${this.number}`,
        );
      while (cells.length < this.width) cells.push('');
      return `${cells.map(quoted).join(',')}\n`;
    }
  }

  /** Read a spreadsheet. entries: of its ZIP. Resolves to [Reading]. */
  async function readXlsx(blob, entries, info, context) {
    const text = async (name) => {
      const entry = entries.find((e) => e.name === name);
      return entry ? (await parts.entryBlob(blob, entry)).text() : '';
    };
    const digest = new BlockDigest();
    for await (const block of blocksOf(blob, digest)) void block;
    const workbook = await text('xl/workbook.xml');
    const targets = new Map(
      [...tags(await text('xl/_rels/workbook.xml.rels'), 'Relationship')].map((m) => [
        attribute(m[1], 'Id'),
        attribute(m[1], 'Target'),
      ]),
    );
    const book = {
      strings: sharedStrings(await text('xl/sharedStrings.xml')),
      dates: dateStyles(await text('xl/styles.xml')),
      epoch1904: /date1904="(1|true)"/.test(workbook),
    };
    const sheets = [...tags(workbook, 'sheet')]
      .map((m) => targets.get(attribute(m[1], 'id')))
      .filter(Boolean)
      .map((t) => (t.startsWith('/') ? t.slice(1) : `xl/${t}`));
    for (const name of sheets) {
      const entry = entries.find((e) => e.name === name);
      if (!entry) continue;
      const sink = new TextSink(context.mapping, (c) => report(context, 0, c));
      const sheet = new Sheet(book, sink);
      await parts.unpackEntry(blob, entry, (bytes) => sheet.push(bytes));
      if (!sheet.width) continue;
      const collapser = sink.finish();
      report(context, blob.size, collapser, true);
      return [toReading(collapser, { ...info, bytes: blob.size, container: 'xlsx', source_id: await digest.id() })];
    }
    throw new ReadError('empty', 'The spreadsheet holds no table', `${sheets.length} sheets`);
  }

  Object.assign(parts, { readXlsx });
})((globalThis.CostReaderParts ??= {}));
