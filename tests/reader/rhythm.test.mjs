// The rhythm of resources against a plain map of every line, over more than 32 weeks and before 1970, in one piece and in two.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parts } from './load.mjs';

/** Lines [meter, hour, cost] over `weeks` weeks from hour `from`. */
function lines(seed, from, weeks) {
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
  return Array.from({ length: 4000 }, () => [
    Math.floor(next() * 150),
    from + Math.floor(next() * weeks * 168),
    Math.floor(next() * 1000),
  ]);
}

/** {"meter hour-of-week": [cost, distinct hours]} */
function plain(all) {
  const seen = new Map();
  for (const [meter, hour, cost] of all) {
    const key = `${meter} ${(((hour + 72) % 168) + 168) % 168}`;
    const [sum, hours] = seen.get(key) || [0, new Set()];
    seen.set(key, [sum + cost, hours.add(hour)]);
  }
  return Object.fromEntries([...seen].sort().map(([key, [sum, hours]]) => [key, [sum, hours.size]]));
}

function told(rhythm) {
  const { meter, hour, cost, hours } = rhythm.rows();
  return Object.fromEntries(Array.from(meter, (m, i) => [`${m} ${hour[i]}`, [cost[i], hours[i]]]).sort());
}

for (const [what, from, weeks] of [
  ['a month', 490000, 5],
  ['two years', 490000, 60],
  ['around 1970', -400, 5],
]) {
  test(`rhythm of ${what}`, () => {
    const all = lines(3, from, weeks);
    const whole = new parts.Rhythm(),
      first = new parts.Rhythm(),
      second = new parts.Rhythm();
    all.forEach((line, i) => {
      whole.add(...line);
      if (i < 2000) first.add(...line);
      else second.add(149 - line[0], line[1], line[2]); // the other worker numbers its meters otherwise
    });
    assert.deepEqual(told(whole), plain(all));
    first.absorb(
      second.pack(),
      Int32Array.from({ length: 150 }, (_, m) => 149 - m),
    );
    assert.deepEqual(told(first), plain(all));
  });
}
