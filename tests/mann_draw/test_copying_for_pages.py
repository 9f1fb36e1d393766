"""The machine that copies what is tapped on a page."""

import base64

import numpy as np
import pytest
from pages import refused

from mann_draw.copying import LONGEST


@pytest.mark.parametrize("length", [1, 10, LONGEST])
def test_the_machine_copies_also_past_its_training(client, length):
    columns = np.random.default_rng(length).integers(0, 2, (length, 8)).tolist()
    copied = client.post("/api/copy", json={"columns": columns}).json()
    assert (np.array(copied["answer"]) > 0.5).astype(int).tolist() == columns
    writes, reads = (
        np.frombuffer(base64.b64decode(copied[name]), np.uint8).reshape(-1, copied["slots"])
        for name in ("writes", "reads")
    )
    assert len(writes) == len(reads) == 2 * length + 1
    # This one writes each column as it comes in, and reads it there.
    written, read = writes[:length].argmax(axis=1), reads[length + 1 :].argmax(axis=1)
    assert len(set(written.tolist())) == length
    np.testing.assert_array_equal(read, written)


@pytest.mark.parametrize(
    "columns",
    [None, [], "10101010", [[0] * 7], [[0] * 9], [[2] * 8], [["1"] * 8], [[True] * 8], [[0.0] * 8]]
    + [[[0] * 8] * (LONGEST + 1), [0] * 8, {"0": [0] * 8}],
)
def test_what_is_not_columns_of_bits_is_refused(client, columns):
    response = client.post("/api/copy", json={"columns": columns})
    assert refused(response, 400, "must be 1 to 120 columns of 8 bits")
