/* Kept on this device, only where asked: dropped files by the months they bill, and what was said of them, in this browser's own store (IndexedDB).
 * Months that are kept can be opened beside a later one, so that the two compare. One button wipes it all. Nothing of it is read before somebody opens it. */
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const NAME = 'costdna';
  let files = []; // of the bill that is open
  let months = []; // that it bills, as YYYY-MM, once it has been read
  let session = '';
  let on = false; // whether the bill that is open is kept
  let drops = []; // what is kept: [{at, months, files: [{file, path}]}], no month twice

  const store = () =>
    new Promise((done, fail) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore('kept');
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  async function put(values) {
    const db = await store();
    await new Promise((done, fail) => {
      const change = db.transaction('kept', 'readwrite');
      for (const [key, value] of Object.entries(values)) change.objectStore('kept').put(value, key);
      change.oncomplete = done;
      change.onerror = change.onabort = () => fail(change.error);
    });
    db.close();
  }
  async function get(key) {
    const db = await store();
    const value = await new Promise((done, fail) => {
      const asked = db.transaction('kept').objectStore('kept').get(key);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
    db.close();
    return value;
  }
  const wipe = () =>
    new Promise((done, fail) => {
      const asked = indexedDB.deleteDatabase(NAME);
      asked.onsuccess = done;
      asked.onerror = asked.onblocked = () => fail(asked.error);
    });

  const month = (text) =>
    new Date(`${text}-01T00:00:00Z`).toLocaleDateString(undefined, { year: 'numeric', month: 'long', timeZone: 'UTC' });
  const size = (list) =>
    `${(list.reduce((n, d) => n + d.files.reduce((m, f) => m + f.file.size, 0), 0) / 1e6).toFixed(1)} MB`;
  const named = (drop) =>
    `${drop.months.length > 3 ? `${drop.months.length} months from ${month(drop.months[0])}` : drop.months.map(month).join(', ') || drop.files[0].file.name}, ${size([drop])}`;
  const say = (text) => {
    $('note').textContent = text;
    $('note').hidden = !text;
  };
  const beside = () => drops.filter((d) => !d.months.some((m) => months.includes(m)));

  function show() {
    $('keep').textContent = on ? 'Kept on this device: wipe it' : 'Keep on this device';
    $('keep').setAttribute('aria-pressed', String(on));
    const others = on || $('app').hidden ? [] : beside();
    $('beside-text').textContent = others.length ? `Kept on this device: ${others.map(named).join('; ')}.` : '';
    $('beside').hidden = !others.length;
  }
  async function keep() {
    const mine = {
      at: Date.now(),
      months,
      files: files.map((f) => ({ file: f, path: f.relativePath || f.webkitRelativePath || f.name })),
    };
    const all = [...beside(), mine].sort((a, b) => (a.months[0] < b.months[0] ? -1 : 1)); // a corrected month takes the old one's place
    try {
      await put({ drops: all, ...(session || !drops.length ? { session } : {}) });
      drops = all;
      on = true;
      say('');
    } catch (error) {
      if (!drops.length) await wipe().catch(() => {});
      say(
        `This browser would not keep the bill (${error?.name ?? 'error'}). ${drops.length ? 'What was kept before still is.' : 'Nothing was stored.'}`,
      );
    }
    show();
  }
  async function forget() {
    await wipe();
    on = false;
    drops = [];
    $('kept').hidden = true;
    show();
  }
  /* Files as they were dropped: the path decides which parts belong together. */
  const again = (list) =>
    list
      .flatMap((d) => d.files)
      .map(({ file, path }) => {
        if (path !== file.name && file.relativePath !== path)
          Object.defineProperty(file, 'relativePath', { value: path, configurable: true });
        return file;
      });
  async function take(list, more = []) {
    const told = session || ((await get('session')) ?? '');
    CostShell.open([...again(list), ...more], {}, told, !more.length);
  }

  async function offer() {
    try {
      // Asking for the list first leaves no empty store behind in a browser that can say.
      if (indexedDB.databases && !(await indexedDB.databases()).some((d) => d.name === NAME)) return;
      drops = (await get('drops')) ?? [];
      if (!drops.length) return void wipe();
      $('kept-text').textContent =
        `Kept on this device: ${drops.map(named).join('; ')}${drops.length > 1 ? `; ${size(drops)} together` : ''}.`;
      $('kept-open').textContent = drops.length > 1 ? 'Go on with them' : 'Go on with it';
      $('kept').hidden = false;
      $('kept-open').onclick = () => take(drops);
      show();
    } catch {
      /* no store here: nothing is kept, nothing offered */
    }
  }
  $('kept-wipe').addEventListener('click', forget);
  $('beside-wipe').addEventListener('click', forget);
  $('beside-open').addEventListener('click', () => take(beside(), files));
  $('keep').addEventListener('click', () => (on ? forget() : keep()));
  self.CostKeep = {
    /** The months that readings bill. */
    months: (readings) =>
      [
        ...new Set(
          readings.flatMap((r) =>
            [...new Set(r.arrays.period)].map((day) => new Date(day * 864e5).toISOString().slice(0, 7)),
          ),
        ),
      ].sort(),
    /** A bill is open from now on: its files, its months, what was said of it before, and whether it comes from the store. */
    opened(bill) {
      files = [...bill.files];
      months = bill.months;
      session = bill.told;
      on = bill.kept;
    },
    /** The bill is on the screen. */
    shown: show,
    async said(text) {
      session = text;
      if (on) await put({ session: text }).catch(() => {});
    },
    get on() {
      return on;
    },
  };
  show();
  offer();
})();
