"""A spreadsheet of a bill (FOCUS in Excel) as CSV: openpyxl is imported only when one is dropped."""

import csv
import zipfile
from datetime import date, datetime

from costdna_companion.native.integrity import error


def sheet_to_csv(path: str, out: str, name: str) -> str:
    """The first sheet with a header of at least two columns, as CSV in `out`. Numbers keep their shortest decimal text."""
    import openpyxl

    _check(path, name)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever its XML parser does
        raise error("corrupt", "The spreadsheet cannot be read.", name, "", str(problem)[:200]) from None
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True)
            header = [_text(v) for v in next(rows, ())]
            while header and not header[-1]:
                header.pop()
            if len(header) < 2:
                continue
            with open(out, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header)
                for number, row in enumerate(rows, 2):
                    cells = [_text(v) for v in row]
                    if not any(cells):
                        continue
                    if any(cells[len(header) :]):
                        raise error(
                            "ragged",
                            f"Row {number} has more columns than the header.",
                            name,
                            f"sheet {sheet.title}, row {number}",
                        )
                    writer.writerow((cells + [""] * len(header))[: len(header)])
            return out
    finally:
        book.close()
    raise error("empty", "The spreadsheet holds no table.", name, f"{len(book.worksheets)} sheets")


def _check(path: str, name: str) -> None:
    """Every part's CRC, before anything is parsed."""
    with zipfile.ZipFile(path) as archive:
        try:
            bad = archive.testzip()
        except Exception as problem:
            raise error("corrupt", "The spreadsheet is damaged.", name, "", str(problem)[:200]) from None
    if bad:
        raise error("corrupt", "The spreadsheet is damaged.", name, f"part {bad}")


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
