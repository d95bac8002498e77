"""CSV that any reader reads back and no spreadsheet runs."""

import csv
import io

import numpy as np
import pandas as pd
from bills import HOSTILE
from costdna.export.as_csv import safe, to_csv
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30),
        min_size=1,
        max_size=8,
    )
)
def test_what_was_written_is_read_back(texts):
    rows = list(
        csv.reader(
            io.StringIO(
                to_csv(
                    pd.DataFrame({"a": pd.Series(texts, dtype=object), "b": np.arange(len(texts), dtype="int64")}), 0
                ),
                newline="",
            )
        )
    )
    assert rows[0] == ["a", "b"]
    assert [r[0].removeprefix("'") if safe(t) != t else r[0] for r, t in zip(rows[1:], texts, strict=True)] == list(
        texts
    )
    assert not any(r[0][:1] in "=+@" for r in rows[1:] if r[0])


def test_every_hostile_text_and_header_is_made_harmless():
    text = to_csv(pd.DataFrame({"=1+1": list(HOSTILE)}), 0)
    cells = [r[0] for r in csv.reader(io.StringIO(text, newline=""))]
    assert cells[0] == "'=1+1"
    assert cells[2] == "'" + HOSTILE[1]
    for lead in ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", " =", "\u00a0@"):
        assert safe(lead + "x").startswith("'"), repr(lead)
    assert safe("-1e5") == "'-1e5" and safe("+1") == "'+1" and safe("-0.5") == "-0.5"


def test_kinds_of_columns():
    frame = pd.DataFrame(
        {
            "money": np.array([-700, 150], dtype="int64"),
            "big": np.array([10**25, 1], dtype=object),
            "p": [0.123456789, np.nan],
            "flag": [True, False],
            "day": np.array(["2026-10-05", "NaT"], dtype="datetime64[ns]"),
            "time": np.array(["2026-10-05T03:00:00", "2026-10-06"], dtype="datetime64[ns]"),
            "words": [["a", "b"], []],
        }
    )
    assert to_csv(frame, 4, ("money", "big")) == (
        "money,big,p,flag,day,time,words\r\n-0.07,1000000000000000000000,0.123457,true,2026-10-05,2026-10-05T03:00:00,a b\r\n0.015,0.0001,,false,,2026-10-06T00:00:00,\r\n"
    )
