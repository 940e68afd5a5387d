"""Which speech engines there are. Adding one: a file in providers/, a line here, a contract test."""

from django.conf import settings
from django.utils.module_loading import import_string

from calls.transcript.provider import SpeechProvider
from pipeline.errors import Parked

# Paths as text: an engine that isn't installed hurts only who uses it.
PROVIDERS = {
    "whisper": "calls.transcript.providers.whisper.Whisper",
}


def provider(slug: str) -> SpeechProvider:
    """Return the engine with this slug, set up for this installation. Raises Parked `speech.unknown_engine`."""
    path = PROVIDERS.get(slug)
    if path is None:
        known = ", ".join(sorted(PROVIDERS))
        raise Parked("speech.unknown_engine", f"There is no speech engine {slug!r}. Choose one of: {known}.")
    engine: SpeechProvider = import_string(path)(_config())
    return engine


def _config() -> dict[str, str]:
    """Return what engines may need of the installation's settings: they know no Django."""
    return {
        "models_dir": str(settings.VAR_DIR / "models"),
        "whisper_model": settings.WHISPER_MODEL,
        "whisper_model_path": settings.WHISPER_MODEL_PATH,
    }
