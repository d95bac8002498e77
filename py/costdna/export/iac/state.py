"""Terraform state, read and never written: which resource of the bill is which block of the code."""

import posixpath
import re
from dataclasses import dataclass

from costdna import nested


_ID = re.compile(r"^[a-z]{1,12}-[0-9a-f]{8,17}$")


@dataclass(frozen=True)
class Managed:
    """One instance in a state.

    root: the state's folder; module: names of the modules down to it; ids: how a bill may name it; taggable: whether it
    has tags at all.
    """

    root: str
    module: tuple[str, ...]
    type: str
    name: str
    ids: tuple[str, ...]
    taggable: bool


def managed(files: dict[str, str]) -> dict[str, str]:
    """ARN, or id as AWS makes them, → address of everything that the states among files (path → text) manage.

    A mere name is left out: other things are called so too.
    """
    return {
        i: f"{m.type}.{m.name}"
        for path, text in sorted(files.items())
        if path.endswith((".tfstate", ".json"))
        for m in read_state(path, text)
        for i in m.ids
        if i.startswith("arn:") or _ID.match(i)
    }


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
        if (
            not isinstance(resource, dict)
            or resource.get("mode") != "managed"
            or not str(resource.get("type", "")).startswith("aws_")
        ):
            continue
        module = tuple(p.split("[")[0] for p in str(resource.get("module", "")).split(".") if p and p != "module")
        for instance in resource.get("instances") or []:
            facts = instance.get("attributes") if isinstance(instance, dict) else None
            if isinstance(facts, dict):
                ids = tuple(dict.fromkeys(v for v in (facts.get("arn"), facts.get("id")) if isinstance(v, str) and v))
                out.append(
                    Managed(
                        posixpath.dirname(path),
                        module,
                        str(resource["type"]),
                        str(resource.get("name", "")),
                        ids,
                        "tags" in facts,
                    )
                )
    return out
