"""Where the doctor's screen gets its steps from. How they look is the screen's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TypeAlias

from kafkatui.doctor.step import Step
from kafkatui.model.connection import Connection

OpenDoctor: TypeAlias = Callable[[Connection], AsyncGenerator[Step, None]]
"""The steps of one examination, each as soon as it is done."""
