// node compile.mjs '[["in.zip","out.zip",keepDocstrings],…]': compiles Python sources with the interpreter of the page.
import { readFileSync, writeFileSync, renameSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.NODE_MODULES ?? join(here, '../../node_modules');
const { loadPyodide } = await import(pathToFileURL(join(modules, 'pyodide/pyodide.mjs')));

const py = await loadPyodide({
  indexURL: join(modules, 'pyodide') + '/',
  args: ['-X', 'no_debug_ranges'], // tracebacks keep their lines; columns are a tenth of the bytecode
});
py.runPython(readFileSync(join(here, 'compile.py'), 'utf8'));
for (const [source, target, keepDocs] of JSON.parse(process.argv[2])) {
  py.FS.writeFile('/in.zip', new Uint8Array(readFileSync(source)));
  py.runPython(`convert("/in.zip", "/out.zip", ${keepDocs ? 'True' : 'False'})`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target + '.part', py.FS.readFile('/out.zip'));
  renameSync(target + '.part', target);
}
