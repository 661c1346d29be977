"""How a server stands at this moment: read when somebody looks, so that nothing has to be kept in step."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from api.server import Server
from api.state import State


def exposed(registry: CollectorRegistry, server: Server) -> bytes:
    """Return what was counted so far and how the server stands, in Prometheus' text format."""
    both = CollectorRegistry()
    both.register(registry)
    both.register(_Standing(server))
    return generate_latest(both)


class _Standing:
    def __init__(self, server: Server) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        state = self._server.served.current
        yield GaugeMetricFamily("anwen_imports_waiting", "Imports not at their end.", self._server.imports.left)
        yield GaugeMetricFamily("anwen_ready", "1 while questions can be answered.", float(isinstance(state, State)))
        if not isinstance(state, State):
            return
        yield GaugeMetricFamily("anwen_questions_running", "Questions worked on.", state.gate.running)
        yield GaugeMetricFamily("anwen_questions_waiting", "Questions that wait for their turn.", state.gate.waiting)
        manifest = state.manifest
        index = {
            "generation": manifest.generation,
            "fingerprint": manifest.fingerprint,
            "model": manifest.model_name,
        }
        yield InfoMetricFamily("anwen_index", "The index that answers.", index)
        yield GaugeMetricFamily("anwen_index_documents", "Documents in the index.", manifest.documents)
        yield GaugeMetricFamily("anwen_index_cases", "Cases in the index.", manifest.cases)
        yield GaugeMetricFamily("anwen_index_passages", "Passages in the index.", manifest.passages)
