/* Which scripts make a reader worker, and which few of them the page needs itself, in order. */
globalThis.CostReaderScripts = {
  worker: ['errors.js', 'money.js', 'interner.js', 'tuples.js', 'times.js', 'bind.js', 'tagsets.js', 'rhythm.js', 'collapse.js', 'repeats.js', 'csv.js', 'reading.js', 'digest.js', 'inflate.js',
    'source.js', 'ranges.js', 'pipe.js', 'select.js', 'crc32.js', 'zip.js', 'xlsx.js', 'parquet_values.js', 'parquet_column.js', 'fold.js', 'parquet.js',
    'parquet_write.js', 'rehearsal.js'],
  page: ['errors.js', 'digest.js', 'reading.js', 'ranges.js', 'select.js'],
};
