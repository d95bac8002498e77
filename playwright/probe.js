/* What a hostile or careless line of code in a worker would try. Put into the built site's copy by the sink test only. */
'use strict';
self.onmessage = async ({ data: sink }) => {
  const tried = {};
  // WebKit never settles a fetch its policy stopped: what has not happened after a while counts as stopped.
  const late = () => new Promise((_, fail) => setTimeout(fail, 4000));
  const attempt = async (name, act) => {
    try {
      await Promise.race([act(), late()]);
      tried[name] = 'done';
    } catch {
      tried[name] = 'stopped';
    }
  };
  await attempt('fetch', () => fetch(sink + 'fetch', { method: 'POST', body: 'x', mode: 'no-cors' }));
  await attempt(
    'xhr',
    () =>
      new Promise((done, fail) => {
        const x = new XMLHttpRequest();
        x.onload = done;
        x.onerror = fail;
        x.open('POST', sink + 'xhr');
        x.send('x');
      }),
  );
  await attempt('sync xhr', () => {
    const x = new XMLHttpRequest();
    x.open('GET', sink + 'sync', false);
    x.send();
  });
  await attempt(
    'websocket',
    () =>
      new Promise((done, fail) => {
        const w = new WebSocket(sink.replace('http', 'ws') + 'ws');
        w.onopen = done;
        w.onerror = fail;
        setTimeout(fail, 3000);
      }),
  );
  await attempt(
    'eventsource',
    () =>
      new Promise((done, fail) => {
        if (!self.EventSource) fail();
        const s = new EventSource(sink + 'events');
        s.onopen = done;
        s.onerror = fail;
        setTimeout(fail, 3000);
      }),
  );
  await attempt('importScripts', () => importScripts(sink + 'script.js'));
  await attempt(
    'worker',
    () =>
      new Promise((done, fail) => {
        const w = new Worker(
          URL.createObjectURL(
            new Blob([
              `fetch(${JSON.stringify(sink + 'nested')}, {mode: "no-cors"}).then(() => postMessage(1), () => postMessage(0))`,
            ]),
          ),
        );
        w.onmessage = (e) => (e.data ? done() : fail());
        w.onerror = fail;
        setTimeout(fail, 5000);
      }),
  );
  self.postMessage(tried);
};
