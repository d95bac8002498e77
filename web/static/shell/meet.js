/* Two windows on one bill: a session is kept over the very one it comes from, and over no other. Where another window
 * has kept something since, that is not overwritten: Python is handed it, brings both together, and what it then says
 * is kept.
 *
 *   store.swap(known, text) -> { kept } | { theirs } | {}   writes unless what lies there is not what is known
 *   store.read() -> what lies there, or null
 *
 * What lies there is { text, mark }; the same mark is the same session. */
'use strict';
self.CostMeet = (store, where) => {
  let count = 0; // sessions of others that Python was handed
  let waiting = 0; // the one it has not taken up yet
  let met = 0; // the last it has
  let bases = new Map(); // number → what lay in the store when Python's state came from it
  let line = Promise.resolve(); // one at a time, in order
  const next = (what) => (line = line.then(what).catch((error) => console.warn('Not kept:', error)));
  const hand = (theirs, words = where) => {
    waiting = count += 1;
    bases.set(waiting, theirs);
    CostPage.meet({ number: waiting, base: bases.get(met).text, theirs: theirs.text, where: words });
  };
  return {
    /** A bill is open from now on, in a state that comes from this session. */
    opened(known) {
      waiting = met = 0;
      bases = new Map([[0, known]]);
    },
    /** What another window kept, and this one has not heard of, is to hold here too. */
    hand,
    /** Python says how things stand, number `n` of what it was handed taken up. Resolves once that is kept, or not. */
    said: (text, n = met, words = where) =>
      next(async () => {
        const mine = bases;
        if ((waiting && n !== waiting) || !mine.has(n)) return; // what it says next holds this too
        waiting = 0;
        met = n;
        const { kept, theirs } = await store.swap(mine.get(n), text);
        if (mine !== bases) return;
        if (kept) mine.set(n, kept);
        else if (theirs) hand(theirs, words);
      }),
    /** Somebody comes back to this window: has another one kept something meanwhile? */
    look: (words = where) =>
      next(async () => {
        const mine = bases;
        const now = mine.size && !waiting ? await store.read() : null;
        if (now && mine === bases && !waiting && now.mark !== mine.get(met).mark) hand(now, words);
      }),
  };
};
