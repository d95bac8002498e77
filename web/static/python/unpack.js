/* What the site's builder packed (build/sitebuilder/pack.py): one zstd frame, whatever the host does. For workers. */
'use strict';
self.CostPack = {
  /** The content of a squeezed file below the site. */
  async fetch(path) {
    const answer = await fetch(BASE + path);
    if (!answer.ok) throw new Error(`${path}: the server answered ${answer.status}`);
    return fzstd.decompress(new Uint8Array(await answer.arrayBuffer()));
  },
  /** Write a pack's files below `root`. They are views of the pack, not copies of it. */
  unpack(FS, pack, root) {
    const length = new DataView(pack.buffer, pack.byteOffset).getUint32(0, true);
    const listing = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + length)));
    const made = new Set();
    let at = 4 + length;
    for (const [path, size] of listing) {
      const target = root + path;
      const folder = target.slice(0, target.lastIndexOf('/'));
      if (!made.has(folder)) {
        FS.mkdirTree(folder);
        made.add(folder);
      }
      FS.writeFile(target, pack.subarray(at, at + size), { canOwn: true });
      at += size;
    }
  },
};
