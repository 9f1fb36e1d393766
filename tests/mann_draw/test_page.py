"""The page in a browser, with real drawings of characters that no model saw in training."""

import json
import re

import numpy as np
import pytest
from browser import (
    draw,
    expect,
    find_class,
    needs_chromium,
    open_browser,
    read_answer,
    remember,
    run_server,
)
from omniglot_files import PREPARED
from pages import save_image

from episodes import load_omniglot
from mann_config.pretrained import few_shot_names
from mann_draw.learned import LearnedStore
from mann_draw.server import make_app

pytestmark = needs_chromium
NAMES = ("ka", "kha", "ga")


@pytest.fixture(scope="module")
def store():
    return LearnedStore()


@pytest.fixture(scope="module")
def address(store):
    # The model that the page opens with comes first.
    models = {name: name for name in ("omniglot_5way", *few_shot_names())}
    with run_server(make_app(models, store=store)) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def open_page(browser, address):
    """Opens the page; checks at the end that nothing failed in it."""
    contexts, errors = [], []

    def open_page(**options):
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        )
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        expect(page.locator("#verdict h2")).to_have_text("Draw a character")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="module")
def images():
    """Returns drawings of three characters, `(3, 4, 105, 105)`, if there is Omniglot."""
    if not PREPARED:
        pytest.skip("TFDS_DATA_DIR holds no prepared copy of Omniglot")
    return load_omniglot(105).test.images[[10, 200, 300], :5]


@pytest.fixture
def taught(open_page, images):
    """Returns a page with an example of each of three characters."""
    page = open_page()
    for name, image in zip(NAMES, images[:, 0], strict=True):
        draw(page, image)
        remember(page, name)
    return page


def test_one_drawing_of_each_is_enough_to_recognise_others(taught, images):
    answers = []
    for name, row in zip(NAMES, images, strict=True):
        for image in row[1:]:
            answer = read_answer(taught, lambda image=image: draw(taught, image))
            answers.append(answer == name)
            taught.click("#clear")
    assert np.mean(answers) >= 0.75, answers


def test_it_answers_while_one_draws(taught, images):
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

    def ink():
        return page.locator("#board").screenshot()

    # The pen of the keyboard would be seen.
    stroke(100)
    one = ink()
    stroke(200)
    two = ink()
    assert one != two
    page.keyboard.press("Control+z")
    assert ink() == one
    page.click("#clear")
    assert ink() != one
    expect(page.locator("#clear")).to_be_disabled()
    page.click("#undo")
    assert ink() == one
    page.click("#undo")
    expect(page.locator("#undo")).to_be_disabled()
    # A nameless drawing is not kept, nor a name without a drawing.
    page.fill("#name", "ka")
    page.keyboard.press("Enter")
    expect(page.locator("#message p")).to_have_text(re.compile("The board is empty"))
    expect(page.locator("#classes li")).to_have_count(0)


def test_a_class_is_removed_and_brought_back(taught, images):
    draw(taught, images[0, 1])
    find_class(taught, "ka").locator(".add").click()
    drawings = find_class(taught, "ka").locator(".example")
    expect(drawings).to_have_count(2)
    find_class(taught, "ka").get_by_role("button", name="Remove drawing 2 of ka").click()
    expect(drawings).to_have_count(1)
    find_class(taught, "kha").get_by_role("button", name="Remove kha").click()
    expect(taught.locator("#message p")).to_have_text("kha is removed.")
    expect(find_class(taught, "kha")).to_have_count(0)
    assert read_answer(taught, lambda: draw(taught, images[1, 1])) in ("ka", "ga")
    taught.click("#message-action")
    expect(find_class(taught, "kha")).to_be_visible()


def test_examples_are_saved_to_a_file_and_loaded(taught, open_page, images, tmp_path):
    with taught.expect_download() as download:
        taught.click("#save")
    saved = tmp_path / "drawings.json"
    download.value.save_as(saved)
    other = open_page()
    other.set_input_files("#saved", saved)
    expect(other.locator("#message p")).to_have_text("3 examples are added from drawings.json.")
    answers = [
        read_answer(page, lambda page=page: draw(page, images[2, 1])) for page in (taught, other)
    ]
    assert answers[0] == answers[1]
    for content, words in (("{", "not JSON"), (json.dumps({"classes": []}), "no examples of this")):
        saved.write_text(content)
        other.set_input_files("#saved", saved)
        expect(other.locator("#message p")).to_have_text(re.compile(words))
    # A file of another hand: what the server refuses changes nothing.
    drawing = "data:image/png;base64,AAAA"
    bad = {"kind": "examples of mann draw", "classes": [{"name": "x", "drawings": [drawing]}]}
    saved.write_text(json.dumps(bad))
    other.set_input_files("#saved", saved)
    expect(other.locator("#message p")).to_have_text(re.compile("cannot be read as a picture"))
    expect(other.locator("#classes .name")).to_have_text([*NAMES, "None of these"])


def test_examples_outlast_a_reload_and_a_server_that_forgot_them(taught, store, images):
    taught.reload()
    expect(taught.locator("#classes .name")).to_have_text([*NAMES, "None of these"])
    expect(taught.locator("#memory-words")).to_have_text(re.compile("^3 examples are written"))
    store._kept.clear()
    # One change, which is asked about once: strokes would ask again.
    file = {"name": "1.png", "mimeType": "image/png", "buffer": save_image(images[0, 1])}
    assert read_answer(taught, lambda: taught.set_input_files("#files", file)) == "ka"
    expect(taught.locator("#message")).to_be_hidden()


def test_pictures_are_uploaded(taught, images):
    files = [
        {"name": f"{number}.png", "mimeType": "image/png", "buffer": save_image(image)}
        for number, image in enumerate(images[1, 1:4])
    ]

    def upload():
        taught.set_input_files("#files", files[0])

    assert read_answer(taught, upload) == "kha"
    taught.set_input_files("#files", files)
    expect(taught.locator("#message p")).to_have_text(re.compile("Name the character first"))
    taught.fill("#name", "kha")
    taught.set_input_files("#files", files)
    expect(find_class(taught, "kha").locator(".example")).to_have_count(4)
    taught.set_input_files("#files", {**files[0], "buffer": b"nothing"})
    expect(taught.locator("#message p")).to_have_text(re.compile("0.png: .*cannot be read"))


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
    words = "1 of 80 bits are wrong, marked with a cross."
    expect(page.locator("#answer-words")).to_have_text(words)
    wrong = page.locator("#answer .wrong")
    expect(wrong).to_have_count(1)
    assert wrong.evaluate("cell => [...cell.parentElement.children].indexOf(cell)") == 3


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(taught, images):
    taught.route("**/api/*", lambda route: route.abort())
    draw(taught, images[0, 1])
    expect(taught.locator("#message p")).to_have_text(re.compile("The server does not answer"))
    remember(taught, "another")
    taught.unroute("**/api/*")
    assert read_answer(taught, lambda: draw(taught, images[1, 1])) == "kha"
    expect(taught.locator("#classes .name")).to_have_text([*NAMES, "another", "None of these"])
