/* CSV as a stream of byte chunks: no strings, only the columns the plan wants. RFC 4180 quoting, LF or CRLF. */
(function (parts) {
  'use strict';

  const { ReadError, Interner, Collapser, Repeats, money, times, bind, mapPairs, grown } = parts;
  const LF = 10,
    CR = 13,
    QUOTE = 34,
    COMMA = 44;
  const INCOMPLETE = 0;
  const EMPTY = new Uint8Array(0);
  const encoder = new TextEncoder();

  /** Fields of the header line (bytes up to and without its line end). */
  function headerNames(line) {
    let text;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    } catch {
      throw new ReadError('encoding', 'The header is not UTF-8', 'header');
    }
    const names = [];
    let i = 0;
    for (;;) {
      let name = '';
      if (text[i] === '"') {
        for (i++; i < text.length; i++) {
          if (text[i] !== '"') name += text[i];
          else if (text[i + 1] === '"') {
            name += '"';
            i++;
          } else break;
        }
        i++;
      } else {
        const stop = text.indexOf(',', i);
        name = text.slice(i, stop < 0 ? text.length : stop);
        i += name.length;
      }
      names.push(name);
      if (i >= text.length) return names;
      i++; // the comma
    }
  }

  /** Position after the header's line end, honouring quotes; -1 when the chunk holds no whole header. */
  function headerEnd(buf) {
    let quoted = false;
    for (let i = 0; i < buf.length; i++) {
      if (buf[i] === QUOTE) quoted = !quoted;
      else if (buf[i] === LF && !quoted) return i + 1;
    }
    return -1;
  }

  /** Parses chunks pushed in order and adds every line to its Collapser. */
  class CsvParser {
    /** options: {mapping, columns?} — columns given when the range begins after the header. */
    constructor({ mapping, columns = null }) {
      this.mapping = mapping;
      this.tail = EMPTY; // an incomplete last line
      this.offset = 0; // byte offset, in the text, of the first byte of tail + next chunk
      this.line = 1; // number of the next physical line
      this.error = null;
      this.collapser = null;
      if (columns) this.begin(columns);
    }

    begin(columns) {
      this.columns = columns;
      this.plan = bind(columns, this.mapping);
      this.collapser = new Collapser(this.plan, this.mapping);
      this.compile();
    }

    /** From the plan: a slot for every wanted column, and what each field does with its slots. */
    compile() {
      const { plan, collapser } = this;
      const slotOf = new Int16Array(plan.columns.length).fill(-1);
      let slots = 0;
      const slot = (column) => (slotOf[column] < 0 ? (slotOf[column] = slots++) : slotOf[column]);
      const all = (name) => plan.fields[name].columns.map(slot);
      this.keyOps = [];
      for (const name of collapser.keys) {
        const field = plan.fields[name];
        const dictionary = collapser.dictionaries[name];
        const fallback = dictionary.text(field.default);
        const maps = field.mapKeys.map((m) => ({
          slot: slot(m.column),
          keys: m.keys,
          cells: new Interner(),
          codes: [],
        }));
        if (!field.columns.length && !maps.length) {
          collapser.set(name, fallback);
          continue;
        }
        this.keyOps.push({ place: collapser.place[name], dictionary, slots: all(name), maps, fallback });
      }
      this.moneyOps = plan.money.map((name, m) => ({ m, name, slots: all(name), zero: -1 }));
      this.tagSlots = plan.tags.map((t) => slot(t.column));
      const time = (name) => ({ name, slots: all(name), cells: new Interner(), seconds: new Float64Array([NaN]) });
      this.periodOp = time('BillingPeriodStart');
      this.startOp = time('ChargePeriodStart');
      this.endOp = time('ChargePeriodEnd');
      this.quantitySlots = all('ConsumedQuantity');
      const flags = Object.fromEntries(this.mapping.flags.map((f) => [f.test ? f.test : 'prefix', f]));
      this.usageBit = flags['not zero'].bit;
      this.prefixBit = flags.prefix.bit;
      this.prefix = encoder.encode(flags.prefix.prefix);
      this.prefixSlots = all(flags.prefix.field);
      this.nulls = plan.nulls.map((text) => encoder.encode(text));
      this.nullLength = this.nulls.length ? this.nulls[0].length : -1;
      this.slotOf = slotOf;
      this.width = plan.columns.length;
      this.gap = new Int16Array(this.width); // unwanted columns from this one on
      for (let i = this.width - 1; i >= 0; i--)
        this.gap[i] = slotOf[i] >= 0 ? 0 : 1 + (i + 1 < this.width ? this.gap[i + 1] : 0);
      this.starts = new Int32Array(slots);
      this.ends = new Int32Array(slots);
      this.escaped = new Int32Array(slots); // slots of this line whose quotes are doubled
      this.escapedCount = 0;
      this.embedded = 0; // line ends inside quotes, this line
      this.repeats = this.repeating();
    }

    /** The memory of lines that return; null for a file whose columns are both a key and an amount, or too few. */
    repeating() {
      const { slotOf, width } = this;
      const amount = new Set(
        [...this.moneyOps, this.periodOp, this.startOp, this.endOp, { slots: this.quantitySlots }].flatMap(
          (op) => op.slots,
        ),
      );
      const key = new Set([
        ...this.keyOps.flatMap((op) => [...op.slots, ...op.maps.map((m) => m.slot)]),
        ...this.tagSlots,
        ...this.prefixSlots,
      ]);
      if (width < 8 || [...key].some((slot) => amount.has(slot))) return null;
      const fixed = Uint8Array.from(slotOf, (slot) => (key.has(slot) ? 1 : 0));
      const amounts = Int16Array.from(slotOf, (slot) => (amount.has(slot) ? slot : -1));
      this.amountSlots = [...amount];
      return new Repeats({
        width,
        fixed,
        amounts,
        keys: this.collapser.order.length,
        renewed: () => this.collapser.forget(),
      });
    }

    /** Next bytes of the text. Throws ReadError. */
    push(chunk) {
      if (chunk.length === 0) return;
      if (!this.collapser) {
        this.tail = joined(this.tail, chunk);
        const end = headerEnd(this.tail);
        if (end < 0) {
          if (this.tail.length > 1 << 22)
            throw new ReadError('not-a-bill', 'There is no line end in the first 4 MiB', 'byte 0');
          return;
        }
        const all = this.tail;
        let from = all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf ? 3 : 0;
        let to = end - 1;
        if (to > from && all[to - 1] === CR) to--;
        this.begin(headerNames(all.subarray(from, to)));
        this.tail = EMPTY;
        this.offset = end;
        this.line = 2;
        this.push(all.subarray(end));
        return;
      }
      let p = 0;
      if (this.tail.length) {
        // finish the line begun in the last chunk in a small buffer of its own
        const old = this.tail.length;
        let size = Math.min(chunk.length, 4096);
        for (;;) {
          const small = joined(this.tail, chunk.subarray(0, size));
          const next = this.rows(small, 0, true);
          if (next > 0) {
            p = next - old;
            break;
          }
          if (size === chunk.length) {
            this.tail = small;
            return;
          }
          size = Math.min(chunk.length, size * 8);
        }
        this.offset += old;
        this.tail = EMPTY;
      }
      const end = this.rows(chunk, p, false);
      this.tail = end < chunk.length ? chunk.slice(end) : EMPTY;
      this.offset += end;
    }

    /** Bytes that follow a range: only the line already begun is finished. True when it is. */
    finishLine(chunk) {
      const small = joined(this.tail, chunk);
      const next = this.rows(small, 0, true);
      if (next === 0) {
        this.tail = small;
        return false;
      }
      this.offset += next;
      this.tail = EMPTY;
      return true;
    }

    /** Parse the whole lines of buf from p on (only the first when `one`). Returns where the first unfinished line begins. */
    rows(buf, p, one) {
      const last = buf.lastIndexOf(LF);
      this.view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
      const { repeats } = this;
      while (p <= last) {
        const tried = repeats !== null && repeats.worth();
        const again = tried ? repeats.next(buf, this.view, p, last, this.starts, this.ends) : 0;
        if (again > 0) {
          this.again(buf);
          p = again;
          this.line++;
          if (one) break;
          continue;
        }
        const next = this.scan(buf, p, last);
        if (next === INCOMPLETE) break;
        if (next > 0) {
          this.row(buf, p, tried ? next : 0);
          p = next;
        } else {
          p = -next; // an empty line
        }
        this.line += 1 + this.embedded;
        if (one) break;
      }
      return p;
    }

    /** Find the fields of the line at p. Returns the next line's position, its negative for an empty line, or INCOMPLETE. */
    scan(buf, p, last) {
      const { slotOf, starts, ends, width, gap, view } = this;
      const safe = last - 4;
      this.escapedCount = 0;
      this.embedded = 0;
      let column = 0,
        c = buf[p];
      if (c === LF) return -(p + 1);
      if (c === CR && buf[p + 1] === LF) return -(p + 2);
      for (;;) {
        // columns nobody wants, empty ones four at a time
        for (let k = gap[column]; k > 0 && c !== QUOTE; k--) {
          while (c === COMMA && k > 4 && p < safe && view.getInt32(p, true) === 0x2c2c2c2c) {
            p += 4;
            k -= 4;
            column += 4;
            c = buf[p];
          }
          if (c === QUOTE) break;
          while (c !== COMMA && c !== LF) {
            p = skip(view, p + 1, safe);
            c = buf[p];
          }
          column++;
          p++;
          if (c === LF) return column === width ? p : this.raggedAt(column);
          c = buf[p];
        }
        if (c !== QUOTE) {
          const s = p;
          while (c !== COMMA && c !== LF) {
            p = skip(view, p + 1, safe);
            c = buf[p];
          }
          const slot = slotOf[column];
          if (slot >= 0) {
            starts[slot] = s;
            ends[slot] = c === LF && p > s && buf[p - 1] === CR ? p - 1 : p;
          }
        } else {
          const s = ++p;
          let doubled = 0;
          for (;;) {
            while (p <= last && (c = buf[p]) !== QUOTE) {
              if (c === LF) this.embedded++;
              p++;
            }
            if (p >= last) return INCOMPLETE;
            c = buf[p + 1];
            if (c !== QUOTE) break;
            doubled = 1;
            p += 2;
          }
          const slot = slotOf[column];
          if (slot >= 0) {
            starts[slot] = s;
            ends[slot] = p;
            if (doubled) this.escaped[this.escapedCount++] = slot;
          }
          p++;
          if (c === CR && buf[p + 1] === LF) c = buf[++p];
          if (c !== COMMA && c !== LF) {
            throw new ReadError(
              'ragged',
              `Line ${this.line} has text after a closing quote in column ${column + 1}`,
              this.where(),
            );
          }
        }
        column++;
        p++;
        if (c === LF) return column === width ? p : this.raggedAt(column);
        if (column === width) return this.raggedAt(this.countColumns(buf, p, last, column));
        c = buf[p];
      }
    }

    /** How many columns a line has that has too many (for the message only). */
    countColumns(buf, p, last, column) {
      for (column++; p <= last && buf[p] !== LF; p++) if (buf[p] === COMMA) column++;
      return column;
    }

    raggedAt(column) {
      throw new ReadError(
        'ragged',
        `Line ${this.line} has ${column} columns, the header has ${this.width}`,
        this.where(),
      );
    }

    /** A remembered line with new times and amounts, already placed. */
    again(buf) {
      const { repeats, collapser } = this;
      if (this.nullLength >= 0)
        for (let i = 0; i < this.amountSlots.length; i++) this.blankNull(buf, this.amountSlots[i]);
      const { width, data } = repeats.table,
        line = repeats.last,
        from = line * width;
      const flags = this.amounts(buf, data[from + collapser.at.flags]);
      const known = collapser.recall(line, flags);
      if (known >= 0) {
        collapser.addTo(known);
        return;
      }
      const { tuple } = collapser;
      for (let i = 0; i < width; i++) tuple[i] = data[from + i];
      tuple[collapser.at.flags] = flags;
      collapser.know(line, collapser.add(), flags);
    }

    /** The line whose fields were just found: its codes, times and money into the collapser. next: its end, to remember it; 0 not to. */
    row(buf, p, next) {
      const { starts, ends, collapser, view } = this;
      const raw = next && this.escapedCount ? buf.slice(p, next) : null; // unescaping changes the bytes
      for (let i = 0; i < this.escapedCount; i++) this.unescape(buf, this.escaped[i]);
      if (this.nullLength >= 0) this.blankNulls(buf);
      const tuple = collapser.tuple;
      try {
        const ops = this.keyOps;
        for (let i = 0; i < ops.length; i++) {
          const op = ops[i],
            slots = op.slots;
          let code = 0;
          for (let k = 0; k < slots.length && code === 0; k++) {
            const s = starts[slots[k]],
              e = ends[slots[k]];
            if (e > s) code = op.dictionary.intern(buf, s, e, view);
          }
          if (code === 0 && op.maps.length) code = this.fromMaps(op, buf);
          tuple[op.place] = code || op.fallback;
        }
        const { key, cells } = collapser.tagSets,
          tagSlots = this.tagSlots;
        for (let t = 0; t < tagSlots.length; t++) {
          const s = starts[tagSlots[t]],
            e = ends[tagSlots[t]];
          key[t] = e > s ? cells[t].intern(buf, s, e, view) : 0;
        }
        tuple[collapser.at.tags] = tagSlots.length ? collapser.tagSets.code() : 0;
      } catch (error) {
        this.placeError(error);
      }
      const prefixed = this.hasPrefix(buf) ? this.prefixBit : 0;
      tuple[collapser.at.flags] = this.amounts(buf, prefixed);
      collapser.add();
      if (next === 0) return;
      tuple[collapser.at.period] = tuple[collapser.at.day] = tuple[collapser.at.end] = 0;
      tuple[collapser.at.flags] = prefixed;
      if (raw) this.repeats.learn(raw, new DataView(raw.buffer), 0, raw.length, tuple, starts, ends);
      else this.repeats.learn(buf, view, p, next, tuple, starts, ends);
    }

    /** An error of a cell says where in the text it is. */
    placeError(error) {
      if (error.offset !== undefined) error.where = `line ${this.line}, byte ${this.base(error.offset)}`;
      throw error;
    }

    /** The times, quantity and money of the line into the collapser. Returns its flags. */
    amounts(buf, prefixed) {
      const { starts, ends, collapser } = this;
      try {
        collapser.period = this.time(this.periodOp, buf);
        collapser.start = this.time(this.startOp, buf);
        collapser.end = this.time(this.endOp, buf);
      } catch (error) {
        this.placeError(error);
      }
      let flags = prefixed,
        quantity = 0;
      const at = this.first(this.quantitySlots);
      if (at >= 0) {
        quantity = money.parseNumber(buf, starts[at], ends[at]);
        if (quantity !== quantity) this.badNumber(buf, at, 'ConsumedQuantity');
        if (quantity !== 0) flags |= this.usageBit;
      }
      collapser.quantity = quantity;
      const moneyOps = this.moneyOps;
      for (let i = 0; i < moneyOps.length; i++) {
        const op = moneyOps[i];
        const slot = op.slots.length === 1 ? op.slots[0] : this.first(op.slots);
        if (slot < 0 || ends[slot] === starts[slot]) continue;
        const outcome = money.parseMoney(buf, starts[slot], ends[slot]);
        if (outcome !== money.OK) this.badMoney(buf, slot, op.name, outcome);
        collapser.touch(op.m);
      }
      return flags;
    }

    /** First of the slots that is not empty on this line, or -1. */
    first(slots) {
      for (let k = 0; k < slots.length; k++) if (this.ends[slots[k]] > this.starts[slots[k]]) return slots[k];
      return -1;
    }

    fromMaps(op, buf) {
      for (const map of op.maps) {
        const s = this.starts[map.slot],
          e = this.ends[map.slot];
        if (e === s) continue;
        const cell = map.cells.intern(buf, s, e, this.view);
        if (map.codes[cell] === undefined) {
          const pairs = new Map(mapPairs(map.cells.string(cell)) || []);
          map.codes[cell] = op.dictionary.text(map.keys.map((k) => pairs.get(k)).find((v) => v) || '');
        }
        if (map.codes[cell]) return map.codes[cell];
      }
      return 0;
    }

    time(op, buf) {
      const slot = this.first(op.slots);
      if (slot < 0) return NaN;
      const before = op.cells.size;
      const code = op.cells.intern(buf, this.starts[slot], this.ends[slot], this.view);
      if (code === before) {
        const seconds = times.parseTime(buf, this.starts[slot], this.ends[slot]);
        if (seconds !== seconds) {
          throw new ReadError(
            'bad-time',
            `${op.name} on line ${this.line} is ${this.quote(buf, slot)}, not a time such as 2024-03-01T00:00:00Z`,
            this.where(),
          );
        }
        if (code >= op.seconds.length) op.seconds = grown(op.seconds, code + 1);
        op.seconds[code] = seconds;
      }
      return op.seconds[code];
    }

    hasPrefix(buf) {
      const slot = this.first(this.prefixSlots);
      if (slot < 0) return false;
      const s = this.starts[slot],
        prefix = this.prefix;
      if (this.ends[slot] - s < prefix.length) return false;
      for (let i = 0; i < prefix.length; i++) if (buf[s + i] !== prefix[i]) return false;
      return true;
    }

    /** "" inside quotes is one quote; done in place, the bytes are ours. */
    unescape(buf, slot) {
      const e = this.ends[slot];
      let to = this.starts[slot];
      for (let i = to; i < e; i++) {
        buf[to++] = buf[i];
        if (buf[i] === QUOTE) i++;
      }
      this.ends[slot] = to;
    }

    blankNulls(buf) {
      for (let slot = 0; slot < this.starts.length; slot++) this.blankNull(buf, slot);
    }

    blankNull(buf, slot) {
      const s = this.starts[slot];
      if (
        this.ends[slot] - s === this.nullLength &&
        this.nulls.some((bytes) => bytes.every((b, i) => buf[s + i] === b))
      )
        this.ends[slot] = s;
    }

    badMoney(buf, slot, field, outcome) {
      const text = this.quote(buf, slot);
      if (outcome === money.ABSURD) {
        throw new ReadError('absurd-cost', `${field} on line ${this.line} is ${text}: more than 10^15`, this.where());
      }
      this.badNumber(buf, slot, field);
    }

    badNumber(buf, slot, field) {
      throw new ReadError(
        'bad-number',
        `${field} on line ${this.line} is ${this.quote(buf, slot)}, which is no number`,
        this.where(),
      );
    }

    quote(buf, slot) {
      const bytes = buf.subarray(this.starts[slot], Math.min(this.ends[slot], this.starts[slot] + 40));
      return JSON.stringify(new TextDecoder().decode(bytes));
    }

    where() {
      return `line ${this.line}`;
    }

    /** Byte offset in the text of position i of the buffer at hand. */
    base(i) {
      return this.offset + i;
    }

    /** No more bytes: the text must end with a whole line. */
    finish() {
      if (!this.collapser) {
        if (this.tail.length === 0) throw new ReadError('empty', 'The file is empty', 'byte 0');
        this.push(Uint8Array.of(LF)); // a header without a line end
      }
      if (this.tail.length) {
        // without a line end nobody can tell a whole last value from a cut one
        throw new ReadError(
          'mid-row',
          `The file stops in the middle of line ${this.line}: it has no line end`,
          `line ${this.line}, ${this.tail.length} bytes into it`,
          'Download the file again; if it is whole, end its last line with a line break.',
        );
      }
      if (this.collapser.lines === 0) throw new ReadError('empty', 'The file has a header and no lines', 'line 2');
      return this.collapser;
    }
  }

  /** The first byte from p on that is not above the comma (letters, digits and most of what a bill holds are); four at a time. */
  function skip(view, p, safe) {
    while (p < safe) {
      const v = view.getInt32(p, true);
      const low = (v - 0x2d2d2d2d) & ~v & 0x80808080; // the high bit of every byte below 0x2d; only the lowest is sure
      if (low !== 0) return p + ((31 - Math.clz32(low & -low)) >> 3);
      p += 4;
    }
    return p;
  }

  function joined(a, b) {
    if (a.length === 0) return b;
    const out = new Uint8Array(a.length + b.length);
    out.set(a);
    out.set(b, a.length);
    return out;
  }

  Object.assign(parts, { CsvParser, headerNames, headerEnd, skip });
})((globalThis.CostReaderParts ??= {}));
