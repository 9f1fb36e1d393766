"""Opens a page on which a model learns what you draw.

mann draw
mann draw --workdir=runs/omniglot_5way  # with a model of your own
mann draw --host=0.0.0.0 --nobrowser    # for other machines of your network, such as a tablet
"""

import os
import pathlib
import socket
import sys

from absl import flags

from mann_config import command_line, extras
from mann_config.check import read_config
from mann_config.errors import UserError
from mann_config.fields import FEW_SHOT_TASKS
from mann_config.image_form import get_image_form
from mann_config.pretrained import few_shot_names

_HOST = flags.DEFINE_string(
    "host",
    "127.0.0.1",
    "Address that the page is served at. The default is for this machine alone; with 0.0.0.0, "
    "everyone who can reach this machine can use the page.",
)
_PORT = flags.DEFINE_integer(
    "port", 8420, "Port of the page; 0 takes a free one.", lower_bound=0, upper_bound=65535
)
_BROWSER = flags.DEFINE_boolean("browser", True, "Whether to open the page in a browser.")
_WORKDIR = flags.DEFINE_string(
    "workdir",
    None,
    "Folder of a run of mann train on few-shot episodes, to draw with instead of the pretrained "
    "models; these can be chosen on the page.",
)


def main():
    check_installed()
    models = {name: name for name in sorted(few_shot_names(), key=_put_first)}
    if _WORKDIR.value is not None:
        # A folder may have the name of a pretrained model.
        path = str(pathlib.Path(_WORKDIR.value).resolve())
        models = {_check_workdir(_WORKDIR.value): path, **models}
    with _listen(_HOST.value, _PORT.value) as listener:
        print("Starting ...", flush=True)
        server = command_line.import_with_framework("mann_draw.server")
        server.serve(listener, models, _HOST.value, _BROWSER.value and _has_screen())


def check_installed():
    """Raises UserError unless what serves the page is installed."""
    extras.require(["starlette", "uvicorn"], "draw", "mann draw")


def _put_first(name):
    return name != "omniglot_5way", name


def _check_workdir(workdir):
    """Returns the name under which the page shows the model of a run."""
    task = read_config(pathlib.Path(workdir) / "config.json")["task"]
    if task["name"] not in FEW_SHOT_TASKS:
        raise UserError(
            f"--workdir={workdir} was trained on {task['name']}, not on few-shot episodes: give a "
            f"run of {' or '.join(FEW_SHOT_TASKS)}, or leave it out."
        )
    form = get_image_form(task)
    if form.color or not form.ink:
        raise UserError(
            f"--workdir={workdir} was trained on images as they are, not on drawings of ink on "
            "zero, which is what a page to draw on makes: give a run on drawings, or leave it out."
        )
    command_line.check_run(workdir)
    return f"{workdir} (--workdir)"


def _listen(host, port):
    """Returns a socket bound to an address."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # A name with an empty part, or too long a one, cannot be encoded.
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(f"--host={host} is not an address of this machine ({error}).") from None
    try:
        listener = socket.create_server(address, family=family)
    except OSError as error:
        raise UserError(
            f"The page cannot be served at port {port} of {host} ({os.strerror(error.errno)}): "
            "choose another --port, such as 0 for a free one, or another --host."
        ) from None
    # Else each answer waits 40 ms for the browser to confirm its first part.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _has_screen():
    """Returns whether a browser would open in a window, not in this terminal."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
