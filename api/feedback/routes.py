"""The routes that keep what people say of answers and the test questions they make, and give it to who may see it."""

from collections import deque
from time import monotonic
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response

from api.errors import (
    DiskFull,
    FeedbackBusy,
    FeedbackFull,
    FeedbackOff,
    FeedbackTooLong,
    FeedbackTooOften,
    Inaccessible,
    SpanUnknown,
    TopicUnfit,
)
from api.feedback import schemas as feedback_schemas
from api.feedback.entries import appended, entries, exported, judged, line_of, made, topic_of
from api.feedback.schemas import AnswerEntry, TopicEntry
from api.openapi import TEXT, Tag, failing
from api.security.guard import KEY, check_may_ask, check_may_change, guarded_by
from api.server import StateDep, server_of, state_of
from api.state import State

MOST_ENTRIES = 1000
MOST_A_MINUTE = 60
"""Entries of all clients together. Anybody may send some, and each holds a thread until it is on the disk."""

_Entry = TypeVar("_Entry", AnswerEntry, TopicEntry)


def _check_is_on(request: Request) -> None:
    if not state_of(server_of(request)).settings.feedback:
        raise FeedbackOff("这个服务不收集反馈（ANWEN_FEEDBACK=off）。")


def _check_may_give(request: Request) -> None:
    """Let through who may ask, where feedback is kept. Raises FeedbackOff, as `check_may_ask`."""
    check_may_ask(request)
    _check_is_on(request)


def _check_may_see(request: Request) -> None:
    """Let through where what others asked may be seen: it is not public. Raises FeedbackOff, as `check_may_change`."""
    check_may_change(request)
    _check_is_on(request)


router = APIRouter(tags=[Tag.FEEDBACK], dependencies=[Depends(KEY)])
_giving = APIRouter(route_class=guarded_by(_check_may_give))
_seeing = APIRouter(route_class=guarded_by(_check_may_see))


_KEEPING = (
    FeedbackOff,
    FeedbackTooLong,
    FeedbackFull,
    FeedbackTooOften,
    FeedbackBusy,
    DiskFull,
    Inaccessible,
    SpanUnknown,
)


@_giving.post("/feedback", status_code=201, summary="反馈：一个答案有用还是没用", responses=failing(*_KEEPING))
def give_feedback(given: feedback_schemas.FeedbackIn, request: Request, state: StateDep) -> feedback_schemas.KeptOut:
    """Keep what somebody thinks of an answer, with the words it said, as they stand in the documents."""
    return feedback_schemas.KeptOut(id=_kept(judged(given, state), request, state).id)


@_giving.post(
    "/feedback/topics", status_code=201, summary="把一个问题变成测试题", responses=failing(*_KEEPING, TopicUnfit)
)
def make_topic(given: feedback_schemas.TopicIn, request: Request, state: StateDep) -> feedback_schemas.TopicKeptOut:
    """Keep a test question: with the pieces of paragraphs that answer it, or with why nothing does."""
    entry = _kept(made(given, state), request, state)
    return feedback_schemas.TopicKeptOut(id=entry.id, line=line_of(topic_of(entry, entry.evidence)))


def _kept(entry: _Entry, request: Request, state: State) -> _Entry:
    """Add an entry to the file, unless too many came within a minute. Raises FeedbackTooOften, and as `appended`."""
    latest: deque[float] = server_of(request).feedback_times
    now = monotonic()
    if len(latest) == MOST_A_MINUTE and now - latest[0] < 60:
        raise FeedbackTooOften(f"这一分钟的反馈太多（最多 {MOST_A_MINUTE} 条），这一条没有记下。请过一分钟再试。")
    latest.append(now)
    return appended(state.settings.feedback_file, entry)


@_seeing.get("/feedback", summary="收到的反馈和测试题", responses=failing(FeedbackOff, Inaccessible))
def list_feedback(
    state: StateDep,
    limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES, description="最多要几条", examples=[100])] = 100,
    offset: Annotated[int, Query(ge=0, description="跳过前几条", examples=[0])] = 0,
) -> feedback_schemas.EntriesOut:
    """Return all that was kept, the newest first."""
    found = entries(state.settings.feedback_file)[::-1]
    return feedback_schemas.EntriesOut(entries=list(found[offset : offset + limit]), total=len(found))


@_seeing.get(
    "/feedback/topics",
    summary="导出为评测题目（JSONL）",
    response_class=Response,
    responses={**failing(FeedbackOff, Inaccessible), 200: {"content": {"application/x-ndjson": TEXT}}},
)
def export_topics(state: StateDep) -> Response:
    """Return what was kept as evaluation topics, one a line, as `anwen eval` reads them.

    Headers tell what is missing: `Anwen-Evidence-Gone` counts pieces that the documents no longer have,
    `Anwen-Left-Out` questions that have no other, or were asked within filters or without a part of what they say.
    """
    found = exported(entries(state.settings.feedback_file), state.reader.generation.documents)
    return Response(
        "".join(f"{line_of(topic)}\n" for topic in found.topics),
        media_type="application/x-ndjson",
        headers={
            "content-disposition": 'attachment; filename="anwen-topics.jsonl"',
            "anwen-evidence-gone": str(found.gone),
            "anwen-left-out": str(found.left_out),
        },
    )


router.include_router(_giving)
router.include_router(_seeing)
