// The made-up bill that waiting workers read: it must be a bill, the same in both forms, and a real job must end its reading.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileFrom, mapping, parts, read } from './load.mjs';

const { csvBill, parquetBill } = parts.rehearsalBills;

test('the made-up bill says the same as CSV and as Parquet', async () => {
  const rows = 16384;
  const [[csv], [parquet]] = await Promise.all([
    read(fileFrom(csvBill(rows), 'a.csv')),
    read(fileFrom(parquetBill(rows), 'a.parquet')),
  ]);
  assert.equal(csv.meta.rows, rows);
  const said = ({ meta, arrays }) => ({
    rows: meta.rows,
    totals: meta.totals,
    tags: meta.dictionaries.TagSet.length,
    filled: meta.filled.Unblended,
    collapsed: arrays.rows.length,
    hours: arrays['hours.rows'].length,
    period: arrays.period[0],
  });
  assert.deepEqual(said(parquet), said(csv));
  assert.ok(Number(csv.meta.totals.Unblended) > 1000 && csv.meta.totals.ReservationEffective !== '0');
  assert.ok(csv.arrays.rows.length > 4096, 'too few rows to fill a page of sums');
});

test('a rehearsal reads its bills to the end, and not one more once there is real work', async () => {
  const names = [],
    readSource = parts.readSource;
  try {
    let started = 0;
    parts.readSource = async (blob, info, context) => {
      started++;
      await readSource(blob, info, context);
      names.push(info.name);
    };
    await parts.rehearse({ mapping }, () => false);
    assert.deepEqual([...new Set(names)].sort(), ['rehearsal.csv', 'rehearsal.parquet']);
    assert.equal(names.length, started);
    names.length = started = 0;
    let asked = 0;
    await parts.rehearse({ mapping }, () => ++asked > 1).catch((error) => assert.equal(error.code, 'stopped'));
    assert.equal(started, 1);
    assert.deepEqual(names, []);
  } finally {
    parts.readSource = readSource;
  }
});
