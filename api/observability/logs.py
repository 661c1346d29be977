"""How the lines of the log look: for people, or one JSON object each, under the id of the request they belong to."""

import logging
import logging.config
from typing import Any, TextIO

import structlog

from api.settings import Settings

_OURS = ("api", "corpus", "index", "qa")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Have all that is logged in this process go to a stream, standard error by default, as the settings say.

    Packages are heard from warnings on: some tell at each request what was sent.
    """
    level = settings.log_level.upper()
    others = logging.getLevelName(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"once": {"()": _Once}},
            "formatters": {"chosen": {"()": _formatter, "as_json": settings.log == "json"}},
            "handlers": {
                "here": {
                    "class": "logging.StreamHandler",
                    "formatter": "chosen",
                    "filters": ["once"],
                    "stream": stream or "ext://sys.stderr",
                }
            },
            "root": {"level": others, "handlers": ["here"]},
            "loggers": {name: {"level": level} for name in _OURS},
        }
    )


class _Once(logging.Filter):
    """Leaves out what the server says of a fault that was logged already, under the request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.name == "uvicorn.error" and record.getMessage().startswith("Exception in ASGI application"))


def _formatter(as_json: bool) -> logging.Formatter:
    told: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        told += [
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        told.append(
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            )
        )
    return structlog.stdlib.ProcessorFormatter(
        processors=told,
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=("method", "path", "route", "status", "ms", "client")),
            structlog.processors.TimeStamper(fmt="iso", key="time" if as_json else "timestamp"),
        ],
    )
