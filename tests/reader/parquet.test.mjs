// Parquet in every way a writer may choose: the same 24 lines each time, so the same tables as from their CSV.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { failure, fileFrom, fileOf, mapping, parts, read, root } from './load.mjs';
import { build } from './recipe.mjs';

const folder = path.join(root, 'tests/golden/parquet');
const KEYS = [
  'PayerAccountId',
  'ProviderName',
  'SubAccountId',
  'ResourceId',
  'ServiceCode',
  'ServiceName',
  'UsageType',
  'Operation',
  'LineItemType',
  'BillingCurrency',
];

/** Collapsed rows as sorted texts: keys, day, flags, team and exact sums. */
function table({ meta, arrays }) {
  const rows = [];
  for (let i = 0; i < arrays.rows.length; i++) {
    const tags = meta.dictionaries.TagSet[arrays['codes.TagSet'][i]];
    rows.push(
      JSON.stringify([
        ...KEYS.map((k) => meta.dictionaries[k][arrays[`codes.${k}`][i]]),
        tags ? JSON.parse(tags)[0][2] : '',
        arrays.period[i],
        arrays.day[i],
        arrays.flags[i],
        arrays.rows[i],
        arrays.priced_rows[i],
        arrays.quantity[i],
        ...['Unblended', 'PublicOnDemand', 'UnpricedUnblended'].flatMap((m) =>
          ['whole', 'nano', 'atto'].map((l) => arrays[`sum.${m}.${l}`][i]),
        ),
      ]),
    );
  }
  return rows.sort();
}

const [csv] = await read(fileFrom(build([{ bill: 'cur' }]), 'bill.csv'));

for (const name of fs.readdirSync(folder).sort()) {
  test(name, async () => {
    const [reading] = await read(await fileOf(path.join(folder, name)));
    assert.deepEqual(table(reading), table(csv));
    assert.equal(reading.meta.totals.Unblended, '286.85644');
    assert.equal(reading.meta.container, 'parquet');
    assert.equal(reading.meta.hourly_rows, 24);
    assert.equal(reading.meta.version, /tags_(map|json|structs)/.test(name) ? 'CUR 2.0' : 'CUR 1');
    if (name === 'tags_map.parquet')
      assert.ok(reading.meta.dictionaries.RegionId.includes('eu-west-1'), 'a region from the product map');
  });
}

test('a value outside what its own footer states is corrupt', async () => {
  const bytes = fs.readFileSync(path.join(folder, '../bad/plain.parquet'));
  const largest = Buffer.alloc(8);
  largest.writeDoubleLE(23.82137); // twice in the page's header, once in its data, twice in the footer
  const copies = [];
  for (let at = bytes.indexOf(largest); at >= 0; at = bytes.indexOf(largest, at + 1)) copies.push(at);
  assert.equal(copies.length, 5);
  bytes.writeDoubleLE(2.8e9, copies[2]);
  assert.equal((await failure(fileFrom(bytes, 'bill.parquet'))).code, 'corrupt');
});

test('a file held in memory and one read piece by piece say the same', async () => {
  const said = (readings) =>
    JSON.stringify(
      readings.map(({ meta, arrays }) => [
        meta,
        Object.entries(arrays).map(([name, a]) => [name, Array.from(a, String)]),
      ]),
    );
  for (const name of fs.readdirSync(folder)) {
    const file = await fileOf(path.join(folder, name));
    const [held, pieces] = await Promise.all(
      [Infinity, 0].map((most) => parts.readSource(file, { name }, { mapping, held: most })),
    );
    assert.equal(said(held), said(pieces), name);
  }
});
