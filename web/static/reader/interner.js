/* Dictionaries straight from bytes: a text becomes a code without ever becoming a JavaScript string. */
(function (parts) {
  'use strict';

  const { ReadError } = parts;
  const encoder = new TextEncoder();
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** Byte string → code. Code 0 is the empty text. `add` throws on bytes that are no UTF-8. */
  class Interner {
    constructor() {
      this.arena = new Uint8Array(1024);
      this.view = new DataView(this.arena.buffer);
      this.next = new Int32Array(64); // the code that followed each code last time
      this.offsets = new Int32Array(65); // offsets[c]..offsets[c+1]
      this.hashes = new Int32Array(64);
      this.slots = new Int32Array(128); // code + 1, 0 when free
      this.size = 1;
      this.last = 0;
    }

    /** Code of bytes s..e of buf, adding it when new. view: a DataView over buf (made here when the caller has none). */
    intern(buf, s, e, view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength)) {
      const length = e - s;
      if (length === 0) return 0;
      // bills repeat: the same text as on the line before, or the one that followed it last time
      const last = this.last;
      if (this.equals(last, view, s, length)) return last;
      const next = this.next[last];
      if (this.equals(next, view, s, length)) return (this.last = next);
      let h = length,
        i = s;
      for (const stop = e - 3; i < stop; i += 4) {
        h = Math.imul(h ^ view.getInt32(i, true), 0x9e3779b1);
        h ^= h >>> 15;
      }
      for (; i < e; i++) h = Math.imul(h ^ buf[i], 0x85ebca6b);
      h ^= h >>> 13;
      const mask = this.slots.length - 1;
      let slot = h & mask,
        code;
      for (;;) {
        code = this.slots[slot] - 1;
        if (code < 0) {
          code = this.add(buf, s, e, h, slot);
          break;
        }
        if (this.hashes[code] === h && this.equals(code, view, s, length)) break;
        slot = (slot + 1) & mask;
      }
      this.next[last] = code;
      return (this.last = code);
    }

    equals(code, view, s, length) {
      const from = this.offsets[code];
      if (this.offsets[code + 1] - from !== length) return false;
      const own = this.view;
      // from the end: identifiers share their beginnings
      let i = length - 4;
      for (; i >= 0; i -= 4) if (own.getInt32(from + i) !== view.getInt32(s + i)) return false;
      for (i += 3; i >= 0; i--) if (own.getUint8(from + i) !== view.getUint8(s + i)) return false;
      return true;
    }

    add(buf, s, e, h, slot) {
      for (let i = s; i < e; i++) {
        if (buf[i] > 127) {
          this.validate(buf, s, e);
          break;
        }
      }
      const code = this.size++;
      const from = this.offsets[code];
      const end = from + (e - s);
      if (end > this.arena.length) {
        this.arena = grown(this.arena, end);
        this.view = new DataView(this.arena.buffer);
      }
      this.arena.set(buf.subarray(s, e), from);
      if (code + 1 >= this.offsets.length) this.offsets = grown(this.offsets, code + 2);
      this.offsets[code + 1] = end;
      if (code >= this.hashes.length) {
        this.hashes = grown(this.hashes, code + 1);
        this.next = grown(this.next, code + 1);
      }
      this.hashes[code] = h;
      this.slots[slot] = code + 1;
      if (this.size * 2 > this.slots.length) this.rehash();
      return code;
    }

    validate(buf, s, e) {
      try {
        strict.decode(buf.subarray(s, e));
      } catch {
        const error = new ReadError('encoding', 'The text is not UTF-8');
        error.offset = s + firstInvalid(buf, s, e);
        throw error;
      }
    }

    rehash() {
      const slots = new Int32Array(this.slots.length * 2);
      const mask = slots.length - 1;
      for (let code = 1; code < this.size; code++) {
        let slot = this.hashes[code] & mask;
        while (slots[slot]) slot = (slot + 1) & mask;
        slots[slot] = code + 1;
      }
      this.slots = slots;
    }

    /** Code of a JavaScript string. */
    text(string) {
      const bytes = encoder.encode(string);
      return this.intern(bytes, 0, bytes.length);
    }

    /** The text of one code. */
    string(code) {
      return strict.decode(this.arena.subarray(this.offsets[code], this.offsets[code + 1]));
    }

    /** Every text, by code. */
    strings() {
      return Array.from({ length: this.size }, (_, code) => this.string(code));
    }

    /** Own codes → codes of `other`, for merging what two workers read. */
    remapInto(other) {
      const map = new Int32Array(this.size);
      for (let c = 1; c < this.size; c++)
        map[c] = other.intern(this.arena, this.offsets[c], this.offsets[c + 1], this.view);
      return map;
    }

    pack() {
      return { arena: this.arena.slice(0, this.offsets[this.size]), offsets: this.offsets.slice(0, this.size + 1) };
    }

    /** A packed dictionary as one that can be read and remapped (not added to). */
    static unpack({ arena, offsets }) {
      const interner = new Interner();
      interner.arena = arena;
      interner.view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
      interner.offsets = offsets;
      interner.size = offsets.length - 1;
      return interner;
    }
  }

  function firstInvalid(buf, s, e) {
    let low = 0;
    for (let end = s + 1; end <= e; end++) {
      try {
        strict.decode(buf.subarray(s + low, end));
        low = end - s;
      } catch {
        if (end - s - low >= 4 || end === e) return low;
      }
    }
    return low;
  }

  /** A typed array of at least `need` elements holding the old ones; doubles. */
  function grown(array, need) {
    let length = array.length * 2;
    while (length < need) length *= 2;
    const next = new array.constructor(length);
    next.set(array);
    return next;
  }

  /** The narrowest integers for numbers from 0 to below `size`: the readings of all files wait side by side for the last. */
  const room = (size) => (size <= 256 ? Uint8Array : size <= 65536 ? Uint16Array : Int32Array);

  Object.assign(parts, { Interner, grown, room });
})((globalThis.CostReaderParts ??= {}));
