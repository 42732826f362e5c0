"""The borders between the layers, the types, the style and the words of the project, each by its own checker."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kafkatui"
SCRIPTS = Path(sys.executable).parent
SHAPELESS = {"utils", "util", "helpers", "common", "core", "services", "managers", "base", "types", "misc"}


@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=" ".join,
)
def test_the_checkers_find_nothing(words: list[str]) -> None:
    done = subprocess.run([SCRIPTS / words[0], *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in files() if path.suffix not in {".checkpoint", ".png"}]


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    registries = ["pypi" + ".org", "pythonhosted" + ".org", "maven" + ".org", "maven.apache" + ".org", "npm" + "js"]
    places = re.compile("(?<![\\w.])/(?:" + "work|root|farm" + ")/")
    found = [path for path, text in texts() if any(name in text for name in registries) or places.search(text)]
    assert found == []


def test_modules_are_named_for_what_they_hold() -> None:
    assert [path for path in PACKAGE.rglob("*.py") if path.stem in SHAPELESS] == []


def test_every_module_says_what_lives_there() -> None:
    silent = [path for path in PACKAGE.rglob("*.py") if not path.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


def test_what_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::\w+)?`", readme)
    links = re.findall(r"\]\(([^):]+)\)", readme)
    assert len(tests) > 5, "the table of promises names its tests"
    assert [name for name in (*tests, *links) if not (ROOT / name).is_file()] == []


def test_nothing_waits_for_a_time_instead_of_a_condition() -> None:
    """`time.sleep` and `asyncio.sleep` stand only where a loop waits for a condition, and where a network is slow."""
    allowed = {ROOT / "tests" / "waiting.py", ROOT / "tests" / "proxy.py"}
    sleeping = re.compile(r"(?:time|asyncio)\.sleep\((?!0\))")
    found = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if path not in allowed and path != Path(__file__) and sleeping.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_test_is_skipped() -> None:
    marks = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")
    found = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and marks.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
