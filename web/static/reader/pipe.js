/* inflate → parse over two workers: whole buffers change hands through a MessagePort, never more than a few at once. */
(function (parts) {
  'use strict';

  const { inflateGzip, BlockDigest, blocksOf } = parts;
  const SIZE = 1 << 20;
  const IN_FLIGHT = 24;

  /** The inflating end: collects bytes into 1 MiB buffers and sends them; waits when too many are unread. */
  class PipeWriter {
    constructor(port) {
      this.port = port;
      this.free = IN_FLIGHT;
      this.spare = [];
      this.bytes = 0; // of the compressed file, for the progress at the other end
      this.fresh();
      this.waiting = null;
      port.onmessage = ({ data }) => {
        this.free++;
        this.spare.push(data);
        if (this.waiting) {
          this.waiting();
          this.waiting = null;
        }
      };
    }

    fresh() {
      this.buffer = new Uint8Array(this.spare.pop() || SIZE);
      this.length = 0;
    }

    /** Sink of the inflater; a promise when the parser is behind. */
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        const n = Math.min(SIZE - this.length, chunk.length - at);
        this.buffer.set(n === chunk.length ? chunk : chunk.subarray(at, at + n), this.length);
        this.length += n;
        at += n;
        if (this.length === SIZE) this.flush();
      }
      return this.free <= 0
        ? new Promise((resolve) => {
            this.waiting = resolve;
          })
        : null;
    }

    flush() {
      if (this.length === 0) return;
      this.free--;
      this.port.postMessage({ buffer: this.buffer.buffer, length: this.length, bytes: this.bytes }, [
        this.buffer.buffer,
      ]);
      this.fresh();
    }

    /** The file must be read again from its start. */
    reset() {
      this.length = 0;
      this.port.postMessage({ reset: true });
    }

    end(facts) {
      this.flush();
      this.port.postMessage({ end: facts });
    }

    fail(report) {
      this.port.postMessage({ fail: report });
    }
  }

  /** Inflate a gzip Blob into a PipeWriter. Resolves to {source_id}. */
  async function inflateSource(blob, pipe) {
    let digest,
      started = false;
    const tail = new Uint8Array(await blob.slice(-4).arrayBuffer());
    const makeBlocks = async function* () {
      digest = new BlockDigest();
      for await (const block of blocksOf(blob, digest, { ahead: 9 })) {
        pipe.bytes = block.base + block.bytes.length;
        yield block;
      }
    };
    await inflateGzip(makeBlocks, blob.size, tail, () => {
      if (started) pipe.reset();
      started = true;
      return (chunk) => pipe.push(chunk);
    });
    return { source_id: await digest.id() };
  }

  /** The parsing end: makeSink(compressedBytes) → sink; resolves to {sink, end} when the other end says the file is whole. */
  function parsePipe(port, makeSink) {
    return new Promise((resolve, reject) => {
      let bytes = 0,
        failure = null;
      let sink = makeSink(() => bytes);
      port.onmessage = ({ data }) => {
        if (data.fail) {
          reject(data.fail);
          return;
        }
        if (data.end) {
          failure ? reject(failure) : resolve({ sink, end: data.end });
          return;
        }
        if (data.reset) {
          sink = makeSink(() => bytes);
          failure = null;
          return;
        }
        bytes = data.bytes;
        if (!failure) {
          // a broken line may come of a broken stream: the inflating end has the last word
          try {
            sink.push(new Uint8Array(data.buffer, 0, data.length));
          } catch (error) {
            failure = error;
          }
        }
        port.postMessage(data.buffer, [data.buffer]);
      };
    });
  }

  Object.assign(parts, { PipeWriter, inflateSource, parsePipe });
})((globalThis.CostReaderParts ??= {}));
