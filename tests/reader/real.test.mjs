// Real bills: rows and sums known from native DuckDB's own SQL over the same files (decimal sums of the text).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { failure, fileFrom, fileOf, read, realData } from './load.mjs';

const skip = fs.existsSync(realData) ? false : `no real data at ${realData} (set COSTDNA_REAL_DATA)`;
const known = [
  [
    'cur_v1_parquet/Oct2018-WorkshopCUR-00001.snappy.parquet',
    'CUR 1',
    119307,
    { Unblended: '4064.4831315379', ReservationEffective: '232.25379599', ReservationAmortizedUpfront: '131.4739726' },
  ],
  [
    'cur_v1_parquet/Nov2018-WorkshopCUR-00001.snappy.parquet',
    'CUR 1',
    124340,
    { Unblended: '3505.3269681268', ReservationEffective: '231.40044001', ReservationAmortizedUpfront: '127.23287671' },
  ],
  [
    'cur_v1_csv/sample-anonymous-aws-export-dataset.csv',
    'CUR 1',
    1281,
    { Unblended: '1.6823086974', PublicOnDemand: '3.3561726949' },
  ],
  ['focus_1_0/focus_sample.csv', 'FOCUS 1.0', 1000, { BilledCost: '20.52022672899', ListCost: '20.39090575119' }],
];

for (const [where, version, rows, totals] of known) {
  test(where, { skip }, async () => {
    const [{ meta, arrays }] = await read(await fileOf(path.join(realData, where)));
    assert.equal(meta.version, version);
    assert.equal(meta.rows, rows);
    assert.equal(
      arrays.rows.reduce((a, b) => a + b, 0),
      rows,
    );
    for (const [field, total] of Object.entries(totals)) assert.equal(meta.totals[field], total, field);
    assert.equal(
      arrays['hours.rows'].reduce((a, b) => a + b, 0),
      meta.hourly_rows,
    );
  });
}

test('a loader’s union of CUR 1 and 2.0 columns has no last line end; with one it reads', { skip }, async () => {
  const bytes = fs.readFileSync(path.join(realData, 'cur2_columns/aws_cost_report.csv'));
  assert.equal((await failure(fileFrom(bytes, 'report.csv'))).code, 'mid-row');
  const [{ meta }] = await read(fileFrom(Buffer.concat([bytes, Buffer.from('\n')]), 'report.csv'));
  assert.equal(meta.version, 'CUR 2.0');
  assert.ok(meta.rows >= 19 && meta.columns.length > 200);
});
