"""The built site on this machine, for `make demo`.

`python -m sitebuilder.serve [FOLDER] [--port N] [--prefix /sub/path/]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from costdna_companion.server.static import first_free, server

from .paths import SITE

__all__ = ["first_free", "server"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the built site on this machine.")
    parser.add_argument("folder", nargs="?", type=Path, default=SITE)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--prefix", default="/")
    args = parser.parse_args()
    if not (args.folder / "index.html").exists():
        raise SystemExit(f"serve: {args.folder} holds no index.html. Run `make site` first.")
    running = first_free(args.folder, args.port, args.prefix)
    print(f"CostDNA is at http://localhost:{running.server_address[1]}{args.prefix}  (Ctrl-C stops it)", flush=True)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
