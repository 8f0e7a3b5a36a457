"""The application: all routes, and what the process tells of itself."""

from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from eaa.domain.errors import EaaError
from eaa.kit.metrics import CONTENT_TYPE
from eaa.services.gateway.analytics import analytics_router
from eaa.services.gateway.docs_page import docs_page
from eaa.services.gateway.errors import body_of, error_body, fault_body, headers_of, status_of
from eaa.services.gateway.events import events_router
from eaa.services.gateway.guard import Guard, group_of
from eaa.services.gateway.house import House
from eaa.services.gateway.plain import require_plain_address
from eaa.services.gateway.runs import runs_router
from eaa.services.gateway.tasks import tasks_router
from eaa.services.gateway.views import ErrorView
from eaa.services.gateway.waiting import waiting_router
from eaa.services.health.parts import Readiness, condition_of

_MOST_PROBLEMS = 50
"""That one answer tells of a body."""
_PLACE = 200
"""Characters of a place in a body: its last part may be the caller's own."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorView} for code in (400, 401, 404, 409, 413, 415, 422, 429, 503)
}


def guarded(house: House) -> Guard:
    """Return the whole application behind its door."""
    desk = house.desk
    app = application(house)
    guard = Guard(
        app=app,
        doormat=house.doormat,
        rates=house.rates,
        clock=desk.clock,
        ids=desk.ids,
        groups=frozenset(group_of(route.path) for route in app.routes if isinstance(route, APIRoute)),
    )

    async def metrics() -> Response:
        lines = (*guard.meters.requests.lines(), *guard.meters.seconds.lines())
        return Response("\n".join(lines) + "\n" + house.figures(), media_type=CONTENT_TYPE)

    app.add_api_route("/metrics", metrics, include_in_schema=False)
    return guard


def application(house: House) -> FastAPI:
    """Return the application without its door."""
    # No page of ours loads anything from elsewhere, as FastAPI's own would.
    app = FastAPI(
        title="Engineering AI Agent",
        version=version("eaa"),
        description="Tasks go in, tested changes with evidence come out.",
        docs_url=None,
        redoc_url=None,
        responses=_ERRORS,
        dependencies=[Depends(require_plain_address)],
    )
    for router in (
        tasks_router(house),
        runs_router(house),
        waiting_router(house),
        events_router(house),
        analytics_router(house),
    ):
        app.include_router(router)
    _add_health(app, house)
    _add_errors(app)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    return app


def _add_health(app: FastAPI, house: House) -> None:
    @app.get("/livez", include_in_schema=False)
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> JSONResponse:
        condition = await condition_of(house.parts, is_draining=house.is_draining())
        status = 503 if condition.readiness is Readiness.UNREADY else 200
        body = {"status": condition.readiness, "service": "gateway", "parts": dict(condition.parts)}
        return JSONResponse(body, status_code=status)


def _add_errors(app: FastAPI) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, EaaError)
        request_id = request.state.request_id
        return JSONResponse(body_of(error, request_id), status_code=status_of(error), headers=headers_of(error))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # What was sent is left out: it may hold a secret.
        found = error.errors()[:_MOST_PROBLEMS]
        problems = [{"place": ".".join(map(str, one["loc"]))[:_PLACE], "problem": one["msg"]} for one in found]
        said = "; ".join(f"{one['place']}: {one['problem']}" for one in problems)
        body = error_body("request.body_invalid", said, {"problems": problems}, request.state.request_id)
        return JSONResponse(body, status_code=422)

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        hint = {"hint": "GET /openapi.json or /docs says what is served."}
        said = f"{request.method} {request.url.path}: {error.detail}"
        body = error_body("request.not_served", said, hint, request.state.request_id)
        return JSONResponse(body, status_code=error.status_code, headers=error.headers)

    async def fault(request: Request, _: Exception) -> Response:
        # Raised again behind this answer: the door logs it.
        return JSONResponse(fault_body(request.state.request_id), status_code=500)

    app.add_exception_handler(EaaError, ours)
    app.add_exception_handler(Exception, fault)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unknown)
