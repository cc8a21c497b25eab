"""Long work as it goes: a bar on a terminal, plain lines otherwise; always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from greenroom.cli.environment import say


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """Tell of each step as it begins; the bar moves when the next one does."""
    if not sys.stderr.isatty():
        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # Names of files are not markup.
    with Progress(*columns, console=Console(stderr=True, markup=False), transient=True) as progress:
        task = progress.add_task("", total=total)
        begun = 0

        def step(line: str) -> None:
            nonlocal begun
            progress.console.print(line, highlight=False)
            progress.update(task, completed=begun)
            begun += 1

        yield step
        progress.update(task, completed=total)
