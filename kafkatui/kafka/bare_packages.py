"""Loading one module of a library without all that its package's `__init__` loads. Kafka is not known here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


def make_bare(package: str, **names: object) -> None:
    """Let modules of `package` be imported, but run its `__init__` only when a name of its own is asked for.

    `names`: what its modules import from it; running it for them would find them half loaded. A package that is loaded
    already, or not there, is left as it is.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is not None:
        module = module_from_spec(spec)
        vars(module).update(names, __getattr__=_filled(module))
        sys.modules[package] = module


@contextmanager
def hidden(package: str) -> Iterator[None]:
    """Modules loaded in the block find no such package, unless somebody has loaded it before."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def _filled(package: ModuleType) -> Callable[[str], Any]:
    """What PEP 562 calls for a name that is not there."""

    def look_up(name: str) -> Any:
        if find_spec(f"{package.__name__}.{name}") is not None:
            return import_module(f"{package.__name__}.{name}")
        if "__getattr__" in vars(package):
            del vars(package)["__getattr__"]
            assert package.__spec__ is not None
            assert package.__spec__.loader is not None
            package.__spec__.loader.exec_module(package)
        return getattr(package, name)

    return look_up
