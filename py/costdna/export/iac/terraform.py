"""Terraform: which block is a resource's source, and what its patch is."""

import posixpath
import re
from collections import defaultdict

from costdna.export.iac import hcl
from costdna.export.iac.state import Managed, read_state
from costdna.export.iac.tags_hcl import Clash, add_block, add_tag
from costdna.export.quoting import hcl_text

# A block whose name is written out is known by it, where the bill has exactly one resource of that kind and name.
NAMED = {
    "aws_s3_bucket": ("bucket", "s3:bucket"),
    "aws_lambda_function": ("function_name", "lambda:function"),
    "aws_db_instance": ("identifier", "rds:db"),
    "aws_rds_cluster": ("cluster_identifier", "rds:cluster"),
    "aws_dynamodb_table": ("name", "dynamodb:table"),
    "aws_sqs_queue": ("name", "sqs"),
    "aws_sns_topic": ("name", "sns"),
    "aws_kinesis_stream": ("name", "kinesis:stream"),
    "aws_ecs_cluster": ("name", "ecs:cluster"),
    "aws_eks_cluster": ("name", "eks:cluster"),
    "aws_secretsmanager_secret": ("name", "secretsmanager:secret"),
    "aws_elasticache_replication_group": ("replication_group_id", "elasticache:replicationgroup"),
}
_SHORT = re.compile(r"[a-z]{1,12}-[0-9a-f]{8,17}")

Place = tuple[str, str, str]
"""(folder of the code, resource type, resource name)."""


class Code:
    """The .tf files of a drop, parsed once. unread: files that could not be followed, with why."""

    def __init__(self, files: dict[str, str]):
        self.files = {p: t for p, t in files.items() if p.endswith(".tf")}
        self.states: list[Managed] = [
            m for p, t in sorted(files.items()) if p.endswith((".tfstate", ".json")) for m in read_state(p, t)
        ]
        self.unread: dict[str, str] = {}
        self.blocks: dict[Place, tuple[str, hcl.Block]] = {}
        self.providers: dict[str, list[tuple[str, hcl.Block]]] = defaultdict(list)
        self.modules: dict[tuple[str, str], str] = {}
        for path, text in sorted(self.files.items()):
            try:
                root = hcl.parse(text)
            except hcl.Unreadable as error:
                self.unread[path] = str(error)
                continue
            folder = posixpath.dirname(path)
            for block in root.blocks:
                if block.kind == "resource" and len(block.labels) == 2:
                    self.blocks[folder, block.labels[0], block.labels[1]] = (path, block)
                elif block.kind == "provider" and block.labels == ["aws"]:
                    self.providers[folder].append((path, block))
                elif block.kind == "module" and len(block.labels) == 1 and (source := block.attributes.get("source")):
                    said = hcl.literal(text[source.value : source.end])
                    if said and said.startswith("."):
                        self.modules[folder, block.labels[0]] = posixpath.normpath(
                            posixpath.join(folder, said)
                        ).removeprefix("./")

    def place(self, one: Managed) -> Place | None:
        """The block of an instance, through local modules; None where its code is not here."""
        folder = one.root
        for name in one.module:
            found = self.modules.get((folder, name))
            if found is None:
                return None
            folder = "" if found == "." else found
        where = (folder, one.type, one.name)
        return where if where in self.blocks else None

    def sources(self, bill: dict[str, tuple[str, str]]) -> dict[str, tuple[Place, bool]]:
        """ResourceId → (its block, whether it takes tags). bill: ResourceId → (kind, name)."""
        out: dict[str, tuple[Place, bool]] = {}
        for one in self.states:
            where = self.place(one)
            for said in one.ids:
                if (
                    where
                    and said in bill
                    and (
                        said.startswith("arn:")
                        or _SHORT.fullmatch(said)
                        or (one.type == "aws_s3_bucket" and bill[said][0] == "s3:bucket")
                    )
                ):
                    out[said] = (where, one.taggable)
        named: dict[tuple[str, str], list[str]] = defaultdict(list)
        for said, (kind, name) in bill.items():
            named[kind, name.rpartition(":")[2] or name].append(said)
        taken: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for where, (path, block) in self.blocks.items():
            if where[1] in NAMED:
                attribute, kind = NAMED[where[1]]
                if (found := block.attributes.get(attribute)) and (
                    said := hcl.literal(self.files[path][found.value : found.end])
                ):
                    taken[kind, said].append(where)
        for key, places in taken.items():
            if len(places) == 1 and len(named.get(key, [])) == 1:
                out.setdefault(named[key][0], (places[0], True))
        return out

    def managed(self, folder: str) -> list[Managed]:
        """What the state in a folder manages."""
        return [m for m in self.states if m.root == folder]


def edits(
    code: Code, wanted: dict[Place, str], key: str, mode: str, whole: dict[str, str]
) -> tuple[dict[str, list[tuple[int, int, str]]], dict[Place, str]]:
    """(path → edits, block → why it was left).

    wanted: block → team. whole: folder → the one team of all its state manages.

    mode: "auto" sets default_tags in the provider of a folder that is one team's as a whole, and tags blocks elsewhere;
    "resource" tags blocks only; "ignore" tags nothing and makes the provider leave the key to others (ignore_tags).
    """
    out: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    left: dict[Place, str] = {}
    by_provider: set[str] = set()
    for folder in sorted({p[0] for p in wanted} | set(whole)):
        providers = code.providers.get(folder, [])
        if mode == "ignore" or (mode == "auto" and folder in whole):
            done = [_provider(code.files[p], b, key, "" if mode == "ignore" else whole[folder]) for p, b in providers]
            if providers and all(done) and (mode == "ignore" or len(providers) == 1):
                by_provider.add(folder)
                for (path, _), edit in zip(providers, done):
                    out[path].append(edit)
    for where, team in sorted(wanted.items()):
        path, block = code.blocks[where]
        if where[0] in by_provider:
            continue
        if mode == "ignore":
            left[where] = 'no provider "aws" block without ignore_tags or default_tags stands in its folder'
            continue
        if where[1] == "aws_autoscaling_group":
            left[where] = "an Auto Scaling group takes tag blocks, which this patch does not write"
            continue
        try:
            edit = add_tag(code.files[path], block, key, team)
        except Clash as clash:
            left[where] = str(clash)
            continue
        if edit:
            out[path].append(edit)
    return dict(out), left


def _provider(text: str, block: hcl.Block, key: str, team: str) -> tuple[int, int, str] | None:
    """default_tags with the team, or ignore_tags with the key; None where the provider has such a block already."""
    name, body = (
        ("default_tags", f"tags = {{\n  {key if key.isidentifier() else hcl_text(key)} = {hcl_text(team)}\n}}")
        if team
        else ("ignore_tags", f"keys = [{hcl_text(key)}]")
    )
    return None if any(b.kind == name for b in block.blocks) else add_block(text, block, name, body)
