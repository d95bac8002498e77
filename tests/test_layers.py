"""Who may import whom: the core knows nobody; page and companion know the core and never each other; steps do not know
steps.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"costdna": ROOT / "py", "costdna_web": ROOT / "web", "costdna_companion": ROOT / "companion"}
BASE = {"schema", "errors", "money", "columns", "hashing", "names", "nested", "once"}
TOP = {"pipeline", "workspace", "tools", "changes", "economics", "serving", "corrections", "session_file"}
CORE_MAY = {"numpy", "pandas", "costdna"}


def imports(path: Path) -> set[str]:
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            out |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                home = next(path.relative_to(p).parts for p in PACKAGES.values() if path.is_relative_to(p))
                base = ".".join((*home[: len(home) - node.level], *([node.module] if node.module else [])))
            out |= {f"{base}.{a.name}" for a in node.names}
    return out


def modules(package: str):
    return sorted((PACKAGES[package] / package).rglob("*.py"))


def test_core_imports_only_what_the_page_has():
    import sys

    for path in modules("costdna"):
        alien = {i.split(".")[0] for i in imports(path)} - CORE_MAY - set(sys.stdlib_module_names)
        assert not alien, f"{path} imports {alien}"


def test_page_and_companion_never_meet():
    assert not [p for p in modules("costdna_web") if any(i.startswith("costdna_companion") for i in imports(p))]
    assert not [p for p in modules("costdna_companion") if any(i.startswith("costdna_web") for i in imports(p))]


def test_steps_do_not_import_steps():
    folder = PACKAGES["costdna"] / "costdna"
    # The report prints the ledger; exports write down what the report says, the plan and the FOCUS rows.
    shown = {"report": {"ledger"}, "export": {"ledger", "report", "focus", "tagging", "events"}}
    typed_only = {("report", "teams")}
    for path in modules("costdna"):
        step = path.relative_to(folder).parts[0].removesuffix(".py")
        if step in BASE | TOP | {"__init__"}:
            continue
        for name in imports(path):
            if name.startswith("costdna.relations.kinds"):
                continue  # the registry of kinds is a declaration, shared like the schema
            parts = name.split(".")
            if (
                parts[0] == "costdna"
                and len(parts) > 1
                and parts[1] not in BASE | {step} | shown.get(step, set()) | MODEL.get(step, set())
            ):
                assert (step, parts[1]) in typed_only, f"step {step} imports step {parts[1]} ({path.name})"


# attribution is one step in several rooms: features, baselines and the registry of kinds serve it; questions read the
# same memberships
MODEL = {
    "inventory": {"events"},  # what is there finds the bill's resource by the keys of what was done
    "attribute": {"features", "baselines"},
    "baselines": {"features"},
    "questions": {"baselines"},
    "audit": {"baselines"},
    # why the bill moved is one question in several rooms, all counted from the facts table of `trends`
    "why": {"trends", "ledger"},
    "anomalies": {"trends"},
    "deploys": {"trends"},
    "forecast": {"trends"},
    # who bears what is shared starts from what allocate decided; what a customer costs, from what was shared
    "sharing": {"trends", "allocate"},
    "unit": {"trends", "sharing"},
    "waste": {"trends", "relations"},
    "budgets": {"trends", "forecast"},
}


def test_only_the_doors_import_the_pipeline():
    for path in modules("costdna"):
        if path.name not in ("workspace.py", "tools.py", "pipeline.py", "session_file.py"):
            assert not [i for i in imports(path) if i.split(".")[:2] == ["costdna", "pipeline"]], path
