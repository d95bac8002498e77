// Bad input: every case of the shared golden list gives its error, or reads as the whole bill does.
import assert from 'node:assert/strict';
import test from 'node:test';
import { failure, fileFrom, read } from './load.mjs';
import { bills, build, cases } from './recipe.mjs';

for (const { name, file, make, code, text } of cases) {
  test(`${name}${text && `: ${text}`}`, async () => {
    const dropped = fileFrom(build(make), file);
    if (code === null) {
      const [reading] = await read(dropped);
      const focus = make.some((step) => step.bill === 'focus');
      assert.equal(reading.meta.rows, bills[focus ? 'focus' : 'cur'].length - 1);
      assert.equal(
        reading.meta.totals[focus ? 'BilledCost' : 'Unblended'],
        focus ? '15.0000000075' : name === 'many_decimals' ? '286.856440000001' : '286.85644',
      );
      return;
    }
    const report = await failure(dropped);
    assert.ok(report, 'the file must not be read');
    assert.equal(report.code, code, report.message);
    assert.ok(report.message.length > 10 && report.next.length > 10 && report.file === file);
  });
}

test('an encoding error names the byte', async () => {
  const bytes = build([{ bill: 'cur' }, { encode: 'latin-1' }]);
  const { where } = await failure(fileFrom(bytes, 'bill.csv'));
  assert.match(where, new RegExp(`byte ${bytes.indexOf(0xfc)}$`));
});

test('a bad number names its line and its text', async () => {
  const { message } = await failure(fileFrom(build([{ bill: 'cur' }, { replace: ['0.00000', 'NaN'] }]), 'bill.csv'));
  assert.match(message, /line 2/);
  assert.match(message, /NaN/);
});
