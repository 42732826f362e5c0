"""Fetching one token: from a command, an OIDC server, or AWS's credentials. Keeping it is up to `tokens`."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kafkatui.http_exchange import Answer, Bounds, NoAnswer, http_exchange
from kafkatui.kafka.tokens import Bearer, NoToken, Token
from kafkatui.model.connection import ClientCredentials, FixedToken, MskIam, TokenCommand
from kafkatui.model.problems import Problem
from kafkatui.own_thread import on_its_own_thread
from kafkatui.safe_text import safe_text, shorten

COMMAND_SECONDS = 15.0
"""Bound for a command, as for one that prints a password: people's single sign-on takes its time."""
SERVER_SECONDS = 4.0
"""Bound for a token server and for AWS's credentials; below 5 s, so that the reason is on screen within 5 s."""
_BOUNDS = Bounds(connect_seconds=SERVER_SECONDS, read_seconds=SERVER_SECONDS, most_bytes=1 << 20)
_MOST_WORDS = 200
_LONGEST_LIFE = 1e9
"""Seconds. Whoever says more than thirty years means for ever."""
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""What a token consists of (RFC 6750, 2.1): any other character could be read as something beside it."""
_NOT_JSON = (ValueError, RecursionError)


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
    if not _BEARER.fullmatch(login.token):
        raise _no_token("the token has characters that no token can have")
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
    with suppress(*_NOT_JSON):
        found = json.loads(text)
        if isinstance(found, dict):
            return _token(found, "the token command")
    if not _BEARER.fullmatch(text):
        raise _no_token("the token command printed no token")
    return Token(text, _seconds_left(text))


async def from_server(login: ClientCredentials) -> Token:
    """By the client credentials grant (RFC 6749, 4.4), with the secret in the header (2.3.1)."""
    who = f"the token server {urlsplit(login.url).netloc.rpartition('@')[2]}"
    encoded = tuple(quote(each, safe="") for each in (login.client_id, login.client_secret))
    plain = (login.client_id, login.client_secret)
    try:
        async with asyncio.timeout(SERVER_SECONDS):
            answer = await _granted(login, encoded)
            if encoded != plain and _error_of(answer) == "invalid_client":
                # Kafka's clients send both as they are unless told otherwise, and some servers want it so.
                answer = await _granted(login, plain)
    except NoAnswer as error:
        raise _no_token(f"{who}: {error}") from None
    except TimeoutError:
        raise _no_token(f"{who}: no answer within {SERVER_SECONDS:g} s") from None
    return _token(_document(answer, who), who)


async def _granted(login: ClientCredentials, identity: tuple[str, ...]) -> Answer:
    fields = {"grant_type": "client_credentials"} | ({} if login.scope is None else {"scope": login.scope})
    headers = {
        "Authorization": f"Basic {base64.b64encode(':'.join(identity).encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    return await http_exchange(login.url, headers, _BOUNDS, login.ca, urlencode(fields).encode())


def _json(answer: Answer) -> object:
    """None where it is none."""
    try:
        return json.loads(answer.body)
    except _NOT_JSON:
        return None


def _error_of(answer: Answer) -> object:
    found = _json(answer)
    return found.get("error") if answer.status != 200 and isinstance(found, dict) else None


def _document(answer: Answer, who: str) -> dict[str, Any]:
    found = _json(answer)
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


def _token(found: Mapping[str, Any], who: str) -> Token:
    value = found.get("access_token") or found.get("token")
    if not isinstance(value, str) or not _BEARER.fullmatch(value):
        raise _no_token(f"{who} sends no token")
    return Token(value, _life(found.get("expires_in")) or _seconds_left(value))


def _life(told: object) -> float | None:
    """Seconds; some servers send a text."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    with suppress(ValueError, OverflowError):
        life = float(told)
        return min(life, _LONGEST_LIFE) if life > 0 else None
    return None


def _seconds_left(token: str) -> float | None:
    """What a JWT says of its own end (RFC 7519, 4.1.4); None where it says nothing."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return min(max(1.0, float(claims["exp"]) - time.time()), _LONGEST_LIFE)
    except (IndexError, KeyError, TypeError, OverflowError, *_NOT_JSON):
        return None


async def from_aws(login: MskIam) -> Token:
    """A request to AWS that is signed and not sent; it holds for 15 minutes."""
    try:
        async with asyncio.timeout(SERVER_SECONDS):
            value, until = await on_its_own_thread(lambda: _signed(login), "aws-signer")
    except TimeoutError:
        raise _no_token(f"AWS: nobody gives credentials within {SERVER_SECONDS:g} s") from None
    return Token(value, until / 1000 - time.time())


def _signed(login: MskIam) -> tuple[str, int]:
    """The token, and when it ends in milliseconds of the epoch. Raises `NoToken`."""
    try:
        from aws_msk_iam_sasl_signer import MSKAuthTokenProvider as signer
        from botocore.credentials import CredentialProvider
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise _no_token("AWS MSK needs one more package: pip install 'kafkatui[msk]'") from None
    # At DEBUG they log what is signed, a session's token with it.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        found = _credentials(login)
    except ClientError as error:
        told = error.response.get("Error", {})
        words = f"{told.get('Code')}, {told.get('Message')}"
        raise _no_token(f"AWS refuses: {_sentence(words)}") from error
    except (BotoCoreError, OSError, ValueError) as error:
        raise _no_token(f"AWS: {_sentence(str(error))}") from error

    class Found(CredentialProvider):  # type: ignore[misc]
        def load(self) -> Any:
            return found

    value, until = signer.generate_auth_token_from_credentials_provider(login.region, Found())
    return str(value), int(until)


def _credentials(login: MskIam) -> Any:
    """botocore's, found as AWS's own tools find them. The signer's own way does not say that there are none."""
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import Credentials

    session = botocore.session.Session(profile=login.profile)
    found = session.get_credentials()
    if found is None:
        raise _no_token("AWS: no credentials in the environment, in a profile or from this machine")
    if login.role is None:
        return found
    once = Config(connect_timeout=SERVER_SECONDS, read_timeout=SERVER_SECONDS, retries={"total_max_attempts": 1})
    client = session.create_client("sts", region_name=login.region, config=once)
    taken = client.assume_role(RoleArn=login.role, RoleSessionName="kafkatui")["Credentials"]
    return Credentials(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])


def _sentence(said: str) -> str:
    return shorten(safe_text(" ".join(said.split())), _MOST_WORDS)


def _no_token(why: str) -> NoToken:
    return NoToken(Problem("no_token", why))
