// Builds the files of tests/golden/bad/cases.json (its `text` says what each step does).
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { parts, root } from './load.mjs';

export const folder = path.join(root, 'tests/golden/bad');
export const { bills, cases } = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'), 'utf8'));

const utf16 = (text, swap) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return swap ? bytes.swap16() : bytes;
};

const encodings = {
  'latin-1': (t) => Buffer.from(t, 'latin1'),
  'utf-16le': (t) => utf16(t, false),
  'utf-16be': (t) => utf16(t, true),
};

/** gzip of the bytes cut into n members. */
const gzip = (bytes, n) =>
  Buffer.concat(
    Array.from({ length: n }, (_, k) =>
      zlib.gzipSync(bytes.subarray(Math.floor((k * bytes.length) / n), Math.floor(((k + 1) * bytes.length) / n))),
    ),
  );

/** One entry in an archive. */
export function zip(bytes, name, stored) {
  const packed = stored ? bytes : zlib.deflateRawSync(bytes);
  const label = Buffer.from(name);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(stored ? 0 : 8, 4);
  fields.writeUInt32LE(parts.crc32(bytes), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(label.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, label]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), label]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, central, end]);
}

const steps = {
  bill: (b, name) => Buffer.concat([b, Buffer.from(bills[name].map((line) => `${line}\n`).join(''))]),
  text: (b, text) => Buffer.concat([b, Buffer.from(text)]),
  bytes: (b, hex) => Buffer.concat([b, Buffer.from(hex, 'hex')]),
  file: (b, name) => Buffer.concat([b, fs.readFileSync(path.join(folder, name))]),
  lines: (b, n) =>
    Buffer.from(
      b
        .toString()
        .split('\n')
        .slice(0, n)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  replace: (b, [old, now]) => {
    const text = b.toString();
    if (!text.includes(old)) throw new Error(`nothing to replace: ${old}`);
    return Buffer.from(text.replace(old, () => now));
  },
  replace_all: (b, [old, now]) => Buffer.from(b.toString().replaceAll(old, now)),
  cut: (b, n) => b.subarray(0, n < 0 ? b.length + n : n),
  cut_after: (b, text) => b.subarray(0, b.indexOf(text) + Buffer.byteLength(text)),
  encode: (b, name) => encodings[name](b.toString()),
  gzip: (b, n) => gzip(b, n),
  zip: (b, name, step) => zip(b, name, step.stored),
  flip: (b, [offset, bit]) => {
    const copy = Buffer.from(b);
    copy[offset < 0 ? copy.length + offset : offset] ^= 1 << bit;
    return copy;
  },
};

/** The bytes of a case. */
export function build(recipe) {
  return recipe.reduce((bytes, step) => {
    const [name] = Object.keys(step);
    return steps[name](bytes, step[name], step);
  }, Buffer.alloc(0));
}
