// The byte parser against a plain one written from the contract: random bills, any chunking, any cut into ranges.
import assert from 'node:assert/strict';
import test from 'node:test';
import zlib from 'node:zlib';
import { fileFrom, mapping, parts, read } from './load.mjs';

const HEADER = [
  'identity/LineItemId',
  'bill/PayerAccountId',
  'bill/BillingPeriodStartDate',
  'lineItem/UsageAccountId',
  'lineItem/LineItemType',
  'lineItem/UsageStartDate',
  'lineItem/UsageEndDate',
  'lineItem/ProductCode',
  'lineItem/UsageType',
  'lineItem/UsageAmount',
  'lineItem/CurrencyCode',
  'lineItem/UnblendedCost',
  'lineItem/LineItemDescription',
  'lineItem/ResourceId',
  'product/ProductName',
  'product/servicename',
  'pricing/publicOnDemandCost',
  'resourceTags/user:Team',
  'resourceTags/user:Env',
  'costCategory/Unit',
];

function randoms(seed) {
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
  return { next, pick: (list) => list[Math.floor(next() * list.length)] };
}

const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Random lines as records, and their CSV. */
function bill(seed, lines, end = '\n') {
  const { next, pick } = randoms(seed);
  const rows = Array.from({ length: lines }, (_, i) => {
    const day = 1 + Math.floor(next() * 3),
      hour = Math.floor(next() * 23);
    const long = next() < 0.1;
    return [
      `id${i}`,
      '1111',
      '2024-03-01T00:00:00Z',
      pick(['222', '333']),
      pick(['Usage', 'Tax', 'Credit']),
      `2024-03-0${day}T${String(hour).padStart(2, '0')}:00:00Z`,
      long ? '2024-03-31T23:59:59Z' : `2024-03-0${day}T${String(hour + 1).padStart(2, '0')}:00:00Z`,
      pick(['AmazonEC2', 'AmazonS3']),
      pick(['BoxUsage:m5', 'TimedStorage-ByteHrs', 'Requests-Tier1']),
      pick(['', '0', '1.5', '2']),
      pick(['USD', 'USD', 'EUR']),
      pick(['0', '0.0000000125', '-3.5', '12.000000000000000001', '1e-9', '']),
      pick(['plain', 'Refund for one-time fee for Savings Plan ID: x', 'a "quoted" one', 'two\nlines, and a comma']),
      pick(['', 'i-1', 'i-2', 'arn:ünï']),
      pick(['', 'EC2']),
      pick(['', 'Elastic']),
      pick(['', '0', '1.25', '-1']),
      pick(['', 'a', 'b,c', 'q"q']),
      pick(['', 'prod']),
      pick(['', 'x']),
    ];
  });
  return { rows, text: [HEADER, ...rows].map((r) => r.map(quoted).join(',') + end).join('') };
}

const units = (text) => {
  const match = /^(-?)(\d*)\.?(\d*)(?:e(-?\d+))?$/.exec(text);
  if (!text) return 0n;
  const shift = 18 - match[3].length + Number(match[4] || 0);
  const value = BigInt(match[2] + match[3]) * 10n ** BigInt(shift);
  return match[1] ? -value : value;
};

/** The contract, slowly: {key: {rows, unblended, unpriced, priced, quantity}}. */
function expected(rows) {
  const out = new Map();
  for (const r of rows) {
    const v = Object.fromEntries(HEADER.map((h, i) => [h, r[i]]));
    const start = Date.parse(v['lineItem/UsageStartDate']) / 1000,
      end = Date.parse(v['lineItem/UsageEndDate']) / 1000;
    const tags = [
      ['costcategory', 'Unit', v['costCategory/Unit']],
      ['resource', 'user:Env', v['resourceTags/user:Env']],
      ['resource', 'user:Team', v['resourceTags/user:Team']],
    ].filter((t) => t[2]);
    const flags =
      (v['lineItem/LineItemDescription'].startsWith('Refund for one-time fee for Savings Plan ID') ? 1 : 0) +
      (Number(v['lineItem/UsageAmount']) !== 0 ? 2 : 0);
    const key = JSON.stringify([
      v['lineItem/UsageAccountId'],
      v['lineItem/LineItemType'],
      Math.floor(start / 86400),
      end - start > 86400 ? end : null,
      v['lineItem/ProductCode'],
      v['lineItem/UsageType'],
      v['lineItem/CurrencyCode'],
      v['lineItem/ResourceId'],
      v['product/ProductName'] || v['product/servicename'],
      flags,
      tags.length ? JSON.stringify(tags) : '',
    ]);
    const row = out.get(key) || { rows: 0, unblended: 0n, unpriced: 0n, priced: 0, quantity: 0 };
    const cost = units(v['lineItem/UnblendedCost']),
      priced = units(v['pricing/publicOnDemandCost']) > 0n;
    row.rows++;
    row.unblended += cost;
    if (priced) row.priced++;
    else row.unpriced += cost;
    row.quantity += Number(v['lineItem/UsageAmount']);
    out.set(key, row);
  }
  return out;
}

/** A Reading in the same form. */
function actual({ meta, arrays }) {
  const out = new Map();
  const text = (field, i) => meta.dictionaries[field][arrays[`codes.${field}`][i]];
  const sum = (field, i) =>
    BigInt(arrays[`sum.${field}.whole`][i]) * 10n ** 18n +
    BigInt(arrays[`sum.${field}.nano`][i]) * 10n ** 9n +
    BigInt(arrays[`sum.${field}.atto`][i]);
  for (let i = 0; i < arrays.rows.length; i++) {
    const key = JSON.stringify([
      text('SubAccountId', i),
      text('LineItemType', i),
      arrays.day[i],
      Number.isNaN(arrays.end[i]) ? null : arrays.end[i],
      text('ServiceCode', i),
      text('UsageType', i),
      text('BillingCurrency', i),
      text('ResourceId', i),
      text('ServiceName', i),
      arrays.flags[i],
      text('TagSet', i),
    ]);
    assert.ok(!out.has(key), 'a collapse key occurs twice');
    out.set(key, {
      rows: arrays.rows[i],
      unblended: sum('Unblended', i),
      unpriced: sum('UnpricedUnblended', i),
      priced: arrays.priced_rows[i],
      quantity: arrays.quantity[i],
    });
  }
  return out;
}

