"""Parquet pages: their headers are read as the format says, and a wrong checksum, count or header is seen."""

from pathlib import Path

import duckdb
import pytest

from costdna.errors import BillError
from costdna_companion.native import pages

GOLDEN = Path(__file__).parents[2] / "golden" / "bad"


def chunks(path) -> list[tuple[str, int, int, int]]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT path_in_schema, coalesce(nullif(dictionary_page_offset, 0), data_page_offset), data_page_offset, total_compressed_size, num_values FROM parquet_metadata('{path}')"
        ).fetchall()
    return [(name, min(first, data), size, values) for name, first, data, size, values in rows]


def test_every_page_of_a_sealed_file_is_checked():
    path = GOLDEN / "cur.parquet"
    found, sealed = pages.verify(path, "cur.parquet", chunks(path))
    assert found == sealed >= len(chunks(path))


def test_every_byte_of_a_sealed_page_matters(tmp_path):
    path = GOLDEN / "cur.parquet"
    chunk, data = chunks(path)[0], path.read_bytes()
    count, _ = pages.verify(path, "cur.parquet", [chunk])
    torn, unnoticed = tmp_path / "torn.parquet", 0
    for at in range(chunk[1], chunk[1] + chunk[2]):
        torn.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            pages.verify(torn, "torn.parquet", [chunk])
            unnoticed += 1
        except BillError as fault:
            assert fault.code == "corrupt"
    assert unnoticed <= 20 * count  # fields of a page's header that nobody needs


@pytest.mark.parametrize("change", [(1, 0, 0), (0, -3, 0), (0, 0, 1)])
def test_a_footer_that_lies_is_seen(change):
    path = GOLDEN / "cur.parquet"
    name, start, size, values = chunks(path)[0]
    with pytest.raises(BillError):
        pages.verify(path, "cur.parquet", [(name, start + change[0], size + change[1], values + change[2])])
