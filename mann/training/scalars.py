"""Writes the curves of a run for TensorBoard."""


class Scalars:
    """Writes TensorBoard events; without TensorBoard, prints so and writes none.

    Args:
        path: path of the folder for the events.
    """

    def __init__(self, path):
        try:
            # This writer works without TensorFlow.
            from tensorboard.summary import Writer
        except ImportError as error:
            print(f"TensorBoard events are not written ({error}): pip install tensorboard.")
            self._writer = None
        else:
            self._writer = Writer(str(path))

    def write(self, step, values):
        """Writes a dict of floats under the step they were measured at."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
            self._writer.flush()

    def close(self):
        """Ends the file of events."""
        if self._writer is not None:
            self._writer.close()
