"""The page in a browser, with real drawings of characters that no model saw in training."""

import json
import re

import numpy as np
import pytest
from browser import (
    as_file,
    draw,
    expect,
    find_class,
    find_message,
    ink,
    needs_chromium,
    read_answer,
    remember,
)
from pages import NAMES

pytestmark = needs_chromium


def test_one_drawing_of_each_is_enough_to_recognise_others(taught, characters):
    answers = []
    for name, row in zip(NAMES, characters, strict=True):
        for image in row[1:]:
            draw(taught, image)
            answers.append(read_answer(taught) == name)
            taught.click("#clear")
    assert np.mean(answers) >= 0.75, answers


def test_it_answers_while_one_draws(taught, characters):
    box = taught.locator("#board").bounding_box()
    taught.mouse.move(box["x"] + 100, box["y"] + 100)
    taught.mouse.down()
    for step in range(20):
        taught.mouse.move(box["x"] + 100 + 5 * step, box["y"] + 100)
    # The button is still down.
    expect(taught.locator("#none .hint")).to_have_text(re.compile("% like the nearest example"))
    taught.mouse.up()
    expect(taught.locator("#memory-words")).to_have_text(re.compile("% of what it reads now"))


def test_strokes_are_undone_and_the_board_is_cleared(open_page):
    page = open_page()
    box = page.locator("#board").bounding_box()

    def stroke(y):
        page.mouse.move(box["x"] + 60, box["y"] + y)
        page.mouse.down()
        page.mouse.move(box["x"] + 260, box["y"] + y, steps=5)
        page.mouse.up()

    stroke(100)
    one = ink(page)
    stroke(200)
    two = ink(page)
    assert one != two
    page.keyboard.press("Control+z")
    assert ink(page) == one
    page.click("#clear")
    assert ink(page) != one
    expect(page.locator("#clear")).to_be_disabled()
    page.click("#undo")
    assert ink(page) == one
    page.click("#undo")
    expect(page.locator("#undo")).to_be_disabled()
    # A nameless drawing is not kept, nor a name without a drawing.
    page.fill("#name", "ka")
    page.keyboard.press("Enter")
    expect(find_message(page, "hint")).to_have_text(re.compile("The board is empty"))
    expect(page.locator("#classes li")).to_have_count(0)


def test_examples_are_saved_to_a_file_and_loaded(taught, open_page, characters, tmp_path):
    with taught.expect_download() as download:
        taught.click("#save")
    saved = tmp_path / "drawings.json"
    download.value.save_as(saved)
    other = open_page()
    other.set_input_files("#saved", saved)
    expect(find_message(other, "hint")).to_have_text("3 examples are added from drawings.json.")
    for page in (taught, other):
        draw(page, characters[2, 1])
    assert read_answer(taught) == read_answer(other)
    for content, words in (("{", "not JSON"), (json.dumps({"classes": []}), "no examples of this")):
        saved.write_text(content)
        other.set_input_files("#saved", saved)
        expect(find_message(other, "warning").last).to_have_text(re.compile(words))
    # A file of another hand: what the server refuses changes nothing.
    drawing = "data:image/png;base64,AAAA"
    bad = {"kind": "examples of mann draw", "classes": [{"name": "x", "drawings": [drawing]}]}
    saved.write_text(json.dumps(bad))
    other.set_input_files("#saved", saved)
    words = re.compile("cannot be read as a picture")
    expect(find_message(other, "warning").last).to_have_text(words)
    expect(other.locator("#classes .name")).to_have_text([*NAMES, "None of these"])


def test_examples_outlast_a_reload_and_a_server_that_forgot_them(taught, store, characters):
    taught.reload()
    expect(taught.locator("#classes .name")).to_have_text([*NAMES, "None of these"])
    expect(taught.locator("#memory-words")).to_have_text(re.compile("^3 examples are written"))
    store._kept.clear()
    # One change, which is asked about once: strokes would ask again.
    taught.set_input_files("#files", as_file(characters[0, 1]))
    assert read_answer(taught) == "ka"
    expect(taught.locator(".message")).to_have_count(0)


