"""Stable 64-bit ids from text: the same in page and natively, whatever the word size or the order of rows."""

import hashlib

import numpy as np
import pandas as pd

_MIX = np.uint64(0x9E3779B97F4A7C15)


def of_texts(texts) -> np.ndarray:
    """uint64 of each text, from its UTF-8 bytes. Shape (n,)."""
    return pd.util.hash_array(np.asarray(texts, dtype=object), categorize=False)


def sign(text: str) -> str:
    """Sixteen hex digits that stand for a text where the text itself must not be seen or must not shift, as in an address.

    >>> sign("search"), sign("search") == sign("Search")
    ('2419329067823cab', False)
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def combine(parts: list[np.ndarray]) -> np.ndarray:
    """One int64 id per row from uint64 parts of equal shape (n,); the order of the parts matters."""
    h = np.full(len(parts[0]), len(parts), dtype="uint64")
    for part in parts:
        h = (h ^ part) * _MIX
        h = h ^ (h >> np.uint64(29))
    return h.view("int64")


def of_columns(columns: list) -> np.ndarray:
    """int64 id of each row of several text columns. Each text is hashed once.

    >>> a, b = of_columns([["x", "y"], ["1", "1"]])
    >>> bool(a != b), of_columns([["x"], ["1"]])[0] == a
    (True, np.True_)
    """
    parts = []
    for column in columns:
        codes, texts = pd.factorize(np.asarray(column, dtype=object))
        parts.append(of_texts(texts)[codes.astype("int64")])
    return combine(parts)
