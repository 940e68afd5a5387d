"""The analyzers by slug. Dotted paths, so that a broken library hurts only those who chose it."""

from importlib import import_module

from pipeline import errors
from scoring.extraction.provider import AnalyzerProvider

PROVIDERS = {
    "rules": "scoring.extraction.providers.rules.analyzer.Rules",
}


def load(slug: str) -> AnalyzerProvider:
    """Return the analyzer with this slug. Raises Parked("analyzer.unknown")."""
    path = PROVIDERS.get(slug)
    if path is None:
        known = ", ".join(sorted(PROVIDERS))
        raise errors.Parked("analyzer.unknown", f"There is no analyzer {slug!r}. Set one of: {known}.")
    module, _, name = path.rpartition(".")
    provider: AnalyzerProvider = getattr(import_module(module), name)()
    return provider
