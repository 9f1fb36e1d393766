"""Writes a model so that every supported version of Keras reads it."""

import json
import zipfile

from episodes.files import write_atomically

# Arguments of Keras's layers and initialisers that its older versions refuse, even as `null`, which
# is what they stand for where they are left out.
_NEWER_THAN_KERAS_3_9 = ("quantization_config", "input_axes", "output_axes")


def make_portable(path):
    """Leaves out of a saved model the unused arguments that older versions of Keras do not know.

    Args:
        path: path of the `.keras` file.
    """
    with zipfile.ZipFile(path) as file:
        contents = [(info, file.read(info)) for info in file.infolist()]
    with write_atomically(path) as aside, zipfile.ZipFile(aside, "w") as file:
        for info, content in contents:
            if info.filename == "config.json":
                config = json.loads(content, object_hook=_leave_out_newer)
                content = json.dumps(config).encode()
            file.writestr(info, content)


def _leave_out_newer(fields):
    return {
        name: value
        for name, value in fields.items()
        if value is not None or name not in _NEWER_THAN_KERAS_3_9
    }
