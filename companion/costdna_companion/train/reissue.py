"""``python -m costdna_companion.train.reissue``: the same weights in a newly written graph. No training, no figures
measured again.

The weights kept beside the model are exported anew, the new graph must give what the shipped one gives, golden passes
are computed again, and the card names the graph it replaces: runs logged with that hash stay this model's runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import numpy as np

from costdna_companion.native.session import OrtSession

from . import card, export, weights
from .prior import load_prior


def reissue(models: Path, why: str, say=print) -> dict:
    """Write graph, golden passes and card in ``models``; raises ``RuntimeError`` when the new graph computes anything
    else.
    """
    path = models / card.MODEL_FILE
    told = json.loads((models / card.CARD_FILE).read_text(encoding="utf-8"))
    before = OrtSession(path.read_bytes())
    new = path.with_suffix(".new")
    export.export(weights.load(models / weights.WEIGHTS_FILE), new)
    gap = apart(before, OrtSession(new))
    if not gap <= export.TOLERANCE:
        new.unlink()
        raise RuntimeError(f"the new graph differs from the shipped one by {gap:.2e}: not written")
    new.replace(path)
    content = path.read_bytes()
    model = told["model"]
    earlier = [entry for entry in model.get("earlier_graphs", []) if entry["sha256"] != model["sha256"]]
    sha = hashlib.sha256(content).hexdigest()
    if sha != model["sha256"]:
        earlier.append(
            {
                "sha256": model["sha256"],
                "bytes": model["bytes"],
                "version": told["version"],
                "difference": gap,
                "why": why,
            }
        )
    told["version"] = card.VERSION
    told["model"] = model | {
        "sha256": sha,
        "bytes": len(content),
        "opset": export.OPSET,
        "weights_sha256": weights.sha256(models),
        "earlier_graphs": earlier,
    }
    told["golden"] = card.write_golden(models, load_prior(models))
    (models / card.CARD_FILE).write_text(
        json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    say(
        f"{sha[:12]}, {len(content):,} bytes; the graph before gave the same within {gap:.1e} at {len(export.SHAPES)} shapes"
    )
    return told


def apart(one: OrtSession, other: OrtSession) -> float:
    """Largest difference of any output of two graphs at all of the exporter's shapes (every team has a known owner in
    them).
    """
    worst = 0.0
    for shape in export.SHAPES:
        feeds = export.random_feeds(*shape)
        first, second = asyncio.run(one.run(feeds)), asyncio.run(other.run(feeds))
        worst = max(worst, *(float(np.abs(first[name] - second[name]).max(initial=0.0)) for name in export.OUTPUTS))
    return worst


if __name__ == "__main__":
    import sys

    from costdna_companion.native import shipped

    place = shipped.model()
    if place is None or len(sys.argv) != 2:
        raise SystemExit(
            "usage: python -m costdna_companion.train.reissue 'what changed in the graph' (in a checkout with its model)"
        )
    reissue(place.parent, sys.argv[1])
