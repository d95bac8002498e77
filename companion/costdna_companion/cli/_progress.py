"""Progress on stderr: what is being read, how far, and which step runs."""

from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


@contextmanager
def shown(console: Console):
    """A callback for readers ({bytes, total_bytes, rows, file}) and steps ({step}); silent off a terminal."""
    if console.quiet or not console.is_terminal:
        yield None
        return
    words = {
        "read": "adding up",
        "owners": "who is known",
        "relations": "what belongs together",
        "attribute": "inferring",
        "allocate": "allocating",
        "report": "closing the ledger",
    }
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("reading", total=None)

        def tell(news: dict) -> None:
            if "step" in news:
                bar.update(task, description=words.get(news["step"], news["step"]), total=None)
            elif news.get("total_bytes"):
                bar.update(
                    task,
                    description=f"reading {news.get('file', '')}",
                    total=news["total_bytes"],
                    completed=news.get("bytes", 0),
                )

        yield tell
