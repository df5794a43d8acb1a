"""Owns an application of Django, settings and all in one file. Does what `test_frameworks` asks."""

import json
from collections.abc import AsyncIterator

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from tests.server.frameworks.replies import PARTS, Upload, part

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for a test alone",
    LOGGING_CONFIG=None,
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
)
django.setup()


async def index(request: HttpRequest) -> HttpResponse:
    """Tell the protocol; Django has no lifespan and keeps nothing."""
    version = request.scope["http_version"]
    return JsonResponse({"http_version": version, "state": "kept"})


def double(request: HttpRequest) -> HttpResponse:
    """Answer JSON with JSON, from a thread."""
    return JsonResponse({"doubled": json.loads(request.body)["number"] * 2})


async def upload(request: HttpRequest) -> HttpResponse:
    """Take a form with a file."""
    file = request.FILES["file"]
    return JsonResponse(Upload(file.name, file.read(), request.POST["note"]).told)


async def count(request: HttpRequest) -> HttpResponse:
    """Count the bytes of a body."""
    size = 0
    while chunk := request.read(65536):
        size += len(chunk)
    return JsonResponse({"bytes": size})


async def stream(request: HttpRequest) -> HttpResponse:
    """Send a body in parts."""

    async def parts() -> AsyncIterator[bytes]:
        for number in range(PARTS):
            yield part(number)

    return StreamingHttpResponse(parts(), content_type="text/plain")


async def cookies(request: HttpRequest) -> HttpResponse:
    """Set two cookies, and tell those of the request."""
    response = JsonResponse(request.COOKIES)
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


async def fails(request: HttpRequest) -> HttpResponse:
    """Raise."""
    raise RuntimeError("failed in the framework")


urlpatterns = [
    path("", index),
    path("json", double),
    path("upload", upload),
    path("body", count),
    path("stream", stream),
    path("cookies", cookies),
    path("fails", fails),
]

app = get_asgi_application()
