// Folded codes: equal exactly where every column is, also across batches, columns that begin to vary late, and files too varied to fold.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fileFrom, parts, read } from './load.mjs';

test('rows have one folded code exactly when all their columns agree', () => {
  let seed = 9;
  const next = (n) => Math.floor(((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296) * n);
  const fold = new parts.Fold(5, 512);
  let byId = new Map(),
    byRow = new Map(),
    renewed = 0;
  for (let batch = 0; batch < 12; batch++) {
    const n = batch === 3 ? 1 : 512;
    // one column never varies, one only from the fifth batch on, one only between batches
    const columns = [
      () => 4,
      () => next(7),
      () => (batch < 5 ? 2 : next(3)),
      () => (batch < 8 ? 1 : 3),
      () => next(60),
    ].map((value) => Int32Array.from({ length: n }, value));
    assert.equal(fold.run(columns, n), true);
    if (fold.fresh) {
      byId = new Map();
      byRow = new Map();
      renewed++;
    }
    for (let i = 0; i < n; i++) {
      const row = columns.map((codes) => codes[i]).join(),
        id = fold.ids[i];
      assert.equal(byId.get(id) ?? row, row);
      assert.equal(byRow.get(row) ?? id, id);
      byId.set(id, row);
      byRow.set(row, id);
    }
  }
  assert.equal(renewed, 3);
});

test('a file of ever new rows is not folded for long', () => {
  const fold = new parts.Fold(2, 4096);
  let folded = 0;
  for (let batch = 0; batch < 20; batch++) {
    const codes = Int32Array.from({ length: 4096 }, (_, i) => batch * 4096 + i);
    if (fold.run([codes, codes.map((c) => c % 7)], 4096)) folded++;
  }
  assert.ok(folded >= 8 && folded < 12, `${folded} batches`);
});

test('a Parquet bill of several days is the same whether its rows are folded or not', async () => {
  const bytes = parts.rehearsalBills.parquetBill();
  const said = async () => {
    const [{ meta, arrays }] = await read(fileFrom(bytes, 'bill.parquet'));
    return JSON.stringify([meta, Object.entries(arrays).map(([name, a]) => [name, Array.from(a, String)])]);
  };
  const folded = await said(),
    { run } = parts.Fold.prototype;
  try {
    parts.Fold.prototype.run = function () {
      this.fresh = false;
      return false;
    };
    assert.equal(folded, await said());
  } finally {
    parts.Fold.prototype.run = run;
  }
});
