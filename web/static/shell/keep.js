/* Kept on this device, only where asked: the dropped files and what was said of them, in this browser's own store (IndexedDB).
 * One button wipes it all. Nothing of it is read before somebody opens it. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const NAME = "costdna";
  let files = null; // of the bill that is open
  let session = "";
  let on = false;

  const store = () => new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  async function put(values) {
    const db = await store();
    await new Promise((done, fail) => {
      const change = db.transaction("kept", "readwrite");
      for (const [key, value] of Object.entries(values)) change.objectStore("kept").put(value, key);
      change.oncomplete = done;
      change.onerror = change.onabort = () => fail(change.error);
    });
    db.close();
  }
  async function get(key) {
    const db = await store();
    const value = await new Promise((done, fail) => {
      const asked = db.transaction("kept").objectStore("kept").get(key);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
    db.close();
    return value;
  }
  const wipe = () => new Promise((done, fail) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = done;
    asked.onerror = asked.onblocked = () => fail(asked.error);
  });
  const size = (list) => `${(list.reduce((n, f) => n + f.size, 0) / 1e6).toFixed(1)} MB`;
  const say = (text) => { $("note").textContent = text; $("note").hidden = !text; };

  function show() {
    $("keep").textContent = on ? "Kept on this device: wipe it" : "Keep on this device";
    $("keep").setAttribute("aria-pressed", String(on));
  }
  async function keep() {
    try {
      await put({ bill: { at: Date.now(), files: files.map((f) => ({ file: f, path: f.relativePath || f.webkitRelativePath || f.name })) }, session });
      on = true;
      say("");
    } catch (error) {
      await wipe().catch(() => {});
      say(`This browser would not keep the bill (${error?.name ?? "error"}). Nothing was stored.`);
    }
    show();
  }
  async function forget() {
    await wipe();
    on = false;
    $("kept").hidden = true;
    show();
  }

  async function offer() {
    try {
      // Asking for the list first leaves no empty store behind in a browser that can say.
      if (indexedDB.databases && !(await indexedDB.databases()).some((d) => d.name === NAME)) return;
      const bill = await get("bill");
      if (!bill) return void wipe();
      $("kept-text").textContent = `Kept on this device: ${bill.files.length === 1 ? bill.files[0].file.name : `${bill.files.length} files`}, ${size(bill.files.map((f) => f.file))}, ${new Date(bill.at).toLocaleDateString()}.`;
      $("kept").hidden = false;
      $("kept-open").onclick = async () => {
        session = (await get("session")) ?? "";
        on = true;
        const list = bill.files.map(({ file, path }) => { if (path !== file.name) Object.defineProperty(file, "relativePath", { value: path }); return file; });
        CostShell.open(list, {}, session);
      };
    } catch { /* no store here: nothing is kept, nothing offered */ }
  }
  $("kept-wipe").addEventListener("click", forget);
  $("keep").addEventListener("click", () => (on ? forget() : keep()));
  self.CostKeep = {
    opened(list) { files = [...list]; if (on && !session) on = false; show(); },
    async said(text) { session = text; if (on) await put({ session: text }).catch(() => {}); },
    get on() { return on; },
  };
  show();
  offer();
})();
