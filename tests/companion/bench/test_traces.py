"""Small generated files in the published formats: read as published, audited, and measured honestly first."""

import gzip
import json

import numpy as np
import pytest

from costdna.errors import BillError, UsageError
from costdna_companion.bench import product, traces

pytest.importorskip("sklearn")


def azure(path, n=400, seed=0):
    """Subscriptions own deployments outright (the published leak); sizes and hours tell a little."""
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        sub = int(rng.integers(0, 6))
        deployment = sub * 8 + int(rng.integers(0, 8))
        created = deployment * 900
        cores = (2, 4, 8)[(sub + int(rng.integers(0, 2))) % 3]
        lines.append(f"vm{i},sub{sub},dep{deployment},{created},{created + int(rng.integers(600, 90000))},{rng.random() * 100:.4f},{rng.random() * 50:.4f},{rng.random() * 90:.4f},"
                     f"{('Interactive', 'Delay-insensitive', 'Unknown')[(sub + int(rng.integers(0, 2))) % 3]},{'>24' if i % 50 == 0 else cores},{cores * 4}")  # fmt: skip
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return path


def philly_log(path, n=300, seed=1):
    rng = np.random.default_rng(seed)
    jobs = []
    for i in range(n):
        user = int(rng.integers(0, 30))
        detail = [{"ip": f"m{rng.integers(0, 40)}", "gpus": [f"gpu{g}" for g in range(int(rng.choice([1, 2, 8])))]}]
        attempt = {
            "start_time": "2017-10-07 01:12:09",
            "end_time": None if i % 9 == 0 else "2017-10-07 03:13:23",
            "detail": detail,
        }
        jobs.append({"status": str(rng.choice(["Pass", "Killed", "Failed"])), "vc": f"vc{user % 5}", "jobid": f"application_{i}", "attempts": [] if i % 11 == 0 else [attempt],
                     "submitted_time": f"2017-10-0{1 + i % 9} {i % 24:02d}:00:00", "user": f"u{user}"})  # fmt: skip
    path.write_text(json.dumps(jobs))
    return path


def containers(path, n=300, seed=2):
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        app = int(rng.integers(0, 8))
        line = f"c_{i},m_{rng.integers(0, 60)},{rng.integers(0, 5)},app_{app},started,{(400, 800)[app % 2]},{(400, 800)[app % 2]},{1.5 + app % 3:.2f}"
        lines += [line] * (2 if i % 10 == 0 else 1)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_azure_deployments_are_removed_and_the_honest_figure_leads(tmp_path):
    result = traces.run(
        "azure-vm", azure(tmp_path / "vmtable.csv.gz"), session=None, methods=["majority", "logreg"], splits=2
    )
    assert "deployment" in result["audit"]["leaks"] and result["audit"]["held_out_by"] == "deployment"
    row = next(r for r in result["rows"] if r["method"] == "logreg")
    assert list(row)[1] == "honest_accuracy"
    assert row["inflated_accuracy"] > 0.95 > row["honest_accuracy"] + 0.2


def test_philly_users_are_the_leak_and_machines_a_relation(tmp_path):
    trace = traces.load("philly", philly_log(tmp_path / "cluster_job_log"))
    assert set(trace.more["x_Kind"]) == {"cluster"} and len(trace.frame) == 300 and trace.frame["hours"].isna().any()
    found = traces.examine(trace)
    assert "user" in found.leaks and "cluster" in set(found.keys["x_Key"]) and "cluster" not in found.leaks
    kinds = set(traces.account(trace, set(found.leaks)).relations["x_Kind"])
    assert "actor" not in kinds and "cluster" in kinds


def test_alibaba_containers_are_counted_once_and_largest_owners_kept(tmp_path):
    trace = traces.load("alibaba", containers(tmp_path / "container_meta.csv"), top=5, most=20)
    assert trace.frame["container"].is_unique
    assert trace.frame["app_du"].nunique() == 5
    assert trace.frame["app_du"].value_counts().max() == 20


def test_the_product_itself_runs_on_a_trace(tmp_path):
    session = product.shipped()
    if session is None:
        pytest.skip("no model is shipped")
    result = traces.run(
        "alibaba",
        containers(tmp_path / "container_meta.csv", 120),
        session=session,
        methods=["costdna", "majority"],
        splits=1,
    )
    got = {r["method"]: r["honest_accuracy"] for r in result["rows"]}
    assert got["costdna"] > got["majority"]


def test_other_formats_are_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for form in ("azure-vm", "alibaba", "philly"):
        with pytest.raises(BillError):
            traces.load(form, tmp_path / "x.csv")
    with pytest.raises(UsageError):
        traces.load("borg", tmp_path / "x.csv")
