/* A reader worker: jobs in, progress and Readings out. Started from a blob: URL, so the page's CSP binds it; the blob sets
   self.BASE, the site's root. */
importScripts(`${self.BASE}static/reader/scripts.js`);
importScripts(...CostReaderScripts.worker.map((name) => `${self.BASE}static/reader/${name}`));
(function (parts) {
  'use strict';

  const { readSource, readRange, mergeRanges, pack, buffersOf, toReport, toReading, inflateSource, TextSink, report } =
    parts;
  let mapping = null;
  let busy = false; // a job has come: no rehearsal any more
  const kept = new Map(); // job id → the Collapser of a file's first range, waiting for the others

  const send = (id, type, body, transfer = []) => self.postMessage({ id, type, ...body }, transfer);

  const contextOf = (id) => ({ mapping, base: self.BASE, progress: (state) => send(id, 'progress', { state }) });

  /** Readings travel without a copy. */
  const deliver = (id, readings) => send(id, 'done', { readings }, buffersOf(readings.map((r) => r.arrays)));

  const jobs = {
    async source(id, { file, info }) {
      deliver(id, await readSource(file, info, contextOf(id)));
    },

    async range(id, { file, range }) {
      const { collapser, ...rest } = await readRange(file, range, contextOf(id));
      if (range.from === 0) {
        kept.set(id, collapser);
        send(id, 'done', { range: rest });
        return;
      }
      const packed = pack(collapser);
      send(id, 'done', { range: rest, packed }, buffersOf(packed));
    },

    async merge(id, { first, others, digests, info }) {
      const collapser = kept.get(first);
      kept.delete(first);
      deliver(id, [await mergeRanges(collapser, others, digests, info)]);
    },

    /** Inflate a .gz into the port; the parser at its other end says how far it is. */
    async inflate(id, { file, port }) {
      const pipe = new parts.PipeWriter(port);
      try {
        const { source_id } = await inflateSource(file, pipe);
        await pipe.end({ source_id });
      } catch (error) {
        pipe.fail(toReport(error, ''));
      }
      send(id, 'done', {});
    },

    /** Parse what another worker inflates. */
    async parse(id, { port, info }) {
      const context = contextOf(id);
      const { sink, end } = await parts.parsePipe(port, (at) => new TextSink(mapping, (c) => report(context, at(), c)));
      deliver(id, [toReading(sink.finish(), { ...info, container: 'csv.gz', source_id: end.source_id })]);
    },
  };

  self.onmessage = async ({ data }) => {
    if (data.mapping) mapping = data.mapping;
    const { id, kind, ...job } = data;
    // a rehearsal that fails has warmed less, and the real file says what is wrong
    if (data.rehearse && !busy) parts.rehearse({ mapping, base: self.BASE }, () => busy).catch(() => {});
    if (!kind) return;
    busy = true;
    try {
      await jobs[kind](id, job);
    } catch (error) {
      send(id, 'error', { report: toReport(error, (job.info && job.info.name) || '') });
    }
  };
})((globalThis.CostReaderParts ??= {}));
