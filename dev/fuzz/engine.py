"""One target under atheris, which sees what branches each input takes. Its arguments: the target, then libFuzzer's.

python -m dev.fuzz.engine position FOLDER -max_total_time=60
"""

from __future__ import annotations

import importlib
import sys

import atheris


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    target = sys.argv.pop(1)
    with atheris.instrument_imports(include=["kafkatui"]):
        module = importlib.import_module(f"dev.fuzz.{target}")
    atheris.Setup(sys.argv, module.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
