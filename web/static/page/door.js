/* From the page to Python: what is marked data-go (pressed), data-fill (typed or chosen) or data-tip (pointed at), in any
 * shadow root. One hidden text field carries each wish as JSON; Python answers by redrawing.
 * Nothing here reads a bill's text, follows an address or builds markup. */
'use strict';
(() => {
  let count = 0;
  let timer = 0;
  let filling = null;
  const separators = () => {
    const parts = new Intl.NumberFormat(undefined, { useGrouping: true }).formatToParts(-1234567.5);
    const of = (type) => parts.find((p) => p.type === type)?.value ?? '';
    return [of('group') || ',', of('decimal') || '.'];
  };
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light');

  function field() {
    for (const doc of globalThis.Bokeh?.documents ?? []) {
      for (const model of doc.all_models) if (model.tags?.includes('costdna-door')) return model;
    }
    return null;
  }
  /* While Python is busy a later value replaces an earlier one on its way: each carries what went before, Python skips what it has heard. */
  let past = [];
  let last = null;
  function send(wish) {
    const door = field();
    if (!door) return false;
    if (door !== last) {
      past = [];
      last = door;
    }
    const now = { ...wish, n: (count += 1) };
    door.value = JSON.stringify({ ...now, past });
    // a whole file that was given is not sent again and again
    past = [...past, now].slice(-60).filter((w, i, all) => i >= all.length - 2 || !(w.value?.length > 50000));
    return true;
  }
  function hello() {
    return send({ go: 'hello', theme: theme(), separators: separators() });
  }

  const of = (node) => (node.dataset.of ? { of: node.dataset.of } : {}); // the card that it stands on: the answer is about that one
  const marked = (event, name) =>
    event.composedPath().find((node) => node.dataset && name in node.dataset && !node.disabled);
  const deep = (root, test) => {
    for (const node of root.querySelectorAll('*')) {
      if (test(node)) return node;
      const found = node.shadowRoot && deep(node.shadowRoot, test);
      if (found) return found;
    }
    return null;
  };
  const active = () => {
    let a = document.activeElement;
    while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement;
    return a;
  };

  /* Redrawing replaces what had the focus: it goes to the twin of what was pressed, else to the new screen's first line. */
  let keeping = 0;
  addEventListener(
    'pointerdown',
    () => {
      keeping += 1;
    },
    true,
  ); // who points elsewhere has said where to be
  function keepFocus(go) {
    const mine = (keeping += 1);
    let until = performance.now() + 15000; // Python may be busy …
    const before = deep(document.body, (n) => n.id === 'cd-heading');
    const look = () => {
      if (mine !== keeping) return;
      const now = active();
      const lost = !now || now === document.body;
      if (lost) {
        const heading = deep(document.body, (n) => n.id === 'cd-heading');
        const twin = deep(document.body, (n) => n.dataset?.go === go && n.getClientRects().length);
        const next = twin ?? (heading !== before ? heading : null);
        if (next) {
          next.focus({ preventScroll: true });
          until = Math.min(until, performance.now() + 2000);
        } // … and a pane may be drawn twice
      }
      if (performance.now() < until) setTimeout(look, 60);
    };
    setTimeout(look, 60);
  }

  /* Keys: what is marked data-key is pressed by that key, unless somebody is typing. Select boxes go round. */
  const typing = (node) => node && (/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) || node.isContentEditable);
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.composedPath()[0];
    if (event.key === 'Enter' && at?.dataset?.enter) {
      event.preventDefault();
      clearTimeout(timer);
      send({ go: at.dataset.enter, value: at.value, ...of(at) });
      keepFocus(at.dataset.enter);
      at.blur();
      return;
    }
    if (event.key === 'Escape' && typing(at)) {
      at.blur();
      return;
    }
    if (typing(at) || document.getElementById('app')?.hidden) return;
    if (event.key === 'Enter' && at?.matches?.('button, summary, a, [data-go]')) return; // it presses what has the focus
    const target = deep(document.body, (n) => n.dataset?.key === event.key && n.getClientRects().length && !n.disabled);
    if (!target) return;
    event.preventDefault();
    if (target.tagName === 'SELECT') {
      target.selectedIndex = (target.selectedIndex + 1) % target.options.length;
      target.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    } else target.click();
  });

  const place = (go) => /^(screen|team|resource|unowned|teams):/.test(go);
  addEventListener('click', (event) => {
    const target = marked(event, 'go');
    if (!target) return;
    const go = target.dataset.go;
    if (timer) {
      clearTimeout(timer);
      timer = 0;
      fill(filling);
    }
    if (place(go)) {
      history.pushState({ go, bill }, '', '#' + go);
      scrollTo({ top: 0 });
    }
    send({ go, ...of(target) });
    keepFocus(go);
  });
  let bill = 0; // bills shown in this page: what an address names is of one bill
  // The address carries the place (#resource:12; #team:2ab0…, a hash of the team's name, whatever teams there are
  // beside it), never a word of the bill; back and forward are the browser's own.
  const named = () => {
    const go = decodeURIComponent(location.hash.slice(1));
    return /^[a-z]+:[a-z0-9-]{0,40}$/.test(go) && place(go) ? go : '';
  };
  // Panel's own location model would answer each step back with a new entry of its own: it does not hear of them.
  addEventListener('hashchange', (event) => event.stopImmediatePropagation());
  addEventListener('popstate', (event) => {
    event.stopImmediatePropagation();
    if (field()) {
      const there = event.state?.go ?? named();
      const go =
        event.state && event.state.bill !== bill && !there.startsWith('screen:')
          ? 'screen:teams'
          : there || 'screen:teams';
      send({ go });
      keepFocus(go);
    }
  });
  /** A bill is shown. Where another one was before, the address still names a place in that. */
  const opened = () => {
    if ((bill += 1) > 1) history.replaceState(null, '', location.pathname + location.search);
  };

  /* A session file is picked, or dropped beside the bill: its text goes to Python. */
  addEventListener('click', (event) => {
    const target = marked(event, 'pick');
    if (!target) return;
    const kinds = target.dataset.folder?.split(' '); // a folder: the texts of its files with these endings, by path
    const input = Object.assign(
      document.createElement('input'),
      kinds ? { type: 'file', webkitdirectory: true } : { type: 'file', accept: target.dataset.accept ?? '.json' },
    );
    input.addEventListener('change', async () => {
      if (target.dataset.pick === 'model') return void CostShell.open([...input.files]);
      if (!kinds) {
        if (input.files[0]) send({ go: target.dataset.pick, value: await input.files[0].text() });
        return;
      }
      const texts = {};
      let room = 32e6; // letters; what goes beyond is left out, and the screen counts what came
      for (const file of input.files) {
        const path = (file.webkitRelativePath || file.name).split('/').slice(file.webkitRelativePath ? 1 : 0);
        if (
          !kinds.some((k) => file.name.toLowerCase().endsWith(k)) ||
          path.some((p) => p.startsWith('.') || p === 'node_modules') ||
          (room -= file.size) < 0
        )
          continue;
        texts[path.join('/')] = await file.text();
      }
      send({ go: target.dataset.pick, value: JSON.stringify(texts) });
    });
    input.click();
  });

  const fill = (target) => {
    const go = `fill:${target.dataset.fill}`;
    if (target.type === 'file') target.files[0]?.text().then((value) => send({ go, value }));
    else send({ go, value: target.value, ...of(target) });
  };
  addEventListener('input', (event) => {
    const target = marked(event, 'fill');
    if (!target) return;
    if (timer && filling !== target) fill(filling); // typed into just before: not lost
    clearTimeout(timer);
    filling = target;
    timer = setTimeout(
      () => {
        timer = 0;
        fill(target);
      },
      target.tagName === 'SELECT' ? 0 : 250,
    );
  });

  dark.addEventListener('change', () => send({ go: 'hello', theme: theme(), separators: separators() }));
  // Python has drawn when the field is there.
  let wait = 0;
  const greet = () => {
    clearInterval(wait);
    wait = setInterval(() => {
      if (hello()) clearInterval(wait);
    }, 100);
  };
  greet();
  self.CostDoor = { send, at: named, opened, greet };
})();
