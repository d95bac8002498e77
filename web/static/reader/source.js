/* One dropped file, whatever its container, as Readings: look at its first bytes, check, parse, collapse. */
(function (parts) {
  'use strict';

  const { ReadError, BLOCK, BlockDigest, CsvParser, inflateGzip, toReading } = parts;

  const STEP = 4 << 20; // bytes parsed between two reports of how far we are

  const MAGIC = [
    ['parquet', [0x50, 0x41, 0x52, 0x31]],
    ['zip', [0x50, 0x4b, 0x03, 0x04]],
    ['zip', [0x50, 0x4b, 0x05, 0x06]],
    ['gz', [0x1f, 0x8b]],
  ];
  const FOREIGN = [
    ['a PDF', '%PDF'],
    ['a PNG image', '\x89PNG'],
    ['a JPEG image', '\xff\xd8\xff'],
    ['a web page', '<!DOCTYPE'],
    ['a web page', '<html'],
    ['an old Excel file', '\xd0\xcf\x11\xe0'],
    ['a 7z archive', '7z\xbc\xaf'],
    ['a RAR archive', 'Rar!'],
    ['a bzip2 file', 'BZh'],
    ['a zstd file', '\x28\xb5\x2f\xfd'],
    ['JSON', '{'],
  ];

  /** Container by the first bytes: parquet, zip, gz or csv. */
  function sniff(head) {
    const found = MAGIC.find(([, magic]) => magic.every((b, i) => head[i] === b));
    return found ? found[0] : 'csv';
  }

  /** Refuse text that is plainly something else. */
  function checkText(head) {
    if (utf16(head)) return;
    for (const [what, magic] of FOREIGN) {
      if ([...magic].every((c, i) => head[i] === c.charCodeAt(0)))
        throw new ReadError('not-a-bill', `This is ${what}, not a bill`, 'byte 0');
    }
    if (head.subarray(0, 4096).includes(0))
      throw new ReadError('not-a-bill', 'This is a binary file, not a bill', `byte ${head.indexOf(0)}`);
  }

  /** The byte-order mark's encoding, or null. */
  function utf16(head) {
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
    return null;
  }

  /** CSV text arriving in chunks: looked at once, transcoded if UTF-16, parsed. */
  class TextSink {
    constructor(mapping, onChunk) {
      this.parser = new CsvParser({ mapping });
      this.onChunk = onChunk;
      this.decoder = undefined;
      this.encoder = new TextEncoder();
      this.first = null;
    }

    push(bytes) {
      if (this.decoder === undefined) {
        // two bytes tell the encoding
        this.first = this.first ? Uint8Array.of(...this.first, ...bytes) : bytes;
        if (this.first.length < 2) return;
        bytes = this.first;
        this.first = null;
        checkText(bytes);
        const encoding = utf16(bytes);
        this.decoder = encoding ? new TextDecoder(encoding, { fatal: true }) : null;
      }
      if (this.decoder) bytes = this.encoder.encode(this.decode(bytes, true));
      this.parser.push(bytes);
      this.onChunk(this.parser.collapser);
    }

    decode(bytes, stream) {
      try {
        return this.decoder.decode(bytes, { stream });
      } catch {
        throw new ReadError('encoding', 'The text is not whole UTF-16', `line ${this.parser.line}`);
      }
    }

    finish() {
      if (this.first) this.parser.push(this.first);
      if (this.decoder) this.parser.push(this.encoder.encode(this.decode(new Uint8Array(0), false)));
      return this.parser.finish();
    }
  }

  /**
   * Blocks of a Blob, the next one being read while this one is used; each is hashed into digest, if given.
   * Yields {base, bytes, ahead}: `ahead` are the first bytes of the block that follows (null at the end), for what
   * straddles two blocks. Slices, not the Blob's byte stream: in Chromium a byte stream now and then stops for good.
   */
  async function* blocksOf(blob, digest, { from = 0, to = blob.size, ahead = 0 } = {}) {
    const read = (at) => (at < to ? blob.slice(at, Math.min(at + BLOCK, to)).arrayBuffer() : null);
    let next = read(from);
    for (let at = from; at < to; at += BLOCK) {
      const bytes = new Uint8Array(await next);
      if (bytes.length !== Math.min(BLOCK, to - at)) throw new Error('the file changed while it was read');
      next = read(at + BLOCK);
      if (digest) digest.add(at, bytes);
      const more =
        ahead && at + BLOCK < to
          ? new Uint8Array(await blob.slice(at + BLOCK, Math.min(at + BLOCK + ahead, blob.size)).arrayBuffer())
          : null;
      yield { base: at, bytes, ahead: more };
    }
  }

  /**
   * Read one file. blob: Blob or File; info: {name, manifest, container?}; context: {mapping, progress({bytes, rows, money}), columns?}.
   * Resolves to an array of Readings (a ZIP may hold several) or throws ReadError.
   */
  async function readSource(blob, info, context) {
    if (blob.size === 0) throw new ReadError('empty', 'The file is empty', 'byte 0');
    const head = new Uint8Array(await blob.slice(0, 4096).arrayBuffer());
    const container = sniff(head);
    if (container === 'parquet') return parts.readParquet(blob, info, context);
    if (container === 'zip') return parts.readZip(blob, info, context);
    if (container === 'gz') return [await readGzip(blob, info, context)];
    if (/\.gz$/i.test(info.name)) refuseDamaged(head, 'gzip');
    if (/\.zip$/i.test(info.name)) refuseDamaged(head, 'ZIP');
    if (/\.parquet$/i.test(info.name))
      throw new ReadError('corrupt', 'The file does not begin as a Parquet file', 'byte 0');
    return [await readCsv(blob, info, context)];
  }

  function refuseDamaged(head, kind) {
    if (!utf16(head) && head.includes(0))
      throw new ReadError('corrupt', `The file does not begin as a ${kind} file`, 'byte 0');
  }

  async function readCsv(blob, info, context) {
    const digest = new BlockDigest();
    let bytes = 0;
    const sink = new TextSink(context.mapping, (c) => report(context, bytes, c));
    for await (const block of blocksOf(blob, digest)) {
      for (let at = 0; at < block.bytes.length; at += STEP) {
        bytes = block.base + Math.min(at + STEP, block.bytes.length);
        sink.push(block.bytes.subarray(at, at + STEP));
      }
    }
    return finish(sink, { ...info, bytes: blob.size, container: 'csv', source_id: await digest.id() }, context);
  }

  async function readGzip(blob, info, context) {
    let digest,
      bytes = 0;
    const tail = new Uint8Array(await blob.slice(-4).arrayBuffer());
    const makeBlocks = async function* () {
      digest = new BlockDigest();
      for await (const block of blocksOf(blob, digest, { ahead: 9 })) {
        bytes = block.base + block.bytes.length;
        yield block;
      }
    };
    let sink;
    await inflateGzip(makeBlocks, blob.size, tail, () => {
      sink = new TextSink(context.mapping, (c) => report(context, bytes, c));
      return (chunk) => sink.push(chunk);
    });
    return finish(sink, { ...info, bytes: blob.size, container: 'csv.gz', source_id: await digest.id() }, context);
  }

  function finish(sink, meta, context) {
    const collapser = sink.finish();
    report(context, meta.bytes, collapser, true);
    return toReading(collapser, meta);
  }

  /** Tell how far we are, at most every 60 ms. */
  function report(context, bytes, collapser, force = false) {
    if (!context.progress || !collapser) return;
    const now = Date.now();
    if (!force && now - (context.reported || 0) < 60) return;
    context.reported = now;
    context.progress({ bytes, rows: collapser.lines, money: collapser.moneySoFar() });
  }

  Object.assign(parts, { STEP, readSource, TextSink, blocksOf, sniff, report, utf16, checkText });
})((globalThis.CostReaderParts ??= {}));
