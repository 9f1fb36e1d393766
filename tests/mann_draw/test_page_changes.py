"""Changes of a page that overlap, what it says meanwhile, and what is brought back."""

import base64
import contextlib
import io
import re

from browser import (
    draw,
    draw_line,
    expect,
    find_class,
    find_message,
    list_names,
    needs_chromium,
    remember,
    wait,
)
from pages import NAMES, PREFIX
from PIL import Image

pytestmark = needs_chromium
ACROSS, DOWN = ((0.2, 0.5), (0.8, 0.5)), ((0.5, 0.2), (0.5, 0.8))


@contextlib.contextmanager
def hold(page, path):
    """Holds back what the page asks of a path until the block ends; yields the list of it."""
    held, done = [], []

    def answer(route):
        route.continue_() if done else held.append(route)

    page.route(f"**/api/{path}", answer)
    yield held
    done.append(True)
    for route in held:
        route.continue_()


def wait_for(page, held, number):
    """Waits until so many requests are held."""
    while len(held) < number:
        page.wait_for_timeout(20)


def click_remove(page, name):
    find_class(page, name).get_by_role("button", name=f"Remove {name}", exact=True).click()


def measure_ink(drawing):
    """Returns how wide and how high the ink of a data URL is, in pixels."""
    image = Image.open(io.BytesIO(base64.b64decode(drawing.removeprefix(PREFIX))))
    left, top, right, bottom = image.getchannel("A").getbbox()
    return right - left, bottom - top


def test_changes_that_overlap_all_count(loaded, images):
    draw_line(loaded, *ACROSS)
    wait(loaded)
    loaded.fill("#name", "new")
    with hold(loaded, "learn"):
        click_remove(loaded, "kha")
        loaded.click("#remember .primary")
        find_class(loaded, "ga").locator(".add").click()
        expect(loaded.locator("#classes")).to_have_attribute("aria-busy", "true")
        assert list_names(loaded) == NAMES
    wait(loaded)
    assert list_names(loaded) == ["ka", "ga", "new"]
    expect(find_class(loaded, "ga").locator(".example")).to_have_count(2)
    # They outlast a reload: the server was taught the same.
    loaded.reload()
    wait(loaded)
    assert list_names(loaded) == ["ka", "ga", "new"]


def test_a_double_click_adds_once_and_leaves_what_is_drawn_next(loaded):
    draw_line(loaded, *ACROSS)
    wait(loaded)
    with hold(loaded, "learn") as held:
        find_class(loaded, "ka").locator(".add").dblclick()
        wait_for(loaded, held, 1)
        loaded.click("#clear")
        draw_line(loaded, *DOWN)
        loaded.fill("#name", "the next")
    wait(loaded)
    expect(find_class(loaded, "ka").locator(".example")).to_have_count(2)
    expect(loaded.locator("#clear")).to_be_enabled()
    expect(loaded.locator("#name")).to_have_value("the next")
    expect(loaded.locator(".message.warning")).to_have_count(0)


def test_what_is_remembered_is_what_was_drawn_when_it_was_named(loaded):
    draw_line(loaded, *ACROSS)
    wait(loaded)
    loaded.fill("#name", "across")
    with hold(loaded, "learn") as held:
        click_remove(loaded, "ga")
        loaded.click("#remember .primary")
        loaded.click("#clear")
        draw_line(loaded, *DOWN)
        wait_for(loaded, held, 1)
    wait(loaded)
    masks = find_class(loaded, "across").locator(".drawing")
    expect(masks).to_have_count(1)
    width, height = measure_ink(masks.evaluate("one => one.style.maskImage").split('"')[1])
    assert width > 4 * height


def ask_and_change(page, change):
    """Has an answer come after a change; returns the verdict then, and both questions."""
    with hold(page, "recognise") as held:
        draw_line(page, *ACROSS)
        wait_for(page, held, 1)
        change()
        held[0].continue_()
        # It asks again, once it has the answer.
        wait_for(page, held, 2)
        verdict = page.locator("#verdict h2").inner_text()
        questions = [route.request.post_data_json for route in held]
        held.pop(0)
    wait(page)
    assert page.locator("#verdict h2").inner_text() in (*NAMES, "None of these")
    return verdict, *questions


def test_an_answer_of_before_a_change_is_dropped(loaded):
    def change():
        click_remove(loaded, "kha")
        expect(find_class(loaded, "kha")).to_have_count(0)

    verdict, before, after = ask_and_change(loaded, change)
    assert verdict == "Draw one of these again"
    assert before["key"] != after["key"]


def test_an_answer_of_another_model_is_dropped(loaded):
    def change():
        loaded.select_option("#model", "characters_5way")

    verdict, before, after = ask_and_change(loaded, change)
    assert verdict == "Loading the model …"
    assert before["key"] != after["key"]


def test_an_answer_of_a_board_that_was_cleared_is_dropped(loaded):
    def change():
        loaded.click("#clear")
        draw_line(loaded, *DOWN)

    verdict, before, after = ask_and_change(loaded, change)
    assert verdict == "Draw one of these again"
    sizes = [measure_ink(question["drawing"]) for question in (before, after)]
    assert sizes[0][0] > sizes[0][1] and sizes[1][0] < sizes[1][1]


def test_a_model_that_is_chosen_during_a_change_learns_it_too(loaded):
    draw_line(loaded, *ACROSS)
    wait(loaded)
    loaded.fill("#name", "new")
    taught = []
    loaded.on("request", lambda one: one.url.endswith("/learn") and taught.append(one))
    with hold(loaded, "learn") as held:
        loaded.click("#remember .primary")
        wait_for(loaded, held, 1)
        for model in ("omniglot_20way", "characters_5way"):
            loaded.select_option("#model", model)
    wait(loaded)
    last = taught[-1].post_data_json
    assert last["model"] == "characters_5way"
    assert [one["name"] for one in last["examples"]] == [*NAMES, "new"]


