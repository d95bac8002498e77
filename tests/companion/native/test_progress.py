"""Progress: every file named, bytes never going back, rows at the end."""

from small_bills import rows, text

from costdna_companion import native
from costdna_companion.native.progress import Progress


def test_a_drop_of_two_files(tmp_path):
    for name, n in (("a.csv", 30), ("b.csv", 60)):
        (tmp_path / name).write_text(text(rows(n)), encoding="utf-8", newline="")
    seen: list[dict] = []
    native.read([tmp_path], progress=seen.append)
    assert {s["file"].rpartition("/")[2] for s in seen} == {"a.csv", "b.csv"}
    total = sum(p.stat().st_size for p in tmp_path.iterdir())
    assert [s["bytes"] for s in seen] == sorted(s["bytes"] for s in seen)
    assert seen[-1] == {
        "file": seen[-1]["file"],
        "bytes": total,
        "total_bytes": total,
        "rows": 90,
    }


def test_bytes_stay_within_the_file():
    seen: list[int] = []
    state = Progress(100, lambda news: seen.append(news["bytes"]))
    state.begin("a", 40)
    state.within(0.5)
    state.within(0.25)
    state.within(7)
    state.end()
    assert seen == [0, 20, 20, 40, 40]
