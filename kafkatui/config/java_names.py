"""Which property names Kafka's clients know, also those that mean nothing here. What they mean is in `properties`."""

from __future__ import annotations

from collections.abc import Collection

_JAVA = """
    acks allow.auto.create.topics auto.commit.interval.ms auto.offset.reset batch.size bootstrap.controllers
    buffer.memory check.crcs client.dns.lookup client.rack compression.gzip.level compression.lz4.level
    compression.type compression.zstd.level config.providers connections.max.idle.ms default.api.timeout.ms
    default.list.key.serde.inner default.list.key.serde.type default.list.value.serde.inner
    default.list.value.serde.type delivery.timeout.ms enable.auto.commit enable.idempotence enable.metrics.push
    exclude.internal.topics fetch.max.bytes fetch.max.wait.ms fetch.min.bytes group.id group.instance.id
    group.protocol group.remote.assignor heartbeat.interval.ms interceptor.classes isolation.level key.deserializer
    key.serializer linger.ms max.block.ms max.in.flight.requests.per.connection max.partition.fetch.bytes
    max.poll.interval.ms max.poll.records max.request.size metadata.max.age.ms metadata.max.idle.ms
    metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters metrics.num.samples
    metrics.recording.level metrics.sample.window.ms partition.assignment.strategy
    partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class
    partitioner.ignore.keys rebalance.timeout.ms receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms
    retries retry.backoff.max.ms retry.backoff.ms sasl.client.callback.handler.class sasl.kerberos.kinit.cmd
    sasl.kerberos.min.time.before.relogin sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor
    sasl.login.class sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
    sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter
    sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.oauthbearer.assertion.algorithm
    sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
    sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
    sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub
    sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.template.file
    sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
    sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
    sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.ms
    sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class
    sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name security.providers send.buffer.bytes
    session.timeout.ms share.acknowledgement.mode share.acquire.mode socket.connection.setup.timeout.max.ms
    ssl.cipher.suites ssl.client.auth ssl.enabled.protocols ssl.engine.factory.class ssl.keymanager.algorithm
    ssl.keystore.password ssl.protocol ssl.provider ssl.secure.random.implementation ssl.trustmanager.algorithm
    ssl.truststore.password transaction.timeout.ms transaction.two.phase.commit.enable transactional.id
    value.deserializer value.serializer
"""
"""Of kafka-clients 4.3: what stands in SslConfigs, SaslConfigs and the configs of admin client, consumer, producer."""
_LIBRDKAFKA = """
    api.version.fallback.ms api.version.request api.version.request.timeout.ms auto.commit.enable batch.num.messages
    broker.address.family broker.address.ttl broker.version.fallback builtin.features client.software.name
    client.software.version compression.codec compression.level consume.callback.max.messages
    coordinator.query.interval.ms debug delivery.report.only.error enable.auto.offset.store enable.gapless.guarantee
    enable.partition.eof enable.random.seed enable.sparse.connections fetch.error.backoff.ms fetch.message.max.bytes
    fetch.queue.backoff.ms fetch.wait.max.ms group.protocol.type https.ca.pem internal.termination.signal
    log.connection.close log.queue log.thread.name log_level max.in.flight message.copy.max.bytes message.max.bytes
    message.send.max.retries message.timeout.ms metadata.request.timeout.ms offset.store.method offset.store.path
    offset.store.sync.interval.ms partitioner plugin.library.paths produce.offset.report
    queue.buffering.backpressure.threshold queue.buffering.max.kbytes queue.buffering.max.messages
    queue.buffering.max.ms queued.max.messages.kbytes queued.min.messages queuing.strategy receive.message.max.bytes
    reconnect.backoff.jitter.ms request.required.acks sasl.oauthbearer.assertion.jwt.template.file
    sasl.oauthbearer.assertion.private.key.pem sasl.oauthbearer.config socket.blocking.max.ms socket.keepalive.enable
    socket.max.fails socket.nagle.disable socket.receive.buffer.bytes socket.send.buffer.bytes
    ssl.ca.certificate.stores ssl.crl.location ssl.curves.list ssl.engine.id ssl.engine.location ssl.providers
    ssl.sigalgs.list statistics.interval.ms sticky.partitioning.linger.ms topic.blacklist
    topic.metadata.propagation.max.ms topic.metadata.refresh.fast.cnt topic.metadata.refresh.fast.interval.ms
    topic.metadata.refresh.interval.ms topic.metadata.refresh.sparse
"""
"""Of librdkafka's CONFIGURATION.md, without callbacks."""
_IDLE = frozenset((*_JAVA.split(), *_LIBRDKAFKA.split()))
_PREFIXES = (
    "admin.",
    "config.providers.",
    "confluent.",
    "consumer.",
    "producer.",
    "schema.registry.",
    "test.mock.",
    "topic.",
)
"""What Streams, Connect, kcat and Confluent's clients put in front of names for one of several clients."""


def is_idle(name: str) -> bool:
    """Whether Kafka's clients know a name that has no effect here: the tuning of producers and consumers."""
    return name in _IDLE or name.startswith(_PREFIXES)


def unknown(name: str, known: Collection[str]) -> str:
    """That nobody knows it, and which name may be meant."""
    from difflib import get_close_matches  # only for what is mistyped

    near = get_close_matches(name, (*known, *_IDLE), n=1, cutoff=0.75)
    return "no client of Kafka knows it" + (f"; is {near[0]} meant?" if near else "")
