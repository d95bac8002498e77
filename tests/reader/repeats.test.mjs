// A line recognised by its bytes must give what parsing it gives: the same file is read with and without the memory.
import assert from 'node:assert/strict';
import test from 'node:test';
import { mapping, parts } from './load.mjs';

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
  'lineItem/ResourceId',
  'lineItem/UsageAmount',
  'lineItem/CurrencyCode',
  'lineItem/UnblendedCost',
  'lineItem/LineItemDescription',
  'product/ProductName',
  'pricing/RateId',
  'resourceTags/user:Team',
];

function random(seed) {
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
}

/** A bill of some resources that return every hour, with what upsets a memory: quotes, blanks, changed tags, lines left out. */
function bill(seed, { end = '\n', hours = 30 } = {}) {
  const next = random(seed);
  const lines = [HEADER.join(',')];
  for (let hour = 0; hour < hours; hour++) {
    const at = (h) => new Date(Date.UTC(2026, 2, 1, h)).toISOString().replace('.000', '');
    for (let r = 0; r < 23; r++) {
      if (next() < 0.03) continue;
      const team = hour > 20 && r % 5 === 0 ? 'neu' : ['', 'search', '"a, b"', '"say ""hi"""', 'größe'][r % 5];
      const type = r === 7 ? 'Tax' : 'Usage';
      const cost =
        r % 6 === 0
          ? ''
          : r % 4 === 0
            ? `"${(next() * 9).toFixed(10)}"`
            : (next() * (next() < 0.1 ? -1 : 1)).toFixed(10);
      const description = next() < 0.01 ? '"two\nlines"' : `"$${r} per hour, first tier"`;
      lines.push(
        [
          `id${Math.floor(next() * 1e9)}`,
          '999',
          '2026-03-01T00:00:00Z',
          `10000000000${r % 3}`,
          type,
          at(hour),
          at(hour + 1),
          'AmazonEC2',
          `BoxUsage:t${r % 4}.small`,
          r % 8 === 3 ? '' : `i-0${r}`,
          r % 9 === 0 ? '0' : '1.5',
          'USD',
          cost,
          description,
          'Amazon Elastic Compute Cloud',
          next() < 0.02 ? 'other' : `rate${r}`,
          team,
        ].join(','),
      );
      if (next() < 0.01) lines.push('');
    }
  }
  return Buffer.from(lines.join(end) + end);
}

/** What a bill says, or the error it ends in. */
function outcome(bytes, chunk, memory) {
  const parser = new parts.CsvParser({ mapping });
  const begin = parser.begin.bind(parser);
  parser.begin = (columns) => {
    begin(columns);
    if (!memory) parser.repeats = null;
  };
  try {
    for (let p = 0; p < bytes.length; p += chunk) parser.push(new Uint8Array(bytes.subarray(p, p + chunk)));
    const { meta, arrays } = parts.toReading(parser.finish(), {
      name: 'bill.csv',
      bytes: bytes.length,
      container: 'csv',
      source_id: '',
    });
    return {
      hits: memory ? parser.repeats.hits : 0,
      said: JSON.stringify([meta, Object.entries(arrays).map(([k, a]) => [k, Array.from(a, String)])]),
    };
  } catch (error) {
    assert.ok(error instanceof parts.ReadError, error.stack);
    return { hits: 0, said: JSON.stringify([error.code, error.message, error.where]) };
  }
}

for (const end of ['\n', '\r\n']) {
  test(`with and without the memory of lines a bill says the same (${JSON.stringify(end)})`, () => {
    for (let seed = 1; seed <= 8; seed++) {
      const bytes = bill(seed, { end });
      for (const chunk of [bytes.length, 3001, 700]) {
        const kept = outcome(bytes, chunk, true);
        assert.equal(kept.said, outcome(bytes, chunk, false).said);
        assert.ok(kept.hits > 300, `only ${kept.hits} lines were recognised`);
      }
    }
  });
}

test('a damaged line is the same error, or the same other bill, with and without the memory', () => {
  const next = random(5),
    bytes = bill(3, { hours: 6 });
  const spite = [0, 10, 13, 34, 44, 46, 45, 65, 128, 255];
  for (let k = 0; k < 400; k++) {
    const copy = Buffer.from(bytes);
    const at = HEADER.join(',').length + 1 + Math.floor(next() * (copy.length - 400));
    copy[at] = spite[Math.floor(next() * spite.length)];
    assert.equal(
      outcome(copy, copy.length, true).said,
      outcome(copy, copy.length, false).said,
      `byte ${at} is ${copy[at]}`,
    );
  }
});

test('eight zero bytes and a lone sign byte are not taken for each other', () => {
  const text = (cell) =>
    `${HEADER.join(',')}\n${[0, 1, 2].map((k) => ['a', 'p', '2026-03-01T00:00:00Z', 'acc', 'Usage', '2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z', 'AmazonEC2', k === 2 ? cell : '\0'.repeat(24), 'i-1', '1', 'USD', '1', 'd', 'n', 'r', 't'].join(',')).join('\n')}\n`;
  for (const place of [7, 8, 12, 15]) {
    const bytes = Buffer.from(text('\0'.repeat(24)), 'utf8');
    const last = bytes.lastIndexOf('\0'.repeat(24));
    bytes[last + place] = 0x80;
    assert.equal(outcome(bytes, bytes.length, true).said, outcome(bytes, bytes.length, false).said);
    assert.match(outcome(bytes, bytes.length, true).said, /encoding/);
  }
});

test('a bill that does not repeat itself is left alone most of the time, and its lines are forgotten', () => {
  let renewed = 0;
  const repeats = new parts.Repeats({
    width: 8,
    fixed: new Uint8Array(8),
    amounts: new Int16Array(8).fill(-1),
    keys: 3,
    renewed: () => {
      renewed++;
    },
  });
  repeats.table.index(Int32Array.of(1, 2, 3));
  let tried = 0;
  const lines = 2_000_000;
  for (let i = 0; i < lines; i++) if (repeats.worth()) tried++;
  assert.ok(tried > lines / 20 && tried < lines / 5, `${tried} of ${lines} lines tried`);
  assert.ok(renewed >= 3);
  assert.equal(repeats.table.size, 0);
});
