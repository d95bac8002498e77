"""The built page comes up in three browsers, asks nobody else for anything, and lives under any path."""

from __future__ import annotations

import pytest
from harness.servers import Site


def test_python_comes_up_and_talks_both_ways(each, site):
    tab = each.open(site.url)
    tab.ready()
    assert tab.js("document.getElementById('landing').hidden") is False
    assert tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    assert tab.js("CostPage.run('import numpy, pandas; numpy.__version__, pandas.__version__')") == "('2.2.5', '2.3.1')"
    tab.close()


@pytest.mark.parametrize("prefix", ["/sub/path/"])
def test_it_lives_below_a_path(built, chromium, prefix):
    below = Site(built, prefix)
    tab = chromium.open(below.url)
    tab.ready()
    assert tab.errors == []
    assert {r for r in tab.requests if not r.startswith((below.url, "blob:", "data:"))} == set()
    assert all(path.startswith(prefix) for path, _ in below.answers)
    below.stop()


def test_nothing_is_asked_of_anybody_else(site, chromium):
    tab = chromium.open(site.url)
    tab.ready()
    assert {r for r in tab.requests if not r.startswith((site.url, "blob:", "data:"))} == set()
    assert tab.errors == []


def test_it_works_with_the_server_gone(built, chromium):
    short = Site(built)
    tab = chromium.open(short.url)
    tab.ready()
    tab.wait("document.documentElement.dataset.offline === 'ready'")
    short.stop()
    tab.close()
    again = chromium.open(short.url)
    again.ready()
    assert again.js("CostPage.run('1 + 1')") == "2"
    assert again.errors == []


def test_the_drop_zone_lives_before_python(site, chromium):
    tab = chromium.open(site.url)
    assert tab.js("document.documentElement.dataset.shell") == "live"
    assert tab.js("CostPage.state") == "starting"
    tab.ready()
    marks = tab.js("CostPage.marks")
    assert marks["live"] < marks["ready"]


def test_a_browser_that_forbids_workers_is_told_what_is_missing(site, chromium):
    tab = chromium.open(site.url)
    tab.page.add_init_script(
        "window.Worker = class { constructor() { throw new DOMException('forbidden here', 'SecurityError'); } }"
    )
    tab.page.reload()
    tab.wait("!document.getElementById('problems').hidden")
    said = tab.js("document.getElementById('problems').innerText")
    assert "could not start" in said and "forbidden here" in said and "forbid WebAssembly or workers" in said
