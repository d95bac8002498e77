/* A source's id: sha256 over the sha256 of its 8 MiB blocks. Blocks are hashed while they are parsed, in any order. */
(function (parts) {
  'use strict';

  const BLOCK = 8 << 20;
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
    constructor() { this.blocks = []; }

    add(index, bytes) { this.blocks[index] = sha256(bytes); }

    /** The digests so far, as bytes, by block index (for a worker that saw only some blocks). */
    async parts() { return Promise.all(this.blocks); }

    async id() { return idOf(await this.parts()); }
  }

  /** The id from every block's digest in order. */
  async function idOf(digests) {
    const all = new Uint8Array(digests.length * 32);
    digests.forEach((d, i) => all.set(d, i * 32));
    return hex(await sha256(all));
  }

  /** The id of a ZIP's entry: of the archive's id, a line end and the entry's name. */
  async function entryId(archiveId, name) {
    return hex(await sha256(encoder.encode(`${archiveId}\n${name}`)));
  }

  Object.assign(parts, { BLOCK, BlockDigest, idOf, entryId });
})((globalThis.CostReaderParts ??= {}));
