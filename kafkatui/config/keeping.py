"""Writing a context and its secrets: into the config file, into files beside it, into the keyring."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from kafkatui.config.drafts import PEMS, Draft, Way, placed
from kafkatui.config.errors import ConfigError
from kafkatui.config.whole_files import text_of, write_whole
from kafkatui.config.writing import with_context

_FOLDER = "secrets"
_SERVICE = "kafkatui"
Places = dict[Way, tuple[str, object]]


def write_context(config: Path, draft: Draft, places: Places, *, in_keyring: bool) -> None:
    """Write the context into the config file, and its secrets beside it or into the keyring.

    `places` says of some secrets where they are already. Raises ConfigError; then nothing was written.
    """
    text = text_of(config)
    everywhere = {**where_to(draft, in_keyring=in_keyring), **places}
    changed = with_context(text, draft.name, placed(draft, everywhere))
    fresh = {way: value for way, value in draft.secrets.items() if way not in places}
    with _kept(config, draft.name, fresh, in_keyring=in_keyring):
        write_whole(config, changed)


def has_context(config: Path, name: str) -> bool:
    """Whether the config file has a context of this name. Raises ConfigError for a file that is no TOML."""
    try:
        contexts = tomllib.loads(text_of(config)).get("contexts", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{config}: {error}") from None
    return isinstance(contexts, dict) and name in contexts


def where_to(draft: Draft, *, in_keyring: bool) -> Places:
    """The setting that will lead to each secret of the draft. PEM stands in files in any case."""
    places: Places = {}
    for way in draft.secrets:
        if _is_pem(way):
            places[way] = way[1], f"{_FOLDER}/{_name(draft.name, way)}"
        elif in_keyring:
            places[way] = f"{way[1]}_keyring", f"{_SERVICE}/{_name(draft.name, way)}"
        else:
            places[way] = f"{way[1]}_file", f"{_FOLDER}/{_name(draft.name, way)}"
    return places


def _is_pem(way: Way) -> bool:
    return way[0] == "tls" and way[1] in PEMS


def _name(context: str, way: Way) -> str:
    """Of a file or of a user in the keyring; no name of a context leads anywhere else."""
    return f"{quote(context, safe='')}.{way[0]}.{way[1]}{'.pem' if _is_pem(way) else ''}"


@contextmanager
def _kept(config: Path, context: str, secrets: Mapping[Way, str], *, in_keyring: bool) -> Iterator[None]:
    """Keeps the secrets; forgets them again if what follows does not work."""
    undo: list[Callable[[], None]] = []
    try:
        for way, value in secrets.items():
            name = _name(context, way)
            if in_keyring and not _is_pem(way):
                undo.append(_to_keyring(name, value))
            else:
                undo.append(_to_file(config.parent / _FOLDER / name, value))
        yield
    except BaseException:
        for forget in undo:
            forget()
        raise


def _to_file(file: Path, value: str) -> Callable[[], None]:
    before = text_of(file) if file.exists() else None
    write_whole(file, value + ("" if value.endswith("\n") else "\n"))

    def forget() -> None:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            with suppress(ConfigError):
                write_whole(file, before)

    return forget


def _to_keyring(name: str, value: str) -> Callable[[], None]:
    try:
        import keyring  # an extra, and 70 ms
        from keyring.errors import KeyringError
    except ImportError:
        raise ConfigError("the keyring needs the package keyring; pip install 'kafkatui[keyring]' brings it") from None
    try:
        before = keyring.get_password(_SERVICE, name)
        keyring.set_password(_SERVICE, name, value)
    except KeyringError as error:
        raise ConfigError(f"the keyring can not be written ({type(error).__name__})") from None

    def forget() -> None:
        with suppress(KeyringError):
            if before is None:
                keyring.delete_password(_SERVICE, name)
            else:
                keyring.set_password(_SERVICE, name, before)

    return forget
