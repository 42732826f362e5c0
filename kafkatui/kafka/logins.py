"""What aiokafka takes for a way to log in. Where secrets come from is told in `config`, what goes out in `dialling`."""

from __future__ import annotations

from typing import Any

from kafkatui.model.connection import Login, Sasl


def options(login: Login) -> dict[str, Any]:
    """The options of an aiokafka connection or client."""
    if isinstance(login, Sasl):
        return {
            "sasl_mechanism": login.mechanism,
            "sasl_plain_username": login.username,
            "sasl_plain_password": login.password,
        }
    raise NotImplementedError(type(login).__name__)
