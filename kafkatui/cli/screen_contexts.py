"""The contexts of the config files, for the screen, which can not see the command line. It paints nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from kafkatui.cli import connect
from kafkatui.cli.exits import Failure
from kafkatui.cli.flags import Where
from kafkatui.config import adding, listing
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import choose_context
from kafkatui.config.listing import Listed
from kafkatui.model.connection import Connection


class ScreenContexts:
    """Reads the files anew with every question. See `tui.connecting.contexts`."""

    def listed(self) -> Sequence[Listed]:
        return listing.listed(os.environ, connect.folder(), connect.mini_cluster)

    def connection(self, name: str) -> Connection:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            found = connect.connection_of(Where(context=name), lambda text: None)
        except Failure as failure:
            raise ConfigError(str(failure)) from None
        except KeyboardInterrupt:
            raise ConfigError(f"context {name}: nothing was answered") from None
        finally:
            signal.signal(signal.SIGINT, before)
        assert found is not None
        return found

    def variable(self, name: str) -> str:
        if name not in os.environ:
            raise ConfigError(f"the environment variable {name} is not set")
        return os.environ[name]

    def check_name(self, name: str) -> None:
        adding.check_name(name, os.environ)

    def save(self, name: str, table: Mapping[str, Any]) -> str:
        file = adding.add_context(name, table, os.environ)
        choose_context(name, os.environ)
        return str(file)
