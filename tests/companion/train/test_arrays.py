"""The same arrays give the same bytes, and numpy reads them back."""

from io import BytesIO

import numpy as np
from costdna_companion.train.arrays import npz


def test_bytes_depend_on_the_arrays_alone():
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros((0, 4), dtype=np.int64)}
    made = npz(arrays)
    assert made == npz({name: np.asfortranarray(value) for name, value in arrays.items()}) and made != npz(
        arrays | {"a": arrays["a"] + 1}
    )
    with np.load(BytesIO(made), allow_pickle=False) as read:
        assert read.files == ["a", "b"] and all(
            (read[name] == arrays[name]).all() and read[name].dtype == arrays[name].dtype for name in arrays
        )
