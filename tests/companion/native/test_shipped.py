"""What the wheel carries of models/: what is read where it is installed, and nothing that was only tried."""

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_wheel_carries_the_model_in_force_and_no_candidate():
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "force-include"
    ]
    carried = {
        file.relative_to(ROOT / "models").as_posix(): packed[name]
        for name in packed
        for file in ([ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).iterdir()))
    }
    card = json.loads((ROOT / "models/attributor.json").read_text())
    assert {
        "attributor.onnx",
        "attributor.json",
        "weights.npz",
        "prior.json",
        *(entry["file"] for entry in card["golden"]),
    } <= set(carried)
    assert set(carried) == {
        p.relative_to(ROOT / "models").as_posix() for p in (ROOT / "models").rglob("*") if p.is_file()
    } - {"candidate.npz"}
    assert all(target == f"costdna_companion/shipped/{name}" for name, target in packed.items())
