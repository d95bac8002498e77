// What a drop makes the reader read: the golden cases, which the native reader obeys as well.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { parts, root } from './load.mjs';

const folder = path.join(root, 'tests/golden/drops');
for (const name of fs.readdirSync(folder).sort()) {
  const { text, listing, expect } = JSON.parse(fs.readFileSync(path.join(folder, name, 'drop.json'), 'utf8'));
  test(`${name}: ${text}`, () => {
    const got = parts.selectDrop(listing.map((f) => (f.manifest ? { ...f, manifest: JSON.stringify(f.manifest) } : f)));
    assert.deepEqual(
      got.chosen.map((c) => [c.path, c.manifest]),
      expect.chosen,
    );
    assert.deepEqual(
      got.skipped.map((s) => s.path),
      expect.skipped,
    );
    assert.ok(
      got.skipped.every((s) => s.reason.length > 5),
      'every file left out has its reason',
    );
    assert.deepEqual(
      got.errors.map((e) => ({ code: e.code, file: e.file })),
      expect.errors,
    );
    const all = [...got.chosen.map((c) => c.path), ...got.skipped.map((s) => s.path)].sort();
    assert.deepEqual(all, listing.map((f) => f.path).sort(), 'every dropped file is either read or named');
  });
}
