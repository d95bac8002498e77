"""The store: bills kept on this machine in one DuckDB file, each file by its content, each month once."""

from costdna_companion.store.store import Loaded, Store, is_store

__all__ = ["Loaded", "Store", "is_store"]
