/* The page's side of Panel's protocol: renders what the Python worker builds, and carries changes both ways.
 * Loaded first in the head, so that Python starts booting before the Bokeh scripts have arrived. */
'use strict';
const CostPage = (() => {
  const page = { marks: {}, state: 'starting', on: {} };
  const scripts = new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  let queue = [];
  let busy = false;
  let patching = 0;
  let jsdoc = null;
  let model = null;
  let aside = null;
  let own = null;
  const runs = new Map();

  const mark = (name) => {
    page.marks[name] ??= performance.now();
  };
  const tell = (event, detail) => page.on[event]?.(detail);
  const send = (message, transfer) => page.python.postMessage(message, transfer ?? []);

  // While Python is busy, later values of the same attribute replace earlier ones.
  function change(event) {
    if (event.setter_id === 'py' || patching > 0) return;
    if (busy && event.model && event.attr) {
      queue = queue.filter((old) => !(old.model === event.model && old.attr === event.attr));
      queue.push(event);
      return;
    }
    busy = true;
    send({ type: 'patch', patches: [jsdoc.create_json_patch([event])] });
  }

  const handlers = {
    status({ msg }) {
      tell('status', msg);
    },
    async render({ docs_json, render_items, root_ids, marks }) {
      await scripts; // the deferred Bokeh scripts have run by then
      mark('python');
      page.marks.worker = marks;
      const ids = JSON.parse(root_ids);
      const items = JSON.parse(render_items);
      const roots = {};
      ids.forEach((id, i) => {
        // The first root is the app; the others (location and the like) draw nothing.
        const element = i
          ? document.body.appendChild(Object.assign(document.createElement('div'), { hidden: true, id: `root-${i}` }))
          : document.getElementById('app-root');
        roots[id] = element.id;
      });
      Object.assign(items[0], { roots, root_ids: ids });
      const [views] = await Bokeh.embed.embed_items(JSON.parse(docs_json), items);
      jsdoc = [...views.roots.values()][0].model.document;
      jsdoc.on_change(change, false);
      send({ type: 'rendered' });
      send({ type: 'location', location: JSON.stringify(window.location) });
    },
    ready() {
      mark('ready');
      page.state = 'ready';
      document.documentElement.dataset.python = 'ready';
      tell('ready');
    },
    patch({ patch, buffers }) {
      patching += 1;
      try {
        jsdoc.apply_json_patch(patch, buffers);
      } finally {
        patching -= 1;
      }
    },
    idle() {
      if (queue.length) {
        // A patch each: Python drops a whole patch that names anything it has redrawn since, and a wish must not go with it.
        const patches = queue.map((event) => jsdoc.create_json_patch([event]));
        queue = [];
        send({ type: 'patch', patches });
      } else busy = false;
    },
    download({ name, mime, bytes }) {
      const href = URL.createObjectURL(new Blob([bytes], { type: mime }));
      const link = Object.assign(document.createElement('a'), { href, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(href), 60000);
    },
    aside({ port }) {
      aside ??= CostWorker.start('static/python/worker.js', { role: 'aside' });
      aside.onmessage = ({ data }) => {
        if (['ort', 'progress', 'note'].includes(data.type)) handlers[data.type](data);
      };
      aside.postMessage({ type: 'serve', port }, [port]);
    },
    ort({ port }) {
      model ??= CostWorker.start('static/ort/worker.js', { role: 'model' });
      model.postMessage({ port }, [port]);
    },
    ran({ id, result, error }) {
      const { done, fail } = runs.get(id);
      runs.delete(id);
      error === undefined ? done(result) : fail(new Error(error));
    },
    progress(p) {
      tell('progress', p);
    },
    note({ text }) {
      tell('note', text);
    },
    view({ name }) {
      tell('view', name);
    },
    session({ text, met }) {
      tell('session', { text, met });
    },
    known(session) {
      tell('known', session);
    },
    failed(f) {
      if (f.during === 'start') page.state = 'failed';
      console.error(f.traceback);
      tell('failed', f);
    },
  };

  function start() {
    page.state = 'starting';
    busy = false;
    queue = [];
    try {
      page.python = CostWorker.start('static/python/worker.js', { role: 'python' });
    } catch (error) {
      page.python = { postMessage() {}, terminate() {} }; // a browser that forbids workers; told once there is somewhere to tell it
      scripts.then(() =>
        handlers.failed({
          during: 'start',
          message: String(error?.message ?? error),
          traceback: String(error?.stack ?? error),
        }),
      );
      return;
    }
    page.python.onmessage = ({ data }) => handlers[data.type]?.(data);
    self.CostCompanion?.give(page.python);
    page.python.onerror = (e) =>
      handlers.failed({
        during: 'start',
        message: e.message || 'the worker could not be started',
        traceback: String(e.message),
      });
  }

  /** Hand readings over ({meta, arrays} each); their buffers move, they are not copied. Waits for Python by itself. */
  page.load = (readings, options) => {
    const buffers = new Set(readings.flatMap((r) => Object.values(r.arrays).map((a) => a.buffer)));
    send({ type: 'load', readings, options }, [...buffers]);
  };
  /** Hand over a model file of one's own: Python looks whether it is good. It is kept for a restart of Python. */
  page.model = (bytes) => {
    own = bytes;
    send({ type: 'model', bytes });
  };
  /** What another window kept of the bill that is open: Python brings it together with what was said here. */
  page.meet = (what) => send({ type: 'meet', what: JSON.stringify(what) });
  /** Run Python in its worker; answers with repr() of the last expression. Try to leak something. */
  page.run = (code) =>
    new Promise((done, fail) => {
      const id = runs.size + Math.random();
      runs.set(id, { done, fail });
      send({ type: 'run', id, code });
    });
  /** Drop everything Python holds: a fresh worker, nothing kept but, where asked for, a model of one's own. */
  page.clear = ({ model: keep = false } = {}) => {
    page.python.terminate();
    model?.terminate();
    aside?.terminate();
    model = aside = null;
    delete document.documentElement.dataset.python;
    jsdoc?.clear();
    document.getElementById('app-root').replaceChildren();
    start();
    tell('restarted');
    if (keep && own) page.model(own);
    else own = null;
  };
  start();
  return page;
})();
