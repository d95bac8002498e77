/* What a Parquet column's raw values become: codes into a table of texts, of instants, of money or of quantities.
   DECIMAL and INT96 are read raw; a DOUBLE becomes its shortest decimal. 0 is always the absent value. */
(function (parts) {
  'use strict';

  const { ReadError, Interner, money, times, grown } = parts;
  const encoder = new TextEncoder();
  const JULIAN_EPOCH = 2440588n;

  const bytesOf = (value) => (value instanceof Uint8Array ? value : encoder.encode(String(value)));

  /** An unscaled big-endian two's-complement integer. */
  function bigEndian(bytes) {
    let v = 0n;
    for (const b of bytes) v = (v << 8n) | BigInt(b);
    return bytes.length && bytes[0] & 128 ? v - (1n << BigInt(bytes.length * 8)) : v;
  }

  const isDecimal = (element) =>
    element.converted_type === 'DECIMAL' || (element.logical_type && element.logical_type.type === 'DECIMAL');

  /** Texts, by bytes. nulls: texts that mean empty. */
  class TextValues {
    constructor(column, element, nulls) {
      this.interner = new Interner();
      this.nulls = nulls.map((n) => this.interner.text(n));
      this.element = element;
      if (isDecimal(element))
        throw new ReadError('unsupported', `Column ${column} holds decimals where a text is expected`, column);
    }

    bytes(buf, s, e, view) {
      const code = this.interner.intern(buf, s, e, view);
      return this.nulls.length && this.nulls.includes(code) ? 0 : code;
    }

    value(v) {
      const b = bytesOf(v);
      return this.bytes(b, 0, b.length);
    }

    release() {}
  }

  /** A table of numbers that grows with the values of one batch and falls back to the dictionary's afterwards. */
  class NumberValues {
    constructor(column, element, width) {
      this.column = column;
      this.element = element;
      this.width = width;
      this.table = new Float64Array(64 * width);
      this.size = 1;
      this.keep = 1; // entries of the dictionary page: they outlive the batch
      this.low = -Infinity;
      this.high = Infinity;
    }

    /** From now on values must lie within what the footer says of the column chunk. */
    within(statistics) {
      const number = (v) =>
        typeof v === 'number' || typeof v === 'bigint' ? Number(v) : v instanceof Date ? v.getTime() / 1000 : NaN;
      const low = number(statistics && (statistics.min_value ?? statistics.min));
      const high = number(statistics && (statistics.max_value ?? statistics.max));
      this.low = Number.isNaN(low) ? -Infinity : low - this.room(low);
      this.high = Number.isNaN(high) ? Infinity : high + this.room(high);
    }

    room() {
      return 0;
    }

    /** Throws when v is outside the column's own footer. */
    inside(v) {
      if (v < this.low || v > this.high) {
        throw new ReadError(
          'corrupt',
          `${this.column} holds ${v}, outside the ${this.low} … ${this.high} its own footer states`,
          this.column,
        );
      }
    }

    slot() {
      const at = this.size++;
      if (this.size * this.width > this.table.length) this.table = grown(this.table, this.size * this.width);
      return at * this.width;
    }

    bytes(buf, s, e) {
      return this.value(buf.subarray(s, e));
    }

    hold() {
      this.keep = this.size;
    }

    release() {
      this.size = this.keep;
    }
  }

  /** Money: [whole, nano, atto, decimals, rounded] per entry. */
  class MoneyValues extends NumberValues {
    constructor(column, element) {
      super(column, element, 5);
      this.decimal = isDecimal(element);
      this.scale = element.scale ?? (element.logical_type && element.logical_type.scale) ?? 0;
    }

    // decimals come as floats from the footer: leave them a hair of room
    room(v) {
      return this.decimal ? Math.abs(v) * 1e-9 + 1e-9 : 0;
    }

    double(v) {
      const outcome = money.parseDouble(v);
      if (outcome !== money.OK) this.bad(String(v), outcome);
      return this.store(v);
    }

    value(v) {
      let outcome;
      if (this.decimal)
        outcome = money.parseScaled(
          typeof v === 'bigint' ? v : typeof v === 'number' ? BigInt(v) : bigEndian(v),
          this.scale,
        );
      else if (typeof v === 'number') outcome = money.parseDouble(v);
      else if (typeof v === 'bigint') outcome = money.parseText(v.toString());
      else if (v.length === 0) return 0;
      else outcome = money.parseMoney(v, 0, v.length);
      if (outcome !== money.OK)
        this.bad(v instanceof Uint8Array ? new TextDecoder().decode(v.subarray(0, 40)) : String(v), outcome);
      const { limbs } = money;
      return this.store(typeof v === 'number' && !this.decimal ? v : limbs[0] + limbs[1] / 1e9);
    }

    store(v) {
      this.inside(v);
      const { limbs, info } = money;
      const at = this.slot();
      this.table[at] = limbs[0];
      this.table[at + 1] = limbs[1];
      this.table[at + 2] = limbs[2];
      this.table[at + 3] = info[0];
      this.table[at + 4] = info[1];
      return at / 5;
    }

    bad(text, outcome) {
      const error =
        outcome === money.ABSURD
          ? new ReadError('absurd-cost', `${this.column} holds ${JSON.stringify(text)}: more than 10^15`)
          : new ReadError('bad-number', `${this.column} holds ${JSON.stringify(text)}, which is no number`);
      error.column = this.column;
      throw error;
    }
  }

  /** Instants as seconds since the epoch. */
  class TimeValues extends NumberValues {
    constructor(column, element) {
      super(column, element, 1);
      this.table[0] = NaN;
      const unit = element.logical_type && element.logical_type.unit;
      this.perSecond =
        element.converted_type === 'TIMESTAMP_MILLIS' || unit === 'MILLIS'
          ? 1000n
          : unit === 'NANOS'
            ? 1000000000n
            : 1000000n;
      this.days = element.converted_type === 'DATE' || (element.logical_type && element.logical_type.type === 'DATE');
      this.lastRaw = null;
      this.lastSeconds = NaN;
    }

    // the footer's instants come in milliseconds
    room() {
      return 0.001;
    }

    value(v) {
      let seconds;
      if (typeof v === 'bigint') {
        if (v === this.lastRaw) seconds = this.lastSeconds;
        else {
          seconds = this.element.type === 'INT96' ? int96Seconds(v) : toSeconds(v, this.perSecond);
          this.lastRaw = v;
          this.lastSeconds = seconds;
        }
      } else if (typeof v === 'number') seconds = this.days ? v * times.DAY : NaN;
      else if (v.length === 0) return 0;
      else seconds = times.parseTime(v, 0, v.length);
      if (seconds !== seconds) {
        throw new ReadError(
          'bad-time',
          `${this.column} holds ${JSON.stringify(v instanceof Uint8Array ? new TextDecoder().decode(v.subarray(0, 40)) : String(v))}, not a time`,
          this.column,
        );
      }
      this.inside(seconds);
      const at = this.slot();
      this.table[at] = seconds;
      return at;
    }
  }

  const toSeconds = (v, perSecond) => {
    const whole = v / perSecond;
    return Number(whole) + Number(v - whole * perSecond) / Number(perSecond);
  };

  /** INT96: nanoseconds of the day in the low 64 bits, Julian day above. */
  function int96Seconds(v) {
    const nanos = BigInt.asUintN(64, v);
    const day = (v - BigInt.asIntN(64, v)) >> 64n;
    return Number(day - JULIAN_EPOCH) * times.DAY + toSeconds(nanos / 1000n, 1000000n);
  }

  /** Quantities: float64. */
  class QuantityValues extends NumberValues {
    constructor(column, element) {
      super(column, element, 1);
      this.decimal = isDecimal(element);
      this.scale = element.scale ?? 0;
    }

    double(v) {
      return this.value(v);
    }

    value(v) {
      let number;
      if (this.decimal)
        number = Number(typeof v === 'bigint' ? v : typeof v === 'number' ? v : bigEndian(v)) / 10 ** this.scale;
      else if (v instanceof Uint8Array) {
        if (v.length === 0) return 0;
        number = money.parseNumber(v, 0, v.length);
      } else number = Number(v);
      if (!Number.isFinite(number))
        throw new ReadError(
          'bad-number',
          `${this.column} holds ${JSON.stringify(v instanceof Uint8Array ? new TextDecoder().decode(v.subarray(0, 40)) : String(v))}, which is no number`,
          this.column,
        );
      this.inside(number);
      const at = this.slot();
      this.table[at] = number;
      return at;
    }
  }

  Object.assign(parts, { TextValues, MoneyValues, TimeValues, QuantityValues });
})((globalThis.CostReaderParts ??= {}));
