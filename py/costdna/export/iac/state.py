"""Terraform state, read and never written: which resource of the bill is which block of the code."""

import posixpath
from dataclasses import dataclass

from costdna import nested


@dataclass(frozen=True)
class Managed:
    """One instance in a state. root: the state's folder; module: names of the modules down to it; ids: how a bill may name it;
    taggable: whether it has tags at all."""

    root: str
    module: tuple[str, ...]
    type: str
    name: str
    ids: tuple[str, ...]
    taggable: bool


def read_state(path: str, text: str) -> list[Managed]:
    """Managed AWS instances of a state of format 4; [] where the text is none."""
    try:
        content = nested.loads(text)
    except ValueError:
        return []
    if not isinstance(content, dict) or content.get("version") != 4 or not isinstance(content.get("resources"), list):
        return []
    out = []
    for resource in content["resources"]:
        if not isinstance(resource, dict) or resource.get("mode") != "managed" or not str(resource.get("type", "")).startswith("aws_"):
            continue
        module = tuple(p.split("[")[0] for p in str(resource.get("module", "")).split(".") if p and p != "module")
        for instance in resource.get("instances") or []:
            facts = instance.get("attributes") if isinstance(instance, dict) else None
            if isinstance(facts, dict):
                ids = tuple(dict.fromkeys(v for v in (facts.get("arn"), facts.get("id")) if isinstance(v, str) and v))
                out.append(Managed(posixpath.dirname(path), module, str(resource["type"]), str(resource.get("name", "")), ids, "tags" in facts))
    return out
