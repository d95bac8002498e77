/* What the reader says when a file cannot be trusted: a stable code, what was found, where, and what to do next. */
(function (parts) {
  'use strict';

  /** A file that cannot be read as a whole bill. `code` is one of the stable codes of docs/reading.md. */
  class ReadError extends Error {
    constructor(code, message, where = '', next = '') {
      super(message);
      this.name = 'ReadError';
      this.code = code;
      this.where = where;
      this.next = next || NEXT[code] || '';
    }

    /** The error as handed to the page: {code, file, message, where, next}. */
    report(file) {
      return { code: this.code, file, message: this.message, where: this.where, next: this.next };
    }
  }

  const NEXT = {
    empty: 'Export the bill again, or drop the month that has charges.',
    truncated: 'Download the file again: it stops before its end.',
    corrupt: 'Download the file again: its checksum does not fit its content.',
    'mid-row': 'Download the file again: its last line is not whole.',
    ragged: 'Export the file again; do not edit a bill by hand or in a spreadsheet.',
    encoding: 'Save the file as UTF-8 (AWS writes UTF-8) or drop the original.',
    'not-a-bill': 'Drop an AWS CUR (CSV, CSV.gz, ZIP, Parquet) or a FOCUS file.',
    'no-cost': 'Add the cost column to the export.',
    'bad-number': 'Drop the original file as the provider wrote it.',
    'bad-time': 'Drop the original file: spreadsheets rewrite dates.',
    'absurd-cost': 'Download the file again; if it is the same, look at the line.',
    'row-count': 'Download the file again: rows are missing or too many.',
    'manifest-missing-file': 'Drop the whole folder of the month, with every file its manifest names.',
    mixed: 'Drop bills of one kind at a time.',
    unsupported: 'Unpack the file, or export it as CSV, CSV.gz or Parquet.',
  };

  /** Any thrown thing as a report; an unknown one is a fault of the reader and says so. */
  function toReport(error, file) {
    if (error instanceof ReadError) return error.report(file);
    if (error && typeof error.code === 'string' && typeof error.next === 'string') return { ...error, file };
    return {
      code: 'unsupported',
      file,
      where: '',
      message: `The file could not be read: ${(error && error.message) || error}`,
      next: 'Please report this file’s format; nothing of it was counted.',
    };
  }

  Object.assign(parts, { ReadError, toReport });
})((globalThis.CostReaderParts ??= {}));
