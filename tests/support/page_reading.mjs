// The page's reader in node: prints the readings of one file as JSON (typed arrays as lists, NaN as null), or its error.
import path from 'node:path';
import { fileOf, parts, read } from '../reader/load.mjs';

const where = process.argv[2];
let out;
try {
  const file = await fileOf(where);
  const readings = await read(file, path.basename(where));
  out = {
    readings: readings.map(({ meta, arrays }) => ({
      meta,
      arrays: Object.fromEntries(Object.entries(arrays).map(([k, v]) => [k, Array.from(v)])),
    })),
  };
} catch (error) {
  out = { error: parts.toReport(error, path.basename(where)) };
}
process.stdout.write(JSON.stringify(out));
