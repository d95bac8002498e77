"""The model's card: what a model must declare before it is used, and the golden passes it must reproduce."""

from __future__ import annotations

import hashlib
import io

import numpy as np

from costdna.errors import CostDNAError
from costdna.features import features_hash
from costdna.relations.kinds import kinds_hash

FORMAT = 1
SIGNATURE = {
    "inputs": {
        "x": "float32[N,43]",
        "member_node": "int64[K]",
        "member_group": "int64[K]",
        "group_kind": "int64[G]",
        "y_support": "float32[N,C]",
    },
    "outputs": {"logits": "float32[N,C]", "none_logit": "float32[N,1]"},
}
"""The frozen doors: softmax over [logits, none_logit] is the joint; any N, K, G from none on, C from one on."""
INPUTS = tuple(SIGNATURE["inputs"])
OUTPUTS = tuple(SIGNATURE["outputs"])
GOLDEN_TOLERANCE = 1e-4


class ModelRefused(CostDNAError):
    """A model that does not fit this program, or does not compute what its card says."""


def check_card(card: dict, model: bytes) -> None:
    """Raise :class:`ModelRefused` unless ``card`` fits this program and ``model`` is the file it names.

    The error names every difference.
    """
    wanted = {
        "format": (card.get("format"), FORMAT),
        "signature": (card.get("signature"), SIGNATURE),
        "group kinds": (card.get("kinds_sha256"), kinds_hash()),
        "features": (card.get("features_sha256"), features_hash()),
        "model file": (card.get("model", {}).get("sha256"), hashlib.sha256(model).hexdigest()),
    }
    wrong = [name for name, (got, expected) in wanted.items() if got != expected]
    if wrong:
        raise ModelRefused(
            "The attribution model does not fit this version of CostDNA.",
            found=f"other {', '.join(wrong)}", where=str(card.get("name", "model card")),
            next_step="Use the model and card that were released together with this version.", code="model-refused",
        )  # fmt: skip


def model_id(card: dict) -> str:
    """Short name written beside every answer: name, version and the first 8 digits of the file's sha256."""
    return f"{card['name']} {card['version']} {card['model']['sha256'][:8]}"


def read_golden(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A golden file (.npz) → (feeds, expected outputs)."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in INPUTS}, {name: arrays[f"expected_{name}"] for name in OUTPUTS}


async def vet(session, card: dict, model: bytes, golden: dict[str, bytes]) -> str:
    """Refuse (:class:`ModelRefused`) a model that does not fit or does not reproduce its golden passes.

    Returns its short name.

    ``session`` runs ``model``; ``golden`` maps every file named in ``card["golden"]`` to its content. The same check in
    the page, on the command line and for a model a user drops.
    """
    check_card(card, model)
    for entry in card["golden"]:
        name, content = entry["file"], golden.get(entry["file"], b"")
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise ModelRefused(
                "A golden pass of the attribution model is missing or was changed.", found="other content", where=name,
                next_step="Use the files that were released together.", code="model-refused",
            )  # fmt: skip
        feeds, expected = read_golden(content)
        check_golden(await session.run(feeds), expected, name)
    return model_id(card)


def check_golden(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], where: str = "") -> float:
    """Largest difference of the joint probabilities.

    Raises :class:`ModelRefused` above :data:`GOLDEN_TOLERANCE` or on NaN.
    """

    def joint(out: dict[str, np.ndarray]) -> np.ndarray:
        score = np.concatenate(
            [np.asarray(out["logits"], dtype=np.float64), np.asarray(out["none_logit"], dtype=np.float64)], axis=1
        )
        p = np.exp(score - score.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    worst = float(np.abs(joint(got) - joint(expected)).max())
    if not worst <= GOLDEN_TOLERANCE:
        raise ModelRefused(
            "The attribution model computes something else here than where it was made.",
            found=f"difference {worst:.1e}, at most {GOLDEN_TOLERANCE:.0e} is allowed", where=where,
            next_step="Answers are given without the model. Report this with your browser or onnxruntime version.", code="model-golden",
        )  # fmt: skip
    return worst
