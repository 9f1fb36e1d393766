"""The board where strokes are cut short: by a second finger, another button, or the keyboard."""

import pytest
from browser import draw_line, expect, ink, needs_chromium, remember

pytestmark = needs_chromium


@pytest.fixture
def page(open_page):
    return open_page(has_touch=True)


def place(page, x, y):
    """Returns where a point of the board, from 0 to 1, is on the page."""
    box = page.locator("#board").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def press(page, x, y):
    page.mouse.move(*place(page, x, y))
    page.mouse.down()


def test_a_stroke_that_is_undone_is_not_drawn_on(page):
    blank = ink(page)
    for end in ("Control+z", "#clear"):
        press(page, 0.2, 0.2)
        page.mouse.move(*place(page, 0.4, 0.2))
        if end == "#clear":
            page.evaluate("document.querySelector('#clear').click()")
        else:
            page.keyboard.press(end)
        page.mouse.move(*place(page, 0.8, 0.8))
        page.mouse.up()
        assert ink(page) == blank
        expect(page.locator("#clear")).to_be_disabled()


def test_the_strokes_before_one_that_is_undone_stay_as_they_were(page):
    draw_line(page, (0.2, 0.2), (0.8, 0.2))
    one = ink(page)
    press(page, 0.2, 0.5)
    page.mouse.move(*place(page, 0.4, 0.5))
    page.keyboard.press("Control+z")
    page.mouse.move(*place(page, 0.8, 0.8))
    page.mouse.up()
    assert ink(page) == one


def test_a_stroke_by_keyboard_ends_one_by_mouse(page):
    press(page, 0.2, 0.2)
    page.mouse.move(*place(page, 0.4, 0.2))
    page.locator("#board").focus()
    page.keyboard.press("Space")
    page.mouse.move(*place(page, 0.8, 0.8))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.mouse.up()
    page.click("#undo")
    by_mouse = ink(page)
    page.click("#clear")
    draw_line(page, (0.2, 0.2), (0.4, 0.2))
    assert ink(page) == by_mouse


def test_a_stroke_by_mouse_ends_one_by_keyboard(page):
    page.locator("#board").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    draw_line(page, (0.2, 0.2), (0.8, 0.2))
    one = ink(page)
    page.locator("#board").focus()
    page.keyboard.press("ArrowDown")
    assert ink(page) == one
    page.locator("#board").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+z")
    page.keyboard.press("ArrowDown")
    assert ink(page) == one


def test_a_stroke_ends_when_its_button_does(page):
    press(page, 0.2, 0.2)
    page.mouse.move(*place(page, 0.5, 0.2))
    one = ink(page)
    page.mouse.down(button="right")
    page.mouse.up()
    page.mouse.move(*place(page, 0.5, 0.8))
    page.mouse.up(button="right")
    assert ink(page) == one


def test_a_second_finger_waits_until_the_first_is_done(page):
    session = page.context.new_cdp_session(page)

    def touch(kind, **fingers):
        points = [
            {"id": index, "x": place(page, *point)[0], "y": place(page, *point)[1]}
            for index, point in enumerate(fingers.values())
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for second in ({}, {"second": (0.8, 0.8)}):
        touch("touchStart", first=(0.2, 0.2))
        touch("touchMove", first=(0.3, 0.2))
        if second:
            touch("touchStart", first=(0.3, 0.2), **second)
            touch("touchMove", first=(0.3, 0.2), second=(0.8, 0.5))
        touch("touchMove", first=(0.5, 0.2), **second)
        touch("touchEnd")
        if not second:
            alone = ink(page)
            page.click("#clear")
    assert ink(page) == alone
    page.click("#undo")
    expect(page.locator("#clear")).to_be_disabled()


def test_what_was_remembered_cannot_be_undone(page):
    draw_line(page, (0.2, 0.2), (0.8, 0.2))
    remember(page, "line")
    expect(page.locator("#clear")).to_be_disabled()
    expect(page.locator("#undo")).to_be_disabled()


@pytest.mark.parametrize("width", [359, 360, 361])
def test_ink_is_where_it_was_drawn(open_page, width):
    page = open_page(viewport={"width": width, "height": 740}, is_mobile=True)
    # What a canvas has by itself, 300 x 150, is what the second of these phones needs, but square.
    assert page.evaluate("board.clientWidth") == width - 60
    draw_line(page, (0.2, 0.75), (0.8, 0.75))
    alphas = page.evaluate("""[0.35, 0.75].map((y) => {
      const place = [0.5 * board.width, y * board.height, 1, 1];
      return board.getContext("2d").getImageData(...place).data[3];
    })""")
    assert alphas == [0, 255]
    assert page.evaluate("board.width === board.height")
