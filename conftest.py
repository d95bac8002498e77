"""Makes tests/support importable, and finds the real data (skipping with a message where it is absent)."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no failing test: no example has a time limit of its own.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests" / "support"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    path = Path(os.environ.get("COSTDNA_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"real data not found at {path}: set COSTDNA_REAL_DATA")
    return path


@pytest.fixture(scope="session")
def demo_bills(tmp_path_factory) -> Path:
    """The demo company's bill in every format it is written in, at the smallest size that still holds every plan and
    reservation.
    """
    write = pytest.importorskip("costdna_companion.demo.write", reason="the demo bill is written natively")
    folder = tmp_path_factory.mktemp("demo")
    write.write_demo(folder, seed=7, scale=0.6, month="2026-09", formats=list(write.FORMATS), negative=False)
    return folder
