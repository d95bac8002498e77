// A FOCUS bill kept as a spreadsheet reads as its CSV does: dates from serial days, numbers as their shortest decimals.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { failure, fileFrom, fileOf, read, root } from './load.mjs';
import { build } from './recipe.mjs';

const where = path.join(root, 'tests/golden/xlsx/focus.xlsx');

test('a spreadsheet and the CSV it came from', async () => {
  const [sheet] = await read(await fileOf(where));
  const [csv] = await read(fileFrom(build([{ bill: 'focus' }]), 'bill.csv'));
  assert.equal(sheet.meta.container, 'xlsx');
  for (const name of ['rows', 'version', 'format', 'totals', 'hourly_rows', 'mapped', 'tag_sources', 'dictionaries'])
    assert.deepEqual(sheet.meta[name], csv.meta[name], name);
  for (const name of Object.keys(csv.arrays)) assert.deepEqual(sheet.arrays[name], csv.arrays[name], name);
});

test('a flipped bit of a spreadsheet is caught', async () => {
  const bytes = fs.readFileSync(where);
  const at = bytes.indexOf('xl/worksheets/sheet2.xml') + 200;
  bytes[at] ^= 4;
  assert.equal((await failure(fileFrom(bytes, 'focus.xlsx'))).code, 'corrupt');
});
