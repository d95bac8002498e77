/* Lines of a bill return hour by hour with only their id, times and amounts changed. A line whose other bytes are those of the
   line that followed last time needs no parsing: equal bytes from a field's first on are equal fields, with equal codes. */
(function (parts) {
  'use strict';

  const { TupleTable, grown } = parts;
  const LF = 10,
    CR = 13,
    QUOTE = 34,
    COMMA = 44;
  const ARENA = 32 << 20; // bytes of remembered lines; when full, all are forgotten
  const TRIAL = 1 << 16; // lines after which it is asked whether this bill repeats itself …
  const PAUSE = 8; // … and trials left out when it does not

  /** Remembered lines of one CSV. Columns are *steady* (compared by their bytes) or *free* (looked at anew on every line). */
  class Repeats {
    /** width: columns of the file; fixed: columns that decide the codes; amounts: column → slot of times, numbers and money, -1 for the
     *  others; keys: length of the code tuple; renewed: called when the numbers of remembered lines begin anew. */
    constructor({ width, fixed, amounts, keys, renewed }) {
      this.width = width;
      this.fixed = fixed;
      this.amounts = amounts;
      this.renewed = renewed;
      this.free = Uint8Array.from(amounts, (slot) => (slot >= 0 ? 1 : 0));
      this.table = new TupleTable(keys); // the codes of each remembered line
      this.lines = 0;
      this.hits = 0;
      this.pause = 0;
      this.last = -1; // the remembered line that the line before was, -1 when it was none
      this.follow = new Int32Array(512).fill(-1); // by remembered line: the two that followed last
      this.from = new Int32Array(256);
      this.forget();
    }

    /** Steady and free columns as alternating runs: [free columns up to, steady columns up to, …]. All remembered lines are dropped. */
    forget() {
      const stops = [];
      for (let column = 0; column < this.width; ) {
        while (column < this.width && this.free[column]) column++;
        stops.push(column);
        while (column < this.width && !this.free[column]) column++;
        stops.push(column);
      }
      this.stops = Int32Array.from(stops);
      this.runs = stops.length >> 1;
      this.arena = new Uint8Array(1 << 16);
      this.view = new DataView(this.arena.buffer);
      this.used = 0;
      this.from = new Int32Array(this.from.length).fill(-1); // by remembered line: where its steady bytes begin, -1 when dropped
      this.lengths = new Int32Array(this.from.length * this.runs);
    }

    /** Try the lines expected at p. Returns the next line's position, 0 when it is none of them; `last` says which it was. */
    next(buf, view, p, end, starts, ends) {
      if (this.last < 0) return 0;
      for (let k = 0; k < 2; k++) {
        const line = this.follow[this.last * 2 + k];
        if (line < 0) return 0;
        const next = this.match(line, buf, view, p, end, starts, ends);
        if (next > 0) {
          this.hits++;
          this.last = line;
          return next;
        }
      }
      return 0;
    }

    /** Position after the line at p when it is `line` again, else 0. end: the last line end of buf. Free amounts are placed in starts and ends. */
    match(line, buf, view, p, end, starts, ends) {
      let own = this.from[line];
      if (own < 0) return 0;
      const { stops, amounts, lengths, width } = this;
      const mine = this.view,
        safe = end - 4;
      let column = 0;
      for (let r = 0, at = line * this.runs; r < this.runs; r++, at++) {
        for (const stop = stops[r * 2]; column < stop; column++) {
          let s = p,
            e,
            c = buf[p];
          if (c === QUOTE) {
            s = ++p;
            while (p < end && (c = buf[p]) !== QUOTE) {
              if (c === LF) return 0;
              p++;
            }
            if (p >= end) return 0;
            e = p++;
            c = buf[p]; // a doubled quote, or a line end in two bytes, is no comma: the parser's business
          } else {
            while (c !== COMMA && c !== LF) {
              p = parts.skip(view, p + 1, safe);
              c = buf[p];
            }
            e = c === LF && p > s && buf[p - 1] === CR ? p - 1 : p;
          }
          if (c !== (column === width - 1 ? LF : COMMA)) return 0;
          const slot = amounts[column];
          if (slot >= 0) {
            starts[slot] = s;
            ends[slot] = e;
          }
          p++;
        }
        const length = lengths[at],
          stop = p + length;
        if (stop > end + 1) return 0;
        // eight bytes as one double: equal doubles other than zero are equal bytes (what is no number is equal to nothing)
        let q = p,
          o = own;
        for (const eight = stop - 8; q <= eight; q += 8, o += 8) {
          const v = view.getFloat64(q, true);
          if (v !== mine.getFloat64(o, true) || v === 0) return 0;
        }
        for (; q < stop; q++, o++) if (buf[q] !== this.arena[o]) return 0;
        own += length;
        p = stop;
        column = stops[r * 2 + 1];
      }
      return p;
    }

    /** The line p..next was parsed: remember it by its codes, and that it followed the one before. Its bytes are as in the file. */
    learn(buf, view, p, next, tuple, starts, ends) {
      const before = this.last;
      const line = this.table.index(tuple);
      if (line >= this.from.length) {
        this.from = widened(this.from, line + 1);
        this.lengths = grown(this.lengths, this.from.length * this.runs);
      }
      if (line * 2 + 1 >= this.follow.length) this.follow = widened(this.follow, line * 2 + 2);
      const known = this.from[line] >= 0;
      if (!known || this.match(line, buf, view, p, next - 1, starts, ends) === 0) {
        if (known) this.freeChanged(line, buf, p);
        this.remember(line, buf, p, next);
      }
      if (before >= 0 && this.follow[before * 2] !== line) {
        this.follow[before * 2 + 1] = this.follow[before * 2];
        this.follow[before * 2] = line;
      }
      this.last = line;
    }

    /** Columns nobody wants whose bytes changed under the same codes become free. */
    freeChanged(line, buf, p) {
      const { stops, free, fixed, arena } = this;
      let own = this.from[line],
        changed = false,
        column = 0;
      for (let r = 0; r < this.runs; r++) {
        for (; column < stops[r * 2]; column++) p = fieldEnd(buf, p) + 1;
        for (; column < stops[r * 2 + 1]; column++) {
          const e = fieldEnd(buf, p),
            o = fieldEnd(arena, own);
          if (!fixed[column] && !same(buf, p, e, arena, own, o)) changed = free[column] = 1;
          p = e + 1;
          own = o + 1;
        }
      }
      if (changed) this.forget();
    }

    remember(line, buf, p, next) {
      if (this.used + next - p > ARENA) this.forget();
      if (this.used + next - p > this.arena.length) {
        this.arena = grown(this.arena, this.used + next - p);
        this.view = new DataView(this.arena.buffer);
      }
      this.from[line] = this.used;
      let column = 0;
      for (let r = 0; r < this.runs; r++) {
        for (; column < this.stops[r * 2]; column++) p = fieldEnd(buf, p) + 1;
        const begin = p;
        for (; column < this.stops[r * 2 + 1]; column++) p = fieldEnd(buf, p) + 1;
        this.arena.set(buf.subarray(begin, p), this.used);
        this.used += this.lengths[line * this.runs + r] = p - begin;
      }
    }

    /** Whether the next line is worth a try: a bill that does not repeat itself is left alone most of the time. */
    worth() {
      if (++this.lines < TRIAL) return this.pause === 0;
      if (this.pause > 0) this.pause--;
      else if (this.hits * 4 < this.lines) {
        this.pause = PAUSE;
        this.table = new TupleTable(this.table.width);
        this.follow = new Int32Array(512).fill(-1);
        this.from = new Int32Array(256);
        this.last = -1;
        this.forget();
        this.renewed();
      }
      this.lines = this.hits = 0;
      return this.pause === 0;
    }
  }

  /** Position of the comma or line end that ends the field at p (of a line known to be whole). */
  function fieldEnd(bytes, p) {
    if (bytes[p] === QUOTE) {
      for (p++; ; p++) {
        if (bytes[p] !== QUOTE) continue;
        if (bytes[p + 1] !== QUOTE) {
          p++;
          break;
        }
        p++;
      }
    }
    while (bytes[p] !== COMMA && bytes[p] !== LF) p++;
    return p;
  }

  function same(a, s, e, b, from, to) {
    if (e - s !== to - from) return false;
    while (s < e) if (a[s++] !== b[from++]) return false;
    return true;
  }

  /** As grown(), the new elements -1. */
  function widened(array, need) {
    const next = grown(array, need);
    next.fill(-1, array.length);
    return next;
  }

  Object.assign(parts, { Repeats });
})((globalThis.CostReaderParts ??= {}));
