/* The Python worker: Pyodide, Panel and our packages. Started from a blob by workers.js; keeps Panel's message protocol
 * (status, render, rendered, patch, idle, location) and adds load, model, run, download, progress, view, failed and the
 * port to the model's worker. All of Python's side is `costdna_web.boot`. */
'use strict';
importScripts(BASE + 'vendor/pyodide/pyodide.js', BASE + 'vendor/fzstd/whole.js', BASE + 'static/python/unpack.js');

const post = (type, more = {}, transfer = []) => self.postMessage({ type, ...more }, transfer);
const marks = { started: performance.now() };
let boot = null; // costdna_web.boot once Python is up; costdna_web.aside in the second interpreter

// Pyodide asks for its WebAssembly by address; what lies there is packed.
const WASM = 'vendor/pyodide/pyodide.asm.wasm';
const plain = self.fetch.bind(self);
const interpreter = CostPack.fetch(WASM + '.zst');
interpreter.catch(() => {}); // reported where it is awaited
self.fetch = (what, how) =>
  String(what?.url ?? what) === BASE + WASM
    ? interpreter.then((bytes) => new Response(bytes, { headers: { 'Content-Type': 'application/wasm' } }))
    : plain(what, how);

/* ---- other workers: requests go over a port straight to them, never through the page, which only starts them ---- */
const doors = {}; // worker → ask(call, args)
function door(name) {
  return (doors[name] ??= (() => {
    const { port1, port2 } = new MessageChannel();
    const waiting = new Map();
    let next = 0;
    port1.onmessage = ({ data }) => {
      const { done, fail } = waiting.get(data.id);
      waiting.delete(data.id);
      data.error ? fail(new Error(data.error)) : done(data.result);
    };
    post(name, { port: port2 }, [port2]);
    return (call, args, transfer = []) =>
      new Promise((done, fail) => {
        waiting.set(++next, { done, fail });
        port1.postMessage({ id: next, call, args }, transfer);
      });
  })());
}
// What Python sees as js.costdna.
self.costdna = {
  base: BASE,
  token: '', // what the desktop companion on this machine is asked with; none on a static host
  parts: self.PARTS ?? [], // optional files this site was built with
  post: (type, json) => post(type, JSON.parse(json)),
  download: (name, mime, bytes) => post('download', { name, mime, bytes }, [bytes.buffer]),
  async ortOpen(path, bytes) {
    return door('ort')('open', { path, bytes }, bytes ? [bytes.buffer] : []);
  },
  async ortRun(session, feeds) {
    return door('ort')(
      'run',
      { session, feeds },
      Object.values(feeds).map((f) => f.data.buffer),
    );
  },
};

// The second interpreter, for what takes long (costdna_web/aside.py): the same script in the role "aside".
const ASIDE = self.ROLE === 'aside';
if (!ASIDE) {
  self.costdna.asideAsk = (bytes) => door('aside')('ask', bytes, [bytes.buffer]);
  self.costdna.asideTell = (bytes) => {
    door('aside')('ask', bytes, [bytes.buffer]).catch(() => {});
  }; // whoever asks next is told
}

function sendPatch(patch, buffers) {
  post('patch', { patch, buffers });
}

function failed(error, during) {
  // Pyodide puts Python's traceback in the message; its last line is what happened.
  const text = String(error?.message ?? error);
  post('failed', { during, message: text.trim().split('\n').pop(), traceback: text });
}

async function start() {
  post('status', { msg: 'Starting Python' });
  const packs = Promise.all(['library', 'app'].map((name) => CostPack.fetch(`python/${name}.pack.zst`)));
  const [py] = await Promise.all([
    loadPyodide({
      indexURL: BASE + 'vendor/pyodide/',
      lockFileURL: BASE + 'vendor/pyodide/pyodide-lock.json',
      packageBaseUrl: BASE + 'vendor/pyodide/',
      // The standard library lies in the pack as well, compiled; Pyodide is given an empty zip for it.
      stdLibURL: URL.createObjectURL(new Blob([Uint8Array.of(80, 75, 5, 6, ...new Uint8Array(18))])),
      fsInit: async (FS) => {
        for (const pack of await packs) CostPack.unpack(FS, pack, '/lib/python3.13/');
      },
    }),
    interpreter,
    packs,
  ]);
  marks.python = performance.now();
  if (ASIDE) {
    boot = py.pyimport('costdna_web.aside');
    return;
  }
  post('status', { msg: 'Preparing the page' });
  boot = py.pyimport('costdna_web.boot');
  const [docs_json, render_items, root_ids] = boot.start(BASE).toJs();
  marks.built = performance.now();
  post('render', { docs_json, render_items, root_ids, marks });
}

const ready = start().catch((error) => {
  failed(error, 'start');
  throw error;
});

let nowLinked; // a bill dropped early waits until the page has drawn the empty app
const linked = new Promise((resolve) => {
  nowLinked = resolve;
});

const handlers = {
  rendered() {
    boot.linked(sendPatch);
    nowLinked();
    post('ready', { marks });
  },
  patch({ patches }) {
    for (const patch of patches)
      try {
        boot.patch(patch);
      } catch (error) {
        failed(error, 'patch');
      }
    post('idle');
  },
  companion({ token }) {
    self.costdna.token = token;
  },
  serve({ port }) {
    let line = ready; // one at a time, in order
    port.onmessage = ({ data: { id, args } }) => {
      line = Promise.allSettled([line, ready]).then(async () => {
        try {
          await ready;
          const result = await boot.ask(args);
          port.postMessage({ id, result }, [result.buffer]);
        } catch (error) {
          port.postMessage({ id, error: String(error?.message ?? error) });
        }
      });
    };
  },
  location({ location }) {
    boot.location(location);
  },
  async load({ readings, options }) {
    await linked;
    const metas = readings.map((r) => JSON.stringify(r.meta));
    const arrays = readings.map((r) => r.arrays);
    try {
      await boot.load(metas, arrays, JSON.stringify(options ?? {}));
    } catch (error) {
      failed(error, 'load');
    }
  },
  async model({ bytes }) {
    await linked;
    try {
      await boot.model(bytes);
    } catch (error) {
      failed(error, 'model');
    }
  },
  meet({ what }) {
    try {
      boot.meet(what);
    } catch (error) {
      failed(error, 'work');
    }
  },
  /* For the curious and for the tests: run Python here and see what it may and may not do. */
  async run({ id, code }) {
    try {
      post('ran', { id, result: await boot.run(code) });
    } catch (error) {
      post('ran', { id, error: String(error?.message ?? error) });
    }
  },
};

self.onmessage = async ({ data }) => {
  if (data.type === 'serve') return void handlers.serve(data); // what waits there is told when Python does not come up
  try {
    await ready;
  } catch {
    return;
  }
  await handlers[data.type]?.(data);
};
