"""costdna learn: how much each answer settles, by strategy of asking."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, answer, console, rows


def learn(
    world: Annotated[
        str, typer.Option(help="Simulator of accounts; by default the one on which choices are made.")
    ] = "",
    accounts: Annotated[int, typer.Option(min=1, help="How many simulated accounts.")] = 20,
    demo: Annotated[
        int,
        typer.Option(min=0, help="Instead of simulated accounts, this many demo companies, their owner tags stripped."),
    ] = 0,
    answers: Annotated[
        int, typer.Option(min=5, help="Answers per account; the account is asked again after every five.")
    ] = 40,
    strategy: Annotated[
        str, typer.Option(help="Comma-separated: money, medoid, least-confidence, margin, random; or all.")
    ] = "all",
    seed: Annotated[int, typer.Option(min=0, help="First account.")] = 0,
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Learn with the model, or with the simple methods alone.")
    ] = True,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure questions from no tag at all on accounts whose owners are known: what is right, and the money of it, per
    answer and strategy.

    Simulated accounts of the report simulator are for a released model: such a run is logged beside it.

    Exit codes: 0 done, 2 bad usage.
    """
    import tempfile

    from costdna.errors import UsageError
    from costdna.questions import STRATEGIES
    from costdna_companion.bench import log, worlds
    from costdna_companion.cli import _inputs
    from costdna_companion.learning import curves

    wanted = STRATEGIES if strategy == "all" else tuple(part.strip() for part in strategy.split(",") if part.strip())
    alien = [name for name in wanted if name not in STRATEGIES]
    if alien or not wanted:
        raise UsageError(
            "There is no such strategy of asking.",
            found=", ".join(alien) or "nothing",
            where="--strategy",
            next_step=f"Choose from {', '.join(STRATEGIES)} or all.",
            code="strategy",
        )
    with tempfile.TemporaryDirectory(prefix="costdna-learn-") as folder:
        if demo:
            name, made = (
                "demo company",
                [lambda s=s: curves.demo_company(7 + s, 1.0, Path(folder) / str(s)) for s in range(seed, seed + demo)],
            )
        else:
            name, made = curves.simulated(world, accounts, seed)
        say = lambda text: console(quiet).print(text, markup=False, highlight=False)
        result = curves.run(made, _inputs.session() if model else None, strategies=wanted, answers=answers, say=say)
    if model and not demo and worlds.find(name).reported:
        log.record(
            "questions",
            {
                "world": name,
                "accounts": accounts,
                "first": worlds.find(name).first + seed,
                "wins": [
                    f"{line['gain']:+.1%} of the money against {line['against']}, ahead on {line['wins']} of {line['of']};"
                    for line in result["wins"]
                ],
            },
            result["rows"],
            None,
            say,
        )
    if json_ or output == Output.json:
        answer({"world": name, **result})
        return
    shown = [
        {
            "strategy": r["strategy"],
            "answers": r["answers"],
            "accuracy": f"{r['accuracy']:.3f} ± {r['accuracy_sd']:.3f}",
            "of named teams": f"{r['accuracy_named']:.3f}",
            "money": f"{r['money']:.3f} ± {r['money_sd']:.3f}",
            "teams named": f"{r['teams_named']:.1f}",
            "answered for": f"{r['answered_for']:.2f}",
        }
        for r in result["rows"]
    ]
    rows(shown, output)
    if output == Output.table:
        print(
            f"\n{len(made)} accounts ({name}), no tags. accuracy: owned resources nobody asked about; money: right or asked about ÷ all money; answered for: resources in a group an answer was given for."
        )
        for line in result["wins"]:
            print(
                f"money-weighted questions against {line['against']}: {line['gain']:+.1%} of the money over the curve, ahead on {line['wins']} of {line['of']} accounts"
            )
