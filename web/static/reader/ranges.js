/* One large CSV by several workers: byte ranges cut at line ends. Every cut is proved, not guessed: the line where one
   range ends must be the very byte where the next one began. */
(function (parts) {
  'use strict';

  const {
    ReadError,
    PIECE,
    BlockDigest,
    CsvParser,
    headerNames,
    headerEnd,
    STEP,
    blocksOf,
    report,
    toReading,
    pack,
    absorb,
    idOf,
    checkText,
  } = parts;
  const LF = 10;
  const TRIES = 64; // line ends tried for one whose next line has the header's column count

  /** {columns, end}: the header of a UTF-8 CSV Blob. */
  async function readHeader(blob) {
    for (let size = 1 << 16; ; size *= 8) {
      const head = new Uint8Array(await blob.slice(0, size).arrayBuffer());
      checkText(head);
      const end = headerEnd(head);
      if (end > 0) {
        const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
        const cr = head[end - 2] === 13 ? 2 : 1;
        return { columns: headerNames(head.subarray(bom, end - cr)), end };
      }
      if (size >= blob.size || size > 1 << 22)
        throw new ReadError('not-a-bill', 'There is no line end in the first 4 MiB', 'byte 0');
    }
  }

  /** Index in `bytes` of the first byte of a line that begins at or after 0; -1 when there is none. */
  function firstLine(parser, bytes, previous) {
    let start = previous === LF ? 0 : bytes.indexOf(LF) + 1;
    const last = bytes.lastIndexOf(LF);
    for (let tries = 0; tries < TRIES && (start > 0 || previous === LF) && start <= last; tries++) {
      try {
        parser.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        if (parser.scan(bytes, start, last) !== 0) return start;
      } catch (error) {
        if (!(error instanceof ReadError)) throw error; // not a line: a line end inside quotes
      }
      start = bytes.indexOf(LF, start) + 1;
      previous = 0;
    }
    return -1;
  }

  /** Lines that begin in [from, to) of a CSV Blob; from and to are multiples of PIECE. Returns {collapser, first, end, digests, from}. */
  async function readRange(blob, { from, to }, context) {
    const header = await readHeader(blob);
    const parser = new CsvParser({ mapping: context.mapping, columns: from > 0 ? header.columns : null });
    const digest = new BlockDigest();
    let first = 0,
      started = from === 0;
    if (from > 0) parser.offset = from;
    const previous = from > 0 ? new Uint8Array(await blob.slice(from - 1, from).arrayBuffer())[0] : 0;
    for await (const { base, bytes } of blocksOf(blob, digest, { from, to })) {
      let at = 0;
      if (!started) {
        at = firstLine(parser, bytes, previous);
        if (at < 0) return { collapser: parser.collapser, first: -1, end: -1, from, digests: await digest.parts() };
        first = base + at;
        parser.offset = first;
        started = true;
      }
      for (; at < bytes.length; at += STEP) {
        parser.push(bytes.subarray(at, at + STEP));
        report(context, base + Math.min(at + STEP, bytes.length) - from, parser.collapser);
      }
    }
    // the line that began before `to` and ends after it
    for (let at = to, size = 1 << 16; parser.tail.length && at < blob.size; at += size) {
      if (parser.finishLine(new Uint8Array(await blob.slice(at, at + size).arrayBuffer()))) break;
    }
    if (to >= blob.size) parser.finish();
    report(context, to - from, parser.collapser, true);
    return { collapser: parser.collapser, first, end: parser.offset, from, digests: await digest.parts() };
  }

  /** Ranges of a file of `size` bytes for `workers` workers, in whole pieces. */
  function cut(size, workers) {
    const pieces = Math.ceil(size / PIECE);
    const n = Math.max(1, Math.min(workers, pieces));
    return Array.from({ length: n }, (_, k) => ({
      from: Math.floor((k * pieces) / n) * PIECE,
      to: k === n - 1 ? size : Math.floor(((k + 1) * pieces) / n) * PIECE,
    }));
  }

  /** True when the ranges, in order, meet exactly. */
  const aligned = (ranges, size) =>
    ranges.every((r, k) => (k === 0 ? r.first === 0 : r.first === ranges[k - 1].end)) &&
    ranges[ranges.length - 1].end === size;

  /** The Reading of a file whose ranges were read apart. first: the live Collapser of range 0; others: packed tables in order. */
  async function mergeRanges(first, others, digests, info) {
    for (const packed of others) absorb(first, packed);
    return toReading(first, { ...info, source_id: await idOf(digests) });
  }

  Object.assign(parts, { readRange, cut, aligned, mergeRanges });
})((globalThis.CostReaderParts ??= {}));
