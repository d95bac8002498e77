/* The columns of one file against the mapping table: which column feeds which field, tag or flag. */
(function (parts) {
  'use strict';

  const { ReadError } = parts;

  /** Two spellings are one when this is equal: lower case, letters and digits only. */
  const plain = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

  /** First index of each plain name. */
  function indexOf(columns) {
    const at = new Map();
    columns.forEach((name, i) => {
      if (!at.has(plain(name))) at.set(plain(name), i);
    });
    return at;
  }

  /** `cur` or `focus`, or an error that names what is missing. */
  function formatOf(columns, mapping) {
    const at = indexOf(columns);
    const has = (choice) => choice.split('|').some((spelling) => at.has(plain(spelling)));
    for (const [format, needed] of Object.entries(mapping.formats)) {
      if (needed.every(has)) return format;
    }
    let best = null;
    for (const [format, needed] of Object.entries(mapping.formats)) {
      const known = mapping.fields.filter((f) => (f[format] || []).some((s) => at.has(plain(s)))).length;
      if (!best || known > best.known) best = { format, known, missing: needed.filter((n) => !has(n)) };
    }
    const shown = columns
      .slice(0, 4)
      .map((c) => JSON.stringify(c.slice(0, 40)))
      .join(', ');
    if (best.known < 3) {
      throw new ReadError(
        'not-a-bill',
        `The columns are not those of a bill: ${shown}${columns.length > 4 ? ' …' : ''}`,
        'header',
      );
    }
    const missing = best.missing.map((m) => m.split('|')[0]).join(', ');
    const cost = mapping.formats[best.format][0];
    if (best.missing.includes(cost)) {
      throw new ReadError(
        'no-cost',
        `This looks like a ${best.format.toUpperCase()} bill without its cost column ${missing}`,
        'header',
      );
    }
    throw new ReadError(
      'not-a-bill',
      `This looks like a ${best.format.toUpperCase()} bill without the column ${missing}, which says what each line is`,
      'header',
      `Add ${missing} to the export.`,
    );
  }

  /** The version a file's columns betray: the first row of mapping.versions all of whose conditions hold. */
  function versionOf(columns, format, mapping) {
    const at = indexOf(columns);
    const has = (c) => at.has(plain(c));
    const found = mapping.versions.find(
      (v) => v.format === format && (!v.any || v.any.some(has)) && !(v.none || []).some(has),
    );
    return found.version;
  }

  /**
   * columns: names as written. Returns the plan every parser follows:
   * {format, version, columns, fields: {name: {kind, columns: [index], mapKeys: [{column, keys}], default}},
   *  mapped, absent, tags: [{column, source, key | null for a map}], tagSources, money: [names], cost, nulls}
   */
  function bind(columns, mapping) {
    const format = formatOf(columns, mapping);
    const at = indexOf(columns);
    const fields = {},
      mapped = {},
      absent = [],
      money = [];
    for (const field of mapping.fields) {
      const spellings = field[format] || [];
      const found = [...new Set(spellings.map((s) => at.get(plain(s))).filter((i) => i !== undefined))];
      const mapKeys = Object.entries((format === 'cur' && field.map_keys) || {})
        .filter(([column]) => at.has(plain(column)))
        .map(([column, keys]) => ({ column: at.get(plain(column)), keys }));
      const used = [...found, ...mapKeys.map((m) => m.column)];
      if (used.length) mapped[field.name] = used.map((i) => columns[i]);
      else if (spellings.length) absent.push(field.name);
      fields[field.name] = {
        kind: field.kind,
        columns: found,
        mapKeys,
        default: (field.default && field.default[format]) || '',
      };
      if (field.kind === 'money' && found.length) money.push(field.name);
    }
    const { tags, sources } = bindTags(columns, format, mapping.tags, at);
    return {
      format,
      version: versionOf(columns, format, mapping),
      columns,
      fields,
      mapped,
      absent,
      money,
      tags,
      tagSources: sources,
      cost: mapping.cost_column[format],
      nulls: mapping.null_texts[format] || [],
    };
  }

  function bindTags(columns, format, table, at) {
    const replaced = new Set();
    const maps = [];
    for (const map of table.maps) {
      if (map.formats && !map.formats.includes(format)) continue;
      for (const name of map.columns) {
        const column = at.get(plain(name));
        if (column === undefined) continue;
        maps.push({ column, source: map.source, key: null });
        for (const source of map.replaces || []) replaced.add(source);
      }
    }
    const flat = [];
    columns.forEach((name, column) => {
      for (const { source, prefixes } of table.columns) {
        const prefix = prefixes.find((p) => name.startsWith(p) && name.length > p.length);
        if (prefix) {
          flat.push({ column, source, key: name.slice(prefix.length) });
          break;
        }
      }
    });
    const tags = [...maps, ...flat].filter((t) => !replaced.has(t.source));
    return { tags, sources: [...new Set(tags.map((t) => t.source))].sort() };
  }

  Object.assign(parts, { bind, plain });
})((globalThis.CostReaderParts ??= {}));
