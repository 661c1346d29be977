"""The address that Prometheus reads."""

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.observability.standing import exposed
from api.openapi import TEXT, Tag
from api.security.guard import KEY, check_may_change, guarded_by
from api.server import ServerDep

router = APIRouter(route_class=guarded_by(check_may_change), dependencies=[Depends(KEY)], tags=[Tag.SYSTEM])


@router.get(
    "/metrics",
    summary="运行指标，供 Prometheus 读取",
    response_class=Response,
    responses={200: {"content": {"text/plain": TEXT}, "description": "Prometheus 文本格式"}},
)
def metrics(server: ServerDep) -> Response:
    """Return what was counted and timed, and how the server stands; with the admin key, or from this machine."""
    return Response(exposed(server.watch.registry, server), media_type=CONTENT_TYPE_LATEST)
