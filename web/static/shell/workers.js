/* Starts every worker of the page, always the same way: from a blob, so that the page's content security policy binds it.
 * (A worker loaded by its address takes the policy of its own response headers, and a static host sends none.)
 *
 *   CostWorker.start("reader/worker.js", { role: "reader" }) -> Worker
 *
 * Inside, `self.BASE` is the site's absolute address (a blob has none of its own), `self.ROLE` the role.
 */
'use strict';
(() => {
  const base = new URL('./', document.baseURI).href;
  const random = [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('');
  self.BASE = base;
  self.METER = 'costdna-' + random;
  // Optional files the site was built with: asking the server would leave a 404 in everyone's console.
  const parts = JSON.parse(document.documentElement.dataset.parts || '[]');
  self.CostWorker = {
    base,
    start(path, { role = path, name = role } = {}) {
      const set = `self.BASE=${JSON.stringify(base)};self.METER=${JSON.stringify(self.METER)};self.ROLE=${JSON.stringify(role)};self.COMPANION=${Boolean(self.CostCompanion?.here)};self.PARTS=${JSON.stringify(parts)};`;
      const load = ['static/shell/meter.js', path].map((p) => JSON.stringify(new URL(p, base).href)).join(',');
      const address = URL.createObjectURL(new Blob([`${set}importScripts(${load});`], { type: 'text/javascript' }));
      const worker = new Worker(address, { name });
      // Revoked only once the worker has answered: Firefox and WebKit fetch the script late.
      worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true });
      return worker;
    },
  };
})();
