/* A set of fixed-width integer tuples: the collapse key, the rhythm key and the hour key all live in one of these. */
(function (parts) {
  'use strict';

  const { grown } = parts;

  /** Tuple of `width` Int32 → dense index, in order of first sight. Open addressing, no objects. */
  class TupleTable {
    constructor(width) {
      this.width = width;
      this.data = new Int32Array(width * 256);
      this.hashes = new Int32Array(256);
      this.slots = new Int32Array(512);
      this.size = 0;
      this.after = new Int32Array(256); // by index: the index that followed
      this.last = 0;
    }

    /** As index(), but first tries the tuple that came after the last one before: bills repeat their order hour by hour. */
    follow(key) {
      const { width, data, after, last } = this;
      if (last < after.length) {
        const at = after[last];
        let i = width - 1;
        for (let from = at * width + i; i >= 0 && data[from] === key[i]; i--) from--;
        if (i < 0 && at < this.size) return (this.last = at);
      }
      const at = this.index(key);
      if (last >= this.after.length) this.after = grown(this.after, last + 1);
      this.after[last] = at;
      return (this.last = at);
    }

    /** Index of the tuple in `key`; a new one gets index = the old size. */
    index(key) {
      const width = this.width;
      let h = width;
      for (let i = 0; i < width; i++) {
        h = Math.imul(h ^ key[i], 0x9e3779b1);
        h ^= h >>> 15;
      }
      const mask = this.slots.length - 1;
      let slot = h & mask;
      const data = this.data,
        hashes = this.hashes,
        slots = this.slots;
      for (;;) {
        const at = slots[slot] - 1;
        if (at < 0) break;
        if (hashes[at] === h) {
          const from = at * width;
          let i = width - 1;
          while (i >= 0 && data[from + i] === key[i]) i--;
          if (i < 0) return at;
        }
        slot = (slot + 1) & mask;
      }
      const at = this.size++;
      if ((at + 1) * width > data.length) this.data = grown(data, (at + 1) * width);
      if (at >= hashes.length) this.hashes = grown(hashes, at + 1);
      this.data.set(key, at * width);
      this.hashes[at] = h;
      slots[slot] = at + 1;
      if (this.size * 2 > slots.length) this.rehash();
      return at;
    }

    rehash() {
      const slots = new Int32Array(this.slots.length * 2);
      const mask = slots.length - 1;
      for (let at = 0; at < this.size; at++) {
        let slot = this.hashes[at] & mask;
        while (slots[slot]) slot = (slot + 1) & mask;
        slots[slot] = at + 1;
      }
      this.slots = slots;
    }

    /** Column `i` of every tuple. */
    column(i) {
      const out = new Int32Array(this.size);
      for (let at = 0, from = i; at < this.size; at++, from += this.width) out[at] = this.data[from];
      return out;
    }

    pack() {
      return this.data.slice(0, this.size * this.width);
    }
  }

  Object.assign(parts, { TupleTable });
})((globalThis.CostReaderParts ??= {}));
