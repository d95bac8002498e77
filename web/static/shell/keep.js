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
  let stored = ''; // the session that was kept when files were taken from the store
  let other = ''; // that session, where the bill that takes those files beside it has words of its own
  let drops = []; // what is kept: [{at, months, files: [{file, path}]}], no month twice

  const store = () =>
    new Promise((done, fail) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore('kept');
      asked.onsuccess = () => {
        asked.result.onversionchange = () => asked.result.close(); // another window wipes it
        done(asked.result);
      };
      asked.onerror = () => fail(asked.error);
    });
  /* What is kept, and in one step with it what is put instead: decide({drops, session}) -> {key: value}.
   * No other window comes between. */
  async function change(decide) {
    const db = await store();
    try {
      return await new Promise((done, fail) => {
        const step = db.transaction('kept', 'readwrite');
        const kept = step.objectStore('kept');
        const [asked, session] = ['drops', 'session'].map((key) => kept.get(key));
        let found;
        session.onsuccess = () => {
          found = { drops: asked.result ?? [], session: session.result ?? '' };
          for (const [key, value] of Object.entries(decide(found) ?? {})) kept.put(value, key);
        };
        step.oncomplete = () => done(found);
        step.onerror = step.onabort = () => fail(step.error);
      });
    } finally {
      db.close();
    }
  }
  const wipe = () =>
    new Promise((done, fail) => {
      const asked = indexedDB.deleteDatabase(NAME);
      asked.onsuccess = done;
      asked.onerror = () => fail(asked.error);
    });
  /* What is kept, or null. Asking for the list first leaves no empty store behind in a browser that can say. */
  async function lies() {
    if (indexedDB.databases && !(await indexedDB.databases()).some((d) => d.name === NAME)) return null;
    const found = await change(() => null);
    if (found.drops.length) return found;
    await wipe();
    return null;
  }
  /* One button wipes it all, whichever window it is pressed in. */
  function gone() {
    on = false;
    drops = [];
    say('What was kept on this device has been wiped in another tab. This bill is no longer kept.');
    show();
    return null;
  }
  const as = (text) => ({ text, mark: text });
  const meet = CostMeet(
    {
      async swap(known, text) {
        if (!on) return {};
        let theirs = '';
        const found = (await lies())
          ? await change(({ drops, session }) => {
              theirs = session && session !== known.text && session !== text ? session : '';
              return theirs || !drops.length ? null : { session: text };
            })
          : null;
        if (!found?.drops.length) return gone() ?? {};
        drops = found.drops;
        return theirs ? { theirs: as(theirs) } : { kept: as(text) };
      },
      async read() {
        if (!on) return null;
        const found = await lies();
        if (!found) return gone();
        drops = found.drops;
        return found.session ? as(found.session) : null;
      },
    },
    'Said in another tab',
  );

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
  const beside = (all = drops) => all.filter((d) => !d.months.some((m) => months.includes(m)));

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
    try {
      await change((found) => {
        // a corrected month takes the old one's place
        drops = [...beside(found.drops), mine].sort((a, b) => (a.months[0] < b.months[0] ? -1 : 1));
        return { drops };
      });
      on = true;
      say('');
      // What is kept already was said of other months, or in another tab: it is brought together with what was said here.
      if (session) meet.said(session, undefined, 'Kept on this device');
      else meet.look('Kept on this device');
    } catch (error) {
      drops = (await lies().catch(() => null))?.drops ?? [];
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
  async function take(more = []) {
    const found = await lies();
    if (!found) return void forget();
    drops = found.drops;
    stored = found.session;
    other = more.length && session && session !== stored ? stored : '';
    CostShell.open(
      [...again(more.length ? beside() : drops), ...more],
      {},
      (more.length && session) || stored,
      !more.length,
    );
  }

  async function offer() {
    try {
      const found = await lies();
      drops = found?.drops ?? [];
      $('kept').hidden = !found;
      if (!found) return;
      $('kept-text').textContent =
        `Kept on this device: ${drops.map(named).join('; ')}${drops.length > 1 ? `; ${size(drops)} together` : ''}.`;
      $('kept-open').textContent = drops.length > 1 ? 'Go on with them' : 'Go on with it';
      $('kept-open').onclick = () => take();
      show();
    } catch {
      /* no store here: nothing is kept, nothing offered */
    }
  }
  $('kept-wipe').addEventListener('click', forget);
  $('beside-wipe').addEventListener('click', forget);
  $('beside-open').addEventListener('click', () => take(files));
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
      meet.opened(as(bill.told === stored ? stored : ''));
      if (!other || bill.kept) other = '';
    },
    /** The bill is on the screen. */
    shown: show,
    /** The session as it is now, number `met` of what Python was handed taken up. */
    said(text, met) {
      session = text;
      if (other) meet.hand(as(other), 'Kept on this device');
      else meet.said(text, met);
      other = '';
    },
    get on() {
      return on;
    },
  };
  show();
  offer();
  // Somebody comes back to this window: another one may have been used meanwhile.
  const back = () => {
    if (document.hidden) return;
    if ($('landing').hidden) meet.look();
    else offer();
  };
  addEventListener('focus', back);
  document.addEventListener('visibilitychange', back);
})();
