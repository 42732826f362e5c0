"""The CSV of Kafka's own tool: both forms read, wrong lines named, and what is written reads back."""

from __future__ import annotations

import pytest

from kafkatui.model.cluster import TopicPartition
from kafkatui.resets.csv_offsets import lines, parse
from kafkatui.resets.errors import BadRequest

OFFSETS = {TopicPartition("orders", 0): 5, TopicPartition("orders", 1): 7}


@pytest.mark.parametrize(
    "text",
    [
        "orders,0,5\norders,1,7\n",
        "orders,0,5\r\norders,1,7",
        '"orders",0,5\n\n"orders",1,7\n',
        "\ufefforders,0,5\norders,1,7\n",
        "billing,orders,0,5\nmailer,orders,0,9\nbilling,orders,1,7\n",
        "orders,0,5\norders,0,5\norders,1,7\n",
    ],
)
def test_both_forms_are_read(text: str) -> None:
    assert parse(text, "billing") == OFFSETS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there is no offset in it"),
        ("mailer,orders,0,5\n", "there is no line for group billing in it"),
        ("orders,0\n", "line 1 is neither topic,partition,offset nor"),
        ("orders,0,5\nbilling,orders,1,7\n", "line 2 is neither topic,partition,offset nor"),
        ("orders,zero,5\n", "line 1: 'zero' is no partition"),
        ("orders,0,5\norders,1,-1\n", "line 2: '-1' is no offset"),
        ("orders,0,٣\n", "line 1: '٣' is no offset"),
        ("orders,0,5\norders,0,6\n", "line 2: orders-0 has two offsets"),
        (",0,5\n", "line 1 names no topic"),
        ('"orders,0,5\n', "line 1: unexpected end of data"),
        ("TOPIC,PARTITION,OFFSET\n", "line 1: 'PARTITION' is no partition"),
    ],
)
def test_the_first_wrong_line_is_named(text: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason.replace("(", r"\(")):
        parse(text, "billing")


@pytest.mark.parametrize("group", ["billing", 'a,"b"\nc', "=1"])
def test_what_is_written_reads_back(group: str) -> None:
    assert parse("\n".join(lines({group: OFFSETS}, with_group=False)), group) == OFFSETS
    both = "\n".join(lines({group: OFFSETS, "other": {TopicPartition("orders", 0): 1}}, with_group=True))
    assert parse(both, group) == OFFSETS
    assert parse(both, "other") == {TopicPartition("orders", 0): 1}
