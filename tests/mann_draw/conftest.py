"""The server of the page, asked without a network or in a browser, and drawings for both."""

import json

import pytest
from browser import draw, expect, open_browser, remember, run_server, wait
from omniglot_files import PREPARED
from pages import NAMES, make_client, to_url

from episodes import generate_characters, load_omniglot
from mann_config.pretrained import few_shot_names
from mann_draw.learned import LearnedStore
from mann_draw.server import make_app

# The model that the page opens with comes first.
MODELS = {name: name for name in ("omniglot_5way", *few_shot_names())}


@pytest.fixture
def app():
    return make_app(MODELS)


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.fixture(scope="session")
def images():
    """Returns drawings of five characters, `(5, 4, 112, 112)`."""
    images = generate_characters(5, seed=9, num_drawings=4, image_size=28).images
    return images.repeat(4, axis=2).repeat(4, axis=3)


@pytest.fixture(scope="module")
def store():
    return LearnedStore()


@pytest.fixture(scope="module")
def address(store):
    with run_server(make_app(MODELS, store=store)) as address:
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
        wait(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def characters():
    """Returns drawings of three characters, `(3, 5, 105, 105)`, if there is Omniglot."""
    if not PREPARED:
        pytest.skip("TFDS_DATA_DIR holds no prepared copy of Omniglot")
    return load_omniglot(105).test.images[[10, 200, 300], :5]


@pytest.fixture
def taught(open_page, characters):
    """Returns a page with an example of each of three characters."""
    page = open_page()
    for name, image in zip(NAMES, characters[:, 0], strict=True):
        draw(page, image)
        remember(page, name)
    return page


@pytest.fixture
def loaded(open_page, images):
    """Returns a page that learned an example of each of three characters from a file."""
    page = open_page()
    classes = [
        {"name": name, "drawings": [to_url(row[0])]}
        for name, row in zip(NAMES, images, strict=False)
    ]
    content = json.dumps({"kind": "examples of mann draw", "classes": classes})
    file = {"name": "drawings.json", "mimeType": "application/json", "buffer": content.encode()}
    page.set_input_files("#saved", file)
    expect(page.locator("#classes li:not(#none)")).to_have_count(3)
    wait(page)
    return page
