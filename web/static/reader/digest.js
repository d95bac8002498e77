/* A source's id: sha256 over the sha256 of its 256 KiB pieces. Blocks are hashed while they are parsed, in any order. */
(function (parts) {
  'use strict';

  // Read in large blocks, for each slice of a file is a message to another process; hashed in small pieces, for the browser
  // copies what it hashes, and a copy of megabytes is fresh memory each time.
  const BLOCK = 32 << 20;
  const PIECE = 256 << 10;
  const encoder = new TextEncoder();

  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

  async function sha256(bytes) {
    if (!globalThis.crypto || !crypto.subtle) {
      throw new Error('SHA-256 needs a secure page: open it over https or from localhost');
    }
    return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  }

  /** Collects block digests; `add` may be called in any order and returns at once. */
  class BlockDigest {
    constructor() {
      this.pieces = [];
    }

    /** bytes that stand at `at` in the file, a multiple of PIECE. */
    add(at, bytes) {
      for (let from = 0; from < bytes.length; from += PIECE)
        this.pieces[(at + from) / PIECE] = sha256(bytes.subarray(from, from + PIECE));
    }

    /** The digests so far, as bytes, by piece (for a worker that saw only some of the file). */
    async parts() {
      return Promise.all(this.pieces);
    }

    async id() {
      return idOf(await this.parts());
    }
  }

  /** The id from every piece's digest in order. */
  async function idOf(digests) {
    const all = new Uint8Array(digests.length * 32);
    digests.forEach((d, i) => all.set(d, i * 32));
    return hex(await sha256(all));
  }

  /** The id of a ZIP's entry: of the archive's id, a line end and the entry's name. */
  async function entryId(archiveId, name) {
    return hex(await sha256(encoder.encode(`${archiveId}\n${name}`)));
  }

  Object.assign(parts, { BLOCK, PIECE, BlockDigest, idOf, entryId });
})((globalThis.CostReaderParts ??= {}));
