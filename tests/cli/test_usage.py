"""What is typed wrong gets one sentence on stderr and exit code 2; help and version go to stdout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Kafkatui
from tests.fake_cluster import FakeCluster


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("lga", "No such command 'lga'. Did you mean 'lag'?"),
        ("get lag", "No such command 'lag'; see kafkatui get --help"),
        ("get", "Missing command; see kafkatui get --help"),
        ("config", "Missing command; see kafkatui config --help"),
        ("lag --output", "Option '--output' requires an argument."),
        ("lag --nope", "No such option: --nope"),
        ("lag --output xml", "Invalid value for '--output': 'xml' is not one of"),
        ("lag --json --output csv", "--json and --output csv contradict each other"),
        ("lag", "no cluster is named: give -b HOST:PORT, choose a context (-c), or start one with kafkatui dev up"),
        ("lag -b", "Option '-b' requires an argument."),
        ("lag -b a:99999", "-b: port 99999 of 'a:99999' does not exist; ports are 1 to 65535"),
        ("lag -b a:b", "-b: 'a:b' is not an address; write it as host:port"),
        ("-b a:b lag", "-b: 'a:b' is not an address; write it as host:port"),
        ("lag -b a -p x", "-p 'x' is not a list of partitions; write it as 0,2-4"),
        ("lag -b a --timeout soon", "--timeout: 'soon' is not a length of time"),
        ("lag -b a -X acks", "-X 'acks' is not a property; write it as -X key=value"),
        ("lag -c prod", "-c: there is no context 'prod'; no config file names one"),
        ("lag -c dev", "-c: the mini-cluster is not running; kafkatui dev up starts it"),
        ("lag -b a --command-config none.properties", "--command-config: none.properties can not be read"),
        ("lag -b a -X sasl.password=hunter2", "-X sasl.password: a password on the command line can be read by"),
        ("", "the screen needs a terminal; kafkatui --help lists what scripts can use"),
        ("-b a:1", "the screen needs a terminal; kafkatui --help lists what scripts can use"),
        ("--record session", "the screen needs a terminal; kafkatui --help lists what scripts can use"),
        ("--record session lag", "--record is for the screen, not for lag"),
        ("--replay-session session groups", "--replay-session is for the screen, not for groups"),
        ("--replay-session session -c prod", "--replay-session asks no cluster: it goes with no other flag"),
        ("--replay-session session --record other", "--replay-session asks no cluster: it goes with no other flag"),
        ("demo", "the screen needs a terminal; kafkatui --help lists what scripts can use"),
    ],
)
def test_one_sentence_and_exit_code_2(kafkatui: Kafkatui, line: str, sentence: str) -> None:
    ran = kafkatui(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kafkatui: {sentence}")
    assert ran.err.count("\n") == 1
    assert "hunter2" not in ran.err


def test_a_broken_config_file_is_named(kafkatui: Kafkatui, bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text("[contexts\n")
    ran = kafkatui("lag")
    assert (ran.code, ran.out) == (2, "")
    assert "kafkatui/config.toml: Expected" in ran.err
    assert "(at line 1, column 10)" in ran.err


def test_what_has_no_effect_is_said_and_does_not_end_anything(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    ran = kafkatui("brokers", "1", "-b", "a", "-X", "acks=all")
    assert (ran.code, ran.err) == (0, "kafkatui: acks: without effect here\n")


def test_flags_count_on_both_sides_of_the_command(cluster: FakeCluster, kafkatui: Kafkatui) -> None:
    behind = kafkatui("brokers", "1", "-X", "acks=all")
    assert kafkatui("-X", "acks=all", "brokers", "1") == behind
    assert kafkatui("-X", "acks=all", "get", "brokers", "1") == behind
    assert kafkatui("-X", "linger.ms=5", "brokers", "1", "-X", "acks=all") == behind


@pytest.mark.parametrize("flag", ["-b", "--bootstrap-server", "--bootstrap-servers", "--brokers"])
def test_each_name_of_the_address_flag(kafkatui: Kafkatui, flag: str) -> None:
    assert "'a:b' is not an address" in kafkatui("lag", flag, "a:b").err


@pytest.mark.parametrize(
    "command", ["", "lag", "topics", "brokers", "groups", "produce", "undo", "config", "demo", "dev"]
)
def test_help_is_data(kafkatui: Kafkatui, command: str) -> None:
    for flag in ("-h", "--help"):
        ran = kafkatui(*command.split(), flag)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: kafkatui {command}".rstrip())
        assert "default: {" not in ran.out


def test_the_version_is_data(kafkatui: Kafkatui) -> None:
    ran = kafkatui("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("kafkatui ")
