"""What the page is to those who see little, who hear it, and who use the keyboard."""

import pathlib
import re

import pytest
from browser import draw, draw_line, expect, find_class, needs_chromium, remember, wait

pytestmark = needs_chromium
# As WCAG 2.2 asks: for text (1.4.3), and for what shows a control or its state (1.4.11).
TEXT, CONTROL = 4.5, 3
CONTROLS = "button:not(.quiet, [role=tab]), input, select, #board, .bar, [role=tab]"
CONTROLS += "[aria-selected=true]"
CONTRASTS = pathlib.Path(__file__).with_name("contrasts.js")
# Keeps what the regions of the page that are spoken come to say.
LISTEN = """() => {
  window.spoken = [];
  const live = "[role=status], [role=alert], [role=log], output, [aria-live]";
  for (const region of document.querySelectorAll(live)) {
    if (region.ariaLive === "off") continue;
    const say = () => window.spoken.push(region.textContent.trim());
    const all = { childList: true, characterData: true, subtree: true, attributes: true };
    new MutationObserver(say).observe(region, all);
  }
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_controls_stand_out(open_page, images, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(CONTRASTS.read_text())
    assert page.evaluate("measureClassColors(40)") >= TEXT
    for name, image in zip(("ka", "kha"), images[:, 0], strict=False):
        draw(page, image)
        remember(page, name)
    find_class(page, "ka").get_by_role("button", name="Remove ka").click()
    expect(page.locator("#messages .action")).to_be_visible()
    page.click("#messages .action")
    # With an answer, and with none: bars are shown fainter then.
    for index in (0, 3):
        draw(page, images[index, 1])
        wait(page)
        assert page.evaluate(f"findFaintTexts({TEXT})") == []
        assert page.evaluate(f"findFaintBorders({CONTROLS!r}, {CONTROL})") == []
        best = page.locator("#classes li.best .bar").first
        assert best.evaluate("measureFill") >= CONTROL
        page.click("#clear")
    page.evaluate("document.querySelector('#classes').className = 'is-none'")
    for bar in page.locator("#classes .bar").all():
        assert bar.evaluate("measureFill") >= CONTROL
    page.click("#tab-copy")
    page.click(".random[value='10']")
    expect(page.locator("#answer-words")).not_to_be_empty()
    expect(page.locator("#heads")).to_be_visible()
    assert page.evaluate(f"findFaintTexts({TEXT})") == []
    assert page.evaluate(f"findFaintBorders({CONTROLS!r}, {CONTROL})") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("bit", [0, 1])
def test_the_cross_of_a_wrong_bit_stands_out(open_page, scheme, bit):
    def answer_wrongly(route):
        response = route.fetch()
        route.fulfill(json={**response.json(), "answer": [[1 - bit] * 8]}, response=response)

    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(CONTRASTS.read_text())
    page.route("**/api/copy", answer_wrongly)
    page.click("#tab-copy")
    page.fill("#length", "1")
    page.keyboard.press("Tab")
    if bit:
        for row in range(8):
            page.click(f"[data-place='0,{row}']")
    page.click("#run")
    words = "8 of 8 bits are wrong, marked with a cross."
    expect(page.locator("#answer-words")).to_have_text(words)
    cross = page.locator("#answer .wrong").first
    assert cross.evaluate("one => measureText(one, '::after')") >= CONTROL
    expect(page.locator("#heads-words")).to_have_text(re.compile("^1 column comes in and is writ"))


def test_the_verdict_is_spoken_only_when_it_changes(loaded, images):
    loaded.evaluate(LISTEN)
    draw(loaded, images[0, 1])
    wait(loaded)
    spoken = loaded.evaluate("spoken")
    assert spoken and "%" not in "".join(spoken)
    assert all(one != other for one, other in zip(spoken, spoken[1:], strict=False))
    assert set(spoken) <= {"ka", "kha", "ga", "None of these"}


def test_the_steps_of_the_heads_are_not_spoken_while_they_play(open_page):
    page = open_page()
    page.click("#tab-copy")
    page.evaluate(LISTEN)
    page.click(".random[value='10']")
    expect(page.locator("#step-words")).to_have_text(re.compile("^Step 21 of 21"))
    assert not any("Step" in words for words in page.evaluate("spoken"))


def test_meters_have_a_value_in_words(loaded, images):
    meter = find_class(loaded, "ka").get_by_role("meter")
    expect(meter).to_have_attribute("aria-valuetext", "no answer")
    draw(loaded, images[0, 1])
    wait(loaded)
    for row in loaded.locator("#classes li").all():
        meter = row.get_by_role("meter")
        words = row.locator(".head span").last.inner_text()
        assert re.fullmatch(r"\d+ %|yes|no", words)
        expect(meter).to_have_attribute("aria-valuetext", words)
        expect(meter).to_have_attribute("aria-valuenow", re.compile(r"^\d+$"))


def test_tabs_are_gone_through_by_keyboard(open_page):
    page = open_page()
    page.focus("#tab-draw")
    last, first = "tab-copy", "tab-draw"
    keys = {"ArrowRight": last, "ArrowLeft": first, "End": last, "Home": first}
    # Past an end it goes on at the other.
    for key, tab in [*keys.items(), ("ArrowLeft", last), ("ArrowRight", first)]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == tab
        for other in (first, last):
            expect(page.locator(f"#{other}")).to_have_attribute(
                "aria-selected", str(tab == other).lower()
            )
            expect(page.locator(f"#{other}")).to_have_attribute(
                "tabindex", "0" if tab == other else "-1"
            )
        expect(page.get_by_role("tabpanel")).to_have_attribute("aria-labelledby", tab)


def test_the_focus_goes_on_where_its_button_goes_away(loaded):
    def focused():
        return loaded.evaluate("document.activeElement.className || document.activeElement.id")

    find_class(loaded, "kha").get_by_role("button", name="Remove kha").focus()
    loaded.keyboard.press("Enter")
    expect(loaded.locator("#messages .action")).to_be_focused()
    loaded.keyboard.press("Enter")
    expect(find_class(loaded, "kha")).to_be_visible()
    expect(loaded.locator(".message")).to_have_count(0)
    assert focused() == "draw"
    loaded.click("#remember .primary")
    closing = loaded.get_by_role("button", name="Close the message")
    closing.focus()
    loaded.keyboard.press("Enter")
    expect(closing).to_have_count(0)
    assert focused() == "draw"


def test_the_list_is_busy_while_something_is_under_way(loaded):
    asked = []
    loaded.route("**/api/recognise", lambda route: asked.append(route))
    draw_line(loaded, (0.2, 0.2), (0.8, 0.8))
    while not asked:
        loaded.wait_for_timeout(20)
    expect(loaded.locator("#classes")).to_have_attribute("aria-busy", "true")
    loaded.unroute("**/api/recognise")
    wait(loaded)
    expect(loaded.locator("#verdict h2")).not_to_have_text("Draw one of these again")


@pytest.mark.parametrize(("number", "words"), [(1, "1 example is"), (2, "2 examples are")])
def test_one_is_not_many(open_page, images, number, words):
    page = open_page()
    for image in images[:number, 0]:
        draw(page, image)
        remember(page, f"name {len(page.locator('#classes .examples').all())}")
    expect(page.locator("#memory-words")).to_have_text(re.compile(f"^{words} written to"))
    with page.expect_download() as download:
        page.click("#save")
    page.click("#forget")
    expect(page.locator("#classes li")).to_have_count(0)
    page.set_input_files("#saved", download.value.path())
    file = download.value.path().name
    expect(page.locator(".hint p")).to_have_text(f"{words} added from {file}.")
    page.set_input_files("#saved", download.value.path())
    there = "1 was" if number == 1 else "2 were"
    noun = words.split()[1]
    expect(page.locator(".hint p")).to_have_text(
        f"0 of {number} {noun} are added from {file}; {there} there already."
    )
