"""What the property names of Java's clients and of librdkafka say about logging in: JAAS lines, SASL, OAuth."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kafkatui.config.errors import ConfigError
from kafkatui.config.java import parse_jaas
from kafkatui.config.logins import PASSWORDS, checked_token, extension, mechanism, msk_region, token_in_file, token_url
from kafkatui.config.notes import Note, Tell
from kafkatui.config.paths import expanded
from kafkatui.model.connection import ClientCredentials, FixedToken, Kerberos, Login, MskIam, Sasl, TokenCommand

_ID = "sasl.oauthbearer.client.credentials.client.id"
_SECRET = "sasl.oauthbearer.client.credentials.client.secret"
_URL = "sasl.oauthbearer.token.endpoint.url"
_GRANT = "sasl.oauthbearer.grant.type"
_HANDLER = "sasl.login.callback.handler.class"
_ASSERTIONS = ("sasl.oauthbearer.assertion.file", "sasl.oauthbearer.assertion.private.key.file")
_METADATA = "sasl.oauthbearer.metadata.authentication.type"
_UNSECURED = "unsecuredLogin"
KNOWN = {
    *("sasl.jaas.config", "sasl.mechanism", "sasl.password", "sasl.username"),
    *("sasl.kerberos.keytab", "sasl.kerberos.principal", "sasl.kerberos.service.name"),
    *(_ID, _SECRET, _URL, _GRANT, _HANDLER, _METADATA, *_ASSERTIONS),
    *("sasl.oauthbearer.extensions", "sasl.oauthbearer.method", "sasl.oauthbearer.scope", "https.ca.location"),
}
"""The properties that are read here, by one name each."""
SAME = {
    "sasl.mechanisms": "sasl.mechanism",
    "sasl.oauthbearer.client.id": _ID,
    "sasl.oauthbearer.client.secret": _SECRET,
}
_MODULES = {
    "PlainLoginModule": "PLAIN",
    "ScramLoginModule": None,
    "OAuthBearerLoginModule": "OAUTHBEARER",
    "Krb5LoginModule": "GSSAPI",
    "IAMLoginModule": "AWS_MSK_IAM",
}
"""The mechanism that only can be meant with each login module of Java's; None: there are two."""
_HANDLERS = (
    "",
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
    "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
    "org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler",
)
_IAM_HANDLER = "software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler"
_ELSE = "use a context with token_command"


@dataclass(frozen=True, slots=True)
class Around:
    """What a login hangs on besides its properties."""

    before: Login | None
    """The login of the context that the properties lie over."""
    bootstrap: Sequence[str]
    environ: Mapping[str, str]
    tell: Tell


def login(properties: Mapping[str, str], around: Around) -> Login:
    """The login as the properties change it. Raises ConfigError that names the property and repeats no secret."""
    module, options = parse_jaas(properties.get("sasl.jaas.config", ""))
    if module and module not in _MODULES:
        raise ConfigError(f"sasl.jaas.config: {module} is not known here; known are {', '.join(_MODULES)}")
    name = properties.get("sasl.mechanism") or _mechanism_of(around.before) or _MODULES.get(module)
    if not name:
        raise ConfigError("sasl.mechanism is missing; SASL needs it (in the file of --command-config, or in a context)")
    name = mechanism(name, "sasl.mechanism")
    if name in PASSWORDS:
        return _password(name, properties, options, around.before)
    if name == "GSSAPI":
        return _kerberos(properties, options, around.before)
    if name == "AWS_MSK_IAM" or properties.get(_HANDLER) == _IAM_HANDLER:
        return _msk_iam(options, around)
    return _bearer(properties, options, around)


def named(properties: Mapping[str, str]) -> str | None:
    """The mechanism the properties name, or the only one their login module can mean."""
    module, _ = parse_jaas(properties.get("sasl.jaas.config", ""))
    name = properties.get("sasl.mechanism") or properties.get("sasl.mechanisms") or _MODULES.get(module)
    return name.upper() if name else None


def _mechanism_of(login: Login | None) -> str | None:
    if isinstance(login, Sasl):
        return login.mechanism
    if isinstance(login, Kerberos):
        return "GSSAPI"
    if isinstance(login, MskIam):
        return "AWS_MSK_IAM"
    return None if login is None else "OAUTHBEARER"


def _password(name: str, properties: Mapping[str, str], options: Mapping[str, str], before: Login | None) -> Sasl:
    if options.get("tokenauth", "").lower() == "true":
        raise ConfigError("sasl.jaas.config: logging in by a delegation token (tokenauth) is not known here")
    known = before if isinstance(before, Sasl) else None
    username = properties.get("sasl.username") or options.get("username") or (known.username if known else None)
    password = properties.get("sasl.password") or options.get("password") or (known.password if known else None)
    for key, value in (("sasl.username", username), ("sasl.password", password)):
        if not value:
            raise ConfigError(f"{key} is missing; {name} needs it (in the file of --command-config, or in a context)")
    return Sasl(name, username or "", password or "")


def _kerberos(properties: Mapping[str, str], options: Mapping[str, str], before: Login | None) -> Kerberos:
    known = before if isinstance(before, Kerberos) else Kerberos()
    keytab = properties.get("sasl.kerberos.keytab")
    if options.get("useKeyTab", "").lower() == "true":
        keytab = keytab or options.get("keyTab")
    principal = properties.get("sasl.kerberos.principal") or options.get("principal") or known.principal
    if keytab and not principal:
        raise ConfigError("sasl.jaas.config: principal is missing; the keytab may hold many")
    return Kerberos(
        properties.get("sasl.kerberos.service.name") or options.get("serviceName") or known.service,
        principal,
        expanded(keytab, "sasl.kerberos.keytab") if keytab else known.keytab,
    )


