"""Kafka's error codes in words: what each means, and what helps. No protocol lives here, and no failure of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """One error code as a person reads it."""

    cause: str
    """What is the matter, to stand behind the name of the thing it is about."""
    hint: str
    """What to do, or what to look at."""


_WAIT = "it passes by itself; the next reading asks again"
_ASK_AGAIN = "start it again; what was done before is found out first"
_UPGRADE = "brokers of another release are needed"
_BUG = "kafkatui should not have sent this: please report it"
_NOT_OURS = "kafkatui does not send such requests; a proxy between may have mixed up answers"
_FEATURE_OFF = "the brokers' configuration switches it off"

WORDS: Mapping[str, Words] = {
    "unknown_server_error": Words(
        "the broker failed for a reason that it does not tell, or that is newer than this program", "its log has it"
    ),
    "offset_out_of_range": Words(
        "there is no such offset in the log", "look at the start and the end of the partition"
    ),
    "corrupt_message": Words(
        "the record does not match its checksum, or is not allowed in this topic",
        "compacted topics want a key; otherwise look at the broker's disk and at the network",
    ),
    "unknown_topic_or_partition": Words(
        "the topic or partition does not exist", "look at its name, and who deleted it"
    ),
    "invalid_fetch_size": Words("the size that was asked for is not allowed", _BUG),
    "leader_not_available": Words("the partition has no leader right now", "start one of the brokers that hold it"),
    "not_leader_or_follower": Words("the leader is moving to another broker", _WAIT),
    "request_timed_out": Words("the brokers did not agree in time", "look for a broker that is slow or down"),
    "broker_not_available": Words("the broker is not there right now", "see whether it runs"),
    "replica_not_available": Words("the replica is not available", _WAIT),
    "message_too_large": Words("the record is larger than the topic allows", "raise max.message.bytes of the topic"),
    "stale_controller_epoch": Words("the controller has changed meanwhile", _WAIT),
    "offset_metadata_too_large": Words(
        "the note beside the commit is too long", "raise offset.metadata.max.bytes of the brokers"
    ),
    "network_exception": Words("the broker lost the connection before it had an answer", _WAIT),
    "coordinator_load_in_progress": Words("the coordinator is loading the group", _WAIT),
    "coordinator_not_available": Words(
        "the group has no coordinator right now", "see whether __consumer_offsets has leaders"
    ),
    "not_coordinator": Words("the group is moving to another coordinator", _WAIT),
    "invalid_topic_exception": Words("no topic can have this name, or it is Kafka's own", "choose another name"),
    "record_list_too_large": Words("the batch is larger than a segment of the log", "raise segment.bytes of the topic"),
    "not_enough_replicas": Words(
        "fewer replicas are in sync than the topic's min.insync.replicas", "start the brokers that are down"
    ),
    "not_enough_replicas_after_append": Words(
        "written, but to fewer replicas than the topic's min.insync.replicas", "start the brokers that are down"
    ),
    "invalid_required_acks": Words("the number of acknowledgements is not allowed", _BUG),
    "illegal_generation": Words("the group has been rebalanced meanwhile", _WAIT),
    "inconsistent_group_protocol": Words(
        "the members of the group have no assignor or protocol in common",
        "compare partition.assignment.strategy of all",
    ),
    "invalid_group_id": Words("no group can have this name", "choose another name"),
    "unknown_member_id": Words("the group has members, and only they may commit", "stop them first"),
    "invalid_session_timeout": Words(
        "the session timeout is not one the brokers allow", "see group.min.session.timeout.ms and the like"
    ),
    "rebalance_in_progress": Words("the group is being rebalanced", _WAIT),
    "invalid_commit_offset_size": Words("the commit is larger than allowed", "commit fewer partitions at once"),
    "topic_authorization_failed": Words("not authorized to see this topic", "it needs DESCRIBE, or READ for records"),
    "group_authorization_failed": Words("not authorized to see this group", "it needs DESCRIBE on the group"),
    "cluster_authorization_failed": Words(
        "not authorized: needs DESCRIBE on the cluster", "ask for the ACL on the resource kafka-cluster"
    ),
    "invalid_timestamp": Words(
        "the timestamp is too far from the broker's clock", "see message.timestamp.before.max.ms and .after.max.ms"
    ),
    "unsupported_sasl_mechanism": Words(
        "the broker does not offer this SASL mechanism", "see sasl.enabled.mechanisms of the listener"
    ),
    "illegal_sasl_state": Words(
        "the broker did not expect a login at this moment", "see whether the listener uses SASL"
    ),
    "unsupported_version": Words("the broker is too old for this request", "a newer Kafka is needed"),
    "topic_already_exists": Words("there is a topic of this name", "choose another name, or change the one there is"),
    "invalid_partitions": Words("there can not be so many partitions", "they can only become more"),
    "invalid_replication_factor": Words(
        "there can not be so many replicas", "there must be as many brokers that are alive"
    ),
    "invalid_replica_assignment": Words(
        "the replicas can not be placed like this", "each on another broker that exists"
    ),
    "invalid_config": Words(
        "a config has a value that is not allowed", "compare name and value with Kafka's documentation"
    ),
    "not_controller": Words("another broker has become the controller", _WAIT),
    "invalid_request": Words("the broker does not take the request", "its log has the reason"),
    "unsupported_for_message_format": Words(
        "the log is of a format that is too old for this", "upgrade log.message.format.version of the topic"
    ),
    "policy_violation": Words("a policy of the cluster forbids it", "ask who runs the cluster for the rule"),
    "out_of_order_sequence_number": Words("records of the producer are missing", _ASK_AGAIN),
    "duplicate_sequence_number": Words("the record is there already", "nothing to do: it was sent twice and kept once"),
    "invalid_producer_epoch": Words("another instance with this transactional id has taken over", "let only one run"),
    "invalid_txn_state": Words("the transaction is not in a state for this", _ASK_AGAIN),
    "invalid_producer_id_mapping": Words(
        "the transactional id belongs to another producer by now, or has expired", _ASK_AGAIN
    ),
    "invalid_transaction_timeout": Words(
        "the transaction may not last that long", "see transaction.max.timeout.ms of the brokers"
    ),
    "concurrent_transactions": Words("the transaction before is not over yet", _WAIT),
    "transaction_coordinator_fenced": Words("another coordinator has taken over the transaction", _ASK_AGAIN),
    "transactional_id_authorization_failed": Words(
        "not authorized for this transactional id", "it needs WRITE and DESCRIBE on the transactional id"
    ),
    "security_disabled": Words("the cluster has no authorizer", "without one there are no ACLs to read"),
    "operation_not_attempted": Words("not tried, because something else in the request failed", "mend that first"),
    "kafka_storage_error": Words("the broker can not read its disk", "look at the broker's log directories"),
    "log_dir_not_found": Words("the broker has no such log directory", "see its log.dirs"),
    "sasl_authentication_failed": Words("wrong user or password", "look at the login of this context"),
    "unknown_producer_id": Words("the broker knows nothing of the producer any more", _ASK_AGAIN),
    "reassignment_in_progress": Words("replicas of the partition are being moved", "wait until that is over"),
    "delegation_token_auth_disabled": Words("delegation tokens are switched off", _FEATURE_OFF),
    "delegation_token_not_found": Words("there is no such delegation token", "make another one"),
    "delegation_token_owner_mismatch": Words("the delegation token is somebody else's", "ask its owner"),
    "delegation_token_request_not_allowed": Words(
        "delegation tokens are not given over this connection", "log in by another way than a token"
    ),
    "delegation_token_authorization_failed": Words(
        "not authorized for this delegation token", "it needs DESCRIBE on the token"
    ),
    "delegation_token_expired": Words("the delegation token has expired", "make another one"),
    "invalid_principal_type": Words("the broker does not know this type of principal", "User is the usual one"),
    "non_empty_group": Words("the group has members", "stop them first"),
    "group_id_not_found": Words("the group does not exist any more", "nothing to do, if that was wanted"),
    "fetch_session_id_not_found": Words("the broker has forgotten the fetch session", _WAIT),
    "invalid_fetch_session_epoch": Words("the fetch session is at another place", _WAIT),
    "listener_not_found": Words(
        "the leader has no listener of this name", "compare listeners and advertised.listeners of all brokers"
    ),
    "topic_deletion_disabled": Words("topics may not be deleted here", "see delete.topic.enable of the brokers"),
    "fenced_leader_epoch": Words("the leader is moving to another broker", _WAIT),
    "unknown_leader_epoch": Words("the leader is moving to another broker", _WAIT),
    "unsupported_compression_type": Words("the broker does not know this compression", "use gzip, snappy or lz4"),
    "stale_broker_epoch": Words("the broker has registered again meanwhile", _WAIT),
    "offset_not_available": Words("the new leader does not know its end yet", _WAIT),
    "member_id_required": Words("the group wants a member to have an id first", _NOT_OURS),
    "preferred_leader_not_available": Words(
        "the preferred replica can not lead", "start its broker, and wait until it is in sync"
    ),
    "group_max_size_reached": Words("the group has as many members as it may", "see group.max.size of the brokers"),
    "fenced_instance_id": Words("another member with this instance id has taken over", "let only one run"),
    "eligible_leaders_not_available": Words(
        "no replica that could lead is there", "start one of the brokers that hold the partition"
    ),
    "election_not_needed": Words("the preferred replica leads already", "nothing to do"),
    "no_reassignment_in_progress": Words("no replicas are being moved", "nothing to do"),
    "group_subscribed_to_topic": Words("a member of the group is subscribed to the topic", "stop it first"),
    "invalid_record": Words(
        "the topic does not take the record", "compacted topics want a key; see the topic's timestamp configs, too"
    ),
    "unstable_offset_commit": Words("a transaction with this group's commits is still open", "see who holds it open"),
    "throttling_quota_exceeded": Words("a quota for changes is used up", "wait, or ask for a higher quota"),
    "producer_fenced": Words("another instance with this transactional id has taken over", "let only one run"),
    "resource_not_found": Words("what was asked about does not exist", "look at its name"),
    "duplicate_resource": Words("it was named twice in one request", _BUG),
    "unacceptable_credential": Words("the credential is not one the broker takes", "see iterations and length"),
    "inconsistent_voter_set": Words("the controllers name different voters", "compare controller.quorum.voters of all"),
    "invalid_update_version": Words("the feature can not have this version", "see what the brokers support"),
    "feature_update_failed": Words("the features could not be updated", "the controller's log has the reason"),
    "principal_deserialization_failure": Words(
        "the controller could not read who asks", "brokers and controllers need the same principal.builder.class"
    ),
    "snapshot_not_found": Words("the controller has no such snapshot", _WAIT),
    "position_out_of_range": Words("the snapshot does not go that far", _WAIT),
    "unknown_topic_id": Words("no topic has this id: it was deleted, or made anew", "read the topics again"),
    "duplicate_broker_registration": Words(
        "a broker with this id is registered already", "give each broker a node.id of its own"
    ),
    "broker_id_not_registered": Words("no broker with this id is registered", "see whether it has ever been started"),
    "inconsistent_topic_id": Words("the topic has another id on the broker: it was made anew", "read the topics again"),
    "inconsistent_cluster_id": Words(
        "the brokers belong to different clusters", "compare cluster.id in meta.properties"
    ),
    "transactional_id_not_found": Words("there is no such transactional id", "it has expired, or was never used"),
    "fetch_session_topic_id_error": Words("the fetch session mixes topics with and without an id", _WAIT),
    "ineligible_replica": Words("the replica may not come into the in-sync set", "see whether its broker is fenced"),
    "new_leader_elected": Words("another leader has just been elected", _WAIT),
    "offset_moved_to_tiered_storage": Words(
        "the records are in tiered storage by now", "clients read them as ever; only followers get this"
    ),
    "fenced_member_epoch": Words("the group has gone on without this member", _WAIT),
    "unreleased_instance_id": Words("another member still has this instance id", "stop it, or wait for its timeout"),
    "unsupported_assignor": Words("the group has no such assignor", "see group.consumer.assignors of the brokers"),
    "stale_member_epoch": Words("the member is behind the group", _WAIT),
    "mismatched_endpoint_type": Words("this was meant for a controller, or for a broker", "connect to a broker"),
    "unsupported_endpoint_type": Words("the broker does not know this type of endpoint", _UPGRADE),
    "unknown_controller_id": Words("no controller has this id", "see controller.quorum.voters"),
    "unknown_subscription_id": Words("the broker wants client metrics by another subscription", _NOT_OURS),
    "telemetry_too_large": Words("the client metrics are larger than the broker takes", _NOT_OURS),
    "invalid_registration": Words("the controller does not take the broker's registration", "its log has the reason"),
    "transaction_abortable": Words("the transaction can only be aborted", _ASK_AGAIN),
    "invalid_record_state": Words("the record is in no state for this acknowledgement", _NOT_OURS),
    "share_session_not_found": Words("the broker has forgotten the share session", _WAIT),
    "invalid_share_session_epoch": Words("the share session is at another place", _WAIT),
    "fenced_state_epoch": Words("another share coordinator has taken over", _WAIT),
    "invalid_voter_key": Words(
        "the voter is another one than its directory says", "compare directory.id of the controller"
    ),
    "duplicate_voter": Words("the controller votes already", "nothing to do"),
    "voter_not_found": Words("no such controller votes", "see the quorum's voters"),
    "invalid_regular_expression": Words("the regular expression can not be used", "it is RE2's syntax"),
    "rebootstrap_required": Words("the broker asks to begin with the bootstrap servers again", _WAIT),
    "streams_invalid_topology": Words(
        "the streams application's topology is not valid", "the application's log has more"
    ),
    "streams_invalid_topology_epoch": Words("the topology's epoch is not the group's", "update all instances"),
    "streams_topology_fenced": Words("the group works on a newer topology", "update this instance of the application"),
    "share_session_limit_reached": Words(
        "the broker has no room for another share session", "see group.share.max.share.sessions"
    ),
}
"""By Kafka's name of the code in lower case. All of Kafka 4.3 (org.apache.kafka.common.protocol.Errors) but NONE."""

_HINTS = {words.cause: words.hint for words in WORDS.values()}


def with_hint(text: str) -> str:
    """A cause with what helps behind it. By its text, for a cell has no code; any other text stays as it is."""
    hint = _HINTS.get(text)
    return f"{text} ({hint})" if hint is not None else text
