/* Every tag source of a line becomes one tag set: [[source, key, value], …], empty values dropped, sorted by code point. */
(function (parts) {
  'use strict';

  const { Interner, TupleTable } = parts;

  /** Order by Unicode code point (JavaScript's own order is by UTF-16 unit, which differs beyond the BMP). */
  function byCodePoint(a, b) {
    const n = Math.min(a.length, b.length);
    for (let i = 0; i < n; i++) {
      let x = a.charCodeAt(i),
        y = b.charCodeAt(i);
      if (x === y) continue;
      // surrogates stand for code points above every other unit
      if (x >= 0xd800) x = x >= 0xe000 ? x - 0x2000 : x + 0x2000;
      if (y >= 0xd800) y = y >= 0xe000 ? y - 0x2000 : y + 0x2000;
      return x - y;
    }
    return a.length - b.length;
  }

  const byTriple = (a, b) => byCodePoint(a[0], b[0]) || byCodePoint(a[1], b[1]) || byCodePoint(a[2], b[2]);

  /** Canonical JSON text of a list of triples; '' when none is left. */
  function tagSetText(triples) {
    const kept = triples.filter((t) => t[2] !== '').sort(byTriple);
    const once = kept.filter((t, i) => i === 0 || byTriple(t, kept[i - 1]) !== 0);
    return once.length ? JSON.stringify(once) : '';
  }

  const valueText = (value) =>
    value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

  /** [key, value] pairs of a map's JSON text: an object, or a list of {key, value} or [key, value]. null when it is none. */
  function mapPairs(text) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    if (Array.isArray(value)) {
      const pairs = value.map((item) =>
        Array.isArray(item)
          ? item
          : item && typeof item === 'object'
            ? [item.key ?? item.Key, item.value ?? item.Value]
            : [],
      );
      return pairs.every((p) => typeof p[0] === 'string') ? pairs.map(([k, v]) => [k, valueText(v)]) : null;
    }
    if (!value || typeof value !== 'object') return value === null ? [] : null;
    return Object.entries(value).map(([k, v]) => [k, valueText(v)]);
  }

  /** Codes of a line's tag cells → code of its tag set, worked out once per distinct combination. */
  class TagSets {
    /** tags: plan.tags; dictionary: the Interner of TagSet texts. */
    constructor(tags, dictionary) {
      this.tags = tags;
      this.dictionary = dictionary;
      this.cells = tags.map(() => new Interner());
      this.parsed = tags.map(() => []);
      this.key = new Int32Array(Math.max(1, tags.length));
      this.table = new TupleTable(this.key.length);
      this.codes = new Int32Array(256);
      this.previous = new Int32Array(this.key.length);
      this.previousCode = 0;
      this.unreadable = 0; // distinct map texts that are no JSON
    }

    /** Tag-set code for the cell codes in `key`. */
    code() {
      const { key, previous } = this;
      let same = true;
      for (let i = 0; i < key.length; i++)
        if (key[i] !== previous[i]) {
          same = false;
          break;
        }
      if (same) return this.previousCode;
      previous.set(key);
      const before = this.table.size;
      const at = this.table.index(key);
      if (at === before) {
        if (at >= this.codes.length) this.codes = parts.grown(this.codes, at + 1);
        this.codes[at] = this.compose();
      }
      return (this.previousCode = this.codes[at]);
    }

    compose() {
      const triples = [];
      for (let i = 0; i < this.tags.length; i++) {
        if (this.key[i]) for (const triple of this.triples(i, this.key[i])) triples.push(triple);
      }
      return this.dictionary.text(tagSetText(triples));
    }

    triples(i, code) {
      const known = this.parsed[i];
      if (known[code]) return known[code];
      const { source, key } = this.tags[i];
      const text = this.cells[i].string(code);
      if (key !== null) return (known[code] = [[source, key, text]]);
      const pairs = mapPairs(text);
      if (!pairs) this.unreadable++;
      return (known[code] = (pairs || []).map(([k, v]) => [source, k, v]));
    }
  }

  Object.assign(parts, { TagSets, mapPairs, tagSetText, byCodePoint });
})((globalThis.CostReaderParts ??= {}));
