"""Makes a transcript of a call's stored recording, by the engine that the tenant or the installation chose."""

import dataclasses

from django.conf import settings
from django.utils.translation import get_language_info

from calls.call import lookup
from calls.models import Recording, Transcript, Utterance
from calls.recording import decode, scratch, storage
from calls.transcript import registry
from calls.transcript.provider import ForeignLanguage, Speech, Turn
from pipeline.errors import Permanent
from pipeline.steps.stage import Job, Outcome
from tenants import configuration

STEREO = 2
SPEAKERS = ("agent", "caller")


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """What an engine heard on so many channels."""

    engine: str
    channels: int
    speech: Speech


def work(job: Job) -> Outcome:
    """Transcribe; skipped when nobody speaks, or in a language that the stages after this don't understand.

    On a recording with two channels the first one is the agent's, the second one the caller's; on one channel
    speakers are not told apart. Raises StepError kinds of the engine, Permanent (`transcript.no_recording`,
    `call.not_found`), Parked `recording.no_space`.
    """
    recording = Recording.objects.filter(call_id=job.subject).first()
    if recording is None:
        if not lookup.existing(job.subject).recording_url:
            return Outcome("The call has no recording.", skipped="recording.none")
        raise Permanent(
            "transcript.no_recording", "There is no stored recording. Run the call again from its recording."
        )
    config = configuration.load(job.tenant)
    slug = config.speech_engine or settings.SPEECH_ENGINE
    engine = registry.provider(slug)
    with scratch.folder() as folder, storage.storage().local(recording.storage_key) as file:
        channels = decode.channels(file, folder)
        try:
            speech = engine.transcribe(channels, language=config.speech_language)
        except ForeignLanguage as error:
            return Outcome(
                f"The call is in {_name(error.language)} (probability {error.probability:.2f}), not in English.",
                skipped=error.code,
            )
    if not speech.turns:
        return Outcome("Nobody speaks in the recording.", skipped="speech.empty")
    return Outcome(_summary(speech, len(channels)), Heard(slug, len(channels), speech))


def save(job: Job, outcome: Outcome) -> None:
    """Store the transcript and its utterances; earlier ones stay, the newest counts.

    A recording without words takes the place of the one before too: what was said there counts no more.
    """
    if not isinstance(outcome.data, Heard):
        Transcript.objects.filter(call_id=job.subject, replaced_at=None).update(replaced_at=job.now)
        return
    heard, speech = outcome.data, outcome.data.speech
    transcript = Transcript.objects.create(
        call_id=job.subject,
        engine=heard.engine,
        model=speech.model,
        language=speech.language or "",
        language_confidence=speech.language_confidence,
        confidence=_confidence(speech),
        audio_seconds=speech.audio_seconds,
        created_at=job.now,
    )
    Utterance.objects.bulk_create(
        Utterance(
            transcript=transcript,
            position=position,
            speaker=_speaker(turn, heard.channels),
            start=turn.start,
            end=turn.end,
            text=turn.text,
            confidence=turn.confidence,
            words=[dataclasses.astuple(word) for word in turn.words],
        )
        for position, turn in enumerate(speech.turns)
    )


def _speaker(turn: Turn, channels: int) -> str:
    return SPEAKERS[turn.channel] if channels == STEREO else "unknown"


def _confidence(speech: Speech) -> float:
    """Return the mean probability of a word; of a turn where the engine gives no words."""
    words = [word.probability for turn in speech.turns for word in turn.words]
    parts = words or [turn.confidence for turn in speech.turns]
    return sum(parts) / len(parts)


def _summary(speech: Speech, channels: int) -> str:
    """Return `16 lines, 2 speakers, confidence 0.94`."""
    who = f"{len({turn.channel for turn in speech.turns})} speakers" if channels == STEREO else "one channel"
    lines = "1 line" if len(speech.turns) == 1 else f"{len(speech.turns)} lines"
    return f"{lines}, {who}, confidence {_confidence(speech):.2f}"


def _name(language: str) -> str:
    try:
        return str(get_language_info(language)["name"])
    except KeyError:
        return f"the language {language!r}"
