// Exact money, compared with BigInt arithmetic on the same text.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parts } from './load.mjs';

const { money } = parts;
const parsed = (text) => {
  const outcome = money.parseText(text);
  return outcome === money.OK ? money.formatLimbs(...money.limbs) : outcome;
};

test('plain decimals are exact', () => {
  for (const [text, want] of [
    ['0', '0'],
    ['-0.0', '0'],
    ['12.50', '12.5'],
    ['-0.00000080000', '-0.0000008'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['+7', '7'],
    [' 3.25 ', '3.25'],
    ['999999999999999.999999999999999999', '999999999999999.999999999999999999'],
    ['3000000000000', '3000000000000'],
    ['0.000000000000000001', '0.000000000000000001'],
  ]) {
    assert.equal(parsed(text), want, text);
  }
});

test('exponents are written out', () => {
  for (const [text, want] of [
    ['1e-12', '0.000000000001'],
    ['1.5E3', '1500'],
    ['-2.5e-1', '-0.25'],
    ['0e99', '0'],
    ['123e-20', '0.000000000000000001'],
    ['1E15', '1000000000000000'],
    ['12.5e+2', '1250'],
  ]) {
    assert.equal(parsed(text), want, text);
  }
});

test('digits beyond the 18th are rounded half to even and counted', () => {
  for (const [text, want, rounded] of [
    ['0.0000000000000000005', '0', 1],
    ['0.0000000000000000015', '0.000000000000000002', 1],
    ['0.0000000000000000025', '0.000000000000000002', 1],
    ['0.00000000000000000250001', '0.000000000000000003', 1],
    ['0.9999999999999999999', '1', 1],
    ['0.50000000000000000000', '0.5', 0],
  ]) {
    assert.equal(parsed(text), want, text);
    assert.equal(money.info[1], rounded, text);
  }
});

test('no number is BAD, beyond 10^15 is ABSURD', () => {
  for (const text of [
    '',
    ' ',
    'NaN',
    'Infinity',
    '-inf',
    '1,000',
    '12 USD',
    '1.2.3',
    '--1',
    '1e',
    'e5',
    '0x10',
    '.',
    '-',
  ])
    assert.equal(parsed(text), money.BAD, text);
  for (const text of ['1000000000000000.1', '1e16', '2e180', '99999999999999999999999', '-1000000000000001'])
    assert.equal(parsed(text), money.ABSURD, text);
});

test('a double is its shortest round-trip decimal', () => {
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 4294967296;
  const values = [0, -0, 0.1, 1 / 3, 1e-12, 123456789.123456789, 5e-324 * 0, 2 ** 40 + 0.5, -17.29];
  for (let i = 0; i < 20000; i++)
    values.push(
      (random() - 0.5) * 10 ** Math.floor(random() * 14 - 6),
      Math.round(random() * 1e10) / 1e10,
      Math.round(random() * 1e12) / 1e8,
    );
  for (const v of values) {
    assert.equal(money.parseDouble(v), money.OK);
    const got = money.formatLimbs(...money.limbs);
    assert.equal(parsed(String(v)), got, String(v));
  }
});

test('a quantity is the nearest double', () => {
  const bytes = (text) => Buffer.from(text);
  for (const text of [
    '1',
    '-1.5',
    '0.002007490000000',
    '123456789012345678901234.5',
    '1e-7',
    '3.0000000000000004',
    '0.1',
    '.25',
    '7.',
  ]) {
    assert.equal(money.parseNumber(bytes(text), 0, text.length), Number(text), text);
  }
  for (const text of ['many', '', '.', '1.2.3', 'NaN', '0x1'])
    assert.ok(Number.isNaN(money.parseNumber(bytes(text), 0, text.length)), text);
});

test('DECIMAL is read from its unscaled integer', () => {
  money.parseScaled(-12345n, 4);
  assert.equal(money.formatLimbs(...money.limbs), '-1.2345');
  money.parseScaled(7n, 18);
  assert.equal(money.formatLimbs(...money.limbs), '0.000000000000000007');
});
