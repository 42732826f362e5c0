"""`kafkatui demo`: a living mini-cluster and the screen on it. Which screen is the caller's matter."""

from __future__ import annotations

from collections.abc import Callable

import typer

from kafkatui.cli.dev import ending_on_signals, sentences, start
from kafkatui.cli.steps import steps
from kafkatui.minicluster import cluster


def start_demo(keep: bool, open_screen: Callable[[str], int]) -> int:
    """Start and fill a mini-cluster, give its bootstrap address to `open_screen`, return that one's exit code.

    Stops the mini-cluster afterwards, unless `keep` or it ran before. Raises typer.Exit when it can not be started.
    """
    ran_before = cluster.status() is not None
    with ending_on_signals():
        with sentences():
            running = start(3, "auto", seeded=True, load=True)
        try:
            return open_screen(running.bootstrap)
        finally:
            _leave(goes_on=keep or ran_before)


def _leave(*, goes_on: bool) -> None:
    if goes_on:
        typer.echo("the mini-cluster goes on: stop it with: kafkatui dev down", err=True)
        return
    with sentences(), steps() as progress:
        cluster.down(progress=progress)
    typer.echo("the mini-cluster is stopped", err=True)
