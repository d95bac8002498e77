/* Many code columns as one: equal folded codes are equal rows. Column by column, with what followed each code last time, for in a bill
   one column (the resource) says most of what the others will. */
(function (parts) {
  'use strict';

  const { TupleTable, grown } = parts;
  const MOST = 1 << 15; // folded codes; a file with more different rows is not folded

  /** Pairs (folded so far, code of the next column) → dense codes. */
  class Link {
    constructor() {
      this.pairs = new TupleTable(2);
      this.key = new Int32Array(2);
      this.code = new Int32Array(256).fill(-1); // by the code so far: the column's last code …
      this.to = new Int32Array(256); // … and their pair
    }

    /** ids[0..n) become the pairs' codes. */
    apply(ids, codes, n) {
      for (let i = 0; i < n; i++) {
        const id = ids[i];
        ids[i] = id < this.code.length && this.code[id] === codes[i] ? this.to[id] : this.find(id, codes[i]);
      }
    }

    find(id, code) {
      this.key[0] = id;
      this.key[1] = code;
      if (id >= this.code.length) {
        const had = this.code.length;
        this.code = grown(this.code, id + 1);
        this.code.fill(-1, had);
        this.to = grown(this.to, id + 1);
      }
      this.code[id] = code;
      return (this.to[id] = this.pairs.index(this.key));
    }
  }

  /** Folds the code columns of a file's batches. */
  class Fold {
    /** width: how many columns there are; size: rows of a batch at most. */
    constructor(width, size) {
      this.constant = new Int32Array(width).fill(-1); // the code of a column that has had no other, -2 when it has had several
      this.ids = new Int32Array(size);
      this.order = [];
      this.links = [];
      this.full = false;
    }

    /** ids[i] for rows 0..n of `columns`. False when rows are not to be folded; `fresh` says that earlier ids mean nothing any more. */
    run(columns, n) {
      this.fresh = false;
      if (this.full) return false;
      columns.forEach((codes, k) => {
        if (this.constant[k] === -2) return;
        if (this.constant[k] === -1) this.constant[k] = codes[0];
        let i = 0;
        while (i < n && codes[i] === this.constant[k]) i++;
        if (i === n) return;
        this.constant[k] = -2;
        this.fresh = true;
      });
      if (this.fresh) this.arrange(columns, n);
      const { ids, order, links } = this;
      if (order.length === 0) ids.fill(0, 0, n);
      else ids.set(columns[order[0]].subarray(0, n));
      for (let k = 0; k < links.length; k++) links[k].apply(ids, columns[order[k + 1]], n);
      this.full = links.some((link) => link.pairs.size > MOST);
      return true;
    }

    /** The columns that vary, those with the most codes first; the others follow from them. */
    arrange(columns, n) {
      const most = columns.map((codes) => {
        let top = 0;
        for (let i = 0; i < n; i++) if (codes[i] > top) top = codes[i];
        return top;
      });
      this.order = columns
        .map((_, k) => k)
        .filter((k) => this.constant[k] === -2)
        .sort((a, b) => most[b] - most[a] || a - b);
      this.links = this.order.slice(1).map(() => new Link());
    }
  }

  Object.assign(parts, { Fold });
})((globalThis.CostReaderParts ??= {}));
