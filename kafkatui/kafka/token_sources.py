"""Fetching one token: from a command, an OIDC server, or AWS's credentials. Keeping it is up to `tokens`."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kafkatui.http_exchange import Answer, Bounds, NoAnswer, http_exchange
from kafkatui.kafka.tokens import Bearer, NoToken, Token
from kafkatui.model.connection import ClientCredentials, FixedToken, MskIam, TokenCommand
from kafkatui.model.problems import Problem
from kafkatui.safe_text import safe_text, shorten

COMMAND_SECONDS = 15.0
"""Bound for a command, as for one that prints a password: people's single sign-on takes its time."""
_BOUNDS = Bounds(connect_seconds=4.0, read_seconds=4.0, most_bytes=1 << 20)
_MOST_WORDS = 200


def source_of(login: Bearer) -> Callable[[], Awaitable[Token]]:
    """What fetches a token of this login; it raises `NoToken`."""
    if isinstance(login, FixedToken):
        return lambda: _fixed(login)
    if isinstance(login, TokenCommand):
        return lambda: from_command(login)
    if isinstance(login, ClientCredentials):
        return lambda: from_server(login)
    return lambda: from_aws(login)


async def _fixed(login: FixedToken) -> Token:
    # Nobody could fetch a newer one, so when it ends is for the broker to say.
    return Token(login.token)


async def from_command(login: TokenCommand) -> Token:
    """What the command prints: a token, or JSON with `access_token` or `token`, and `expires_in` in seconds."""
    try:
        running = await asyncio.create_subprocess_exec(
            *login.command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise _no_token(f"the token command did not run ({reason})") from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            printed, _ = await running.communicate()
    except TimeoutError:
        raise _no_token(f"the token command took more than {COMMAND_SECONDS:g} s") from None
    finally:
        if running.returncode is None:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    if running.returncode != 0:
        raise _no_token(f"the token command ended with exit code {running.returncode}")
    return _printed(printed)


def _printed(printed: bytes) -> Token:
    text = printed.decode("utf-8", errors="replace").strip()
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict):
            return _token(found, "the token command")
    if not text or not text.isascii() or any(character.isspace() for character in text):
        raise _no_token("the token command printed no token")
    return Token(text, _seconds_left(text))


async def from_server(login: ClientCredentials) -> Token:
    """By the client credentials grant (RFC 6749, 4.4), the secret in the header (2.3.1) as Kafka's clients send it."""
    identity = f"{quote(login.client_id, safe='')}:{quote(login.client_secret, safe='')}"
    fields = {"grant_type": "client_credentials"} | ({} if login.scope is None else {"scope": login.scope})
    headers = {
        "Authorization": f"Basic {base64.b64encode(identity.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    who = f"the token server {urlsplit(login.url).netloc}"
    try:
        answer = await http_exchange(login.url, headers, _BOUNDS, login.ca, urlencode(fields).encode())
    except NoAnswer as error:
        raise _no_token(f"{who}: {error}") from None
    return _token(_document(answer, who), who)


def _document(answer: Answer, who: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if answer.status != 200:
        raise _no_token(f"{who} refuses: {_refusal(found) or f'HTTP status {answer.status}'}")
    if not isinstance(found, dict):
        raise _no_token(f"{who} sends no JSON object")
    return found


def _refusal(found: object) -> str | None:
    """What RFC 6749, 5.2 has for it."""
    if not isinstance(found, dict):
        return None
    words = [found[key] for key in ("error", "error_description") if isinstance(found.get(key), str)]
    return shorten(safe_text(", ".join(words)), _MOST_WORDS) if words else None


def _token(found: dict[str, Any], who: str) -> Token:
    value = found.get("access_token") or found.get("token")
    if not isinstance(value, str) or not value or not value.isascii():
        raise _no_token(f"{who} sends no token")
    life = found.get("expires_in")
    if isinstance(life, int | float) and not isinstance(life, bool) and life > 0:
        return Token(value, float(life))
    return Token(value, _seconds_left(value))


def _seconds_left(token: str) -> float | None:
    """What a JWT says of its own end (RFC 7519, 4.1.4); None where it says nothing."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return max(1.0, float(claims["exp"]) - time.time())
    except (IndexError, KeyError, TypeError, ValueError):
        return None


async def from_aws(login: MskIam) -> Token:
    """A request to AWS that is signed and not sent; it holds for 15 minutes."""
    try:
        from aws_msk_iam_sasl_signer import MSKAuthTokenProvider as signer
    except ImportError:
        raise _no_token("AWS MSK needs one more package: pip install 'kafkatui[msk]'") from None
    try:
        value, until = await asyncio.to_thread(_signed, signer, login)
    except Exception as error:
        # Of botocore's own, hundreds of kinds; the messages tell what is missing, and none holds a credential.
        raise _no_token(f"AWS: {shorten(safe_text(str(error)), _MOST_WORDS)}") from error
    return Token(value, until / 1000 - time.time())


def _signed(signer: Any, login: MskIam) -> tuple[str, int]:
    if login.role is not None:
        found = signer.generate_auth_token_from_role_arn(login.region, login.role, "kafkatui")
    elif login.profile is not None:
        found = signer.generate_auth_token_from_profile(login.region, login.profile)
    else:
        found = signer.generate_auth_token(login.region)
    value, until = found
    return str(value), int(until)


def _no_token(why: str) -> NoToken:
    return NoToken(Problem("no_token", why))
