"""A command in a terminal that is interrupted: while it asks, while it works, and before it has begun."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.terminal import Terminal

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
PASSWORD = """
import getpass
from kafkatui.cli.interrupts import take_over
take_over()
getpass.getpass("password: ")
"""
QUESTION = """
import asyncio, os, typer
from kafkatui.cli import interrupts
from kafkatui.cli.changing import Asking, confirmed
interrupts.take_over()
async def main():
    try:
        confirmed(["the plan"], "reset it", Asking(), on=None)
    finally:
        print("put away", flush=True)
try:
    interrupts.run(main())
except KeyboardInterrupt:
    os._exit(interrupts.code_after(130))
"""
WORK = """
import asyncio, os, sys, termios, tty
from kafkatui.cli import interrupts
interrupts.take_over()
async def main():
    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    try:
        print("working", flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        termios.tcsetattr(0, termios.TCSANOW, before)
        print("put away", flush=True)
try:
    interrupts.run(main())
except KeyboardInterrupt:
    os._exit(interrupts.code_after(130))
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_password_prompt_gives_the_echo_back(number: signal.Signals) -> None:
    with Terminal(command=(sys.executable, "-c", PASSWORD)) as asking:
        asking.until(b"password: ")
        assert asking.left_on() == ["line settings"]
        asking.running.send_signal(number)
        assert (asking.ended(), asking.left_on(), b"Traceback" in asking.shown) == (128 + number, [], False)


def test_ctrl_c_at_a_question_ends_it_though_a_loop_runs() -> None:
    with Terminal(command=(sys.executable, "-c", QUESTION)) as asking:
        asking.until(b"[y/N] ")
        asking.press(b"\x03")
        assert (asking.ended(), asking.left_on()) == (130, [])
        assert asking.shown.endswith(b"[y/N] ^C\r\nput away\r\n")


@pytest.mark.parametrize("number", SIGNALS)
def test_what_has_begun_is_put_away(number: signal.Signals) -> None:
    with Terminal(command=(sys.executable, "-c", WORK)) as working:
        working.until(b"working")
        working.running.send_signal(number)
        assert (working.ended(), working.left_on()) == (128 + number, [])
        assert working.shown.endswith(b"put away\r\n")
