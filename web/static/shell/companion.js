/* Served by the desktop companion, the page's address carries a token in its fragment. It is taken here, before anything else
 * runs, stripped from the address, and kept in this tab's memory alone; without it this is the static page and nothing here acts.
 * The token goes to the Python worker, which asks the companion on this machine; no service worker and no store of the browser is used. */
'use strict';
self.CostCompanion = (() => {
  const token = /^#token=([\w-]{20,200})$/.exec(location.hash)?.[1] ?? '';
  self.COMPANION = Boolean(token);
  if (token) history.replaceState(null, '', location.pathname + location.search);
  const call = (path, options = {}) =>
    fetch(`/api/v1/companion${path}`, {
      ...options,
      headers: { Authorization: `Bearer ${token}` },
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });

  /* The files that the companion was started with, read by the page like any dropped bill. */
  async function open() {
    const { files } = await (await call('/bills')).json();
    CostShell.open(
      await Promise.all(
        files.map(async ({ name }, i) => {
          const answer = await call(`/bills/${i}`);
          if (!answer.ok) throw new Error(`${name}: the companion answered ${answer.status}`);
          return new File([await answer.blob()], name);
        }),
      ),
    );
  }
  /** The account's own model, where the companion has one: the page looks whether it is good before it speaks. */
  async function own() {
    const answer = await call('/model');
    const bytes = answer.ok ? new Uint8Array(await answer.arrayBuffer()) : [];
    if (bytes.length) CostPage.model(bytes);
  }
  /** Keeps the session where the companion keeps it: under the user's data folder, by the name of its bill. */
  let name = '';
  const lost = (error) => CostShell.say(`The companion could not keep your answers (${error.message}).`);
  const meet = self.CostMeet(
    {
      async swap(known, text) {
        try {
          const answer = await call(`/session?known=${known.mark}`, { method: 'PUT', body: text });
          const found = await answer.json();
          if (answer.status === 409) return { theirs: { text: found.text, mark: found.mark } };
          if (!answer.ok) throw new Error(answer.status);
          name = found.kept;
          return { kept: { text, mark: found.mark } };
        } catch (error) {
          lost(error);
          return {};
        }
      },
      async read() {
        const found = name ? await (await call(`/session/${name}`)).json() : {};
        return found.text ? { text: found.text, mark: found.mark } : null;
      },
    },
    'Said in another window',
  );

  if (token) {
    document.documentElement.dataset.companion = 'here';
    addEventListener('DOMContentLoaded', async () => {
      const $ = (id) => document.getElementById(id);
      CostPage.on.session = ({ text, met }) => meet.said(text, met);
      CostPage.on.known = (found) => {
        name = found.name;
        meet.opened({ text: found.text, mark: found.mark });
      };
      const back = () => !document.hidden && meet.look();
      addEventListener('focus', back);
      document.addEventListener('visibilitychange', back);
      try {
        const found = await (await call('')).json();
        $('companion-text').textContent =
          'The companion is here: with a bill open, the Account screen asks AWS with your own credentials, when you press a button.';
        $('companion').hidden = false;
        own().catch((error) => CostShell.say(`The account's own model could not be fetched (${error.message}).`));
        $('companion-open').hidden = !found.bills;
        $('demo').classList.toggle('quiet', found.bills > 0);
        $('companion-open').textContent =
          found.bills === 1 ? 'Open the bill it was started with' : `Open the ${found.bills} files it was started with`;
        $('companion-open').onclick = () =>
          open().catch((error) =>
            CostShell.problems([{ message: 'The bill could not be read from the companion.', where: error.message }]),
          );
      } catch {
        CostShell.say('The companion does not answer. Start it again.');
      }
    });
  }
  return {
    here: Boolean(token),
    opened: () => meet.opened({ text: '', mark: '' }),
    give: (worker) => {
      if (token) worker.postMessage({ type: 'companion', token });
    },
  };
})();
