// The reader's classic scripts in this process, in the order a worker imports them.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'web/static/reader');
const { scripts } = JSON.parse(fs.readFileSync(path.join(folder, 'scripts.json'), 'utf8'));
for (const name of scripts) vm.runInThisContext(fs.readFileSync(path.join(folder, name), 'utf8'), { filename: path.join(folder, name) });

export const parts = globalThis.CostReaderParts;
export const mapping = JSON.parse(fs.readFileSync(path.join(root, 'py/costdna/columns/mapping.json'), 'utf8'));
export const realData = path.resolve(root, process.env.COSTDNA_REAL_DATA || '../shared/data');

/** A File over a path on disk, not read until it is sliced. */
export async function fileOf(where) {
  const blob = await fs.openAsBlob(where);
  return Object.assign(blob, { name: path.basename(where) });
}

/** Bytes or text as a dropped file. */
export const fileFrom = (content, name) => new File([content], name);

/** Readings of one file, read in this process. */
export const read = (file, name = file.name) => parts.readSource(file, { name }, { mapping });

/** The error's report of a read that must fail. */
export async function failure(file) {
  try {
    await read(file);
  } catch (error) {
    return parts.toReport(error, file.name);
  }
  return null;
}
