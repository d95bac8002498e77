"""A flipped bit: always caught in gzip and ZIP; in Parquet as far as its checksums, counts and ranges reach."""

import flips
import pytest


@pytest.mark.parametrize("kind", ["csv.gz", "members", "zip", "stored zip"])
def test_no_flip_of_a_checked_container_passes_unnoticed(kind):
    found = flips.flip(kind, 25, seed=2)
    assert found["silent"] == 0 and found["caught"] > 0


def test_no_flip_of_a_sealed_parquet_file_passes_unnoticed():
    """With page checksums, and the footer's two lists of names compared, nothing of 1,000 flips did."""
    assert flips.flip("sealed parquet", 40, seed=2)["silent"] == 0


def test_most_flips_of_an_unsealed_parquet_file_are_seen():
    """A limit, stated: without page checksums a flipped value inside its column's range cannot be told from a true one."""
    found = flips.flip("parquet", 40, seed=2)
    assert found["caught"] > found["silent"]
