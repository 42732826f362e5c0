"""`~/.config/kafkactl/config.yml` of kafkactl: YAML, a table of contexts."""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found, found, password_login, registry_at
from kafkatui.config.foreign.tree import Tree, mechanism
from kafkatui.config.logins import msk_region
from kafkatui.model.connection import Connection, Login, MskIam, Registry, Tls, TokenCommand

_MECHANISMS = {
    "plaintext": "PLAIN",
    "scramsha256": "SCRAM-SHA-256",
    "scramsha512": "SCRAM-SHA-512",
    "oauth": "OAUTHBEARER",
}


def clusters(file: Tree) -> Iterator[Found]:
    for name, tree in file.each("contexts", "\0no name"):
        yield found(name, tree, _connection)


def chosen(file: Tree) -> None:
    file.skip("which context holds is chosen with kafkatui config use", "current-context", "previous-context")


def _connection(tree: Tree) -> Connection:
    tree.skip("versions are asked of the brokers", "kafkaVersion")
    tree.skip("a context has no times; --timeout has, for one command", "requestTimeout")
    tree.skip(
        "not about a connection", "protobuf", "producer", "consumer", "defaultPartitions", "defaultReplicationFactor"
    )
    _skip_kubernetes(tree)
    bootstrap = addresses(",".join(tree.texts("brokers")), tree.at("brokers"))
    return Connection(
        bootstrap,
        tls=_tls(_enabled(tree, "tls")),
        sasl=_login(_enabled(tree, "sasl"), bootstrap),
        client_id=tree.text("clientID") or "kafkatui",
        registry=_registry(tree),
    )


def _skip_kubernetes(tree: Tree) -> None:
    inner = tree.tree("kubernetes")
    if inner is not None and inner.flag("enabled"):
        tree.note("kubernetes", "the brokers are dialled from here and not from a pod")
    if inner is not None:
        inner.forget()


def _enabled(tree: Tree, key: str) -> Tree | None:
    inner = tree.tree(key)
    if inner is None or inner.flag("enabled"):
        return inner
    tree.note(key, "not enabled")
    inner.forget()
    return None


def _tls(tree: Tree | None) -> Tls | None:
    if tree is None:
        return None
    return Tls(tree.path("ca"), tree.path("cert"), tree.path("certKey"), insecure=tree.flag("insecure"))


def _login(tree: Tree | None, bootstrap: tuple[str, ...]) -> Login | None:
    if tree is None:
        return None
    name = mechanism(tree, "mechanism", _MECHANISMS, "plaintext")
    if name != "OAUTHBEARER":
        return password_login(name, tree, "username", "password")
    provider = tree.tree("tokenProvider")
    if provider is None:
        raise ConfigError(f"{tree.at('tokenprovider')} is missing")
    return _token(provider, bootstrap)


def _token(tree: Tree, bootstrap: tuple[str, ...]) -> Login:
    plugin, options = tree.text("plugin"), tree.tree("options")
    if plugin == "generic" and options is not None:
        script = options.text("script")
        if script is None:
            raise ConfigError(f"{options.at('script')} is missing")
        return TokenCommand((script, *options.words("args")))
    if plugin == "aws":
        region = (options.text("region") if options is not None else None) or msk_region(bootstrap, {})
        if region is None:
            raise ConfigError(f"{tree.at('options')}: no region of AWS is named")
        profile, role = (None, None) if options is None else (options.text("profile"), options.text("role"))
        return MskIam(region, profile, role)
    raise ConfigError(
        f"{tree.at('plugin')}: the plugin {plugin!r} can not be used here; a token_command can do its work"
    )


def _registry(tree: Tree) -> Registry | None:
    avro, inner = tree.tree("avro"), tree.tree("schemaRegistry")
    if avro is not None:
        avro.skip("not about a connection", "jsonCodec")
    if inner is None and avro is not None and "schemaRegistry" in avro:  # kafkactl before 5.5
        return _registry_in(avro, "schemaRegistry")
    return None if inner is None or "url" not in inner else _registry_in(inner, "url")


def _registry_in(tree: Tree, key: str) -> Registry:
    tree.skip("a registry is given ten seconds", "requestTimeout")
    tls = tree.tree("tls")
    has_tls = tls is not None and tls.flag("enabled")
    url = tree.text(key) or ""
    if has_tls and "://" not in url:
        url = f"https://{url}"
    ca = tls.path("ca") if tls is not None else None
    if tls is not None:
        tls.skip("a registry is given no certificate of ours", "cert", "certKey")
        tls.skip("the certificate of a registry is always looked at", "insecure")
    return registry_at(url, tree.at(key), tree.text("username"), tree.text("password"), ca=ca)
