"""costdna train: make the owner model from simulated accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer


def train(
    models: Annotated[Path, typer.Option("--models", help="Folder with prior.json; the model, its card and golden passes are written there.")] = Path("models"),
    work: Annotated[Path, typer.Option("--work", help="Folder of checkpoints; a killed run continues from it.")] = Path("runs/attributor"),
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="Wall time of training in total, earlier runs in --work counted in.")] = 80.0,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads for torch; one more process draws the accounts.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=1, max=9, help="Start of the weights and of the simulated accounts.")] = 1,
    accounts: Annotated[int, typer.Option("--accounts", min=1, help="Accounts of the report simulator to measure on.")] = 20,
    real_data: Annotated[Optional[Path], typer.Option("--real-data", help="Folder with ownership_platform; only its development third is opened.")] = None,
) -> None:
    """Train the owner model on simulated accounts, export it, check it and write its card. Needs the extra `train`."""
    from costdna.errors import UsageError

    if not (models / "prior.json").is_file():
        raise UsageError("There is no prior to draw accounts from.", where=str(models / "prior.json"), next_step="Run in the project's root or name --models.", code="no-file")
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise UsageError("Training needs torch.", found=str(error), next_step="Install it: pip install 'costdna[train]'", code="no-torch") from error
    from costdna_companion.train.loop import Recipe
    from costdna_companion.train.recipe import make_model

    card = make_model(models, work, Recipe(minutes=minutes, threads=threads, seed=seed), real_data, typer.echo, accounts=accounts)
    typer.echo(f"{card['model']['sha256'][:12]}  {card['model']['bytes']:,} bytes  {card['model']['parameters']:,} parameters  {models / card['model']['file']}")
