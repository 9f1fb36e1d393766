"""A server of the page and a browser to open it with, for the tests end to end."""

import contextlib
import re
import shutil
import socket
import threading
import time

import pytest
import uvicorn
from pages import save_image
from playwright.sync_api import expect, sync_playwright
from tracing import trace_strokes

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
# The first answer of a model waits until it is compiled.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@contextlib.contextmanager
def open_browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def run_server(app):
    """Yields the address at which an application is served."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def draw(page, image):
    """Draws an image of ink on the board, by the mouse."""
    box = page.locator("#board").bounding_box()
    for stroke in trace_strokes(image):
        points = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke[::2]
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def wait(page):
    """Waits until no change and no question is under way."""
    expect(page.locator("#classes")).to_have_attribute("aria-busy", "false")


def remember(page, name):
    """Names the drawing on the board, and waits until it is learned."""
    page.fill("#name", name)
    page.keyboard.press("Enter")
    expect(find_class(page, name)).to_be_visible()
    wait(page)


def find_class(page, name):
    """Returns the row of a class in the list."""
    exactly = re.compile(f"^{re.escape(name)}$")
    return page.locator("#classes li", has=page.locator(".name", has_text=exactly))


def draw_line(page, start, end):
    """Draws a straight stroke between points of the board, from 0 to 1, by the mouse."""
    box = page.locator("#board").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=5)
    page.mouse.up()


def ink(page):
    """Returns what is drawn on the board; of the page around it, a pixel may change by itself."""
    # The pen of the keyboard would be seen.
    page.evaluate("document.activeElement.blur()")
    return page.evaluate("document.querySelector('#board').toDataURL()")


def list_names(page):
    """Returns the names of the classes, in their order on the page."""
    return page.locator("#classes li:not(#none) .name").all_inner_texts()


def find_message(page, kind):
    """Returns the words of the messages of a kind: `"hint"`, `"offer"` or `"warning"`."""
    return page.locator(f"#messages .{kind} p")


def as_file(image, name="1.png"):
    """Returns a picture as a file to upload."""
    return {"name": name, "mimeType": "image/png", "buffer": save_image(image)}


def read_answer(page):
    """Returns the class that comes out on top once all is done; ignores "none of these"."""
    wait(page)
    return page.locator("#classes li.best:not(#none) .name").inner_text()
