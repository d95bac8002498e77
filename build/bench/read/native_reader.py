"""`python native_reader.py FILE…`: the CLI's own reader (DuckDB through the mapping, with the checks and tables of the
page's reader).

Prints one JSON line {rows, totals, wall, cpu}: seconds of reading alone, imports left out. The rival that does equal
work; native.py is the bare sum.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from costdna_companion.native import reader


def main(files: list[str]) -> None:
    wall, cpu = time.monotonic(), time.process_time()
    readings, _ = reader.read([Path(f) for f in files])
    took = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}
    print(
        json.dumps(
            {
                "rows": sum(int(r["meta"]["rows"]) for r in readings),
                "totals": [r["meta"]["totals"]["Unblended"] for r in readings],
                **took,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
