"""Loading one module of a library without all that its package's `__init__` loads. Kafka is not known here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


def make_bare(*packages: str) -> None:
    """Let modules of `packages` be imported, but run each `__init__` only when a name of its own is asked for.

    A package that is loaded already, or not there, is left as it is. Not for packages whose modules import names from
    their own `__init__`, as aiokafka's do: it would run while they are half loaded.
    """
    for name in packages:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            package = module_from_spec(spec)
            package.__getattr__ = _filled(package)  # type: ignore[method-assign]
            sys.modules[name] = package


def _filled(package: ModuleType) -> Callable[[str], Any]:
    """What PEP 562 calls for a name that is not there."""

    def look_up(name: str) -> Any:
        if "__getattr__" in vars(package):
            del package.__getattr__
            assert package.__spec__ is not None
            assert package.__spec__.loader is not None
            package.__spec__.loader.exec_module(package)
        return getattr(package, name)

    return look_up
