"""Packs: the same bytes for the same members, and everything back out of them as the page takes it out."""

import json
import subprocess
from pathlib import Path

from sitebuilder import pack
from sitebuilder.paths import NODE_MODULES, STATIC

MEMBERS = {
    "b/x.pyc": b"\0\1" * 4000,
    "a.so": b"\0asm" + bytes(range(256)) * 9,
    "b/y.css": "größer".encode(),
    "b/c/empty.pyc": b"",
}
UNPACK = """
const fs = require('fs'), vm = require('vm');
const [zstd, unpack, packed] = process.argv.slice(1);
const files = {}, folders = [];
globalThis.self = globalThis;
self.BASE = 'https://site.invalid/'; self.fzstd = require(zstd);
self.fetch = async (url) => url === BASE + 'a.zst' ? new Response(fs.readFileSync(packed)) : new Response('', { status: 404 });
vm.runInThisContext(fs.readFileSync(unpack, 'utf8'));
(async () => {
  CostPack.unpack({ mkdirTree: (f) => folders.push(f), writeFile: (f, content) => { files[f] = Buffer.from(content).toString('hex'); } }, await CostPack.fetch('a.zst'), '/lib/');
  const missing = await CostPack.fetch('b.zst').catch((e) => e.message);
  console.log(JSON.stringify({ files, folders, missing }));
})();
"""


def test_what_was_packed_comes_out_in_the_page(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pack, "CACHE", tmp_path)
    pack.write({tmp_path / "site" / "a.zst": pack.joined(MEMBERS)})
    said = subprocess.run(
        [
            "node",
            "-e",
            UNPACK,
            str(NODE_MODULES / "fzstd" / "umd" / "index.js"),
            str(STATIC / "python" / "unpack.js"),
            str(tmp_path / "site" / "a.zst"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(said.stdout)
    assert found["files"] == {f"/lib/{name}": content.hex() for name, content in MEMBERS.items()}
    assert sorted(found["folders"]) == ["/lib", "/lib/b", "/lib/b/c"]
    assert found["missing"] == "b.zst: the server answered 404"


def test_same_members_same_bytes_and_likes_stand_together(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pack, "CACHE", tmp_path)
    joined = pack.joined(MEMBERS)
    assert joined == pack.joined(dict(reversed(MEMBERS.items())))
    assert [name for name, _ in json.loads(joined[4 : 4 + int.from_bytes(joined[:4], "little")])] == [
        "b/y.css",
        "b/c/empty.pyc",
        "b/x.pyc",
        "a.so",
    ]
    first = pack.squeezed(joined)
    next((tmp_path / "packs").iterdir()).unlink()
    assert first == pack.squeezed(joined) and len(first) < len(joined) / 10
