"""The native reader: DuckDB over CSV, gzip, ZIP, Parquet and XLSX bills, behind the contract of docs/reading.md."""

from costdna_companion.native.reader import read

__all__ = ["read"]
