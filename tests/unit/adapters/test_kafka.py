"""Offsets of partitions that nobody leads for a moment are waited for; of others they are not."""

from concurrent.futures import Future

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import ListOffsetsResultInfo, OffsetSpec

from adapters import kafka
from adapters.kafka import WITHOUT_LEADER, list_offsets

Answers = dict[TopicPartition, "Future[ListOffsetsResultInfo]"]
PLACES = [TopicPartition("ns.readings", 0), TopicPartition("ns.readings", 1)]


class Answering:
    """The second place has an error as often as there are codes, and an offset from then on."""

    def __init__(self, *codes: int) -> None:
        self._codes = list(codes)
        self.looked = 0

    def list_offsets(self, asked: dict[TopicPartition, OffsetSpec], **_: object) -> Answers:
        answers: Answers = {}
        for n, place in enumerate(asked):
            answers[place] = Future()
            if n == 1 and self._codes:
                answers[place].set_exception(KafkaException(KafkaError(self._codes.pop(0))))
            else:
                answers[place].set_result(ListOffsetsResultInfo(7 + n, -1, -1))
        return answers

    def list_topics(self, **_: object) -> None:
        self.looked += 1


@pytest.mark.parametrize("code", WITHOUT_LEADER)
def test_a_leader_is_waited_for(code: int) -> None:
    admin = Answering(code, code)

    found = list_offsets(admin, PLACES, OffsetSpec.latest())

    assert [info.offset for _, info in found] == [7, 8]
    assert admin.looked == 2


def test_who_has_none_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_ELECTION_S", -1.0)

    with pytest.raises(KafkaException) as raised:
        list_offsets(Answering(KafkaError._NOENT), PLACES, OffsetSpec.latest())

    assert raised.value.args[0].code() == KafkaError._NOENT


@pytest.mark.parametrize("code", [KafkaError._TIMED_OUT, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_what_no_election_ends_is_told_at_once(code: int) -> None:
    admin = Answering(code)

    with pytest.raises(KafkaException):
        list_offsets(admin, PLACES, OffsetSpec.latest())

    assert admin.looked == 0
