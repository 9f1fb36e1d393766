"""Which requests the server takes: by what names, of what kinds, and how many at once."""

import asyncio
import pathlib
import socket

import pytest
from pages import make_client, refused, save_image

import mann_draw
from mann_draw import bodies
from mann_draw.server import make_app

MACHINE = socket.gethostname().partition(".")[0]
JSON, BYTES = "application/json", "application/octet-stream"
STATIC = pathlib.Path(mann_draw.__file__).with_name("static")


def call(app, path, kind, receive, hosts=(b"localhost",)):
    """Sends a request without a client, whose body `receive()` gives; returns the status."""
    headers = [(b"content-type", kind.encode()), *((b"host", host) for host in hosts)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
    }
    statuses = []

    async def send(message):
        statuses.append(message.get("status"))

    async def run():
        await app(scope, receive, send)
        return statuses[0]

    return run()


def test_json_that_is_none_or_of_another_site(client):
    for content in (b"{", b"\xff", b"[" * 100_000):
        response = client.post(
            "/api/copy", content=content, headers={"Content-Type": "application/json"}
        )
        assert refused(response, 400, "not valid JSON")
    # A form of another site can send these without asking the server first.
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded"):
        response = client.post("/api/copy", content=b"{}", headers={"Content-Type": kind})
        assert refused(response, 415, "must be of the type application/json")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost:8420", "localhost.", "127.0.0.1:8420", "192.168.1.7", "[::1]"]
    + ["[::1]:8420", "[fe80::1]:80", MACHINE, f"{MACHINE.upper()}.local:8420", "my.name:80"],
)
def test_addresses_and_the_names_of_this_machine_are_answered(host):
    client = make_client(make_app({}, ["My.Name"]))
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.1.evil.example:80"]
    + ["::1", "[::1", "[::1]evil.example", "[evil.example]", "localhost:80:80", ":8420", ""]
    + ["localhost@evil.example", "my.name"],
)
def test_other_names_are_refused_in_a_line_that_says_which_are_answered(host):
    response = make_client(make_app({}, ["0.0.0.0"])).get("/", headers={"Host": host})
    assert response.status_code == 400 and response.text.count("\n") == 0
    named = host or "no name"
    assert f"does not answer to {named}, only to IP addresses and to: " in response.text
    assert "localhost" in response.text and f"{MACHINE}.local" in response.text
    assert "0.0.0.0" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("hosts", [(), (b"localhost", b"localhost")])
def test_a_request_names_one_host(app, hosts):
    async def receive():
        return {"type": "http.request", "body": b"{}"}

    assert asyncio.run(call(app, "/api/copy", JSON, receive, hosts)) == 400


def test_nothing_is_taken_from_elsewhere(client):
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    files = {path.name for path in STATIC.iterdir()}
    assert {"main.js", "draw.js", "style.css"} <= files
    for file in files:
        content = client.get(f"/{file}").text.replace("http://www.w3.org/2000/svg", "")
        assert content and "http://" not in content and "https://" not in content
    assert client.get("/../server.py").status_code == 404


def test_uploads_wait_until_others_are_done(app, images):
    """Sends many at once; none is read before there is room for it."""
    content = save_image(images[0, 0])
    reading, most = set(), []

    async def upload(number):
        async def receive():
            reading.add(number)
            most.append(len(reading))
            await asyncio.sleep(0)
            return {"type": "http.request", "body": content}

        status = await call(app, "/api/upload", BYTES, receive)
        reading.remove(number)
        return status

    async def upload_all():
        return await asyncio.gather(*(upload(number) for number in range(20)))

    assert asyncio.run(upload_all()) == [200] * 20
    assert 1 < max(most) <= 4


def test_a_request_that_never_ends_is_given_up(app, monkeypatch):
    monkeypatch.setattr(bodies, "_MOST_SECONDS", 0.1)

    async def receive():
        await asyncio.sleep(3600)

    assert asyncio.run(call(app, "/api/upload", BYTES, receive)) == 408


def test_a_browser_that_goes_away_does_no_harm(app, client, capfd):
    """Sends half of a body, then goes."""
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    assert asyncio.run(call(app, "/api/learn", JSON, receive)) == 400
    assert "Traceback" not in capfd.readouterr().err
    assert client.get("/api/models").status_code == 200
