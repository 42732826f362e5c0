"""A machine with a home, a project and an environment, for tests of what the config files on it mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kafkatui.config.choose import Here, Wanted, choose
from kafkatui.config.errors import ConfigError
from kafkatui.config.sections import nobody
from kafkatui.model.connection import Connection


@dataclass
class Machine:
    """A home, a project in a repository, an environment and a mini-cluster or none."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    mini_cluster: str | None = None
    warnings: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """What a person was asked for."""
    answer: str | None = None
    """What the person says; None: nobody is there."""

    def __post_init__(self) -> None:
        self.environ |= {"HOME": str(self.root / "home")}
        self.folder.mkdir(parents=True)
        (self.root / "repo" / ".git").mkdir()

    @property
    def folder(self) -> Path:
        return self.root / "repo" / "src"

    @property
    def file(self) -> Path:
        return self.root / "home" / ".config" / "kafkatui" / "config.toml"

    def user(self, text: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)

    def project(self, text: str) -> None:
        (self.root / "repo" / ".kafkatui.toml").write_text(text)

    def choose(self, wanted: Wanted | None = None) -> Connection | None:
        here = Here(self.environ, self.folder, lambda: self.mini_cluster, self.warnings.append, ask=self._ask)
        return choose(wanted or Wanted(), here)

    def _ask(self, what: str) -> str:
        self.asked.append(what)
        return nobody(what) if self.answer is None else self.answer

    def refused(self, wanted: Wanted | None = None) -> str:
        with pytest.raises(ConfigError) as raised:
            self.choose(wanted)
        assert "\n" not in str(raised.value)
        return str(raised.value).replace(str(self.root), "")