const same = (reading, rows) => {
  const got = actual(reading),
    want = expected(rows);
  assert.equal(got.size, want.size);
  for (const [key, row] of want) assert.deepEqual(got.get(key), row, key);
};

test('random bills collapse as the contract says', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { rows, text } = bill(seed, 800, seed % 2 ? '\n' : '\r\n');
    const [reading] = await read(fileFrom(text, 'bill.csv'));
    same(reading, rows);
    assert.equal(reading.meta.rows, 800);
    assert.deepEqual(reading.meta.tag_sources, ['costcategory', 'resource']);
  }
});

test('chunks of any size give the same tables', () => {
  const { rows, text } = bill(9, 120);
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 7, 64, 333, 5000]) {
    const parser = new parts.CsvParser({ mapping });
    for (let at = 0; at < bytes.length; at += size) parser.push(Uint8Array.from(bytes.subarray(at, at + size)));
    same(parts.toReading(parser.finish(), {}), rows);
  }
});

test('ranges cut anywhere meet exactly and merge into the whole', async () => {
  const { rows, text } = bill(11, 900);
  const blob = fileFrom(text, 'bill.csv');
  const header = text.indexOf('\n') + 1;
  let proved = 0;
  for (let k = 0; k < 60; k++) {
    const at = header + 1 + Math.floor(((blob.size - header - 2) * k) / 60);
    const ranges = [];
    for (const range of [
      { from: 0, to: at },
      { from: at, to: blob.size },
    ])
      ranges.push(await parts.readRange(blob, range, { mapping }));
    assert.ok(parts.aligned(ranges, blob.size) || ranges[1].first !== ranges[0].end, 'a cut is proved or refused');
    if (!parts.aligned(ranges, blob.size)) continue;
    proved++;
    parts.absorb(ranges[0].collapser, structuredClone(parts.pack(ranges[1].collapser)));
    same(parts.toReading(ranges[0].collapser, {}), rows);
  }
  assert.ok(proved >= 55, `${proved} of 60 cuts were proved`);
});

test('the gzip of several members, cut anywhere, is one text', async () => {
  const { rows, text } = bill(3, 300);
  const bytes = Buffer.from(text);
  for (const members of [1, 2, 5]) {
    const cuts = Array.from({ length: members + 1 }, (_, k) => Math.floor((k * bytes.length) / members));
    const file = Buffer.concat(cuts.slice(1).map((to, k) => zlib.gzipSync(bytes.subarray(cuts[k], to))));
    same((await read(fileFrom(file, 'bill.csv.gz')))[0], rows);
  }
});

test('rhythm and hours count distinct hours and every line', async () => {
  const { rows, text } = bill(21, 700);
  const [{ arrays, meta }] = await read(fileFrom(text, 'bill.csv'));
  const hourly = rows.filter((r) => !r[6].endsWith('23:59:59Z'));
  assert.equal(meta.hourly_rows, hourly.length);
  assert.equal(
    arrays['hours.rows'].reduce((a, b) => a + b, 0),
    hourly.length,
  );
  const seen = new Set(hourly.filter((r) => r[13]).map((r) => [r[3], r[13], r[8], r[5]].join('|')));
  assert.equal(
    arrays['rhythm.hours'].reduce((a, b) => a + b, 0),
    seen.size,
  );
  const first = arrays['rhythm.hour'][0];
  assert.ok(first >= 0 && first < 168);
  const cost = hourly.reduce((n, r) => n + Number(r[11] || 0), 0);
  assert.ok(Math.abs(arrays['hours.cost'].reduce((a, b) => a + b, 0) - cost) < 1e-9);
});

test('codes lie in the narrowest integers that hold them, and say the same texts', async () => {
  const header =
    'bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/ResourceId,lineItem/CurrencyCode,lineItem/UnblendedCost';
  const lines = Array.from(
    { length: 600 },
    (_, i) =>
      `1,2024-03-01T00:00:00Z,${i % 255},Usage,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,AmazonEC2,i-${i % 256},USD,1`,
  );
  const [{ meta, arrays }] = await read(fileFrom(`${[header, ...lines].join('\n')}\n`, 'bill.csv'));
  for (const table of ['codes', 'rhythm']) {
    // 255 accounts and the empty text fit a byte, 256 resources and the empty text do not
    assert.ok(
      arrays[`${table}.SubAccountId`] instanceof Uint8Array && arrays[`${table}.ResourceId`] instanceof Uint16Array,
    );
    const said = new Set(
      Array.from(
        arrays[`${table}.ResourceId`],
        (code, row) =>
          `${meta.dictionaries.SubAccountId[arrays[`${table}.SubAccountId`][row]]} ${meta.dictionaries.ResourceId[code]}`,
      ),
    );
    assert.deepEqual(
      said,
      new Set(
        lines.map((line) => {
          const cells = line.split(',');
          return `${cells[2]} ${cells[7]}`;
        }),
      ),
    );
  }
  assert.equal(arrays['sum.Unblended.nano'].buffer, arrays['sum.Unblended.atto'].buffer);
  assert.deepEqual([...new Set(arrays['sum.Unblended.atto'])], [0]);
});
