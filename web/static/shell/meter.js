/* Counts what leaves: loaded first in the page and in every worker (classic script).
 *
 * Three independent witnesses: the bodies given to fetch, XMLHttpRequest, WebSocket and sendBeacon (bytes), the browser's
 * own list of resources (requests to another address), and its content-security-policy reports (attempts it stopped).
 * Each context adds up its own and tells the page over one BroadcastChannel named by the page's random id (self.METER).
 */
'use strict';
(() => {
  const here = new URL(self.BASE || document.baseURI).origin;
  const totals = { bytes: 0, foreign: 0, blocked: 0, own: 0 };
  const channel = self.METER ? new BroadcastChannel(self.METER) : null;
  const who = `${self.ROLE || 'page'} ${Math.random()}`; // several readers share a role
  const told = () => {
    channel?.postMessage({ who, ...totals });
    self.onmeter?.({ who, ...totals });
  };
  const size = (body) => {
    if (body == null) return 0;
    if (typeof body === 'string') return new TextEncoder().encode(body).length;
    if (body.byteLength !== undefined) return body.byteLength;
    if (body.size !== undefined) return body.size;
    return 1; // a stream or a form: its size is unknown, that it went is not
  };
  // What goes to the desktop companion stays on this machine, and is counted apart. Only its page knows self.COMPANION.
  const own = (url) => {
    try {
      return (
        Boolean(self.COMPANION) && new URL(url, self.BASE || document.baseURI).pathname.startsWith('/api/v1/companion')
      );
    } catch {
      return false;
    }
  };
  const sent = (body, url) => {
    const n = size(body);
    if (n) {
      totals[own(url) ? 'own' : 'bytes'] += n;
      told();
    }
  };
  // A policy stops a request after our wrapper has seen it: what was stopped did not leave.
  const foreign = (url) => {
    try {
      return new URL(url, self.BASE || document.baseURI).origin !== here;
    } catch {
      return false;
    }
  };

  const fetch0 = self.fetch;
  self.fetch = function (input, init) {
    if (init?.body != null && !foreign(input?.url ?? input)) sent(init.body, input?.url ?? input);
    return fetch0.call(this, input, init);
  };
  if (self.XMLHttpRequest) {
    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
      this.meterForeign = foreign(url);
      return open.call(this, method, url, ...rest);
    };
    XMLHttpRequest.prototype.send = function (body) {
      if (!this.meterForeign) sent(body);
      return send.call(this, body);
    };
  }
  if (self.WebSocket) {
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (body) {
      const answer = send.call(this, body);
      if (this.readyState === 1) sent(body);
      return answer;
    };
  }
  if (self.navigator?.sendBeacon) {
    const beacon = navigator.sendBeacon;
    navigator.sendBeacon = function (url, body) {
      if (!foreign(url)) sent(body);
      return beacon.call(navigator, url, body);
    };
  }
  try {
    new PerformanceObserver((list) => {
      let more = 0;
      for (const entry of list.getEntries()) {
        // A stopped request leaves an entry with no response; one that went has a status or a transfer.
        if (foreign(entry.name) && /^https?:/.test(entry.name) && (entry.responseStatus > 0 || entry.transferSize > 0))
          more += 1;
      }
      if (more) {
        totals.foreign += more;
        told();
      }
    }).observe({ type: 'resource', buffered: true });
  } catch {
    /* a browser without it still has the other two witnesses */
  }
  self.addEventListener('securitypolicyviolation', () => {
    totals.blocked += 1;
    told();
  });
  self.costMeter = { who, totals, channel };
})();
