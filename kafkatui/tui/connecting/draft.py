"""The answers of the connect form, and what they come to: a connection, and the table that keeps it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.model.connection import Connection, Sasl, Tls

PLAIN, TLS = "none", "TLS"
ENCRYPTIONS = (PLAIN, TLS)
NO_LOGIN = "none"
LOGINS = (NO_LOGIN, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
TYPED, VARIABLE = "typed here", "environment variable"
SOURCES = (TYPED, VARIABLE)


@dataclass(frozen=True, slots=True)
class Draft:
    """As they were typed or chosen."""

    address: str = ""
    encryption: str = PLAIN
    ca: str = ""
    """A PEM file; empty: the system's trust store."""
    login: str = NO_LOGIN
    user: str = ""
    source: str = TYPED
    """Where the password comes from."""
    password: str = field(default="", repr=False)
    """Itself, or the name of the variable."""
    name: str = ""
    """Of the context it is kept as; empty: it is not kept."""

    def connection(self, variable: Callable[[str], str]) -> Connection:
        """`variable` gives what an environment variable holds. Raises `ConfigError`."""
        return Connection(
            bootstrap=addresses(self.address, "the address"),
            context=self.name.strip() or None,
            tls=Tls(ca=self.ca.strip() or None) if self.encryption == TLS else None,
            sasl=self._login(variable),
        )

    def _login(self, variable: Callable[[str], str]) -> Sasl | None:
        if self.login == NO_LOGIN:
            return None
        if not self.user.strip():
            raise ConfigError(f"{self.login} needs the name of a user")
        if self.source == TYPED and not self.password:
            raise ConfigError(f"{self.login} needs the password of {self.user.strip()}")
        if self.source == VARIABLE and not self.password.strip():
            raise ConfigError("which environment variable holds the password?")
        password = self.password if self.source == TYPED else variable(self.password.strip())
        return Sasl(self.login, self.user.strip(), password)

    @property
    def shows_password(self) -> bool:
        """Whether everybody on the way could read it: PLAIN sends it as it is."""
        return self.login == "PLAIN" and self.encryption == PLAIN

    def table(self) -> dict[str, Any]:
        """For the config file. A password that was typed is asked for again."""
        found: dict[str, Any] = {"bootstrap": ",".join(addresses(self.address, "the address"))}
        if self.encryption == TLS:
            found["tls"] = {"ca": self.ca.strip()} if self.ca.strip() else True
        if self.login != NO_LOGIN:
            kept = {"password_prompt": True} if self.source == TYPED else {"password_env": self.password.strip()}
            found["sasl"] = {"mechanism": self.login, "username": self.user.strip(), **kept}
        return found


def a_draft(connection: Connection | None) -> Draft:
    """What a connection would be typed as, without its password."""
    if connection is None:
        return Draft()
    sasl = connection.sasl if isinstance(connection.sasl, Sasl) else None
    return Draft(
        address=",".join(connection.bootstrap),
        encryption=PLAIN if connection.tls is None else TLS,
        ca="" if connection.tls is None else connection.tls.ca or "",
        login=NO_LOGIN if sasl is None else sasl.mechanism,
        user="" if sasl is None else sasl.username,
    )