def _msk_iam(options: Mapping[str, str], around: Around) -> MskIam:
    known = around.before if isinstance(around.before, MskIam) else None
    region = msk_region(around.bootstrap, around.environ) or (known.region if known else None)
    if region is None:
        raise ConfigError("sasl.mechanism: the names of the brokers tell no region of AWS; AWS_REGION can do that")
    idle = sorted(options.keys() - {"awsProfileName", "awsRoleArn"})
    if idle:
        around.tell(Note(tuple(f"sasl.jaas.config {name}" for name in idle), "without effect here"))
    profile = options.get("awsProfileName") or (known.profile if known else None)
    return MskIam(region, profile, options.get("awsRoleArn") or (known.role if known else None))


def _bearer(properties: Mapping[str, str], options: Mapping[str, str], around: Around) -> Login:
    _check_grant(properties)
    extensions = tuple(_extensions(properties, options))
    before = around.before
    url = properties.get(_URL) or (before.url if isinstance(before, ClientCredentials) else None)
    if url is not None and url.startswith("file:"):
        return _token_in_file(url, extensions)
    if url is not None:
        return _credentials(url, properties, options, extensions, before)
    if any(name.startswith(_UNSECURED) for name in options):
        return FixedToken(_unsecured_token(options), extensions)
    if isinstance(before, FixedToken | TokenCommand):
        return before
    raise ConfigError(f"{_URL} is missing; OAUTHBEARER needs it, or {_ELSE}")


def _check_grant(properties: Mapping[str, str]) -> None:
    if properties.get(_HANDLER, "") not in _HANDLERS:
        raise ConfigError(f"{_HANDLER}: no class of Java's can be used here; {_ELSE}")
    if properties.get(_GRANT, "client_credentials") != "client_credentials":
        raise ConfigError(f"{_GRANT}: only client_credentials is known here; {_ELSE}")
    if properties.get(_METADATA, "none") != "none":
        raise ConfigError(f"{_METADATA}: no service of a cloud is asked here; {_ELSE}")
    for name in _ASSERTIONS:
        if name in properties:
            raise ConfigError(f"{name}: assertions are not known here, only client credentials; {_ELSE}")


def _extensions(properties: Mapping[str, str], options: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    name = "sasl.oauthbearer.extensions"
    pairs = [pair.partition("=") for pair in properties.get(name, "").split(",") if pair.strip()]
    found = {key.strip(): value.strip() for key, _, value in pairs}
    found |= {key.removeprefix("extension_"): value for key, value in options.items() if key.startswith("extension_")}
    where = name if pairs else "sasl.jaas.config"
    return [extension(key, value, where) for key, value in found.items()]


def _token_in_file(url: str, extensions: tuple[tuple[str, str], ...]) -> TokenCommand:
    """Java takes a file for the server. Raises ConfigError where no token is in it now."""
    from urllib.parse import unquote, urlsplit

    file = Path(unquote(urlsplit(url).path))
    try:
        checked_token(file.read_text(encoding="utf-8").strip(), _URL)
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{_URL}: {file} can not be read") from None
    return token_in_file(str(file), extensions)


def _credentials(
    url: str,
    properties: Mapping[str, str],
    options: Mapping[str, str],
    extensions: tuple[tuple[str, str], ...],
    before: Login | None,
) -> ClientCredentials:
    # Another server gets no secret that was meant for the first.
    known = before if isinstance(before, ClientCredentials) and before.url == url else None
    client_id = properties.get(_ID) or options.get("clientId") or (known.client_id if known else None)
    client_secret = properties.get(_SECRET) or options.get("clientSecret") or (known.client_secret if known else None)
    for key, value in ((_ID, client_id), (_SECRET, client_secret)):
        if not value:
            raise ConfigError(f"{key} is missing; {_URL} needs it (in the file of --command-config, or in a context)")
    ca = properties.get("https.ca.location")
    return ClientCredentials(
        token_url(url, _URL),
        client_id or "",
        client_secret or "",
        properties.get("sasl.oauthbearer.scope") or options.get("scope") or (known.scope if known else None),
        expanded(ca, "https.ca.location") if ca else (known.ca if known else None),
        extensions or (known.extensions if known else ()),
    )


def _unsecured_token(options: Mapping[str, str]) -> str:
    """What OAuthBearerUnsecuredLoginCallbackHandler makes for development: a token that nobody signed."""
    now = time.time()
    claims: dict[str, object] = {
        "iat": now,
        "exp": now + float(options.get(f"{_UNSECURED}LifetimeSeconds", "3600")),
    }
    for name, value in options.items():
        kind, underscore, claim = name.removeprefix(_UNSECURED).partition("_")
        if underscore and kind == "StringClaim":
            claims[claim] = value
        elif underscore and kind == "NumberClaim":
            claims[claim] = float(value)
        elif underscore and kind == "ListClaim":
            claims[claim] = value[1:].split(value[:1]) if value else []
    return ".".join((*(_packed(part) for part in ({"alg": "none"}, claims)), ""))


def _packed(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
