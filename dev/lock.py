"""The pinned versions kafkatui is released with, their hashes, and the bill of materials made from them.

    python -m dev.lock            writes requirements.lock and sbom.json anew
    python -m dev.lock --audit    ends with 1 where a version in requirements.lock has a known vulnerability

Wants `uv`, `cyclonedx-bom` and `pip-audit`: `pip install -e '.[lock]'`. The bill is of what the lock installs here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCK, BILL = Path("requirements.lock"), Path("sbom.json")
EXTRAS = ("demo", "keyring", "msk")
"""Locked beside the dependencies. GSSAPI is built where it is installed, against the Kerberos of that machine."""
_TOOLS = Path(sys.executable).parent
_NOT_OURS = {"pip", "setuptools"}
"""In every virtual environment."""
_LICENCES = {"protobuf": "BSD-3-Clause"}
"""Said in a way the tool does not understand."""


def lock() -> None:
    """The newest versions that fit `pyproject.toml`, for every system and Python from 3.11 on."""
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    everywhere = ["--universal", "--python-version", "3.11"]
    shape = ["--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    _run("uv", "pip", "compile", *everywhere, *shape, "--upgrade", "pyproject.toml", *extras, "-o", LOCK)


def bill() -> None:
    """Install what is locked, hash by hash, and write down what came."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        subprocess.run([Path(folder) / "bin" / "pip", "install", "--quiet", "--require-hashes", "-r", LOCK], check=True)
        made = Path(folder) / "bill.json"
        _run(
            "cyclonedx-py", "environment", folder, "--pyproject", "pyproject.toml", "--output-reproducible", "-o", made
        )
        found = json.loads(made.read_text(encoding="utf-8"))
    BILL.write_text(json.dumps(_lean(found), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _lean(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without what every environment holds, and without links, which say where a package lives and not what it is."""
    parts = [each for each in found["components"] if each["name"] not in _NOT_OURS]
    refs = {each["bom-ref"] for each in parts} | {found["metadata"]["component"]["bom-ref"]}
    for each in (*parts, found["metadata"]["component"]):
        each.pop("externalReferences", None)
        if each["name"] in _LICENCES:
            each.setdefault("licenses", [{"license": {"id": _LICENCES[each["name"]]}}])
    found["metadata"].pop("tools", None)
    needs = [
        {"ref": each["ref"], "dependsOn": [ref for ref in each.get("dependsOn", ()) if ref in refs]}
        for each in found["dependencies"]
        if each["ref"] in refs
    ]
    return {**found, "components": parts, "dependencies": needs}


def audit() -> int:
    """The code `pip-audit` ends with; 1 also where it could not look something up."""
    return subprocess.run(
        [_TOOLS / "pip-audit", "--strict", "--require-hashes", "--disable-pip", "-r", LOCK], check=False
    ).returncode


def _run(name: str, *arguments: str | Path) -> None:
    subprocess.run([_TOOLS / name, *arguments], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.lock")
    parser.add_argument("--audit", action="store_true", help="look for known vulnerabilities, write nothing")
    if parser.parse_args().audit:
        return audit()
    lock()
    bill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
