/* Keeps the page for use without a network, and is the second fence: nothing goes to another address through it.
 * `__VERSION__` is the sha256 over the precache list, so the cache is new exactly when a file is. */
'use strict';
const CACHE = 'costdna-__VERSION__';
const FILES = __FILES__; // {path: sha256}
const ROOT = new URL('./', self.location.href).href;

const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, '0')).join('');

// What the browser already fetched for the page is used again (force-cache); content that is not this version's is
// fetched anew, and what still has another sha256 is never kept.
async function keep(cache, path) {
  for (const mode of ['force-cache', 'reload']) {
    const answer = await fetch(ROOT + path, { cache: mode });
    if (!answer.ok) continue;
    const content = await answer.clone().arrayBuffer();
    if (hex(await crypto.subtle.digest('SHA-256', content)) === FILES[path]) return cache.put(ROOT + path, answer);
  }
  throw new Error(`${path} is not the file this version was built with`);
}

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const paths = Object.keys(FILES);
      const next = async () => {
        for (let p = paths.pop(); p; p = paths.pop()) await keep(cache, p);
      };
      await Promise.all([next(), next(), next(), next()]);
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith('costdna-') && name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) {
    event.respondWith(Response.error());
    return;
  }
  if (request.method !== 'GET' || !request.url.startsWith(ROOT)) return;
  url.search = '';
  url.hash = '';
  const address = url.href === ROOT ? ROOT + 'index.html' : url.href;
  event.respondWith((async () => (await (await caches.open(CACHE)).match(address)) ?? fetch(request))());
});
