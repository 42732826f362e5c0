"""Why a leader does not take a batch, in words. The same batch again would be refused again."""

from __future__ import annotations

REFUSALS = {
    "message_too_large": "it is larger than the topic takes (max.message.bytes)",
    "record_list_too_large": "it is larger than a segment of the topic (segment.bytes)",
    "invalid_record": "the broker finds it invalid, as one without a key is to a compacted topic",
    "invalid_timestamp": "its timestamp is too far from now (message.timestamp.after.max.ms, .before.max.ms)",
    "topic_authorization_failed": "not authorized to write to the topic",
    "unsupported_compression_type": "the topic does not take this compression",
}
"""By the protocol's name of the error."""
