"""Inputs that are worth trying again: seeds, and what once was a fault. One file for each target, one input a line."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent


def inputs(target: str) -> list[bytes]:
    """As bytes literals of Python; lines that begin with # say what an input is for."""
    lines = (HERE / f"{target}.txt").read_text(encoding="utf-8").splitlines()
    return [ast.literal_eval(line) for line in lines if line and not line.startswith("#")]


def targets() -> list[str]:
    """The names of all of them: a module of `dev.fuzz` each, with a function `one`."""
    return sorted(each.stem for each in HERE.glob("*.txt"))
