"""Step 1: readings → SOURCES, CHARGES, RHYTHM, HOURS. `docs/reading.md` is the contract with the readers."""

from costdna.read.assemble import Bill, assemble

__all__ = ["Bill", "assemble"]
