"""Clearing up after changes: originals that no document is read beside any more."""

import logging
import time

from api.compilation.originals import digest
from api.imports.undoing import Undoing
from api.settings import Settings
from index.errors import IndexingError
from index.store import load_documents

_log = logging.getLogger(__name__)

_YOUNG = 30 * 24 * 3600
"""Seconds for which an original stays in any case: an import that is under way may be about to need it."""


def sweep(settings: Settings) -> None:
    """Remove the originals of texts that neither the compilation has nor an undo can bring back, once they are old.

    What cannot be removed stays until the next time.
    """
    before = time.time() - _YOUNG
    try:
        old = [path for path in settings.originals_root.glob("*") if path.stat().st_mtime < before]
        if not old:
            return
        needed = {digest(document.text) for document in load_documents(settings.index_root)}
        needed |= Undoing(settings.imports_root).replaced()
        for path in old:
            if path.name.partition("-")[0] not in needed:
                path.unlink(missing_ok=True)
    except (OSError, IndexingError) as error:
        _log.warning("不再需要的原件没有清理：%s", error)
