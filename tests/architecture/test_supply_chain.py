"""The lock and the bill of materials: every version pinned by hashes, fitting `pyproject.toml`, and told whole."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dev.lock import BILL, EXTRAS, LOCK

ROOT = Path(__file__).parents[2]
BILLED_ON = {
    "python_full_version": "3.11.7", "python_version": "3.11", "sys_platform": "linux", "os_name": "posix",
    "platform_system": "Linux", "platform_machine": "x86_64", "platform_python_implementation": "CPython",
    "implementation_name": "cpython", "extra": "",
}  # fmt: skip
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


class Pinned(NamedTuple):
    """One version in the lock."""

    version: str
    marker: str | None
    hashes: int


@pytest.fixture(scope="module")
def lock() -> dict[str, Pinned]:
    found: dict[str, Pinned] = {}
    name = ""
    for line in (ROOT / LOCK).read_text(encoding="utf-8").splitlines():
        if pinned := _PINNED.fullmatch(line):
            name = canonicalize_name(pinned[1])
            found[name] = Pinned(pinned[2], pinned[3], 0)
        else:
            assert _HASH.fullmatch(line), "a pinned version, or one of its hashes"
            found[name] = found[name]._replace(hashes=found[name].hashes + 1)
    return found


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / BILL).read_text(encoding="utf-8"))
    return document


def asked_for() -> list[Requirement]:
    """What `pyproject.toml` wants directly."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in EXTRAS for each in project["optional-dependencies"][extra]]
    return [Requirement(each) for each in (*project["dependencies"], *extras)]


def test_every_version_has_hashes(lock: dict[str, Pinned]) -> None:
    assert [name for name, pinned in lock.items() if not pinned.hashes] == []


@pytest.mark.parametrize("wanted", asked_for(), ids=str)
def test_what_is_asked_for_is_locked_in_its_range(lock: dict[str, Pinned], wanted: Requirement) -> None:
    assert wanted.specifier.contains(lock[canonicalize_name(wanted.name)].version)


def test_the_bill_names_exactly_what_the_lock_installs(lock: dict[str, Pinned], bill: dict[str, Any]) -> None:
    installed = {
        name: pinned.version
        for name, pinned in lock.items()
        if pinned.marker is None or Marker(pinned.marker).evaluate(BILLED_ON)
    }
    assert {canonicalize_name(each["name"]): each["version"] for each in bill["components"]} == installed


def test_the_bill_says_what_needs_what_and_under_which_licence(bill: dict[str, Any]) -> None:
    parts = {each["bom-ref"]: each for each in bill["components"]}
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    reached, left = set[str](), [bill["metadata"]["component"]["bom-ref"]]
    while left:
        new = needs[left.pop()] - reached
        reached |= new
        left.extend(new)
    assert reached == parts.keys(), "each is there because something needs it"
    assert [ref for ref, each in parts.items() if not each.get("licenses")] == []
