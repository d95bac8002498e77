/* The landing: live before Python. Takes the files at the drop, starts the reader at once, hands the readings over. */
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const reader = { abort: null };
  let loading = false; // Python adds a bill up that is not shown yet
  let shownNext = null; // what there is to know of that bill once it is shown
  let bill = false; // one is open: what goes wrong with another leads back to it
  const home = () => (bill ? 'app' : 'landing');
  const show = (name) => {
    for (const id of ['landing', 'reading', 'app']) $(id).hidden = id !== name;
    $('forget').hidden = name !== 'app';
    $('keep').hidden = name !== 'app' || CostCompanion.here;
    if (name !== 'app') $('beside').hidden = true;
    else CostKeep.shown?.();
  };
  const count = new Intl.NumberFormat();
  const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

  /* ---- what left ---- */
  const contexts = new Map();
  function meter({ who, bytes, foreign, blocked, own = 0 }) {
    contexts.set(who, { bytes, foreign, blocked, own });
    const all = { bytes: 0, foreign: 0, blocked: 0, own: 0 };
    for (const c of contexts.values()) for (const k in all) all[k] += c[k];
    for (const k in all) $(`meter-${k}`).textContent = count.format(all[k]);
    const leak = all.bytes > 0 || all.foreign > 0;
    $('meter').toggleAttribute('data-leak', leak);
    $('meter-text').textContent =
      all.foreign && !all.bytes
        ? `${count.format(all.foreign)} requests left`
        : `${count.format(all.bytes)} bytes sent`;
  }
  self.onmeter = meter;
  meter({ who: costMeter.who, ...costMeter.totals });
  costMeter.channel.onmessage = ({ data }) => meter(data);

  /* ---- problems ---- */
  function problems(list) {
    const box = $('problems');
    if (bill) $('app').before(box);
    else document.querySelector('#landing .lead').after(box);
    box.replaceChildren(
      ...list.map((p) => {
        const item = document.createElement('li');
        const add = (tag, text) => {
          if (text) item.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
        };
        add('b', p.message);
        add('small', [p.file, p.where].filter(Boolean).join(' · '));
        add('small', p.next);
        if (p.traceback) {
          const d = document.createElement('details');
          d.append(
            Object.assign(document.createElement('summary'), { textContent: 'Details for a bug report' }),
            Object.assign(document.createElement('pre'), { textContent: p.traceback }),
          );
          item.appendChild(d);
        }
        return item;
      }),
    );
    box.hidden = list.length === 0;
    if (!list.length) return;
    if (bill) {
      box.lastChild.append(
        Object.assign(document.createElement('small'), {
          textContent: 'The bill that was open stays open, with its answers.',
        }),
      );
      const close = Object.assign(document.createElement('button'), {
        type: 'button',
        className: 'button quiet',
        textContent: 'Close',
      });
      close.addEventListener('click', () => problems([]));
      box.lastChild.append(close);
    }
    show(home());
    box.scrollIntoView({ block: 'nearest' });
  }
  const plain = (error) => ({
    message: error?.message ?? String(error),
    file: error?.file,
    where: error?.where,
    next: error?.next,
  });

  /* ---- reading ---- */
  const mb = (n) => (n / 1e6 < 10 ? (n / 1e6).toFixed(1) : count.format(Math.round(n / 1e6)));
  function progress(started, p) {
    const share = p.totalBytes ? p.bytes / p.totalBytes : 0;
    $('reading-bar').value = share;
    const seconds = (performance.now() - started) / 1000;
    const left = share > 0.02 && seconds > 1 ? Math.ceil(seconds / share - seconds) : null;
    const parts = [`${mb(p.bytes ?? 0)} of ${mb(p.totalBytes ?? 0)} MB`];
    if (p.rows) parts.push(`${short.format(p.rows)} lines`);
    for (const [currency, amount] of Object.entries(p.money ?? {})) parts.push(`${money(amount, currency)} so far`);
    if (left !== null) parts.push(`${left} s left`);
    $('reading-text').textContent = parts.join(' · ');
  }
  function money(value, currency) {
    try {
      return new Intl.NumberFormat(undefined, {
        style: 'currency',
        currency: currency || 'USD',
        maximumFractionDigits: 0,
      }).format(Number(value));
    } catch {
      return `${count.format(Number(value))} ${currency ?? ''}`.trim();
    }
  }

  /* With a bill open, a CSV of customers or of their usage, or a rules file, is about that bill; a table that is plainly no bill is audited. */
  async function aside(files) {
    const rest = [];
    for (const file of files) {
      const head =
        /\.(csv|tsv)$/i.test(file.name) && file.size < 4e6
          ? (await file.slice(0, 4096).text())
              .split(/\r?\n/)[0]
              .toLowerCase()
              .split(/[,;\t]/)
              .map((c) => c.trim())
          : [];
      const who =
        head.some((c) => ['customer', 'customer_id', 'tenant'].includes(c)) && !head.some((c) => /cost/.test(c));
      const what = who
        ? head.some((c) => ['date', 'day'].includes(c))
          ? 'usage'
          : 'customers'
        : /\.ya?ml$/i.test(file.name) && file.size < 1e6
          ? 'rules'
          : '';
      if (!what && head.length > 1 && !head.some((c) => /cost|line_?item|billing|charge|usage/.test(c)))
        CostDoor.send({ go: 'audit:open', value: await file.text() });
      else if (what) CostDoor.send({ go: `fill:share-${what}`, value: await file.text() });
      else rest.push(file);
    }
    return rest;
  }

  /* told: a session file dropped with the bill, or kept: taken once the bill is shown. kept: the files come from this browser's store. */
  async function open(files, options = {}, told = '', kept = false) {
    const mine = files.find((f) => f.name.endsWith('.costdna-model'));
    if (mine) {
      files = files.filter((f) => f !== mine);
      if (mine.size > 64e6)
        CostShell.say('The model was not taken: the file is larger than a model can be. What spoke before goes on.');
      else CostPage.model(new Uint8Array(await mine.arrayBuffer()));
    }
    const saved = files.find((f) => f.name.endsWith('.costdna.json'));
    if (saved) {
      files = files.filter((f) => f !== saved);
      told = await saved.text();
      if (!files.length && !$('app').hidden) return void CostDoor.send({ go: 'session:open', value: told });
      if (!files.length)
        return problems([
          {
            message: 'A session file is about a bill, and none is here.',
            file: saved.name,
            next: 'Drop the bill together with it.',
          },
        ]);
    }
    if (!$('app').hidden && files.length) {
      const rest = await aside(files);
      if (!rest.length) return;
      files = rest;
    }
    if (!files.length) return;
    problems([]);
    reader.abort?.abort();
    if (loading) restart(); // what is being added up is no longer wanted, and would be shown while this one is read
    const abort = (reader.abort = new AbortController());
    const names = files.length === 1 ? files[0].name : `${count.format(files.length)} files`;
    $('reading-title').textContent = `Reading ${names}`;
    $('reading-bar').value = 0;
    $('reading-text').textContent = '';
    show('reading');
    const started = performance.now();
    try {
      const { readings, errors, skipped } = await CostReader.read(files, {
        onProgress: (p) => progress(started, p),
        signal: abort.signal,
        base: CostWorker.base,
      });
      if (abort.signal.aborted) return;
      CostPage.marks.read = performance.now();
      // Nothing partial passes for whole: one bad file stops the bill.
      if (errors.length) return problems(errors.map(plain));
      if (!readings.length)
        return problems([
          {
            message: 'There is no bill in these files.',
            file: names,
            next: 'Drop the .csv, .csv.gz, .zip or .parquet files of one export.',
          },
        ]);
      $('reading-bar').removeAttribute('value');
      $('reading-text').textContent = CostPage.state === 'ready' ? 'Adding up' : 'Read. Python is still starting';
      loading = true;
      shownNext = { files, months: CostKeep.months(readings), told, kept };
      CostPage.load(readings, { ...options, skipped });
    } catch (error) {
      if (abort.signal.aborted || error?.name === 'AbortError') return;
      problems([plain(error)]);
    }
  }
  /* Python hears nothing while it computes: it is ended and starts afresh. */
  function restart() {
    loading = bill = false;
    CostPage.clear({ model: true });
  }
  function stop() {
    reader.abort?.abort();
    if (loading) restart();
    show(home());
  }

  /* ---- a drop may hold folders ---- */
  async function walk(entry, out) {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      // The path decides which parts belong together (month folders, execution ids).
      if (!file.webkitRelativePath && entry.fullPath.lastIndexOf('/') > 0)
        Object.defineProperty(file, 'relativePath', { value: entry.fullPath.slice(1) });
      out.push(file);
    } else {
      const lister = entry.createReader();
      for (;;) {
        const batch = await new Promise((done, fail) => lister.readEntries(done, fail));
        if (!batch.length) break;
        for (const e of batch) await walk(e, out);
      }
    }
    return out;
  }
  async function dropped(transfer) {
    const entries = [...transfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return [...transfer.files];
    const out = [];
    for (const e of entries) await walk(e, out);
    return out;
  }

  // Files are about to come: the workers start now, not at the drop.
  const coming = () => self.CostReader?.prepare({ base: CostWorker.base });
  for (const id of ['drop', 'choose-folder', 'demo']) $(id).addEventListener('pointerenter', coming);
  for (const id of ['files', 'folder']) $(id).addEventListener('click', coming);

  let depth = 0;
  addEventListener('dragenter', (e) => {
    e.preventDefault();
    coming();
    depth += 1;
    document.documentElement.classList.add('dragging');
  });
  addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (!depth) document.documentElement.classList.remove('dragging');
  });
  addEventListener('dragover', (e) => e.preventDefault());
  addEventListener('drop', async (e) => {
    e.preventDefault();
    depth = 0;
    document.documentElement.classList.remove('dragging');
    open(await dropped(e.dataTransfer));
  });
  $('files').addEventListener('change', (e) => {
    open([...e.target.files]);
    e.target.value = '';
  });
  $('folder').addEventListener('change', (e) => {
    open([...e.target.files]);
    e.target.value = '';
  });
  $('choose-folder').addEventListener('click', () => $('folder').click());
  $('stop').addEventListener('click', stop);
  $('forget').addEventListener('click', () => {
    bill = loading = false;
    problems([]);
    CostPage.clear();
    history.replaceState(null, '', location.pathname);
    show('landing');
  });
  async function demo(which) {
    const answer = await fetch('demo/index.json');
    const list = await answer.json();
    const files = await Promise.all(
      list[which].map(async (name) => new File([await (await fetch(`demo/${name}`)).blob()], name)),
    );
    open(files, list.options ?? {});
  }
  $('demo').addEventListener('click', () => demo('files'));
  $('nobody').addEventListener('click', () => demo('nobody'));

  /* ---- Python ---- */
  const words = (text) => {
    $('python').textContent = text;
  };
  if (CostPage.state === 'starting') words('You can drop a bill now; the rest of the page is still loading.');
  CostPage.on.status = (text) => {
    if (!$('reading').hidden) $('reading-text').textContent ||= text;
  };
  CostPage.on.ready = () => words('');
  CostPage.on.progress = ({ text, share }) => {
    $('reading-text').textContent = text;
    if (share == null) $('reading-bar').removeAttribute('value');
    else $('reading-bar').value = share;
  };
  CostPage.on.view = (name) => {
    loading = false;
    bill = true;
    CostKeep.opened(shownNext);
    CostCompanion.opened?.();
    show(name);
    scrollTo(0, 0);
    CostDoor.opened();
    const at = CostDoor.at();
    if (shownNext.told) CostDoor.send({ go: 'session:open', value: shownNext.told });
    if (at) CostDoor.send({ go: at });
  };
  CostPage.on.restarted = () => self.CostDoor?.greet();
  CostPage.on.session = ({ text, met }) => CostKeep.said(text, met);
  CostPage.on.note = (text) => {
    $('note').textContent = text;
    $('note').hidden = false;
  };
  CostPage.on.failed = ({ during, message, traceback, problem }) => {
    if (during === 'start') words('');
    if (during === 'load') loading = false;
    else if (during !== 'start' && !$('reading').hidden) return; // of the bill before the one that is read; the console has it
    if (problem) return problems([problem]);
    problems([
      {
        message: during === 'start' ? 'The page could not start.' : 'Something in CostDNA broke.',
        where: message,
        next:
          during === 'start'
            ? 'Reload. If it stays, your browser may forbid WebAssembly or workers here.'
            : 'Your bill is fine and still only here. Please report the details below.',
        traceback,
      },
    ]);
  };
  self.CostShell = {
    open,
    show,
    problems,
    say: (text) => {
      $('note').textContent = text;
      $('note').hidden = !text;
    },
  };
  document.documentElement.dataset.shell = 'live';
  CostPage.marks.live = performance.now();

  /* ---- offline after the first visit: fetched once the page is up, so that it does not slow it down ---- */
  if ('serviceWorker' in navigator && isSecureContext && !CostCompanion.here) {
    const register = async () => {
      try {
        const registration = await navigator.serviceWorker.register('sw.js');
        const offer = () => {
          if (registration.waiting && navigator.serviceWorker.controller) $('newer').hidden = false;
        };
        offer();
        registration.addEventListener('updatefound', () =>
          registration.installing?.addEventListener('statechange', offer),
        );
        $('newer-reload').addEventListener('click', (e) => {
          e.preventDefault();
          navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
          registration.waiting?.postMessage('take-over');
        });
        await navigator.serviceWorker.ready;
        document.documentElement.dataset.offline = 'ready';
      } catch (error) {
        console.info('Not kept for offline use:', error.message);
      }
    };
    const ready0 = CostPage.on.ready;
    if (CostPage.state === 'ready') register();
    else
      CostPage.on.ready = () => {
        ready0();
        register();
      };
  }
})();
