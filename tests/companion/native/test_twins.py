"""The same bytes under two names are one file, as on the page."""

import shutil
from pathlib import Path

from costdna_companion import native

SOURCE = Path(__file__).resolve().parents[2] / "golden/parquet/snappy.parquet"


def test_the_same_content_twice_is_counted_once(tmp_path):
    shutil.copy(SOURCE, tmp_path / "a.parquet")
    shutil.copy(SOURCE, tmp_path / "b.parquet")
    readings, skipped = native.read([tmp_path / "a.parquet", tmp_path / "b.parquet"])
    assert [r["meta"]["name"] for r in readings] == ["a.parquet"]
    assert [(s["path"], s["reason"]) for s in skipped] == [("b.parquet", "the same content as a.parquet")]
