"""The command mann draw: it serves the page, ends on Ctrl-C, and says what is wrong in a line."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

from small_runs import SMALL_COPY, changed

from configs import copy

# Runs the command where one of its packages is not installed.
WITHOUT = """
import runpy, sys
sys.modules["uvicorn"] = None
sys.argv = ["mann", "draw"]
runpy.run_module("mann_commands", run_name="__main__")
"""


def read_address(process):
    for line in process.stdout:
        if match := re.search(r"http://\S+", line):
            return match[0]
    raise AssertionError(process.stderr.read())


def test_it_serves_the_page_until_ctrl_c(command):
    process = command("draw", "--port=0", "--nobrowser")
    try:
        address = read_address(process)
        with urllib.request.urlopen(address) as page:
            assert b"<title>mann draw</title>" in page.read()
        port = int(re.search(r":(\d+)/", address)[1])
        # One browser leaves in the middle of what it sends, another stays.
        with socket.create_connection(("127.0.0.1", port)) as leaving:
            leaving.sendall(
                b"POST /api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/octet-stream\r\n\r\nhalf"
            )
        with socket.create_connection(("127.0.0.1", port)) as staying:
            staying.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert staying.recv(20).startswith(b"HTTP/1.1 200")
            second = command("draw", f"--port={port}", "--nobrowser")
            _, error = second.communicate(timeout=60)
            assert second.returncode == 2 and error.count("\n") == 1
            assert re.search(rf"port {port} of 127.0.0.1 .*in use.*: choose another --port", error)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert error.endswith("\nStopped.\n") and "Traceback" not in error


def test_what_is_not_installed_is_named_in_a_line():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert re.search(r'needs uvicorn, .*pip install "mann-keras\[draw\]"', done.stderr)


def test_a_run_without_classes_is_refused(command, tmp_path):
    config = changed(copy.get_config(), SMALL_COPY, {})
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
    process = command("draw", f"--workdir={tmp_path}", "--nobrowser")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert re.search(r"--workdir=.* was trained on copy, not on few-shot episodes", error)
