"""The desk as a web application: its endpoints, and errors as JSON `{code, message}` whatever goes wrong."""

from __future__ import annotations

import logging
import traceback

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.routes import Parts, router

log = logging.getLogger(__name__)


def build(parts: Parts) -> FastAPI:
    """The application, ready to be served."""
    # the documentation pages would load their scripts from elsewhere; the description itself is at /openapi.json
    app = FastAPI(title="Document desk", version=parts.desk.version, docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.include_router(router)
    app.add_exception_handler(DeskError, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _unroutable)
    app.add_exception_handler(Exception, _failed)
    return app


def _answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskError)
    return _answer(error.status, error.code, error.message)


async def _misunderstood(_: Request, error: Exception) -> JSONResponse:
    """Which field, and what of it; never the value, which may be a password."""
    assert isinstance(error, RequestValidationError)
    said = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
    return _answer(422, "invalid", "; ".join(said))


async def _unroutable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid")
    return _answer(error.status_code, code, str(error.detail))


async def _failed(request: Request, error: Exception) -> JSONResponse:
    """Where it happened goes to the log; the exception's text may quote what somebody sent and goes nowhere."""
    log.error(
        "%s %s: %s\n%s",
        request.method,
        getattr(request.scope.get("route"), "path", "(no route)"),
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return _answer(500, "internal", "the desk made a mistake")
