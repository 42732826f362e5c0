"""`~/.kaf/config` of kaf: YAML, a list of clusters."""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found, found, password_login, registry_at
from kafkatui.config.foreign.tree import Tree, mechanism
from kafkatui.config.logins import checked_token, msk_region, token_url
from kafkatui.model.connection import ClientCredentials, Connection, FixedToken, Login, MskIam, Registry, Tls

_MECHANISMS = {
    "plain": "PLAIN",
    "scramsha256": "SCRAM-SHA-256",
    "scramsha512": "SCRAM-SHA-512",
    "oauthbearer": "OAUTHBEARER",
    "awsmskiam": "AWS_MSK_IAM",
}


def clusters(file: Tree) -> Iterator[Found]:
    for name, tree in file.each("clusters", "name"):
        yield found(name, tree, _connection)


def chosen(file: Tree) -> None:
    file.skip("which context holds is chosen with kafkatui config use", "current-cluster")


def _connection(tree: Tree) -> Connection:
    tree.skip("versions are asked of the brokers", "version")
    bootstrap = addresses(",".join(tree.texts("brokers")), tree.at("brokers"))
    protocol = (tree.text("security-protocol") or "").upper()
    sasl, tls = tree.tree("SASL"), tree.tree("TLS")
    return Connection(
        bootstrap,
        tls=_tls(tls) if tls is not None else Tls() if protocol.endswith("SSL") else None,
        sasl=None if sasl is None else _login(sasl, bootstrap),
        registry=_registry(tree),
    )


def _tls(tree: Tree) -> Tls:
    return Tls(tree.path("cafile"), tree.path("clientfile"), tree.path("clientkeyfile"), insecure=tree.flag("insecure"))


def _login(tree: Tree, bootstrap: tuple[str, ...]) -> Login | None:
    if not any(key in tree for key in ("mechanism", "username", "password", "token", "tokenURL")):
        return None
    name = mechanism(tree, "mechanism", _MECHANISMS, "PLAIN")
    tree.skip("the newest handshake both sides know is taken", "version")
    if name == "AWS_MSK_IAM":
        region = msk_region(bootstrap, {})
        if region is None:
            raise ConfigError(f"{tree.at('mechanism')}: the names of the brokers tell no region of AWS")
        return MskIam(region, tree.text("awsProfile"))
    if name != "OAUTHBEARER":
        return password_login(name, tree, "username", "password")
    token = tree.text("token")
    if token is not None:
        return FixedToken(checked_token(token, tree.at("token")))
    return _credentials(tree)


def _credentials(tree: Tree) -> ClientCredentials:
    url = token_url(tree.text("tokenURL") or "", tree.at("tokenURL"))
    client_id, secret = tree.text("clientID"), tree.text("clientSecret")
    if client_id is None or secret is None:
        raise ConfigError(f"{tree.at('clientID' if client_id is None else 'clientSecret')} is missing")
    return ClientCredentials(url, client_id, secret, " ".join(tree.texts("scopes")) or None)


def _registry(tree: Tree) -> Registry | None:
    url, login = tree.text("schema-registry-url"), tree.tree("schema-registry-credentials")
    if url is None:
        return None
    username, password = (None, None) if login is None else (login.text("username"), login.text("password"))
    return registry_at(url, tree.at("schema-registry-url"), username, password)
