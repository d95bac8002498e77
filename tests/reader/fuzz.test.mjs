// One random bit at a time. gzip, ZIP and Parquet with page checksums: every flip is an error or changes nothing that was
// read. Parquet without: the share is measured.
// COSTDNA_FLIPS says how many of each (default 150).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileFrom, read, root } from './load.mjs';
import { build } from './recipe.mjs';

const FLIPS = Number(process.env.COSTDNA_FLIPS || 150);
const CODES = new Set([
  'truncated',
  'corrupt',
  'not-a-bill',
  'empty',
  'mid-row',
  'ragged',
  'encoding',
  'unsupported',
  'no-cost',
  'bad-number',
  'bad-time',
  'absurd-cost',
  'row-count',
]);

/** Everything a reading says, apart from the file's own id and size. */
const essence = (readings) =>
  JSON.stringify(
    readings.map(({ meta, arrays }) => [
      { ...meta, source_id: '', name: '', bytes: 0 },
      Object.entries(arrays).map(([k, a]) => [k, Array.from(a, String)]),
    ]),
  );

/** {caught, harmless, wrong} over random flips of a file. */
async function flips(bytes, name, seed) {
  const whole = essence(await read(fileFrom(bytes, name)));
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
  const count = { caught: 0, harmless: 0, wrong: [] };
  for (let k = 0; k < FLIPS; k++) {
    const copy = Buffer.from(bytes);
    const at = Math.floor(next() * copy.length),
      bit = Math.floor(next() * 8);
    copy[at] ^= 1 << bit;
    try {
      if (essence(await read(fileFrom(copy, name))) === whole) count.harmless++;
      else count.wrong.push(`${at}.${bit}`);
    } catch (error) {
      assert.ok(CODES.has(error.code), `flip ${at}.${bit} of ${name}: ${error.stack}`);
      count.caught++;
    }
  }
  return count;
}

const report = (t, name, { caught, harmless, wrong }) =>
  t.diagnostic(
    `${name}: ${FLIPS} flips, ${caught} caught, ${harmless} changed nothing read, ${wrong.length} unnoticed`,
  );

for (const [name, recipe] of [
  ['bill.csv.gz', [{ bill: 'cur' }, { gzip: 1 }]],
  ['members.csv.gz', [{ bill: 'cur' }, { gzip: 3 }]],
  ['bill.zip', [{ bill: 'cur' }, { zip: 'bill.csv' }]],
  ['stored.zip', [{ bill: 'cur' }, { zip: 'bill.csv', stored: true }]],
]) {
  test(`${name}: no flip passes for the bill`, async (t) => {
    const count = await flips(build(recipe), name, 7);
    report(t, name, count);
    assert.deepEqual(count.wrong, []);
  });
}

for (const [name, file] of [
  ['page checksums', 'bad/cur.parquet'],
  ['no checksums', 'parquet/snappy.parquet'],
  ['plain pages, no checksums', 'bad/plain.parquet'],
]) {
  test(`Parquet with ${name}: flips end in an error or a reading, never in a fault; the share is reported`, async (t) => {
    const count = await flips(fs.readFileSync(path.join(root, 'tests/golden', file)), 'bill.parquet', 11);
    report(t, name, count);
    assert.equal(count.caught + count.harmless + count.wrong.length, FLIPS);
    if (name === 'page checksums') assert.deepEqual(count.wrong, []);
  });
}
