"""Training: simulated accounts in, weights out. Stops by the clock, continues from its last checkpoint after being
killed.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from .episode import Episode
from .network import Attributor
from .mixture import SIMULATORS, draw, draw_from

CHECKPOINT = "checkpoint.pt"
HELD_OUT = 1_000_000_000
"""Seeds from here on are for choosing and reporting, never for training."""
CONTINUED = 50_000_000
"""Added to the seeds of a run that starts from weights: the accounts those were trained on do not come again."""

LIES_WEIGHT = 0.4
"""What telling right labels from wrong ones counts beside the answers."""


@dataclass
class Recipe:
    """How to train: wall minutes in total over all resumed runs and stages, accounts per step, torch threads."""

    minutes: float = 80.0
    batch: int = 4
    threads: int = 1
    first_round_weight: float = 0.4
    checkpoint_minutes: float = 3.0
    seed: int = 1


class _Stream(torch.utils.data.IterableDataset):
    def __init__(self, prior: dict, stage: dict, first: int) -> None:
        self.prior, self.stage, self.first = prior, stage, first

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        start, stride = (0, 1) if worker is None else (worker.id, worker.num_workers)
        seed = self.first + start
        while True:
            yield draw(self.prior, self.stage["simulators"], seed, self.stage.get("redrawn"))
            seed += stride


def loss_of(model: nn.Module, episode: Episode, first_round_weight: float) -> Tensor:
    """Mean cross-entropy over teams + none on the unlabelled resources, of the final answer and of round one's; where
    known owners are weighed, also of which labels are right.
    """
    inputs = [torch.from_numpy(value) for value in episode.feeds().values()]
    logits, none, logits1, none1, believed = model(*inputs)
    query, owner = torch.from_numpy(episode.query), torch.from_numpy(episode.target)
    target = owner[query]
    final = nn.functional.cross_entropy(torch.cat([logits, none], dim=1)[query], target)
    first = nn.functional.cross_entropy(torch.cat([logits1, none1], dim=1)[query], target)
    loss = final + first_round_weight * first
    if believed is None or query.all():
        return loss
    right = (owner == inputs[-1].argmax(1)).to(believed.dtype)[:, None].expand_as(believed)
    return loss + LIES_WEIGHT * nn.functional.binary_cross_entropy_with_logits(believed[~query], right[~query])


def held_out_scores(
    model: nn.Module, prior: dict, count: int, first: int = HELD_OUT, simulator: str = "prior"
) -> dict[str, float]:
    """Mean over held-out accounts of one training simulator of NLL and accuracy over teams + none."""
    model.eval()
    nll, hit = [], []
    with torch.no_grad():
        for seed in range(first, first + count):
            episode = draw_from(simulator, prior, seed)
            logits, none, *_ = model(*[torch.from_numpy(value) for value in episode.feeds().values()])
            joint = torch.log_softmax(torch.cat([logits, none], dim=1), dim=1)[torch.from_numpy(episode.query)]
            target = torch.from_numpy(episode.target[episode.query])
            nll.append(float(nn.functional.nll_loss(joint, target)))
            hit.append(float((joint.argmax(1) == target).float().mean()))
    model.train()
    return {"nll": sum(nll) / count, "accuracy": sum(hit) / count}


def train(
    prior: dict, folder: Path, recipe: Recipe, say=print, clock=time.monotonic, begin: dict[str, Tensor] | None = None
) -> Path:
    """Train until ``recipe.minutes`` of wall time are spent, counting earlier runs in ``folder``; return the
    checkpoint.

    The stages of ``prior`` share the minutes; in each the learning rate follows a cosine of the time spent, so a
    resumed run ends as an unbroken one would. A killed run loses at most ``checkpoint_minutes``. Accounts are numbered
    by seed: none is seen twice. ``clock``: seconds that only grow; the wall's unless a test brings its own.
    ``begin``: weights by name of a model that has been through all stages but the last; then only the last one is
    trained, with all of the minutes. A checkpoint in ``folder`` goes before it.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    stages = prior["stages"] if begin is None else [prior["stages"][-1] | {"share_of_minutes": 1.0}]
    model = Attributor(trusts=2 if stages[-1].get("weighs_known_owners") else 0)
    if begin is not None:
        lacking = {name: value for name, value in model.state_dict().items() if name.startswith("trust.")}
        model.load_state_dict(lacking | begin)  # weighing begins without effect where the weights do not know it
    first = recipe.seed * 100_000_000 + (0 if begin is None else CONTINUED)
    optimiser = torch.optim.AdamW(model.parameters(), lr=stages[0]["rate"], weight_decay=1e-4)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999))
    spent, episodes, history, before, keep = 0.0, 0, [], None, 0.0
    if path.exists():
        state = torch.load(path, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent, episodes, history = state["seconds"], state["episodes"], state["history"]
        before, keep = state.get("before"), state.get("keep", 0.0)
        say(f"continuing after {episodes:,} accounts and {spent / 60:.1f} minutes")
    began, saved, running, counted, since = clock(), clock(), 0.0, 0, 0

    def save() -> None:
        whole = spent + clock() - began
        scores = {name: held_out_scores(average.module, prior, 20, simulator=name) for name in SIMULATORS}
        flat = {f"{metric} {name}": round(value, 4) for name, both in scores.items() for metric, value in both.items()}
        history.append(
            {
                "episodes": episodes,
                "seconds": round(whole, 1),
                "train_loss": round(running / max(counted, 1), 4),
                **flat,
            }
        )
        heard = ", ".join(f"{name} {both['nll']:.4f}/{both['accuracy']:.4f}" for name, both in scores.items())
        say(
            f"{episodes:>7,} accounts  {whole / 60:5.1f} min  loss {running / max(counted, 1):.4f}  held out nll/accuracy: {heard}"
        )
        state = {
            "model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
            "seconds": whole, "episodes": episodes, "history": history, "recipe": asdict(recipe), "prior_version": prior["version"],
            "before": before, "keep": keep,
        }  # fmt: skip
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)  # a kill in the middle leaves the old one whole

    start = 0.0
    for stage in stages:
        length = stage["share_of_minutes"] * recipe.minutes * 60.0
        if spent + clock() - began < start + length:
            if stage.get("keep_of_before") and before is None:
                before, keep = (
                    {name: value.clone() for name, value in average.state_dict().items()},
                    stage["keep_of_before"],
                )
            stream = _Stream(prior, stage, first + episodes)
            feed = iter(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=16))
        while (now := spent + clock() - began) < start + length:
            done = max(0.0, (now - start) / length)
            warm = min(1.0, (since + 1) * recipe.batch / 800)
            for group in optimiser.param_groups:
                group["lr"] = stage["rate"] * warm * (0.5 * (1.0 + math.cos(done * math.pi)) + 0.01)
            optimiser.zero_grad()
            for _ in range(recipe.batch):
                loss = loss_of(model, next(feed), recipe.first_round_weight) / recipe.batch
                loss.backward()
                running += float(loss.detach())
            counted, since = counted + 1, since + 1
            episodes += recipe.batch
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            average.update_parameters(model)
            if clock() - saved > recipe.checkpoint_minutes * 60.0:
                save()
                saved, running, counted = clock(), 0.0, 0
        start += length
    if counted:
        save()
    return path
