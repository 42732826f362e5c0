"""Every input that `python -m dev.fuzz` begins with, and every one it once failed at, without its engine."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import dev.fuzz
from dev.fuzz.corpus import inputs, targets


@pytest.mark.parametrize("target", targets())
def test_no_input_is_a_fault(target: str) -> None:
    module = importlib.import_module(f"dev.fuzz.{target}")
    assert inputs(target)
    for each in inputs(target):
        module.one(each)


def test_every_target_has_inputs() -> None:
    modules = {each.stem for each in Path(next(iter(dev.fuzz.__path__))).glob("*.py")}
    assert modules - {"__main__", "engine"} == set(targets())
