"""A flipped bit: always caught in gzip and ZIP; in Parquet as far as its checksums, counts and ranges reach."""

import flips
import pytest


@pytest.mark.parametrize("kind", ["csv.gz", "members", "zip", "stored zip"])
def test_no_flip_of_a_checked_container_passes_unnoticed(kind):
    found = flips.flip(kind, 25, seed=2)
    assert found["silent"] == 0 and found["caught"] > 0


def test_checksums_make_most_parquet_flips_visible():
    """A limit, stated: without page checksums a flipped value inside the footer's range cannot be told from a true one."""
    found = flips.flip("sealed parquet", 25, seed=2)
    assert found["caught"] > found["silent"]
