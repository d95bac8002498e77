// node pytest.mjs ROOT TOOLS WHEELS '["pytest","arguments"]': pytest inside Pyodide, over the project as it is on disk.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [root, tools, wheels, args] = process.argv.slice(2);
const modules = process.env.NODE_MODULES ?? join(dirname(fileURLToPath(import.meta.url)), '../../node_modules');
const { loadPyodide } = await import(pathToFileURL(join(modules, 'pyodide/pyodide.mjs')));

const py = await loadPyodide({
  indexURL: join(modules, 'pyodide') + '/',
  packageCacheDir: wheels,
  packageBaseUrl: wheels + '/',
  env: { HOME: '/home/pyodide', PYODIDE: '1' },
});
await py.loadPackage(['numpy', 'pandas', 'packaging', 'scikit-learn'], { messageCallback: () => {} });
for (const [at, from] of [
  ['/project', root],
  ['/tools', tools],
]) {
  py.FS.mkdirTree(at);
  py.FS.mount(py.FS.filesystems.NODEFS, { root: from }, at);
}
py.globals.set('arguments', py.toPy(JSON.parse(args)));
const code = py.runPython(`
import asyncio, os, sys
sys.path[:0] = ["/tools", "/project/py", "/project/web"]
sys.dont_write_bytecode = True
os.chdir("/project")

def drive(coroutine, **_):
    """asyncio.run for a coroutine that never waits but to let others in, by sleep(0) (there is no thread to wait on here)."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as done:
        return done.value
    raise RuntimeError("a test waits for something that cannot happen inside Pyodide")

asyncio.run = drive
import pytest
int(pytest.main(["-p", "no:cacheprovider", "-p", "no:faulthandler", "--rootdir=/project", *arguments]))
`);
process.exit(code);
