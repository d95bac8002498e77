/* Which of the dropped files make up the bill: one version of each month, all of its parts, nothing twice.
   A pure function over a listing; tests/golden/drops holds its cases, which the native reader obeys as well. */
(function (parts) {
  'use strict';

  const BILL = /\.(csv|gz|zip|parquet|xlsx)$/i;
  const LEFT = /(^|\/)([._][^/]*|[^/]*\.(sql|yml|yaml|json|md|html?|pdf|txt|xml|log))$|_status\//i;
  const MANIFEST_LIMIT = 32 << 20;

  const base = (path) => path.slice(path.lastIndexOf('/') + 1);
  const folder = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

  /** Is this a report's or an export's manifest, by name and size? */
  const isManifest = (path, size) => /manifest\.json$/i.test(base(path)) && size <= MANIFEST_LIMIT;

  /** Where a path's billing period stands: {period: 'YYYY-MM', root, rest: [folders after it, then the file]}; null when it says none. */
  function place(path) {
    const steps = path.split('/');
    for (let i = 0; i < steps.length - 1; i++) {
      const range = /^(\d{4})(\d{2})\d{2}-\d{8}$/.exec(steps[i]);
      const exported = /^billing_period=(\d{4})-(\d{2})/i.exec(steps[i]);
      const year = /^year=(\d{4})$/i.exec(steps[i]),
        month = year && /^month=(\d{1,2})$/i.exec(steps[i + 1] || '');
      if (!range && !exported && !month) continue;
      const found = range || exported || [0, year[1], month[1].padStart(2, '0')];
      const root = steps.slice(0, i);
      if (/^(data|metadata)$/i.test(root[root.length - 1] || '')) root.pop();
      return {
        period: `${found[1]}-${found[2]}`,
        root: root.join('/').toLowerCase(),
        rest: steps.slice(month ? i + 2 : i + 1),
        tail: steps.length - i,
      };
    }
    return null;
  }

  /** A time written in a folder's name (2024-04-02T13:14:43.337Z-…, 20240417T190636Z) as sortable digits; '' when none. */
  function stamp(text) {
    const found = /(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.(\d+))?/.exec(text);
    return found ? found.slice(1, 7).join('') + (found[7] || '').padEnd(6, '0') : '';
  }

  /** A manifest's text: {kind, period, run, keys} or null when it is none that we know. */
  function readManifest(path, text) {
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      return null;
    }
    const list = json && (Array.isArray(json.reportKeys) ? json.reportKeys : json.dataFiles);
    if (!Array.isArray(list) || !list.every((key) => typeof key === 'string')) return null;
    const keys = list.map((key) => key.replace(/^s3:\/\/[^/]+\//i, '').replace(/^\/+/, ''));
    const start = json.billingPeriod && /^(\d{4})-?(\d{2})/.exec(json.billingPeriod.start || '');
    const at = place(path) || (keys.length ? place(keys[0]) : null);
    const run =
      json.assemblyId ||
      json.executionId ||
      (keys.length && (place(keys[0]) || { rest: [] }).rest.slice(0, -1).join('/')) ||
      '';
    return {
      path,
      keys,
      run: String(run),
      period: start ? `${start[1]}-${start[2]}` : at ? at.period : '',
      root: place(path) ? place(path).root : folder(path).toLowerCase(),
    };
  }

  /** Does the dropped path hold the manifest's key? From the period's folder on they must be equal, case apart. */
  function holds(path, key) {
    const a = path.toLowerCase().split('/'),
      b = key.toLowerCase().split('/');
    let same = 0;
    while (same < a.length && same < b.length && a[a.length - 1 - same] === b[b.length - 1 - same]) same++;
    const spot = place(key);
    return same >= Math.min(a.length, spot ? spot.tail : 1);
  }

  /** Files of a manifest among the candidates: {found, missing}. */
  function match(manifest, candidates) {
    const found = [],
      missing = [];
    for (const key of manifest.keys) {
      const file =
        candidates.find((c) => holds(c.path, key)) ||
        candidates.find(
          (c) => folder(c.path) === folder(manifest.path) && base(c.path).toLowerCase() === base(key).toLowerCase(),
        );
      if (file) found.push(file.path);
      else missing.push(key);
    }
    return { found, missing };
  }

  /** Newest first: a manifest in the month's own folder (AWS overwrites it), then the time in its run or path, then the file's time. */
  function byAge(a, b) {
    const latest = (m) => (m.run && !m.path.toLowerCase().includes(m.run.toLowerCase()) && m.kindDated ? 1 : 0);
    return (
      latest(b) - latest(a) ||
      compare(stamp(b.path) || stamp(b.run), stamp(a.path) || stamp(a.run)) ||
      b.lastModified - a.lastModified ||
      compare(b.path, a.path)
    );
  }

  const compare = (x, y) => (x < y ? -1 : x > y ? 1 : 0);

  const skip = (path, reason) => ({ path, reason });

  /**
   * listing: [{path, size, lastModified, manifest?: text}]. Returns {chosen: [{path, manifest: path | null}], skipped: [{path, reason}],
   * errors: [{code, file, message, where, next}]}, each sorted by path.
   */
  function selectDrop(listing) {
    const out = { chosen: [], skipped: [], errors: [] };
    const manifests = [];
    let candidates = [];
    for (const file of [...listing].sort((a, b) => compare(a.path, b.path))) {
      // the order of a listing means nothing
      const manifest = file.manifest === undefined ? null : readManifest(file.path, file.manifest);
      if (manifest)
        manifests.push({
          ...manifest,
          lastModified: file.lastModified,
          kindDated: /\/\d{8}-\d{8}\//.test(`/${file.path}`),
        });
      else if (file.manifest !== undefined) out.skipped.push(skip(file.path, 'a manifest of another kind'));
      else candidates.push(file);
    }
    candidates = keepBills(candidates, manifests.length > 0, out);
    candidates = keepOnce(candidates, out);
    const taken = new Set();
    const months = [];
    for (const group of groups(manifests, (m) => `${m.root}|${m.period}`))
      months.push(chooseVersion(group, candidates, taken, out));
    const rest = candidates.filter((c) => !taken.has(c.path));
    withoutManifest(rest, months, out);
    for (const list of [out.chosen, out.skipped]) list.sort((a, b) => compare(a.path, b.path));
    out.errors.sort((a, b) => compare(a.file, b.file));
    return out;
  }

  /** Files that look like bills; when none does, whatever is not plainly something else's (its reading will say what it is). */
  function keepBills(files, haveManifest, out) {
    const bills = files.filter((f) => BILL.test(f.path) && !LEFT.test(f.path));
    const others = files.filter((f) => !bills.includes(f));
    if (bills.length || haveManifest) {
      for (const f of others) out.skipped.push(skip(f.path, 'not a bill'));
      return bills;
    }
    const hidden = others.filter((f) => /(^|\/)[._][^/]*$|_status\//i.test(f.path));
    for (const f of hidden) out.skipped.push(skip(f.path, 'not a bill'));
    return others.filter((f) => !hidden.includes(f));
  }

  /** X beside X.gz is the same file unpacked: the packed one, which carries a checksum, is read. */
  function keepOnce(files, out) {
    const paths = new Set(files.map((f) => f.path));
    return files.filter((f) => {
      const packed = [`${f.path}.gz`, `${f.path}.zip`].find((p) => paths.has(p));
      if (packed) out.skipped.push(skip(f.path, `the same file as ${packed}, unpacked`));
      return !packed;
    });
  }

  function groups(items, key) {
    const map = new Map();
    for (const item of items) {
      if (!map.has(key(item))) map.set(key(item), []);
      map.get(key(item)).push(item);
    }
    return map.values();
  }

  /** Of one month's manifests the newest whose files are all there. Returns {root, period}. */
  function chooseVersion(group, candidates, taken, out) {
    const { root, period } = group[0];
    const once = [];
    for (const manifest of [...group].sort(byAge)) {
      const same = once.find((m) => m.run === manifest.run && m.keys.join('\n') === manifest.keys.join('\n'));
      out.skipped.push(
        skip(manifest.path, same ? 'a copy of another manifest' : 'a manifest: it says which files make up the bill'),
      );
      if (!same) once.push({ ...manifest, ...match(manifest, candidates) });
    }
    const best = once.find((m) => m.missing.length === 0);
    if (!best) {
      const { path, missing, keys } = once[0];
      out.errors.push({
        code: 'manifest-missing-file',
        file: path,
        message: `The manifest names ${keys.length} files, ${missing.length} of them are not here: ${missing.slice(0, 3).map(base).join(', ')}`,
        where: missing[0],
        next: 'Drop the whole folder of the month, with every file its manifest names.',
      });
    }
    for (const path of best ? best.found : []) {
      if (!taken.has(path)) out.chosen.push({ path, manifest: best.path });
      taken.add(path);
    }
    for (const version of once) {
      if (version === best) continue;
      for (const path of version.found) {
        if (taken.has(path)) continue;
        taken.add(path);
        out.skipped.push(
          skip(
            path,
            best
              ? `another version of ${period || 'the month'}; ${best.path} is the newest complete one`
              : 'its version is not complete',
          ),
        );
      }
    }
    return { root, period };
  }

  /** Files no manifest names: of each month the newest folder; beside a manifest of that month they are left out. */
  function withoutManifest(files, months, out) {
    const placed = [];
    for (const file of files) {
      const at = place(file.path);
      if (!at) {
        // beside a manifest in a flat folder, only what it names belongs to it
        const owner = months.find((m) => m.root === folder(file.path).toLowerCase());
        if (owner) out.skipped.push(skip(file.path, 'not named by the manifest beside it'));
        else out.chosen.push({ path: file.path, manifest: null });
      } else if (months.some((m) => m.period === at.period && m.root === at.root)) {
        out.skipped.push(skip(file.path, `not named by the manifest of ${at.period}`));
      } else placed.push({ ...file, ...at, version: at.rest.slice(0, -1).join('/') });
    }
    for (const group of groups(placed, (f) => `${f.root}|${f.period}`)) {
      const versions = [...groups(group, (f) => f.version)].map((list) => ({
        list,
        name: list[0].version,
        time: Math.max(...list.map((f) => f.lastModified || 0)),
      }));
      versions.sort((a, b) => compare(stamp(b.name), stamp(a.name)) || b.time - a.time || compare(b.name, a.name));
      const [newest, ...older] = versions;
      for (const f of newest.list) out.chosen.push({ path: f.path, manifest: null });
      for (const { list } of older)
        for (const f of list)
          out.skipped.push(
            skip(f.path, `an older version of ${f.period}; ${newest.name || 'the month’s own folder'} is the newest`),
          );
    }
  }

  Object.assign(parts, { selectDrop, isManifest });
})((globalThis.CostReaderParts ??= {}));
