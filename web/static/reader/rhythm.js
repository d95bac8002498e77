/* When a resource is paid for: by meter (a resource of one account, provider and usage class) and hour of the week, the cost and the
   hours seen. Eight hours lie side by side, for a meter's lines come hour after hour. */
(function (parts) {
  'use strict';

  const { TupleTable, grown, room } = parts;
  const SPAN = 8; // hours in one block; a week is 21 blocks
  const NONE = -2147483648;
  const THURSDAY = 72; // hours from a Monday to 1970-01-01

  class Rhythm {
    constructor() {
      this.blocks = new TupleTable(3); // meter, block of the week, 32 weeks
      this.key = new Int32Array(3);
      this.cost = new Float64Array(64 * SPAN); // by block and hour
      this.seen = new Int32Array(64 * SPAN); // the weeks of the 32 as bits
      this.recent = new Int32Array(64).fill(NONE); // by meter: its block of hours last asked for …
      this.recentAt = new Int32Array(64); // … and where that is
    }

    /** A line of `meter` in `hour` (since the epoch). */
    add(meter, hour, cost) {
      const since = hour + THURSDAY;
      const span = Math.floor(since / SPAN);
      const week = Math.floor(span / 21);
      let at;
      if (meter < this.recent.length && this.recent[meter] === span) at = this.recentAt[meter];
      else at = this.turn(meter, span, week);
      at = at * SPAN + (since - span * SPAN);
      this.cost[at] += cost;
      this.seen[at] |= 1 << (week & 31);
    }

    turn(meter, span, week) {
      const at = this.block(meter, span - week * 21, week >> 5);
      if (meter >= this.recent.length) {
        const had = this.recent.length;
        this.recent = grown(this.recent, meter + 1);
        this.recent.fill(NONE, had);
        this.recentAt = grown(this.recentAt, meter + 1);
      }
      this.recent[meter] = span;
      return (this.recentAt[meter] = at);
    }

    block(meter, ofWeek, weeks) {
      const { key } = this;
      key[0] = meter;
      key[1] = ofWeek;
      key[2] = weeks;
      const at = this.blocks.index(key);
      if ((at + 1) * SPAN > this.seen.length) {
        this.cost = grown(this.cost, (at + 1) * SPAN);
        this.seen = grown(this.seen, (at + 1) * SPAN);
      }
      return at;
    }

    /** One row per meter and hour of the week seen: {meter, hour, cost, hours}, hours being how many of them. */
    rows() {
      const { cost, seen, blocks } = this;
      const index = this.combined();
      const rows = index ? index.size : blocks.size;
      const costs = index ? new Float64Array(rows * SPAN) : cost;
      const counts = new Int32Array(rows * SPAN);
      for (let at = 0; at < blocks.size; at++) {
        const to = (index ? index.of[at] : at) * SPAN,
          from = at * SPAN;
        for (let k = 0; k < SPAN; k++) {
          if (index) costs[to + k] += cost[from + k];
          counts[to + k] += popcount(seen[from + k]);
        }
      }
      let n = 0,
        most = 0;
      for (let i = 0; i < counts.length; i++) {
        if (counts[i]) n++;
        if (counts[i] > most) most = counts[i];
      }
      const out = {
        meter: new Int32Array(n),
        hour: new Uint8Array(n),
        cost: new Float64Array(n),
        hours: new (room(most + 1))(n),
      };
      const { data, width } = index ? index.table : blocks;
      for (let i = 0, r = 0; i < counts.length; i++) {
        if (!counts[i]) continue;
        const at = (i >> 3) * width;
        out.meter[r] = data[at];
        out.hour[r] = data[at + 1] * SPAN + (i & 7);
        out.cost[r] = costs[i];
        out.hours[r++] = counts[i];
      }
      return out;
    }

    /** For a file of more than 32 weeks: the blocks of one meter and part of the week become one. null when there are none such. */
    combined() {
      const { data, size } = this.blocks;
      let several = false;
      for (let at = 1; at < size && !several; at++) several = data[at * 3 + 2] !== data[2];
      if (!several) return null;
      const table = new TupleTable(2),
        key = new Int32Array(2),
        of = new Int32Array(size);
      for (let at = 0; at < size; at++) {
        key[0] = data[at * 3];
        key[1] = data[at * 3 + 1];
        of[at] = table.index(key);
      }
      return { table, of, size: table.size };
    }

    pack() {
      const n = this.blocks.size;
      return { keys: this.blocks.pack(), cost: this.cost.slice(0, n * SPAN), seen: this.seen.slice(0, n * SPAN) };
    }

    /** Add another's packed blocks; meters: its meters → ours. */
    absorb({ keys, cost, seen }, meters) {
      for (let b = 0; b * 3 < keys.length; b++) {
        const to = this.block(meters[keys[b * 3]], keys[b * 3 + 1], keys[b * 3 + 2]) * SPAN;
        for (let k = 0; k < SPAN; k++) {
          this.cost[to + k] += cost[b * SPAN + k];
          this.seen[to + k] |= seen[b * SPAN + k];
        }
      }
    }
  }

  function popcount(v) {
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }

  Object.assign(parts, { Rhythm });
})((globalThis.CostReaderParts ??= {}));
