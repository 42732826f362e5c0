"""Every error code of Kafka has words: what is the matter, and what helps."""

from __future__ import annotations

import pytest
from kio.schema.errors import ErrorCode

from kafkatui.kafka import errors
from kafkatui.model.error_words import WORDS, with_hint
from kafkatui.model.problems import Problem

FAILURES = [code for code in ErrorCode if code is not ErrorCode.none]


def test_the_table_has_every_code_and_no_other() -> None:
    assert WORDS.keys() == {code.name for code in FAILURES}
    assert len(FAILURES) == 134


@pytest.mark.parametrize("code", FAILURES, ids=lambda code: code.name)
def test_a_code_is_told_in_words(code: ErrorCode) -> None:
    assert errors.is_error(code)
    problem = errors.of_code(code)
    assert problem.code == code.name
    words = WORDS[code.name]
    assert problem.text == words.cause
    # Both stand behind something else in a sentence, and must say more than the name of the code does.
    for text in words:
        assert text == text.strip(" .;:")
        assert text
        assert "_" not in text or "__consumer_offsets" in text
    assert words.cause.casefold() != code.name.replace("_", " ")


def test_success_is_no_error() -> None:
    assert not errors.is_error(ErrorCode.none)


def test_the_brokers_own_words_name_what_is_wrong() -> None:
    said = "Invalid value -2 for configuration retention.ms"
    assert errors.of_code(ErrorCode.invalid_config, said) == Problem("invalid_config", said)


def test_but_not_where_they_only_name_the_error() -> None:
    found = errors.of_code(ErrorCode.group_authorization_failed, "Group authorization failed.")
    assert found.text == "not authorized to see this group"


def test_what_helps_stands_behind_the_cause() -> None:
    assert with_hint("wrong user or password") == "wrong user or password (look at the login of this context)"
    assert with_hint("broker 3: no answer for 4 s") == "broker 3: no answer for 4 s"
