"""Where the shipped model and the built site are: inside an installed package, or beside it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]


def find(*parts: str) -> Path | None:
    """The first of <package>/shipped/… and <checkout>/… that exists."""
    for root in (_PACKAGE / "shipped", _CHECKOUT):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    return None


def model() -> Path | None:
    """The attributor's ONNX file, None where it is absent (the numpy baselines then stand alone)."""
    return find("models", "attributor.onnx")
