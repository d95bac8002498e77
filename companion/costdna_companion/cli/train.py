"""costdna train: make the owner model from simulated accounts, or teach it one account's own owners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._scanned import Scan, Session


def train(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bill files, folders or a ZIP: teach the shipped model this account's confirmed owners. Without any: train the model itself."
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", help="With a bill: folder of the model of one's own; a killed run continues from it."),
    ] = Path("runs/account"),
    tag_key: Annotated[
        list[str] | None,
        typer.Option("--tag-key", help="With a bill: tag key that names the owner; repeat in order of preference."),
    ] = None,
    scan: Scan = None,
    session: Session = None,
    models: Annotated[
        Path,
        typer.Option(
            "--models", help="Folder with prior.json; the model, its card and golden passes are written there."
        ),
    ] = Path("models"),
    work: Annotated[Path, typer.Option("--work", help="Folder of checkpoints; a killed run continues from it.")] = Path(
        "runs/attributor"
    ),
    begin: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Weights (weights.npz) to continue from: only the last stage is trained, with all the minutes.",
        ),
    ] = None,
    stage: Annotated[
        Path | None,
        typer.Option(
            "--stage",
            help="With --from: JSON of a stage to train after those of the prior, such as models/further_stage.json.",
        ),
    ] = None,
    export_only: Annotated[
        bool,
        typer.Option(
            "--export-only",
            help="Write graph and weights alone, for trying something: no card, nothing measured, no simulator for reports opened.",
        ),
    ] = False,
    minutes: Annotated[
        float,
        typer.Option("--minutes", min=0.1, help="Wall time of training in total, earlier runs in --work counted in."),
    ] = 80.0,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Threads for torch; one more process draws the accounts.")
    ] = 1,
    seed: Annotated[
        int, typer.Option("--seed", min=1, max=9, help="Start of the weights and of the simulated accounts.")
    ] = 1,
    accounts: Annotated[
        int, typer.Option("--accounts", min=1, help="Accounts of the report simulator to measure on.")
    ] = 20,
    real_data: Annotated[
        Path | None,
        typer.Option("--real-data", help="Folder with ownership_platform; only its development third is opened."),
    ] = None,
) -> None:
    """Train the owner model on simulated accounts, export it, check it and write its card. Needs the extra `train`.

    With a bill: fine-tune the shipped model on the owners known by tag or answer, judge it on stacks and names held
    out, beside a graph network trained on this account alone, and write it only where the product answers better with
    it than with the shipped one. Set COSTDNA_MODEL to its attributor.onnx to have every verb use it, or drop
    own.costdna-model on the page. Exit codes: 0 written, 1 it could not be done, 2 bad usage, 3 not better: nothing
    written.
    """
    if paths:
        _own(paths, out, tag_key, scan, session, threads, seed)
        return
    if not (models / "prior.json").is_file():
        raise UsageError(
            "There is no prior to draw accounts from.",
            where=str(models / "prior.json"),
            next_step="Run in the project's root or name --models.",
            code="no-file",
        )
    for path in (begin, stage):
        if path is not None and not path.is_file():
            raise UsageError(
                "There is no such file.",
                where=str(path),
                next_step="Name weights.npz and a stage as they lie beside the model.",
                code="no-file",
            )
    if stage is not None and begin is None:
        raise UsageError(
            "A further stage continues from weights, and none are named.",
            where="--stage",
            next_step="Add --from models/weights.npz.",
            code="stage-from",
        )
    if export_only and models.resolve() == Path("models").resolve():
        raise UsageError(
            "A trial would take the shipped model's place without a card.",
            where=str(models),
            next_step="Copy the folder and name the copy with --models.",
            code="trial-place",
        )
    _torch()
    import json

    from costdna_companion.train import recipe
    from costdna_companion.train.loop import Recipe

    wanted = Recipe(minutes=minutes, threads=threads, seed=seed)
    prior = recipe.staged(models, json.loads(stage.read_text(encoding="utf-8")) if stage else None)
    checkpoint = recipe.trained(prior, work, wanted, typer.echo, begin)
    if export_only:
        typer.echo(
            f"{recipe.exported(models, checkpoint, typer.echo):,} accounts; measure it with --model {models / 'attributor.onnx'}"
        )
        return
    card = recipe.publish(models, prior, checkpoint, real_data, typer.echo, accounts=accounts, recipe=wanted)
    typer.echo(
        f"{card['model']['sha256'][:12]}  {card['model']['bytes']:,} bytes  {card['model']['parameters']:,} parameters  {models / card['model']['file']}"
    )


def _torch() -> None:
    try:
        import torch  # noqa: F401
        import torch_geometric  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "Training needs torch and torch-geometric.",
            found=str(error),
            next_step="Install them: pip install 'costdna[train]'",
            code="no-torch",
        ) from error


def _own(
    paths: list[Path],
    out: Path,
    tag_key: list[str] | None,
    scan: Path | None,
    session: Path | None,
    threads: int,
    seed: int,
) -> None:
    _torch()
    import torch

    from costdna import attribute, pipeline
    from costdna_companion.cli import _inputs, _scanned
    from costdna_companion.native import own_model, shipped
    from costdna_companion.train import finetune, own

    place = shipped.model()
    if place is None:
        raise UsageError(
            "There is no shipped model to start from.",
            next_step="Install the package with its models.",
            code="no-model",
        )
    torch.set_num_threads(threads)
    wanted = _scanned.take(_inputs.wishes("billed", "", tag_key or [], None, None, None), scan, session)
    readings, _ = _inputs.readings_of(paths)
    grounds = pipeline.ground(readings, wanted)
    plan = attribute.prepare(
        grounds.ownables,
        grounds.relations,
        grounds.charges,
        grounds.bill.rhythm,
        pipeline.settled(grounds.known),
        grounds.events,
    )
    verdict = own.make(
        plan,
        place.parent,
        out,
        finetune.Lesson(seed=seed),
        own.graphsage(grounds, plan, seed),
        typer.echo,
        tuple(grounds.bill.sources["x_SourceId"]),
    )
    said = lambda figures: "  ".join(
        f"{name.replace('_', ' ')}: NLL {of['nll']:.3f}, right {of['accuracy']:.1%}" for name, of in figures.items()
    )
    typer.echo(f"{verdict['owners']} confirmed owners in {verdict['units']} units, each held out once.")
    typer.echo(
        f"In the product, beside the simple methods: {said({name: verdict[name] for name in ('shipped', 'fine_tuned')})}"
    )
    typer.echo(f"By themselves: {said(verdict['alone'])}")
    if not verdict["kept"]:
        typer.echo(
            f"Not better than with the shipped model on what it had not seen (gain {verdict['gain_nll']:+.3f} ± {verdict['gain_error']:.3f}): nothing written, the shipped model stays."
        )
        raise typer.Exit(3)
    typer.echo(
        f"Better by {verdict['gain_nll']:.3f} ± {verdict['gain_error']:.3f} NLL. Written to {out}; use it: COSTDNA_MODEL={out / 'attributor.onnx'}, or drop {out / own_model.FILE} on the page."
    )
