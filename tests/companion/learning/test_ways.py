"""Ways of being sure on a small made-up folder: every way is measured on the same rows, and only the third for choices
is opened.
"""

from costdna_companion.bench.ownership import for_choices
from costdna_companion.learning.ways import WAYS, run

WORDS = "amber brisk cedar drift eagle frost glade heron inlet jade kite lotus maple north ocean pearl quill ridge stone thorn urban vivid whale yarn zinc basil cove dune fern grove".split()


def folder(path):
    """Apps in three environments each, two apps a team; only apps of the development third, and one more that must stay
    closed.
    """
    apps = [app for app in (f"{a}-{b}" for a in WORDS for b in ("api", "jobs")) if for_choices(app)][:14]
    closed = next(app for app in (f"{a}-closed" for a in WORDS) if not for_choices(app))
    lines = [
        f"{app}-{env},unit{i % 3},{app.split('-')[0]}-team"
        for i, app in enumerate(apps)
        for env in ("dev", "staging", "prod")
    ] + [f"{closed}-dev,unit0,secret"]
    (path / "namespaces.csv").write_text(
        "namespace,business-unit,team-name\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    (path / "resources.csv").write_text(
        "namespace,type\n" + "\n".join(f"{line.split(',')[0]},aws_sqs_queue" for line in lines) + "\n", encoding="utf-8"
    )
    return path


def test_every_way_is_measured_and_team_names_help_where_they_tell(tmp_path):
    rows = run(folder(tmp_path), None, splits=2)
    assert {row["way"] for row in rows} == set(WAYS) - {"the model as it is"}
    assert {row["unit"] for row in rows} == {"app", "namespace"} and {row["setting"] for row in rows} == {"bill"}
    at = {(row["unit"], row["way"]): row for row in rows}
    assert all(0 <= row["top1"] <= 1 and 0 <= row["ece"] <= 1 for row in rows)
    assert at[("namespace", "with team names")]["top1"] >= at[("namespace", "weights learned in the account")]["top1"]
