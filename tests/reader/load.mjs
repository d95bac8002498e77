// The reader's classic scripts in this process, in the order a worker imports them.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'web/static/reader');
const run = (name) =>
  vm.runInThisContext(fs.readFileSync(path.join(folder, name), 'utf8'), {
    filename: path.join(folder, name),
    importModuleDynamically: (s) => import(s),
  });
run('scripts.js');
globalThis.CostReaderScripts.worker.forEach(run);

export const parts = globalThis.CostReaderParts;
export const mapping = JSON.parse(fs.readFileSync(path.join(root, 'py/costdna/columns/mapping.json'), 'utf8'));
export const realData = path.resolve(root, process.env.COSTDNA_REAL_DATA || '../shared/data');

// vendor/… of the site is node_modules/… here, by the same list the site is built from
const vendor = JSON.parse(fs.readFileSync(path.join(folder, 'vendor.json'), 'utf8'));
const sources = new Map(
  Object.entries(vendor).flatMap(([name, files]) =>
    Object.entries(files).map(([from, to]) => [to, path.join(root, 'node_modules', name, from)]),
  ),
);
parts.importVendor = (base, name) => import(pathToFileURL(sources.get(name)));

/** A Blob over a path on disk, not read until it is sliced. */
export async function fileOf(where) {
  return Object.assign(await fs.openAsBlob(where), { name: path.basename(where) });
}

/** Bytes or text as a dropped file. */
export const fileFrom = (content, name) => new File([content], name);

/** Readings of one file, read in this process. */
export const read = (file, name = file.name) => parts.readSource(file, { name }, { mapping });

/** The error's report of a read that must fail; null when it does not. */
export async function failure(file) {
  try {
    await read(file);
  } catch (error) {
    return parts.toReport(error, file.name);
  }
  return null;
}
