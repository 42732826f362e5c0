"""Why a change of offsets does not come about. What costs one partition only is a `Problem` in the plan."""

from __future__ import annotations

from kafkatui.undo.kinds import Impossible


class Refused(Impossible):
    """Nothing is changed; each sentence tells a person why."""


class BadRequest(ValueError):
    """What was written can not be meant, whatever is in the cluster; the text says what would be."""
