"""Texts are encoded and streamed: contiguous, each character once, with restarts in place."""

import numpy as np
import pytest

from episodes.text import CharacterVocabulary, TextStream

DOCUMENTS = [np.arange(0, 23), np.arange(100, 104), np.arange(200, 240)]


def read(stream, steps):
    """Returns what each row reads, as lists of `(character, target, restarts before it)`."""
    rows = [[] for _ in range(stream.batch_size)]
    for step in steps:
        batch = stream[step]
        for row in range(stream.batch_size):
            for place in np.flatnonzero(batch.weights[row]):
                restart = bool(batch.restart[row]) and place == 0
                rows[row].append((batch.characters[row, place], batch.targets[row, place], restart))
    return rows


def test_one_row_reads_every_document_whole():
    stream = TextStream(DOCUMENTS, batch_size=1, chunk_length=7)
    (pairs,) = read(stream, range(stream.num_steps))
    expected = [
        (document[i], document[i + 1], i == 0)
        for document in DOCUMENTS
        for i in range(len(document) - 1)
    ]
    assert pairs == expected


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_rows_continue_where_they_ended_unless_they_restart(seed):
    stream = TextStream(DOCUMENTS, batch_size=3, chunk_length=4, seed=seed)
    for epoch in range(3):
        steps = range(epoch * stream.num_steps, (epoch + 1) * stream.num_steps)
        rows = read(stream, steps)
        for row in rows:
            assert row[0][2]
            for (_, target, _), (character, following, restart) in zip(row, row[1:], strict=False):
                assert restart or character == target
                assert following == character + 1
                # It goes on within a document, and restarts where one begins.
                assert restart == (character in (0, 100, 200))
        seen = [pair[0] for row in rows for pair in row]
        assert len(seen) == len(set(seen)) >= 64 - 3 * 4


def test_epochs_begin_at_other_places_and_can_be_repeated():
    one, other = (TextStream(DOCUMENTS, 2, 4, seed) for seed in (0, 1))
    firsts = {int(one[epoch * one.num_steps].characters[0, 0]) for epoch in range(8)}
    assert len(firsts) > 2
    again = TextStream(DOCUMENTS, 2, 4, 0)
    for step in (0, 5, 40):
        for a, b in zip(one[step], again[step], strict=True):
            np.testing.assert_array_equal(a, b)
    assert any((one[step].characters != other[step].characters).any() for step in range(8))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 20}, "67 characters makes 17 chunks of 4, too few for 20 rows"),
        ({"batch_size": 0}, "`batch_size` must be an integer of 1 or more"),
        ({"chunk_length": 2.5}, "`chunk_length` must be an integer of 1 or more"),
        ({"seed": -1}, "`seed` must be a non-negative integer"),
        ({"documents": []}, "0 characters makes 0 chunks"),
        ({"documents": [np.arange(1)]}, "1 character makes 0 chunks"),
    ],
)
def test_a_stream_that_cannot_be(changes, message):
    arguments = {"documents": DOCUMENTS, "batch_size": 2, "chunk_length": 4} | changes
    with pytest.raises(ValueError, match=message):
        TextStream(**arguments)


def test_steps_that_are_none():
    stream = TextStream(DOCUMENTS, 2, 4)
    with pytest.raises(ValueError, match="`step` must be an integer of 0 or more. Received: -1"):
        stream[-1]
    with pytest.raises(TypeError, match="no end to iterate to.*range.stream.num_steps"):
        list(stream)


def test_a_vocabulary_encodes_back():
    vocabulary = CharacterVocabulary("hello, wörld")
    assert "".join(vocabulary.characters[i] for i in vocabulary.encode("wörld")) == "wörld"
    assert vocabulary.encode("hex").tolist()[-1] == CharacterVocabulary.UNKNOWN == 0
    assert vocabulary.unknown("xhexy") == ["x", "y"]
    # As it is kept in a file, and read back.
    assert CharacterVocabulary(list(vocabulary.characters)).characters == vocabulary.characters
