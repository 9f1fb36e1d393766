"""Pictures that are uploaded to the page in a browser, one or several."""

import re

import numpy as np
import pytest
from browser import (
    as_file,
    draw_line,
    expect,
    find_class,
    find_message,
    ink,
    list_names,
    needs_chromium,
    wait,
)
from pages import NAMES

pytestmark = needs_chromium


def test_pictures_come_to_the_board_or_become_examples(loaded, images):
    files = [as_file(image, f"{number}.png") for number, image in enumerate(images[1, 1:4])]
    loaded.set_input_files("#files", files)
    expect(find_message(loaded, "hint")).to_have_text(re.compile("Name the character first"))
    assert list_names(loaded) == NAMES
    loaded.fill("#name", "kha")
    loaded.set_input_files("#files", files)
    expect(find_message(loaded, "hint")).to_have_text("3 pictures are added to kha.")
    expect(find_class(loaded, "kha").locator(".example")).to_have_count(4)
    loaded.set_input_files("#files", files[:2])
    expect(find_message(loaded, "hint")).to_have_text(
        "0 of 2 pictures are added to kha; 2 were there already."
    )
    # One comes to the board also where a name is typed.
    loaded.fill("#name", "new")
    loaded.set_input_files("#files", files[0])
    wait(loaded)
    expect(loaded.locator("#name")).to_have_value("new")
    loaded.click("#remember .primary")
    expect(find_class(loaded, "new").locator(".example")).to_have_count(1)


def test_of_several_pictures_the_good_ones_are_kept_and_the_others_named(loaded, images):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), dtype=np.uint8)
    files = [
        as_file(images[1, 1], "good.png"),
        {**as_file(images[1, 1], "nothing.png"), "buffer": b"nothing"},
        as_file(np.zeros((80, 80), np.uint8), "blank.png"),
        as_file(noise, "noise.png"),
        as_file(images[1, 2], "better.png"),
    ]
    loaded.fill("#name", "new")
    loaded.set_input_files("#files", files)
    expect(find_message(loaded, "hint")).to_have_text("3 pictures are added to new.")
    expect(find_class(loaded, "new").locator(".example")).to_have_count(3)
    warning = find_message(loaded, "warning")
    for words in ("nothing.png: .* cannot be read", "blank.png: .* no ink", "noise.png .*no clear"):
        expect(warning).to_have_text(re.compile(words))
    expect(warning).not_to_have_text(re.compile("good.png|better.png"))
    loaded.route("**/api/upload", lambda route: route.abort())
    loaded.set_input_files("#files", files)
    words = re.compile(f"^{', '.join(file['name'] for file in files)}: The server does not answer")
    expect(warning.last).to_have_text(words)


@pytest.mark.parametrize("before", ["strokes", "a picture"])
def test_a_picture_on_the_board_can_be_undone(loaded, images, before):
    def wait_and_see():
        wait(loaded)
        return ink(loaded)

    if before == "strokes":
        draw_line(loaded, (0.2, 0.5), (0.8, 0.5))
    else:
        loaded.set_input_files("#files", as_file(images[0, 1]))
    one = wait_and_see()
    loaded.set_input_files("#files", as_file(images[1, 1]))
    assert wait_and_see() != one
    loaded.click("#undo")
    assert wait_and_see() == one
