"""Every bad file of the table, dropped on the built page: its own error in plain words, nothing partial shown, nothing
sent.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))


def test_each_bad_file_says_what_is_wrong(chromium, site, tmp_path):
    from bad_bills import TABLE, made

    tab = chromium.open(site.url)
    silent, spoken = [], []
    for number, case in enumerate(c for c in TABLE["cases"] if c["code"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / case["file"]
        path.write_bytes(made(case["make"]))
        tab.files("#files", [path])
        tab.wait("document.getElementById('problems').innerText || !document.getElementById('app').hidden", 60)
        words = tab.js("document.getElementById('problems').innerText")
        (spoken if words and tab.js("document.getElementById('app').hidden") else silent).append(case["name"])
        assert "Traceback" not in words and "undefined" not in words, f"{case['name']}: {words}"
        tab.js("document.getElementById('problems').replaceChildren()")
    assert not silent
    assert len(spoken) >= 15
    assert tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