def test_all_is_done_by_keyboard(open_page):
    page = open_page()

    def tab_to(name):
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == name:
                return
        raise AssertionError(f"{name} is not reached by Tab")

    for name, keys in (("angle", "ArrowRight ArrowDown"), ("line", "ArrowDown")):
        if name == "angle":
            tab_to("board")
        assert page.evaluate("document.activeElement.id") == "board"
        page.keyboard.press("Space")
        for key in keys.split():
            for _ in range(8):
                page.keyboard.press(key)
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "name"
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(find_class(page, name)).to_be_visible()
        expect(page.locator("#board")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#none .hint")).not_to_be_empty()
    page.keyboard.press("Control+z")
    expect(page.locator("#clear")).to_be_disabled()
    # Each control can be reached, and has a name; the one in focus is seen.
    for control in page.locator("#draw button:enabled, #draw input:not([hidden])").all():
        control.focus()
        assert control.evaluate("one => one === document.activeElement")
        words = control.evaluate("one => one.ariaLabel || one.textContent || one.labels?.length")
        assert words
    page.locator("#tab-draw").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#copy")).to_be_visible()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(open_page, scheme):
    size = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    page = open_page(color_scheme=scheme, **size)
    for row in (60, 120):
        page.locator("#board").tap(position={"x": 100, "y": row})
        remember(page, f"a name as long as it may be, {row}")
    page.locator("#board").tap(position={"x": 100, "y": 60})
    expect(page.locator("#none .hint")).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = np.mean([int(part) for part in re.findall(r"\d+", background)[:3]])
    assert brightness > 200 if scheme == "light" else brightness < 60
    page.locator("#tab-copy").tap()
    page.locator(".random[value='40']").tap()
    expect(page.locator("#answer-words")).to_have_text("All 320 bits are right.")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("length", [10, 40])
def test_the_machine_copies_what_is_tapped(open_page, length):
    page = open_page(reduced_motion="reduce")
    page.click("#tab-copy")
    page.fill("#length", str(length))
    page.keyboard.press("Tab")
    columns = np.random.default_rng(length).integers(0, 2, (length, 8))
    for x, y in np.argwhere(columns):
        page.click(f"[data-place='{x},{y}']")
    page.click("#run")
    expect(page.locator("#answer-words")).to_have_text(f"All {8 * length} bits are right.")
    shown = page.locator("#answer > div").evaluate_all(
        "rows => rows.map((row) => [...row.children].map((cell) => +cell.matches('.on')))"
    )
    np.testing.assert_array_equal(np.transpose(shown), columns)
    expect(page.locator("#answer .wrong")).to_have_count(0)
    expect(page.locator("#step-words")).to_have_text(
        f"Step {2 * length + 1} of {2 * length + 1}: it repeats column {length}."
    )
    page.locator("#step").focus()
    page.keyboard.press("Home")
    expect(page.locator("#step-words")).to_have_text(re.compile("it reads column 1"))
    expect(page.locator("#answer .unknown")).to_have_count(8 * length)


def test_wrong_bits_are_marked(open_page):
    page = open_page(reduced_motion="reduce")

    def answer_wrongly(route):
        response = route.fetch()
        answer = response.json()
        answer["answer"][3][2] = 1 - answer["answer"][3][2]
        route.fulfill(response=response, json=answer)

    page.route("**/api/copy", answer_wrongly)
    page.click("#tab-copy")
    page.click("#run")
    words = "1 of 80 bits is wrong, marked with a cross."
    expect(page.locator("#answer-words")).to_have_text(words)
    wrong = page.locator("#answer .wrong")
    expect(wrong).to_have_count(1)
    assert wrong.evaluate("cell => [...cell.parentElement.children].indexOf(cell)") == 3


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(taught, characters):
    taught.route("**/api/*", lambda route: route.abort())
    draw(taught, characters[0, 1])
    away = re.compile("The server does not answer")
    expect(find_message(taught, "warning")).to_have_text(away)
    remember(taught, "another")
    taught.unroute("**/api/*")
    draw(taught, characters[1, 1])
    assert read_answer(taught) == "kha"
    # What was wrong is not wiped before it is read.
    expect(find_message(taught, "warning")).to_have_text(away)
    expect(taught.locator("#classes .name")).to_have_text([*NAMES, "another", "None of these"])
