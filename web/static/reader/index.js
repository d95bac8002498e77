/* The page's side of the reader: CostReader.read(files, {base, mapping, onProgress, signal, workers}). Alive before Python is.
   CostReader.prepare() when files are about to come: workers then start, and warm up on a made-up bill (rehearsal.js). */
(function (global) {
  'use strict';

  const SPLIT = 48 << 20; // a CSV from this size is cut for several workers
  const PIPE = 4 << 20; // a .gz from this size is inflated beside its parser
  const PATIENCE = 120_000; // ms that workers stand by for a drop that does not come
  const HERE = global.document && document.currentScript ? document.currentScript.src : '';

  const fetchJson = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.json();
  };

  /** The site's mapping table, fetched once. */
  const tables = new Map();
  function mappingOf(base) {
    if (!tables.has(base)) {
      tables.set(base, fetchJson(`${base}static/mapping.json`));
      tables.get(base).catch(() => tables.delete(base)); // asked again next time
    }
    return tables.get(base);
  }

  /** A worker from a blob: URL: it inherits the page's CSP. The page's own starter also meters its bytes. */
  function startWorker(base) {
    if (global.CostWorker) return global.CostWorker.start('static/reader/worker.js', { role: 'reader' });
    const url = URL.createObjectURL(
      new Blob(
        [`self.BASE=${JSON.stringify(base)};importScripts(${JSON.stringify(`${base}static/reader/worker.js`)});`],
        { type: 'text/javascript' },
      ),
    );
    const worker = new Worker(url);
    worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
    return worker;
  }

  /** Workers made when first needed, or all at once beforehand; ended together. */
  class Pool {
    constructor(size, base) {
      this.base = base;
      this.size = size;
      this.mapping = null;
      this.idle = [];
      this.all = [];
      this.waiting = [];
      this.next = 1;
      this.open = new Map();
    }

    /** A worker for oneself until `release`; waits for one when all are busy. */
    acquire() {
      if (this.idle.length) return Promise.resolve(this.idle.pop());
      if (this.all.length < this.size) return Promise.resolve(this.start());
      return new Promise((resolve) => this.waiting.push(resolve));
    }

    start() {
      const worker = startWorker(this.base);
      worker.onmessage = ({ data }) => this.hear(data);
      worker.onerror = (event) => this.broken(worker, event);
      if (this.mapping) worker.postMessage({ mapping: this.mapping });
      this.all.push(worker);
      return worker;
    }

    /** Tell every worker, those to come too, the mapping table. */
    know(mapping) {
      this.mapping = mapping;
      for (const worker of this.all) worker.postMessage({ mapping });
    }

    /** Start every worker before there is work; once the mapping is known they rehearse. */
    standBy() {
      while (this.all.length < this.size) this.idle.push(this.start());
    }

    rehearse() {
      for (const worker of this.idle) worker.postMessage({ rehearse: true });
    }

    release(worker) {
      const next = this.waiting.shift();
      if (next) next(worker);
      else this.idle.push(worker);
    }

    /** Run one job on a worker. Resolves with its message, rejects with a report. */
    job(worker, kind, body, onProgress, transfer = []) {
      const id = this.next++;
      return new Promise((resolve, reject) => {
        this.open.set(id, { resolve, reject, onProgress, worker });
        worker.postMessage({ id, kind, ...body }, transfer);
      });
    }

    hear({ id, type, ...body }) {
      const job = this.open.get(id);
      if (!job) return;
      if (type === 'progress') {
        if (job.onProgress) job.onProgress(body.state);
        return;
      }
      this.open.delete(id);
      if (type === 'error') job.reject(body.report);
      else job.resolve({ id, ...body });
    }

    broken(worker, event) {
      // one that stood by is not given work any more: another is started in its place
      if (this.idle.includes(worker)) for (const list of [this.idle, this.all]) list.splice(list.indexOf(worker), 1);
      for (const [id, job] of this.open) {
        if (job.worker !== worker) continue;
        this.open.delete(id);
        job.reject({
          code: 'unsupported',
          file: '',
          where: '',
          message: `The reader stopped: ${event.message || 'it may be out of memory'}`,
          next: 'Drop fewer files at once.',
        });
      }
    }

    end() {
      for (const worker of this.all) worker.terminate();
      for (const job of this.open.values()) job.reject(new DOMException('The reading was cancelled', 'AbortError'));
      this.open.clear();
    }
  }

  /** Progress of all files as one figure. */
  class Progress {
    constructor(total, onProgress) {
      this.total = total;
      this.onProgress = onProgress;
      this.states = new Map();
      this.last = 0;
    }

    /** A reporter for one piece of work. */
    piece(file) {
      const key = {};
      return (state) => {
        this.states.set(key, state);
        this.tell(file);
      };
    }

    tell(file, force = false) {
      const now = performance.now();
      if (!this.onProgress || (!force && now - this.last < 50)) return;
      this.last = now;
      let bytes = 0,
        rows = 0;
      const money = {};
      for (const state of this.states.values()) {
        bytes += state.bytes;
        rows += state.rows;
        for (const [currency, text] of Object.entries(state.money))
          money[currency] = addText(money[currency] || '0', text);
      }
      this.onProgress({ bytes: Math.min(bytes, this.total), totalBytes: this.total, rows, money, file });
    }
  }

  /** Sum of two decimal texts of up to 18 decimals, exact. */
  function addText(a, b) {
    const units = (text) => {
      const [whole, fraction = ''] = text.replace('-', '').split('.');
      const n = BigInt(whole + fraction.padEnd(18, '0'));
      return text.startsWith('-') ? -n : n;
    };
    const sum = units(a) + units(b);
    const digits = (sum < 0n ? -sum : sum).toString().padStart(19, '0');
    const fraction = digits.slice(-18).replace(/0+$/, '');
    return (sum < 0n ? '-' : '') + digits.slice(0, -18) + (fraction ? '.' + fraction : '');
  }

  /** Read one chosen file with as many workers as help. Resolves to its Readings. */
  async function readFile(pool, item, alone, progress) {
    const { file, info } = item;
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    const is = (...bytes) => bytes.every((b, i) => head[i] === b);
    const text = !is(0x50, 0x41) && !is(0x50, 0x4b) && !is(0x1f, 0x8b) && !is(0xff, 0xfe) && !is(0xfe, 0xff);
    if (alone && pool.size > 1 && text && file.size >= SPLIT) {
      const readings = await readRanges(pool, item, progress);
      if (readings) return readings;
    }
    if (alone && pool.size > 1 && is(0x1f, 0x8b) && file.size >= PIPE) return readPiped(pool, item, progress);
    const worker = await pool.acquire();
    try {
      return (await pool.job(worker, 'source', { file, info }, progress.piece(info.name))).readings;
    } finally {
      pool.release(worker);
    }
  }

  /** Byte ranges on every worker, merged once. null when the cuts cannot be proved: then one worker reads it all. */
  async function readRanges(pool, { file, info }, progress) {
    const ranges = global.CostReaderParts.cut(file.size, pool.size);
    const workers = await Promise.all(ranges.map(() => pool.acquire()));
    const pieces = ranges.map(() => progress.piece(info.name));
    try {
      const done = await Promise.allSettled(
        ranges.map((range, k) => pool.job(workers[k], 'range', { file, range }, pieces[k])),
      );
      const lost = done.find((d) => d.status === 'rejected');
      if (lost && lost.reason instanceof DOMException) throw lost.reason;
      const parts = done.map((d) => d.value);
      if (
        lost ||
        !global.CostReaderParts.aligned(
          parts.map((p) => p.range),
          file.size,
        )
      ) {
        for (const piece of pieces) piece({ bytes: 0, rows: 0, money: {} });
        return null; // read again in order: the error, if it is one, then names its line
      }
      const others = parts.slice(1).map((p) => p.packed);
      const digests = parts.flatMap((p) => p.range.digests.filter(Boolean));
      const merged = await pool.job(
        workers[0],
        'merge',
        { first: parts[0].id, others, digests, info: { ...info, bytes: file.size, container: 'csv' } },
        null,
        others.flatMap(global.CostReaderParts.buffersOf),
      );
      return merged.readings;
    } finally {
      workers.forEach((worker) => pool.release(worker));
    }
  }

  /** One worker inflates, another parses. */
  async function readPiped(pool, { file, info }, progress) {
    const [a, b] = await Promise.all([pool.acquire(), pool.acquire()]);
    try {
      const { port1, port2 } = new MessageChannel();
      const inflating = pool.job(a, 'inflate', { file, port: port1 }, null, [port1]);
      const parsing = pool.job(
        b,
        'parse',
        { port: port2, info: { ...info, bytes: file.size } },
        progress.piece(info.name),
        [port2],
      );
      const [, done] = await Promise.all([inflating, parsing]);
      return done.readings;
    } finally {
      pool.release(a);
      pool.release(b);
    }
  }

  const cores = () => Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2));

  let standby = null; // {pool, timer}: workers that wait for a drop
  let reading = 0; // reads going on

  /** Files are about to come (dragged over the page, or being chosen): start the workers and let them rehearse. Never fails: a read starts its own. */
  async function prepare({ base = new URL('../../', HERE || location.href).href, workers = null } = {}) {
    if (standby || reading) return;
    base = new URL(base, location.href).href;
    const pool = new Pool(workers || cores(), base);
    standby = {
      pool,
      timer: setTimeout(() => {
        if (standby?.pool === pool) standby = null;
        pool.end();
      }, PATIENCE),
    };
    pool.standBy();
    try {
      const [table] = await Promise.all([mappingOf(base), loadParts(base)]);
      if (standby?.pool !== pool) return; // the drop was quicker
      pool.know(table);
      pool.rehearse();
    } catch {
      /* the read that follows fails at the same place, and says so */
    }
  }

  /** The workers that stand by, if they are the right ones; else new ones. */
  function takePool(size, base) {
    if (!standby) return new Pool(size, base);
    const { pool, timer } = standby;
    standby = null;
    clearTimeout(timer);
    if (pool.size === size && pool.base === base) return pool;
    pool.end();
    return new Pool(size, base);
  }

  /** {file, path} of whatever was dropped. */
  const asItem = (entry) => {
    const file = entry instanceof Blob ? entry : entry.file;
    const path = entry.path || file.webkitRelativePath || file.relativePath || file.name;
    return { file, path: path.replace(/^\/+/, '') };
  };

  /**
   * Read everything dropped. files: File[] or {file, path}[]. Resolves to {readings, errors, skipped}; rejects only when aborted.
   * base: URL of the site's root, ending in '/'; mapping: the mapping table, else fetched from base + 'static/mapping.json'.
   */
  async function read(
    files,
    {
      base = new URL('../../', HERE || location.href).href,
      mapping = null,
      onProgress = null,
      signal = null,
      workers = null,
    } = {},
  ) {
    if (signal && signal.aborted) throw new DOMException('The reading was cancelled', 'AbortError');
    base = new URL(base, location.href).href;
    const size = workers || cores();
    const pool = takePool(size, base);
    reading++;
    try {
      return await readAll(pool, files, { base, mapping, onProgress, signal });
    } finally {
      reading--;
      pool.end();
    }
  }

  async function readAll(pool, files, { base, mapping, onProgress, signal }) {
    const [table] = await Promise.all([mapping || mappingOf(base), loadParts(base)]);
    if (table !== pool.mapping) pool.know(table);
    const items = named(files.map(asItem));
    const { selectDrop, isManifest } = global.CostReaderParts;
    const listing = await Promise.all(
      items.map(async ({ file, path }) => ({
        path,
        size: file.size,
        lastModified: file.lastModified || 0,
        ...(isManifest(path, file.size) ? { manifest: await file.text() } : {}),
      })),
    );
    const { chosen, skipped, errors } = selectDrop(listing);
    const byPath = new Map(items.map((item) => [item.path, item.file]));
    const work = chosen.map(({ path, manifest }) => ({ file: byPath.get(path), info: { name: path, manifest } }));
    const progress = new Progress(
      work.reduce((n, w) => n + w.file.size, 0),
      onProgress,
    );
    const abort = () => pool.end();
    if (signal) signal.addEventListener('abort', abort, { once: true });
    const readings = [];
    try {
      // with as many files as workers each worker takes a file; with fewer, a file takes the workers
      const alone = work.length < pool.size || work.length === 1;
      const read = async (item) => {
        try {
          readings.push(...(await readFile(pool, item, alone, progress)));
        } catch (error) {
          if (error instanceof DOMException && error.name === 'AbortError') throw error;
          errors.push(global.CostReaderParts.toReport(error, item.info.name));
        }
      };
      if (alone) for (const item of work) await read(item);
      else await Promise.all(work.map(read));
      progress.tell('', true);
    } finally {
      if (signal) signal.removeEventListener('abort', abort);
    }
    if (signal && signal.aborted) throw new DOMException('The reading was cancelled', 'AbortError');
    readings.sort((x, y) => (x.meta.name < y.meta.name ? -1 : x.meta.name > y.meta.name ? 1 : 0));
    dropTwins(readings, skipped);
    return { readings, errors, skipped };
  }

  /** Two files of one name get names of their own. */
  function named(items) {
    const seen = new Map();
    return items.map((item) => {
      const n = (seen.get(item.path) || 0) + 1;
      seen.set(item.path, n);
      return n === 1 ? item : { ...item, path: item.path.replace(/(\.[^/]*)?$/, (end) => ` (${n})${end}`) };
    });
  }

  /** The same bytes under two names are one file: counted once. */
  function dropTwins(readings, skipped) {
    const first = new Map();
    for (let i = 0; i < readings.length; i++) {
      const { source_id, name } = readings[i].meta;
      if (!first.has(source_id)) {
        first.set(source_id, name);
        continue;
      }
      skipped.push({ path: name, reason: `the same content as ${first.get(source_id)}` });
      readings.splice(i--, 1);
    }
  }

  /** The few parts the page itself needs (choosing files, error reports), once. */
  let loaded = null;
  function loadParts(base) {
    const load = (name) =>
      new Promise((resolve, reject) => {
        const script = document.createElement('script');
        Object.assign(script, {
          src: `${base}static/reader/${name}`,
          async: false,
          onload: resolve,
          onerror: () => reject(new Error(`${name} did not load`)),
        });
        document.head.append(script);
      });
    if (!loaded) {
      loaded = load('scripts.js').then(() => Promise.all(global.CostReaderScripts.page.map(load)));
      loaded.catch(() => {
        loaded = null;
      }); // tried again next time
    }
    return loaded;
  }

  global.CostReader = { prepare, read };
})(globalThis);
