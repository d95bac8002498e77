"""CSV after RFC 4180, safe to open in a spreadsheet: no cell of a bill becomes a formula."""

import csv
import io
import re

import numpy as np
import pandas as pd

from costdna import money

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What a spreadsheet takes for a formula, with the full-width forms some of them fold, and blanks they skip before one.
_FORMULA = re.compile(r"[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def safe(text: str) -> str:
    """A cell no spreadsheet will run: what looks like a formula is led by an apostrophe, plain numbers stay.

    >>> safe("=cmd()"), safe("-12.5"), safe("  +1+1"), safe("search")
    ("'=cmd()", '-12.5', "'  +1+1", 'search')
    """
    text = str(text).replace("\x00", "\ufffd")
    return "'" + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def to_csv(frame: pd.DataFrame, scale: int, amounts: tuple[str, ...] = ()) -> str:
    """The text of a table.

    Header and rows end in CRLF, money as exact decimals, days as ISO dates, lists joined by spaces.
    """
    columns = [_texts(frame[name], scale if name in amounts else None) for name in frame.columns]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(name) for name in frame.columns])
    writer.writerows(zip(*columns))
    return out.getvalue()


def _texts(values: pd.Series, scale: int | None) -> list[str]:
    if scale is not None:
        return money.to_texts(values.to_numpy(), scale)
    if values.dtype.kind == "M":
        stamps = values.to_numpy().astype("datetime64[s]")
        whole = (stamps == stamps.astype("datetime64[D]")) | np.isnat(stamps)
        text = np.datetime_as_string(stamps.astype("datetime64[D]") if whole.all() else stamps)
        return np.where(np.isnat(stamps), "", text).tolist()
    if values.dtype.kind in "iu":
        return list(map(str, values.tolist()))
    if values.dtype.kind == "b":
        return ["true" if v else "false" for v in values]
    if values.dtype.kind == "f":
        return ["" if pd.isna(v) else repr(round(v, 6)) for v in values.tolist()]
    seen: dict = {}  # a bill repeats its texts; each is looked at once
    out = []
    for value in values.tolist():
        value = " ".join(value) if isinstance(value, list) else ("" if value is None else str(value))
        if value not in seen:
            seen[value] = safe(value)
        out.append(seen[value])
    return out
