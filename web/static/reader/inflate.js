/* gzip by the browser's own DecompressionStream, which checks CRC and length; the member loop and the file's end are ours. */
(function (parts) {
  'use strict';

  const { ReadError } = parts;
  const PIECE = 128 << 10; // small writes keep the inflated queue small

  /** One DecompressionStream fed by hand. sink(bytes) is called in order; its error is kept until the stream was checked. */
  class Inflater {
    constructor(format, sink) {
      const stream = new DecompressionStream(format);
      this.writer = stream.writable.getWriter();
      this.reader = stream.readable.getReader();
      this.length = 0;
      this.sinkError = null;
      this.pump = this.drain(sink);
      this.pump.catch(() => {});
    }

    async drain(sink) {
      for (;;) {
        const { done, value } = await this.reader.read();
        if (done) return;
        this.length += value.length;
        if (this.sinkError) continue; // still inflating: a broken stream explains a broken line
        try {
          const wait = sink(value);
          if (wait) await wait;
        } catch (error) {
          this.sinkError = error;
        }
      }
    }

    async write(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        await this.writer.ready;
        await this.writer.write(bytes.subarray(at, at + PIECE));
      }
    }

    /** The stream must be whole. Throws {truncated} or {corrupt} as ReadError, else the sink's own error. */
    async close() {
      await this.writer.close();
      await this.pump;
      if (this.sinkError) throw this.sinkError;
    }

    abandon() {
      this.writer.abort().catch(() => {});
      this.reader.cancel().catch(() => {});
    }
  }

  /** What a failing DecompressionStream means for the user. */
  function streamError(error, closing, where) {
    if (error instanceof ReadError) return error;
    const text = String((error && error.cause && error.cause.message) || (error && error.message) || error);
    const invalid = /incorrect|invalid|data check|not valid/i.test(text);
    if (/unexpected end|truncat/i.test(text) || (closing && !invalid)) {
      return new ReadError('truncated', 'The compressed data stops before its end', where);
    }
    return new ReadError('corrupt', 'The compressed data is damaged (its checksum or structure does not fit)', where);
  }

  const LEVELS = new Set([0, 2, 4]);
  const isHead = (buf, i) =>
    buf[i] === 0x1f &&
    buf[i + 1] === 0x8b &&
    buf[i + 2] === 8 &&
    (buf[i + 3] & 0xe0) === 0 &&
    LEVELS.has(buf[i + 8]) &&
    (buf[i + 9] <= 13 || buf[i + 9] === 255);

  /** Offsets in `bytes` where a gzip member after the first may begin. ahead: up to 9 bytes that follow, or null. */
  function memberStarts(bytes, ahead, base) {
    const found = [];
    const whole = bytes.length - 9;
    for (let i = bytes.indexOf(0x1f); i >= 0 && i < whole; i = bytes.indexOf(0x1f, i + 1)) {
      if (base + i >= 18 && isHead(bytes, i)) found.push(i);
    }
    if (ahead) {
      const edge = Uint8Array.of(...bytes.subarray(-9), ...ahead);
      for (let i = 0; i < 9 && i + 9 < edge.length; i++) if (isHead(edge, i)) found.push(bytes.length - 9 + i);
    }
    return found;
  }

  /**
   * Inflate a .gz Blob of one or more members. makeBlocks(): async iterable of {base, bytes, ahead} over it (ahead: up to 9 bytes that
   * follow); makeSink(): called at the start, and again if the file must be read anew; tail: the Blob's last 4 bytes.
   * Returns the last sink. A place that only looks like a member's start fails to close, is ignored, and the file is read again.
   */
  async function inflateGzip(makeBlocks, size, tail, makeSink) {
    if (size < 18) throw new ReadError('truncated', 'The file is too short for gzip', `byte ${size}`);
    const ignored = new Set();
    for (;;) {
      const outcome = await pass(makeBlocks(), size, tail, makeSink(), ignored);
      if (outcome.ignore === undefined) return outcome.sink;
      ignored.add(outcome.ignore);
    }
  }

  async function pass(blocks, size, tail, sink, ignored) {
    let member = new Inflater('gzip', sink);
    const put = async (bytes, where) => {
      try {
        await member.write(bytes);
      } catch (error) {
        member.abandon();
        throw streamError(error, false, `byte ${where}`);
      }
    };
    for await (const { base, bytes, ahead } of blocks) {
      let from = 0;
      for (const start of memberStarts(bytes, ahead, base)) {
        if (ignored.has(base + start)) continue;
        await put(bytes.subarray(from, start), base + from);
        try {
          await member.close();
        } catch (error) {
          if (error instanceof ReadError) throw error;
          member.abandon();
          return { ignore: base + start };
        }
        member = new Inflater('gzip', sink);
        from = start;
      }
      await put(bytes.subarray(from), base + from);
    }
    try {
      await member.close();
    } catch (error) {
      throw streamError(error, true, `byte ${size}`);
    }
    const stated = new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true);
    if (stated !== member.length % 4294967296) {
      throw new ReadError('corrupt', 'There are bytes after the end of the compressed data', `byte ${size}`);
    }
    return { sink };
  }

  Object.assign(parts, { Inflater, inflateGzip, streamError });
})((globalThis.CostReaderParts ??= {}));
