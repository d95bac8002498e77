/* Lines that agree in the collapse key become one row, their money added exactly. Both parsers (CSV, Parquet) end here. */
(function (parts) {
  'use strict';

  const { Interner, TupleTable, TagSets, Rhythm, ReadError, money, times, grown } = parts;
  const PAGE = 4096; // rows in one page of sums; a page is made at its first non-zero value
  const PAGE_BITS = 12;
  const CARRY = 4e15;

  /** Exact running sums of one money field by row, in pages of [whole, nano, atto] × PAGE. */
  class Sums {
    constructor() {
      this.pages = new Array(1);
    } // with a hole from the start: an array's kind is part of what is compiled

    add(row, whole, nano, atto) {
      const at = row >>> PAGE_BITS;
      const page = this.pages[at] || (this.pages[at] = new Float64Array(3 * PAGE));
      const i = (row & (PAGE - 1)) * 3;
      page[i] += whole;
      const n = (page[i + 1] += nano);
      if (n > CARRY || n < -CARRY) carry(page, i, 1);
      if (atto !== 0) {
        const a = (page[i + 2] += atto);
        if (a > CARRY || a < -CARRY) carry(page, i, 2);
      }
    }

    /** Limb `k` of every row; null when it is zero on all of them. */
    limb(k, rows) {
      let out = null;
      this.pages.forEach((page, at) => {
        const from = at * PAGE,
          n = Math.min(PAGE, rows - from);
        for (let i = 0; i < n; i++)
          if (page[i * 3 + k] !== 0) (out ??= new Float64Array(rows))[from + i] = page[i * 3 + k];
      });
      return out;
    }
  }

  /** Move whole units of limb k of a page into the limb above. */
  function carry(page, i, k) {
    const units = Math.trunc(page[i + k] / 1e9);
    page[i + k] -= units * 1e9;
    page[i + k - 1] += units;
  }

  /** Adds lines to the tables of one source. A parser fills the public line fields, then calls add(). */
  class Collapser {
    /** plan: from bind(); mapping: the mapping table. */
    constructor(plan, mapping) {
      this.plan = plan;
      this.mapping = mapping;
      this.keys = mapping.fields.filter((f) => f.kind === 'key').map((f) => f.name);
      this.dictionaries = {};
      for (const name of [...this.keys, 'TagSet']) this.dictionaries[name] = new Interner();
      this.tagSets = new TagSets(plan.tags, this.dictionaries.TagSet);
      this.order = mapping.collapse_key;
      this.place = Object.fromEntries(this.order.map((name, i) => [name, i]));
      this.tuple = new Int32Array(this.order.length);
      this.table = new TupleTable(this.order.length);
      this.money = plan.money;
      this.derived = mapping.derived.filter((d) => d.kind === 'money' && plan.money.includes(d.of));
      this.sums = {};
      for (const name of [...this.money, ...this.derived.map((d) => d.name)]) this.sums[name] = new Sums();
      this.sumList = this.money.map((name) => this.sums[name]);
      this.filled = new Float64Array(this.money.length);
      const at = (name) => this.money.indexOf(name);
      this.costAt = at(plan.cost);
      this.publicAt = at(mapping.derived.find((d) => d.kind === 'count').where.money);
      this.ofAt = this.derived.length ? at(this.derived[0].of) : -1;
      this.unpriced = this.derived.length ? this.sums[this.derived[0].name] : null;
      this.scale = 0;
      this.rounded = 0;
      this.lines = 0;
      this.hourly = 0;
      this.rows = new Int32Array(256);
      this.pricedRows = new Int32Array(256);
      this.quantities = new Float64Array(256);
      this.ends = [NaN];
      this.endCodes = new Map();
      this.classes = new Int8Array(64).fill(-1);
      // what a line's hour is counted under depends on its collapsed row alone, so it is looked up once a row
      this.meters = new TupleTable(4); // resource, account, provider, usage class
      this.meterKey = new Int32Array(4);
      this.meterOf = new Int32Array(256); // by row: meter + 1, 0 when not yet known
      this.rhythm = new Rhythm();
      this.series = new TupleTable(5); // service code and name, account, currency, usage class
      this.seriesKey = new Int32Array(5);
      this.seriesOf = new Int32Array(256);
      this.hours = new TupleTable(2); // series, hour
      this.hourKey = new Int32Array(2);
      this.recentHour = new Int32Array(64).fill(times.ABSENT_DAY); // by series: the hour last asked for, and where it is
      this.recentAt = new Int32Array(64);
      this.hourCost = new Float64Array(256);
      this.hourRows = new Int32Array(256);
      // a line recognised by its parser (id) falls on the row it fell on last, if its times and flags are the same
      this.knownRow = new Int32Array(256).fill(-1);
      this.knownPeriod = new Float64Array(256);
      this.knownDay = new Int32Array(256);
      this.knownFlags = new Int32Array(256);
      this.soFar = []; // per currency code: [whole, nano, atto]
      const p = this.place;
      this.at = {
        period: p.BillingPeriodStart,
        day: p.day,
        end: p.end,
        flags: p.flags,
        tags: p.TagSet,
        provider: p.ProviderName,
        account: p.SubAccountId,
        resource: p.ResourceId,
        usage: p.UsageType,
        serviceCode: p.ServiceCode,
        serviceName: p.ServiceName,
        currency: p.BillingCurrency,
      };
      // one line
      this.period = NaN;
      this.start = NaN;
      this.end = NaN;
      this.quantity = 0;
      this.lineCost = 0;
      this.whole = new Float64Array(this.money.length);
      this.nano = new Float64Array(this.money.length);
      this.atto = new Float64Array(this.money.length);
      this.touched = new Int32Array(this.money.length); // money indexes that are not zero on this line
      this.touchedCount = 0;
    }

    /** Note money index m of this line, just parsed into money.limbs. A zero only counts as filled. */
    touch(m) {
      const { limbs, info } = money;
      this.filled[m]++;
      if (info[0] > this.scale) this.scale = info[0];
      if (info[1]) this.rounded++;
      if (limbs[0] === 0 && limbs[1] === 0 && limbs[2] === 0) return;
      this.whole[m] = limbs[0];
      this.nano[m] = limbs[1];
      this.atto[m] = limbs[2];
      this.touched[this.touchedCount++] = m;
    }

    /** Note money index m of this line from a table entry [whole, nano, atto, decimals, rounded]. */
    note(m, table, at) {
      this.filled[m]++;
      if (table[at + 3] > this.scale) this.scale = table[at + 3];
      if (table[at + 4]) this.rounded++;
      const whole = table[at],
        nano = table[at + 1],
        atto = table[at + 2];
      if (whole === 0 && nano === 0 && atto === 0) return;
      this.whole[m] = whole;
      this.nano[m] = nano;
      this.atto[m] = atto;
      this.touched[this.touchedCount++] = m;
    }

    /** n lines whose money m is the same table entry: true, and counted, when that is zero. */
    zeros(m, table, at, n) {
      if (table[at] !== 0 || table[at + 1] !== 0 || table[at + 2] !== 0 || table[at + 4] !== 0) return false;
      this.filled[m] += n;
      if (table[at + 3] > this.scale) this.scale = table[at + 3];
      return true;
    }

    /** Put the code of a key field (or of TagSet) of this line; flags likewise. */
    set(name, code) {
      this.tuple[this.place[name]] = code;
    }

    /** The row of a line with these flags and the times at hand that its parser recognised as `id`; -1 when it must be looked up. */
    recall(id, flags) {
      if (id >= this.knownRow.length || this.knownFlags[id] !== flags || this.knownPeriod[id] !== this.period)
        return -1;
      if (this.knownDay[id] !== Math.floor(this.start / times.DAY) || this.end - this.start > times.DAY) return -1;
      return this.knownRow[id];
    }

    /** The keys and tags of `id`, when it was met at other times: into the tuple. False when it was not. */
    recallKeys(id) {
      const row = id < this.knownRow.length ? this.knownRow[id] : -1;
      if (row < 0) return false;
      const { tuple } = this,
        { data, width } = this.table;
      for (let i = 0, at = row * width; i < width; i++) tuple[i] = data[at + i];
      return true;
    }

    /** The line just added as `id` fell on `row`. */
    know(id, row, flags) {
      if (this.end - this.start > times.DAY) return;
      if (id >= this.knownRow.length) {
        const had = this.knownRow.length;
        for (const name of ['knownRow', 'knownPeriod', 'knownDay', 'knownFlags'])
          this[name] = grown(this[name], id + 1);
        this.knownRow.fill(-1, had);
      }
      this.knownRow[id] = this.start === this.start ? row : -1;
      this.knownPeriod[id] = this.period;
      this.knownDay[id] = Math.floor(this.start / times.DAY);
      this.knownFlags[id] = flags;
    }

    /** Recognised lines get new ids from here on. */
    forget() {
      this.knownRow.fill(-1);
    }

    /** The line is complete: collapse it. Returns its row. */
    add() {
      const { at, tuple, start, end } = this;
      const span = end - start;
      tuple[at.period] = this.period === this.period ? Math.floor(this.period / times.DAY) : times.ABSENT_DAY;
      tuple[at.day] = start === start ? Math.floor(start / times.DAY) : times.ABSENT_DAY;
      tuple[at.end] = span > times.DAY ? this.endCode(end) : 0;
      const before = this.table.size;
      const row = this.table.follow(tuple);
      if (row === before && row >= this.rows.length) {
        this.rows = grown(this.rows, row + 1);
        this.pricedRows = grown(this.pricedRows, row + 1);
        this.quantities = grown(this.quantities, row + 1);
        this.meterOf = grown(this.meterOf, row + 1);
        this.seriesOf = grown(this.seriesOf, row + 1);
      }
      this.addTo(row);
      return row;
    }

    /** The line's amounts and times, on a row that is there. */
    addTo(row) {
      const { start } = this,
        span = this.end - start;
      this.lines++;
      this.rows[row]++;
      this.quantities[row] += this.quantity;
      this.addMoney(row);
      if (span <= 3600 && span >= 0) this.addHour(row, start);
      this.touchedCount = 0;
    }

    addMoney(row) {
      const { whole, nano, atto } = this;
      let priced = false,
        cost = false,
        of = false;
      for (let k = 0; k < this.touchedCount; k++) {
        const m = this.touched[k];
        if (m === this.costAt) cost = true;
        if (m === this.ofAt) of = true;
        this.sumList[m].add(row, whole[m], nano[m], atto[m]);
        if (m === this.publicAt && (whole[m] > 0 || nano[m] > 0 || atto[m] > 0)) priced = true;
      }
      if (priced) this.pricedRows[row]++;
      else if (of) {
        const m = this.ofAt;
        this.unpriced.add(row, whole[m], nano[m], atto[m]);
      }
      this.lineCost = 0;
      if (!cost) return;
      const m = this.costAt;
      this.lineCost = whole[m] + nano[m] / 1e9 + atto[m] / 1e18;
      const currency = this.table.data[row * this.table.width + this.at.currency];
      const sum = this.soFar[currency] || (this.soFar[currency] = new Float64Array(3));
      sum[0] += whole[m];
      sum[1] += nano[m];
      if (sum[1] > CARRY || sum[1] < -CARRY) carry(sum, 0, 1);
      sum[2] += atto[m];
      if (sum[2] > CARRY || sum[2] < -CARRY) carry(sum, 0, 2);
    }

    /** A line of at most one hour: the hour table, and the rhythm of its resource if it names one. */
    addHour(row, start) {
      const hour = Math.floor(start / 3600);
      this.hourly++;
      if (this.seriesOf[row] === 0) this.placeRow(row);
      const series = this.seriesOf[row] - 1;
      const h = this.recentHour[series] === hour ? this.recentAt[series] : this.turnHour(series, hour);
      this.hourCost[h] += this.lineCost;
      this.hourRows[h]++;
      if (this.meterOf[row] !== 0) this.rhythm.add(this.meterOf[row] - 1, hour, this.lineCost);
    }

    turnHour(series, hour) {
      this.hourKey[0] = series;
      this.hourKey[1] = hour;
      const h = this.hours.index(this.hourKey);
      if (h >= this.hourRows.length) {
        this.hourRows = grown(this.hourRows, h + 1);
        this.hourCost = grown(this.hourCost, h + 1);
      }
      if (series >= this.recentHour.length) {
        const had = this.recentHour.length;
        this.recentHour = grown(this.recentHour, series + 1);
        this.recentHour.fill(times.ABSENT_DAY, had);
        this.recentAt = grown(this.recentAt, series + 1);
      }
      this.recentHour[series] = hour;
      return (this.recentAt[series] = h);
    }

    /** Series and meter of a row. */
    placeRow(row) {
      const { at, table, seriesKey, meterKey } = this;
      const tuple = table.data.subarray(row * table.width, (row + 1) * table.width);
      const usage = this.usageClass(tuple[at.usage]);
      seriesKey[0] = tuple[at.serviceCode];
      seriesKey[1] = tuple[at.serviceName];
      seriesKey[2] = tuple[at.account];
      seriesKey[3] = tuple[at.currency];
      seriesKey[4] = usage;
      this.seriesOf[row] = this.series.index(seriesKey) + 1;
      if (tuple[at.resource] === 0) return;
      meterKey[0] = tuple[at.resource];
      meterKey[1] = tuple[at.account];
      meterKey[2] = tuple[at.provider];
      meterKey[3] = usage;
      this.meterOf[row] = this.meters.index(meterKey) + 1;
    }

    endCode(end) {
      let code = this.endCodes.get(end);
      if (code === undefined) {
        code = this.ends.length;
        this.ends.push(end);
        this.endCodes.set(end, code);
      }
      return code;
    }

    usageClass(code) {
      if (code >= this.classes.length) {
        const next = new Int8Array(code * 2).fill(-1);
        next.set(this.classes);
        this.classes = next;
      }
      if (this.classes[code] < 0) {
        const usage = this.dictionaries.UsageType.string(code);
        this.classes[code] = this.mapping.usage_classes.findIndex(([, patterns]) =>
          patterns.some((p) => usage.includes(p)),
        );
      }
      return this.classes[code];
    }

    /** {currency: decimal text} of the format's cost column so far. */
    moneySoFar() {
      const out = {};
      this.soFar.forEach((sum, code) => {
        out[this.dictionaries.BillingCurrency.string(code) || ''] = money.formatLimbs(sum[0], sum[1], sum[2]);
      });
      return out;
    }
  }

  Object.assign(parts, { Collapser, Sums, carry });
})((globalThis.CostReaderParts ??= {}));