def test_what_was_removed_comes_back_among_what_was_changed_since(loaded, images):
    draw(loaded, images[0, 1])
    find_class(loaded, "ka").locator(".add").click()
    expect(find_class(loaded, "ka").locator(".example")).to_have_count(2)
    find_class(loaded, "ka").get_by_role("button", name="Remove drawing 1 of ka").click()
    expect(find_class(loaded, "ka").locator(".example")).to_have_count(1)
    click_remove(loaded, "kha")
    expect(find_message(loaded, "offer")).to_have_text("kha is removed.")
    draw_line(loaded, *ACROSS)
    remember(loaded, "new")
    assert list_names(loaded) == ["ka", "ga", "new"]
    loaded.click("#messages .action")
    wait(loaded)
    # In its place, but the drawing of another class stays away.
    assert list_names(loaded) == ["ka", "kha", "ga", "new"]
    expect(find_class(loaded, "ka").locator(".example")).to_have_count(1)
    expect(loaded.locator(".message")).to_have_count(0)
    loaded.click("#forget")
    expect(loaded.locator("#classes li")).to_have_count(0)
    loaded.click("#messages .action")
    wait(loaded)
    assert list_names(loaded) == ["ka", "kha", "ga", "new"]


def test_what_cannot_come_back_is_still_offered(loaded):
    click_remove(loaded, "kha")
    for number in range(3):
        draw_line(loaded, (0.2, 0.2 + 0.2 * number), (0.8, 0.5))
        remember(loaded, f"new {number}")
    loaded.click("#messages .action")
    words = re.compile("can tell 5 classes apart, not 6")
    expect(find_message(loaded, "warning")).to_have_text(words)
    expect(find_message(loaded, "offer")).to_have_text("kha is removed.")
    click_remove(loaded, "new 0")
    expect(find_message(loaded, "offer")).to_have_text("new 0 is removed.")
    loaded.click("#messages .warning .quiet")
    expect(find_message(loaded, "warning")).to_have_count(0)


def test_a_model_of_fewer_classes_asks_for_fewer_until_it_has_them(loaded):
    loaded.select_option("#model", "omniglot_20way")
    for number in range(4):
        draw_line(loaded, (0.2, 0.2 + 0.2 * number), (0.8, 0.5))
        remember(loaded, f"new {number}")
    draw_line(loaded, *DOWN)
    loaded.select_option("#model", "omniglot_5way")
    wait(loaded)
    expect(find_message(loaded, "warning")).to_have_text(re.compile("5 classes apart, not 7"))
    expect(loaded.locator("#verdict h2")).to_have_text("There is no answer")
    for left in (6, 5):
        click_remove(loaded, list_names(loaded)[0])
        expect(loaded.locator("#classes li:not(#none)")).to_have_count(left)
    wait(loaded)
    expect(loaded.locator("#none .hint")).to_have_text(re.compile("% like the nearest example"))


def test_a_warning_stays_until_it_is_closed(loaded):
    loaded.evaluate("() => void (Storage.prototype.setItem = () => { throw new Error('full') })")
    draw_line(loaded, *ACROSS)
    remember(loaded, "one")
    draw_line(loaded, *DOWN)
    remember(loaded, "two")
    loaded.select_option("#model", "characters_5way")
    wait(loaded)
    # Once, though it was met three times.
    expect(find_message(loaded, "warning")).to_have_text(re.compile("has no room"))
    loaded.click("#messages .warning .quiet")
    expect(loaded.locator(".message")).to_have_count(0)


def test_a_hint_gives_way_to_what_succeeds(loaded):
    loaded.fill("#name", "new")
    loaded.click("#remember .primary")
    expect(find_message(loaded, "hint")).to_have_text(re.compile("The board is empty"))
    draw_line(loaded, *ACROSS)
    loaded.click("#remember .primary")
    expect(find_class(loaded, "new")).to_be_visible()
    wait(loaded)
    expect(loaded.locator(".message")).to_have_count(0)


def test_a_server_with_too_many_pages_says_so(loaded):
    loaded.route("**/api/recognise", lambda route: route.fulfill(status=503, body="Unavailable"))
    draw_line(loaded, *ACROSS)
    wait(loaded)
    expect(find_message(loaded, "warning")).to_have_text(re.compile("Too many pages are open"))
    expect(loaded.locator("#verdict h2")).to_have_text("There is no answer")


def test_the_newest_picture_of_the_memory_stands(loaded, images):
    """Asks for two in a row, the first of which waits for a drawing that was not shown yet."""
    stands = loaded.evaluate("""async () => {
      const { drawMemory } = await import("./memory.js");
      const canvas = document.querySelector("#memory canvas");
      const view = { slots: 8, width: 2, content: btoa("abcdefghijklmnop") };
      const make = (reads) => ({ ...view, reads, writers: Array(8).fill(0) });
      const fresh = new OffscreenCanvas(112, 112);
      fresh.getContext("2d").fillRect(9, 9, 9, 9);
      const reader = new FileReader();
      const read = new Promise((done) => (reader.onload = done));
      reader.readAsDataURL(await fresh.convertToBlob());
      await read;
      const marks = [{ color: "red", drawing: reader.result }];
      const first = drawMemory(canvas, make([9, 0, 0, 0, 0, 0, 0, 0]), true, marks);
      const second = drawMemory(canvas, make([0, 0, 0, 0, 0, 0, 0, 9]), true, []);
      await second;
      const before = canvas.toDataURL();
      await first;
      return before === canvas.toDataURL();
    }""")
    assert stands
