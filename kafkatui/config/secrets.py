"""Where secrets come from: a variable, a file, a command, the keyring, a person, or a config file that is private.

What they are for is not known here, and none is ever part of an error.
"""

from __future__ import annotations

import shlex
import stat
import subprocess
from collections.abc import Mapping, Sequence

from kafkatui.config.errors import ConfigError
from kafkatui.config.sections import Section

SOURCES = ("env", "file", "command", "keyring", "prompt")
_COMMAND_SECONDS = 30.0
"""Time enough to type the passphrase of a store."""


def settings(key: str) -> tuple[str, ...]:
    """Every setting that can lead to the secret `key`."""
    return key, *(f"{key}_{source}" for source in SOURCES)


def is_given(section: Section, key: str) -> bool:
    """Whether a setting leads to the secret; it is not looked at."""
    return _named(section, key) is not None


def secret(section: Section, key: str) -> str | None:
    """What `key`, or `key`_env, _file, _command, _keyring or _prompt leads to; None where none of them stands there.

    Raises ConfigError, also for what a project's file may not reach for.
    """
    name = _named(section, key)
    if name is None:
        return None
    _check_trust(section, key, name)
    if name == key:
        return _literal(section, key)
    return _READERS[name.removeprefix(f"{key}_")](section, name)


def command(section: Section, name: str) -> tuple[str, ...]:
    """A command as a list of words, or as a text that is split as a shell would; nothing is run. Raises ConfigError."""
    value = section.values.get(name)
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            section.refuse(name, f"not a command ({error})")
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        raise ConfigError(f"{section.at(name)} must be a command: a text, or a list of texts")
    return tuple(value)


def missing(key: str) -> str:
    """What an error says is needed."""
    return f"{key}_env or {key}_file"


def _named(section: Section, key: str) -> str | None:
    named = [name for name in settings(key) if name in section and section.values[name] is not False]
    if len(named) > 1:
        raise ConfigError(f"{section}: give one of {' and '.join(named)}, not {len(named)}")
    return named[0] if named else None


def _check_trust(section: Section, key: str, name: str) -> None:
    """A question is allowed: it says who wants to know."""
    if not section.reach.is_project or name == f"{key}_prompt":
        return
    if name != f"{key}_env":
        what = "hold a secret" if name == key else f"name a {name.removeprefix(f'{key}_')}"
        section.refuse(name, f"a project's file can not {what}; use {key}_env")
    if not str(section.values[name]).startswith("KAFKA"):
        section.refuse(name, "a project's file can only name variables that start with KAFKA")


def check_command(section: Section, name: str) -> None:
    """Raises ConfigError where a project's file names a command."""
    if section.reach.is_project:
        section.refuse(name, f"a project's file can not name a command; use {name.removesuffix('_command')}_env")


def _literal(section: Section, key: str) -> str:
    value = _text(section, key)
    mode = stat.S_IMODE(section.file.stat().st_mode)
    if mode & 0o077:
        why = f"a {key} does not belong in a file that others can read (mode {mode:03o})"
        section.refuse(key, f"{why}; use {missing(key)}, or chmod 600 {section.file}")
    return value


def _text(section: Section, name: str) -> str:
    value = section.text(name)
    if not value:
        raise ConfigError(f"{section.at(name)} must be a text")
    return value


def _from_env(section: Section, name: str) -> str:
    variable, environ = _text(section, name), section.reach.environ
    if variable not in environ:
        section.refuse(name, f"the environment variable {variable} is not set")
    return environ[variable]


def _from_file(section: Section, name: str) -> str:
    written = _text(section, name)
    try:
        return section.beside(name, written).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        section.refuse(name, f"{written} can not be read ({_reason(error)})")


def _from_command(section: Section, name: str) -> str:
    try:
        ran = _run(command(section, name), section.reach.environ)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        section.refuse(name, f"the command did not run ({_reason(error)})")
    if ran.returncode != 0:
        section.refuse(name, f"the command ended with exit code {ran.returncode}")
    return ran.stdout.rstrip("\r\n")


def _run(words: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Stdin is not the command's: records may come from there."""
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
        env=environ,
    )


def _from_keyring(section: Section, name: str) -> str:
    service, slash, user = _text(section, name).rpartition("/")
    if not slash or not service or not user:
        section.refuse(name, 'write it as "SERVICE/USER"')
    try:
        import keyring  # an extra, and 70 ms
        from keyring.errors import KeyringError
    except ImportError:
        section.refuse(name, "needs the package keyring; pip install 'kafkatui[keyring]' brings it")
    try:
        value = keyring.get_password(service, user)
    except KeyringError as error:
        section.refuse(name, f"the keyring can not be read ({type(error).__name__})")
    if value is None:
        section.refuse(name, f"the keyring has nothing for {user} of {service}")
    return value


def _from_person(section: Section, name: str) -> str:
    section.flag(name)
    key = name.removesuffix("_prompt").replace("_", " ")
    try:
        return section.reach.ask(f"{section.keys[-1]} {key} for {section.reach.whom}")
    except ConfigError as error:
        section.refuse(name, str(error))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


_READERS = {
    "env": _from_env,
    "file": _from_file,
    "command": _from_command,
    "keyring": _from_keyring,
    "prompt": _from_person,
}
