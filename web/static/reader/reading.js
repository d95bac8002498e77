/* A Collapser's tables as the Reading of docs/reading.md; and tables packed by one worker, absorbed by another. */
(function (parts) {
  'use strict';

  const { Interner, Sums, Collapser, ReadError, money, carry, grown, room } = parts;

  /** Limbs brought below 2^53 by carrying, so every one is an exact integer. */
  function tidy(sums, rows, field) {
    for (const page of sums.pages) {
      if (!page) continue;
      for (let i = 0; i < page.length; i += 3) {
        if (Math.abs(page[i + 2]) >= 1e9) carry(page, i, 2);
        if (Math.abs(page[i + 1]) >= 1e9) carry(page, i, 1);
        if (Math.abs(page[i]) > Number.MAX_SAFE_INTEGER) {
          throw new ReadError('absurd-cost', `The sum of ${field} is beyond 9·10^15`, field);
        }
      }
    }
  }

  const total = (sums) => {
    const sum = [0n, 0n, 0n];
    for (const page of sums.pages) {
      if (!page) continue;
      for (let i = 0; i < page.length; i++) if (page[i] !== 0) sum[i % 3] += BigInt(page[i]);
    }
    return money.formatLimbs(sum[0], sum[1], sum[2]);
  };

  const narrow = (codes, size) => (room(size) === Int32Array ? codes : new (room(size))(codes));

  /** meta: {source_id, name, bytes, container, manifest, warnings}. Returns {meta, arrays} of docs/reading.md. */
  function toReading(collapser, meta) {
    const { plan, table, place } = collapser;
    const rows = table.size;
    const arrays = {};
    for (const name of [...collapser.keys, 'TagSet'])
      arrays[`codes.${name}`] = narrow(table.column(place[name]), collapser.dictionaries[name].size);
    arrays.period = table.column(place.BillingPeriodStart);
    arrays.day = table.column(place.day);
    arrays.end = Float64Array.from(table.column(place.end), (code) => collapser.ends[code]);
    arrays.flags = table.column(place.flags);
    arrays.rows = collapser.rows.slice(0, rows);
    arrays.quantity = collapser.quantities.slice(0, rows);
    arrays.priced_rows = collapser.pricedRows.slice(0, rows);
    const totals = {},
      zeros = new Float64Array(rows); // one for all the limbs that are zero throughout, which most are
    for (const [name, sums] of Object.entries(collapser.sums)) {
      tidy(sums, rows, name);
      totals[name] = total(sums);
      ['whole', 'nano', 'atto'].forEach((limb, k) => {
        arrays[`sum.${name}.${limb}`] = sums.limb(k, rows) || zeros;
      });
      sums.pages = [];
    }
    Object.assign(arrays, rhythmArrays(collapser), hourArrays(collapser));
    const dictionaries = {};
    for (const [name, dictionary] of Object.entries(collapser.dictionaries)) dictionaries[name] = dictionary.strings();
    const warnings = [...(meta.warnings || [])];
    if (collapser.tagSets.unreadable)
      warnings.push(`${collapser.tagSets.unreadable} different tag texts are no JSON map and were left out`);
    if (collapser.rounded) warnings.push(`${collapser.rounded} amounts had more than 18 decimals and were rounded`);
    return {
      arrays,
      meta: {
        source_id: meta.source_id,
        name: meta.name,
        bytes: meta.bytes,
        container: meta.container,
        format: plan.format,
        version: plan.version,
        rows: collapser.lines,
        columns: plan.columns,
        mapped: plan.mapped,
        absent: plan.absent,
        filled: Object.fromEntries(collapser.money.map((name, m) => [name, collapser.filled[m]])),
        scale: collapser.scale,
        rounded: collapser.rounded,
        hourly_rows: collapser.hourly,
        dictionaries,
        tag_columns: [...new Set(plan.tags.map((t) => plan.columns[t.column]))],
        tag_sources: plan.tagSources,
        totals,
        warnings,
        manifest: meta.manifest || null,
      },
    };
  }

  function rhythmArrays(collapser) {
    const { meters, dictionaries, mapping } = collapser;
    const { meter, hour, cost, hours } = collapser.rhythm.rows();
    const n = meter.length;
    const of = (k, size) => {
      const out = new (room(size))(n);
      for (let r = 0; r < n; r++) out[r] = meters.data[meter[r] * 4 + k];
      return out;
    };
    const coded = (k, name) => of(k, dictionaries[name].size);
    return {
      'rhythm.ProviderName': coded(2, 'ProviderName'),
      'rhythm.SubAccountId': coded(1, 'SubAccountId'),
      'rhythm.ResourceId': coded(0, 'ResourceId'),
      'rhythm.class': of(3, mapping.usage_classes.length),
      'rhythm.hour': hour,
      'rhythm.cost': cost,
      'rhythm.hours': hours,
    };
  }

  function hourArrays(collapser) {
    const { hours, series, dictionaries, mapping } = collapser;
    const of = hours.column(0);
    const out = { 'hours.hour': hours.column(1) };
    ['ServiceCode', 'ServiceName', 'SubAccountId', 'BillingCurrency', 'class'].forEach((name, k) => {
      out[`hours.${name}`] = narrow(
        of.map((at) => series.data[at * 5 + k]),
        name === 'class' ? mapping.usage_classes.length : dictionaries[name].size,
      );
    });
    out['hours.cost'] = collapser.hourCost.slice(0, hours.size);
    out['hours.rows'] = collapser.hourRows.slice(0, hours.size);
    return out;
  }

  /** Every table of a Collapser as plain typed arrays, ready to travel to another worker. */
  function pack(c) {
    const dictionaries = {};
    for (const [name, dictionary] of Object.entries(c.dictionaries)) dictionaries[name] = dictionary.pack();
    const sums = {};
    for (const [name, s] of Object.entries(c.sums)) sums[name] = s.pages;
    const size = c.table.size;
    return {
      columns: c.plan.columns,
      dictionaries,
      sums,
      tuples: c.table.pack(),
      size,
      rows: c.rows.slice(0, size),
      pricedRows: c.pricedRows.slice(0, size),
      quantities: c.quantities.slice(0, size),
      ends: c.ends,
      lines: c.lines,
      hourly: c.hourly,
      scale: c.scale,
      rounded: c.rounded,
      filled: c.filled,
      unreadable: c.tagSets.unreadable,
      meters: c.meters.pack(),
      series: c.series.pack(),
      rhythm: c.rhythm.pack(),
      hours: { keys: c.hours.pack(), cost: c.hourCost.slice(0, c.hours.size), rows: c.hourRows.slice(0, c.hours.size) },
    };
  }

  /** Buffers of a packed Collapser, to be transferred instead of copied. */
  function buffersOf(packed) {
    const found = new Set();
    const visit = (value) => {
      if (ArrayBuffer.isView(value)) found.add(value.buffer);
      else if (value && typeof value === 'object') Object.values(value).forEach(visit);
    };
    visit(packed);
    return [...found];
  }

  /** Add another worker's packed tables (same columns) to this Collapser. */
  function absorb(c, packed) {
    const maps = {};
    for (const [name, p] of Object.entries(packed.dictionaries))
      maps[name] = Interner.unpack(p).remapInto(c.dictionaries[name]);
    const mapOf = c.order.map((name) => maps[name] || null);
    const width = c.order.length,
      endAt = c.place.end;
    const target = new Int32Array(packed.size);
    for (let r = 0; r < packed.size; r++) {
      for (let i = 0; i < width; i++) {
        const v = packed.tuples[r * width + i];
        c.tuple[i] = mapOf[i] ? mapOf[i][v] : i === endAt && v ? c.endCode(packed.ends[v]) : v;
      }
      const row = (target[r] = c.table.index(c.tuple));
      if (row >= c.rows.length) {
        c.rows = grown(c.rows, row + 1);
        c.pricedRows = grown(c.pricedRows, row + 1);
        c.quantities = grown(c.quantities, row + 1);
      }
      c.rows[row] += packed.rows[r];
      c.pricedRows[row] += packed.pricedRows[r];
      c.quantities[row] += packed.quantities[r];
    }
    for (const [name, pages] of Object.entries(packed.sums)) addPages(c.sums[name], pages, target);
    c.lines += packed.lines;
    c.hourly += packed.hourly;
    c.scale = Math.max(c.scale, packed.scale);
    c.rounded += packed.rounded;
    c.tagSets.unreadable = Math.max(c.tagSets.unreadable, packed.unreadable);
    packed.filled.forEach((n, m) => {
      c.filled[m] += n;
    });
    absorbHours(c, packed, maps);
  }

  function addPages(sums, pages, target) {
    pages.forEach((page, at) => {
      if (!page) return;
      const n = page.length / 3;
      for (let i = 0; i < n; i++) {
        const w = page[i * 3],
          nano = page[i * 3 + 1],
          atto = page[i * 3 + 2];
        if (w !== 0 || nano !== 0 || atto !== 0) sums.add(target[at * n + i], w, nano, atto);
      }
    });
  }

  /** Packed tuples whose columns are codes of the named dictionaries (null: as they are) into a table of c. Returns their new indexes. */
  function mergeTuples(table, packed, columns, maps) {
    const width = columns.length,
      key = new Int32Array(width);
    const out = new Int32Array(packed.length / width);
    for (let t = 0; t < out.length; t++) {
      for (let i = 0; i < width; i++)
        key[i] = columns[i] ? maps[columns[i]][packed[t * width + i]] : packed[t * width + i];
      out[t] = table.index(key);
    }
    return out;
  }

  function absorbHours(c, packed, maps) {
    const meters = mergeTuples(c.meters, packed.meters, ['ResourceId', 'SubAccountId', 'ProviderName', null], maps);
    const series = mergeTuples(
      c.series,
      packed.series,
      ['ServiceCode', 'ServiceName', 'SubAccountId', 'BillingCurrency', null],
      maps,
    );
    const { rhythm, hours } = packed;
    const moved = { series };
    c.rhythm.absorb(rhythm, meters);
    mergeTuples(c.hours, hours.keys, ['series', null], moved).forEach((at, k) => {
      if (at >= c.hourRows.length) {
        c.hourRows = grown(c.hourRows, at + 1);
        c.hourCost = grown(c.hourCost, at + 1);
      }
      c.hourCost[at] += hours.cost[k];
      c.hourRows[at] += hours.rows[k];
    });
  }

  Object.assign(parts, { toReading, pack, absorb, buffersOf });
})((globalThis.CostReaderParts ??= {}));
