import gzip
import threading
import urllib.error
import urllib.request

import pytest

from costdna_companion.server.static import first_free, server


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text("<h1>CostDNA</h1>" * 50)
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    return tmp_path


def start(made):
    threading.Thread(target=made.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{made.server_address[1]}"


def test_serves_the_index_with_media_types_under_a_prefix(site):
    base = start(server(site, 0, "/sub/path/"))
    with urllib.request.urlopen(base + "/sub/path/") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8" and answer.read().startswith(b"<h1>")
    with urllib.request.urlopen(base + "/sub/path/a.wasm") as answer:
        assert answer.headers["Content-Type"] == "application/wasm"


def test_compresses_when_asked(site):
    base = start(server(site))
    request = urllib.request.Request(base + "/", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip" and gzip.decompress(answer.read()).startswith(b"<h1>")


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/nothing"])
def test_nothing_outside_the_folder(site, path):
    (site.parent / "secret").write_text("no")
    base = start(server(site))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(base + path)
    assert caught.value.code == 404


def test_a_taken_port_gives_the_next(site):
    one = server(site)
    other = first_free(site, one.server_address[1], "/")
    assert other.server_address[1] > one.server_address[1]
