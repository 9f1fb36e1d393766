"""The tracer that the tests in a browser draw with."""

import numpy as np
from tracing import trace_strokes


def test_the_strokes_go_along_the_ink():
    image = np.zeros((60, 60), np.uint8)
    image[10:13, 5:50] = 255
    image[10:45, 5:8] = 255
    image[50:53, 30:55] = 255
    strokes = trace_strokes(image)
    assert len(strokes) == 2
    points = 60 * np.concatenate(strokes)
    inside = image[points[:, 1].astype(int), points[:, 0].astype(int)]
    assert inside.all() and len(points) > 90
    for stroke in strokes:
        assert 60 * np.abs(np.diff(stroke, axis=0)).max() < 1.01
