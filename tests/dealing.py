"""How the tests are dealt to the processes of one test run (`pytest -n 2`). What a test does is not known here."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_SHARING = re.compile(r"^(?:async )?def \w+\([^)]*\bmini_cluster: ", re.MULTILINE)
"""How a test or a fixture asks for the shared cluster."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """A file stays whole, for the sake of its fixtures, and files are dealt in their usual order.

    All files with the shared cluster are one piece: one cluster is enough then, and no two tests change it at once.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # The kafka tests, which take longest for their number, come before those of screens and units.
        config.option.loadscopereorder = False
        self._root = config.rootpath

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the shared cluster" if _shares_the_cluster(self._root / file) else file


@cache
def _shares_the_cluster(file: Path) -> bool:
    return _SHARING.search(file.read_text(encoding="utf-8")) is not None
