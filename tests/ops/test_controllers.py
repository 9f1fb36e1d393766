import keras
import numpy as np

from mann.ops import controllers


def test_lstm_is_that_of_keras():
    rng = np.random.default_rng(0)
    cell = keras.layers.LSTMCell(5)
    x, hidden, carry = (rng.normal(size=(3, 5)).astype("f") for _ in range(3))
    cell.build(x.shape)
    for weight in cell.weights:
        weight.assign(rng.normal(size=weight.shape))
    kernel, recurrent_kernel, bias = cell.get_weights()
    _, want = cell(x, [hidden, carry])
    got = controllers.lstm(x @ kernel + hidden @ recurrent_kernel + bias, carry)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_very_large_gates_stay_finite():
    gates = np.array([[200, -200, 200, 200], [-200, 200, -200, -200]], "f")
    hidden, carry = controllers.lstm(gates, np.full((2, 1), 0.5, "f"))
    np.testing.assert_allclose(carry, [[1], [0.5]], atol=1e-6)
    np.testing.assert_allclose(hidden, [[np.tanh(1)], [0]], atol=1e-6)
