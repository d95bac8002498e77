"""What `costdna benchmark KIND` does: run, log what is reported, print."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from collections.abc import Callable

from costdna.errors import UsageError

from . import log, product, rivals
from .show import figures


@dataclass(frozen=True)
class Wishes:
    """Options of the verb, parsed."""

    methods: list[str]
    splits: int
    labelled: tuple[float, ...]
    third: str
    setting: str
    unit: str
    world: str
    accounts: int | None
    first: int | None
    own_model: bool
    coverage: tuple[float, ...]
    checks: bool
    top: int
    most: int
    model: Path | None


def ownership(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """Real labels in a folder."""
    from . import ownership as real

    folder = Path(_needed(where, 1, "costdna benchmark ownership DIR")[0])
    if not folder.is_dir():
        raise UsageError(
            "There is no such folder.",
            where=str(folder),
            next_step="Name a folder with namespaces.csv and resources.csv.",
            code="no-file",
        )
    methods, skipped = rivals.available(wishes.methods)
    for name, why in skipped.items():
        say(f"{name} skipped: {why}")
    result = real.run(
        folder, session=product.shipped(wishes.model), methods=methods, splits=wishes.splits, labelled=wishes.labelled, third=wishes.third, models=log.models(),
        settings=_one_of(wishes.setting, real.SETTINGS, "--setting"), units=_one_of(wishes.unit, real.UNITS, "--unit"), say=say,
    )  # fmt: skip
    result["skipped"] = skipped
    if result["third"] != "dev":
        log.record(
            "ownership",
            {"folder": folder.name, "third": result["third"], "splits": wishes.splits, "methods": methods},
            result["rows"],
            wishes.model,
            say,
        )
    return result


def simulated(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """Simulated accounts of one simulator."""
    from . import simulated as made, worlds

    _needed(where, 0, "costdna benchmark simulated")
    methods, skipped = rivals.available(wishes.methods)
    for name, why in skipped.items():
        say(f"{name} skipped: {why}")
    world = worlds.find(wishes.world)
    result = made.run(
        world,
        session=product.shipped(wishes.model),
        methods=methods,
        accounts=wishes.accounts or 20,
        coverages=wishes.coverage,
        checks=wishes.checks,
        say=say,
    )
    result["skipped"] = skipped
    if world.reported:
        log.record(
            "simulated",
            {"world": world.name, "accounts": wishes.accounts or 20, "methods": methods, "checks": result["checks"]},
            result["rows"],
            wishes.model,
            say,
        )
    return result


def trace(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """A public cluster trace."""
    from . import traces

    form, path = _needed(where, 2, f"costdna benchmark trace {'|'.join(traces.FORMS)} FILE")
    methods, skipped = rivals.available(wishes.methods)
    for name, why in skipped.items():
        say(f"{name} skipped: {why}")
    share = wishes.labelled[0]
    return traces.run(
        form,
        Path(path),
        session=product.shipped(wishes.model),
        methods=methods,
        splits=wishes.splits,
        labelled=share,
        top=wishes.top,
        most=wishes.most,
        say=say,
    ) | {"skipped": skipped}


def demo(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """The demo bill against its truth."""
    from . import demo as company

    _needed(where, 0, "costdna benchmark demo")
    return company.run(session=product.shipped(wishes.model), companies=wishes.accounts or 1, say=say)


def scan(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """A company from its bill alone to twenty answers, step by step against its truth.

    Between them come its CloudTrail, its accounts' answers and a model of its own.
    """
    from . import scan as steps

    _needed(where, 0, "costdna benchmark scan")
    return steps.run(
        session=product.shipped(wishes.model),
        companies=wishes.accounts or 1,
        first=steps.FIRST_SEED if wishes.first is None else wishes.first,
        own_model=wishes.own_model,
        say=say,
    )


def classic(where: list[str], wishes: Wishes, say: Callable[[str], None]) -> dict:
    """The predecessor's world, rebuilt."""
    from . import classic as small, worlds

    _needed(where, 0, "costdna benchmark classic")
    methods, skipped = rivals.available(wishes.methods)
    for name, why in skipped.items():
        say(f"{name} skipped: {why}")
    return small.run(
        worlds.find("classic"),
        session=product.shipped(wishes.model),
        methods=methods,
        accounts=wishes.accounts or 5,
        say=say,
    ) | {"skipped": skipped}


KINDS: dict[str, Callable[[list[str], Wishes, Callable[[str], None]], dict]] = {
    "ownership": ownership,
    "simulated": simulated,
    "classic": classic,
    "trace": trace,
    "demo": demo,
    "scan": scan,
}


def show(what: str, result: dict, output) -> None:
    """Rows to stdout; in a table also what frames them."""
    from costdna_companion.cli._output import Output, answer, rows

    if output == Output.json:
        answer({"rows": result["rows"]})
    elif output == Output.csv:
        rows(result["rows"], output)
    else:
        figures(what, result, output)


def perturbed(
    what: str,
    world: str,
    methods: str,
    accounts: int,
    coverage: float,
    kinds: bool,
    model: Path | None,
    output,
    say: Callable[[str], None],
) -> None:
    """`costdna ablate` and `costdna robustness`: on a simulator choices may be made on, unless another is named."""
    from . import perturb, worlds

    names, _ = rivals.available([name.strip() for name in methods.split(",") if name.strip()])
    chosen = worlds.find(world or worlds.for_choices())
    common = {
        "session": product.shipped(model),
        "methods": names,
        "accounts": accounts,
        "coverage": coverage,
        "say": say,
    }
    result = perturb.ablate(chosen, kinds=kinds, **common) if what == "ablate" else perturb.robustness(chosen, **common)
    show(what, result, output)


def _needed(where: list[str], count: int, usage: str) -> list[str]:
    if len(where) != count:
        raise UsageError(
            "That is not how it is called.", found=" ".join(where) or "nothing more", next_step=usage, code="usage"
        )
    return where


def _one_of(wanted: str, choices: tuple[str, ...], option: str) -> tuple[str, ...]:
    if wanted and wanted not in choices:
        raise UsageError(
            "There is no such choice.",
            found=wanted,
            where=option,
            next_step=f"Choose {' or '.join(choices)}.",
            code="choice",
        )
    return (wanted,) if wanted else choices
