"""Coverage-guided fuzzing: each target for a while, from its corpus on. Needs the extra `fuzz`.

    python -m dev.fuzz --seconds 60 [TARGET ...]

Prints for each target how many inputs were tried, and the input at which it failed as a line for `dev/fuzz/corpus`,
whose inputs the tests try again. Ends with 1 where one failed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dev.fuzz.corpus import inputs, targets

_MOST_MIB = 1_500
_LONGEST_SECONDS = 10
"""For one input: more is a fault, too."""


def main() -> int:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m dev.fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets()))
    wanted = parser.parse_args()
    unknown = set(wanted.targets) - set(targets())
    if unknown:
        parser.error(f"there is no target {min(unknown)}; there are {', '.join(targets())}")
    return max(_run(target, wanted.seconds) for target in wanted.targets or targets())


def _run(target: str, seconds: int) -> int:
    with tempfile.TemporaryDirectory(prefix="kafkatui-fuzz-") as name:
        folder = Path(name)
        seeds = folder / "seeds"
        seeds.mkdir()
        for number, each in enumerate(inputs(target)):
            (seeds / str(number)).write_bytes(each)
        flags = [
            f"-max_total_time={seconds}", f"-timeout={_LONGEST_SECONDS}", f"-rss_limit_mb={_MOST_MIB}",
            f"-artifact_prefix={folder}/found-", "-print_final_stats=1", "-max_len=2048",
        ]  # fmt: skip
        words = [sys.executable, "-m", "dev.fuzz.engine", target, str(seeds), *flags]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        count = "no" if tried is None else f"{int(tried[1]):,}"
        print(f"{target}: {count} inputs, {'fault' if done.returncode else 'nothing found'}", flush=True)  # noqa: T201
        if done.returncode:
            _tell(done.stdout + done.stderr, sorted(folder.glob("found-*")))
        return int(done.returncode != 0)


def _tell(output: str, found: list[Path]) -> None:
    at = max(output.find("Uncaught Python exception"), 0) or max(output.find("ERROR: "), 0)
    print(output[at:][:3_000] if at else output[-3_000:])  # noqa: T201
    for each in found:
        print(f"for the corpus: {each.read_bytes()!r}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
