"""The web server of the page: its files, and the answers to what it asks."""

import contextlib
import pathlib
import signal
import threading
import warnings
import webbrowser

import anyio
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mann_config.errors import UserError
from mann_draw.bodies import read_body, read_json
from mann_draw.copying import copy_columns
from mann_draw.errors import RequestError
from mann_draw.hosts import CheckHost
from mann_draw.learned import Learned, LearnedStore, open_model, read_examples
from mann_draw.pictures import MOST_BYTES, convert_upload, read_drawing

_STATIC = pathlib.Path(__file__).with_name("static")
# How many requests are computed at once, and how many uploads are held; the others wait.
_MOST_AT_ONCE, _MOST_UPLOADS = 2, 4
# More connections are told that the server is busy.
_MOST_CONNECTIONS = 64
# Nothing of the page comes from elsewhere, and no other page may hold it in a frame.
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def make_app(models, hosts=(), store=None):
    """Returns the application of the page.

    Args:
        models: dict from the name of each model on the page to what loads it: the name of a
            pretrained model, or the path of the workdir of a run.
        hosts: names by which browsers may call the server, besides those that `CheckHost` knows.
            Defaults to none.
        store: a `LearnedStore`. Defaults to a new one.
    """
    pages = _Pages(models, store or LearnedStore())
    return Starlette(
        routes=[
            Route("/api/models", pages.list_models),
            Route("/api/open", pages.open, methods=["POST"]),
            Route("/api/learn", pages.learn, methods=["POST"]),
            Route("/api/recognise", pages.recognise, methods=["POST"]),
            Route("/api/upload", pages.upload, methods=["POST"]),
            Route("/api/copy", pages.copy, methods=["POST"]),
            Mount("/", StaticFiles(directory=_STATIC, html=True)),
        ],
        middleware=[Middleware(_AddHeaders), Middleware(CheckHost, hosts)],
        exception_handlers={
            RequestError: _tell,
            UserError: _tell,
            # Nobody is there to read an answer.
            ClientDisconnect: lambda request, error: Response(status_code=400),
        },
    )


class _Pages:
    """Answers the requests of all pages; only `store` is kept between them."""

    def __init__(self, models, store):
        self._models = models
        self._store = store
        self._computing = anyio.CapacityLimiter(_MOST_AT_ONCE)
        self._uploading = anyio.CapacityLimiter(_MOST_UPLOADS)

    async def list_models(self, request):
        return JSONResponse({"models": list(self._models)})

    async def open(self, request):
        model = self._find_model(await read_json(request))
        return JSONResponse(await self._compute(open_model, model))

    async def learn(self, request):
        asked = await read_json(request)
        model = self._find_model(asked)

        def learn():
            images, names = read_examples(asked.get("examples"), model)
            learned = Learned(model, images, names)
            return learned, learned.look(0 * images[0])

        learned, memory = await self._compute(learn)
        return JSONResponse({"key": self._store.add(learned), "memory": memory})

    async def recognise(self, request):
        asked = await read_json(request)
        learned = self._store.get(asked.get("key"))

        def recognise():
            return learned.recognise(read_drawing(asked.get("drawing"), learned.size))

        return JSONResponse(await self._compute(recognise))

    async def upload(self, request):
        async with self._uploading:
            content = await read_body(request, "application/octet-stream", MOST_BYTES)
            drawing, doubt = await self._compute(convert_upload, content)
        return JSONResponse({"drawing": drawing, "doubt": doubt})

    async def copy(self, request):
        asked = await read_json(request)
        return JSONResponse(await self._compute(copy_columns, asked.get("columns")))

    def _find_model(self, asked):
        name = asked.get("model")
        if not isinstance(name, str) or name not in self._models:
            raise RequestError(f"The model must be one of {', '.join(self._models)}.")
        return self._models[name]

    async def _compute(self, function, *arguments):
        # In a thread, so that the server answers others meanwhile.
        return await anyio.to_thread.run_sync(function, *arguments, limiter=self._computing)


class _AddHeaders:
    """Adds the same headers to every response."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), text.encode()) for name, text in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _tell(request, error):
    return JSONResponse({"error": str(error)}, getattr(error, "status", 400))


def serve(listener, models, name, open_browser):
    """Serves the page until Ctrl-C.

    Args:
        listener: bound socket.
        models: as `make_app` takes them.
        name: name or address of this machine that the page is served at.
        open_browser: whether to open the page in a browser.
    """
    # The page says it of pictures that are refused.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    print(f"Draw at {address} (Ctrl-C ends it).", flush=True)
    if open_browser:
        threading.Thread(target=_open_browser, args=[address], daemon=True).start()
    config = uvicorn.Config(
        make_app(models, [name]),
        log_level="warning",
        lifespan="off",
        limit_concurrency=_MOST_CONNECTIONS,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    # Also where it was started in the background, by a shell that has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    uvicorn.Server(config).run(sockets=[listener])


def _open_browser(address):
    # Without a browser the line above says where the page is.
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)
