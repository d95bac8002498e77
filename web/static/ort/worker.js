/* The model's worker: onnxruntime-web (WebAssembly, one thread), started from a blob by workers.js. The page hands it one
 * port from the Python worker; on it come {id, call: "open" | "run", args} and go {id, result | error}. */
'use strict';
importScripts(BASE + 'vendor/ort/ort.wasm.min.js', BASE + 'vendor/fzstd/whole.js', BASE + 'static/python/unpack.js');
ort.env.wasm.numThreads = 1; // more would need headers a static host does not send
ort.env.wasm.proxy = false;
ort.env.wasm.wasmPaths = BASE + 'vendor/ort/';
ort.env.logLevel = 'error';

const sessions = new Map();
const calls = {
  /** {path} below the site or {bytes}: Uint8Array -> {session, inputs, outputs} */
  async open({ path, bytes }) {
    ort.env.wasm.wasmBinary ??= await CostPack.fetch('vendor/ort/ort-wasm-simd-threaded.wasm.zst');
    if (!bytes) {
      const answer = await fetch(BASE + path);
      if (!answer.ok) throw new Error(`${path}: the server answered ${answer.status}`);
      bytes = new Uint8Array(await answer.arrayBuffer());
    }
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    sessions.set(sessions.size, session);
    return { session: sessions.size - 1, inputs: [...session.inputNames], outputs: [...session.outputNames] };
  },
  /** {session, feeds: {name: {type, dims, data}}} -> {name: {type, dims, data}} */
  async run({ session, feeds }) {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, f]) => [name, new ort.Tensor(f.type, f.data, f.dims)]),
    );
    const results = await sessions.get(session).run(tensors);
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [name, { type: t.type, dims: [...t.dims], data: t.data }]),
    );
  },
};

let line = Promise.resolve(); // one at a time, whoever asks: a session is not re-entrant
self.onmessage = ({ data }) => {
  const { port } = data;
  port.onmessage = ({ data: { id, call, args } }) => {
    line = line.then(async () => {
      try {
        const result = await calls[call](args);
        port.postMessage({ id, result }, call === 'run' ? Object.values(result).map((t) => t.data.buffer) : []);
      } catch (error) {
        port.postMessage({ id, error: String(error?.message ?? error) });
      }
    });
  };
};
