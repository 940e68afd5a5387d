"""Brings a call's recording into our storage: fetched within bounds, proven to be audio, measured."""

import dataclasses
import hashlib
import time
from functools import partial

from django.conf import settings
from django.db import transaction

from calls.call import lookup
from calls.models import Recording
from calls.recording import decode, measure, scratch, storage
from pipeline.errors import Permanent, RateLimited, StepError, Transient
from pipeline.net import fetch
from pipeline.steps import backoff
from pipeline.steps.stage import Job, Outcome

BOUNDS = fetch.Bounds(max_bytes=200_000_000)
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE, TOO_MANY = 200, 401, 403, 404, 410, 429
_CODES = {
    "net.blocked_address": "recording.blocked_url",
    "net.redirects": "recording.blocked_url",
    "net.too_big": "recording.too_big",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """A file in our storage and what was measured on it."""

    key: str
    url_sha256: bytes
    size: int
    sha256: bytes
    sound: decode.Sound
    replaces: str = ""
    """The key of the file of an earlier URL."""


def work(job: Job) -> Outcome:
    """Fetch, decode, measure and store the recording; skipped when the call has none.

    Raises Permanent (`call.not_found`, `recording.blocked_url`, `.forbidden`, `.gone`, `.refused`, `.too_big`,
    `.too_long`, `.not_audio`), Transient (`recording.not_found`, `recording.host_error`, `net.*`), RateLimited,
    Parked (`recording.no_space`).
    """
    call = lookup.existing(job.subject)
    if not call.recording_url:
        return Outcome("The call has no recording.", skipped="recording.none")
    url_sha256 = hashlib.sha256(call.recording_url.encode()).digest()
    known = Recording.objects.filter(call_id=job.subject).first()
    if known and bytes(known.url_sha256) == url_sha256 and storage.storage().has(known.storage_key, size=known.size):
        return Outcome(_summary(known.size, known.storage_key, known.snr_db, known.quality) + ", already stored")
    try:
        stored = _bring(job, call.recording_url, url_sha256, replaces=known.storage_key if known else "")
    except StepError as error:
        raise _told(error) from error
    sound = stored.sound
    grade = measure.quality(snr_db=sound.snr_db, duration=sound.duration)
    return Outcome(_summary(stored.size, stored.key, sound.snr_db, grade), stored)


def save(job: Job, outcome: Outcome) -> None:
    """Store the recording's row; the file of an earlier URL goes once this is committed."""
    if not isinstance(outcome.data, Stored):
        return
    stored, sound = outcome.data, outcome.data.sound
    values = {
        "storage_key": stored.key,
        "url_sha256": stored.url_sha256,
        "content_type": sound.kind.content_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "duration": sound.duration,
        "sample_rate": sound.sample_rate,
        "channels": sound.channels,
        "codec": sound.codec,
        "snr_db": sound.snr_db,
        "quality": measure.quality(snr_db=sound.snr_db, duration=sound.duration),
        "fetched_at": job.now,
    }
    Recording.objects.bulk_create(
        [Recording(call_id=job.subject, **values)], update_conflicts=True, unique_fields=["call"], update_fields=values
    )
    if stored.replaces and stored.replaces != stored.key:
        transaction.on_commit(partial(storage.storage().delete, stored.replaces), robust=True)


def _bring(job: Job, url: str, url_sha256: bytes, *, replaces: str) -> Stored:
    with scratch.folder() as folder:
        file = folder / "recording"
        fetched = fetch.to_file(url, file, bounds=BOUNDS, private_hosts=settings.RECORDING_PRIVATE_HOSTS)
        _check_status(fetched)
        sound = decode.measure(file)
        key = storage.key(tenant=job.tenant, call_id=job.subject, sha256=fetched.sha256, extension=sound.kind.name)
        storage.storage().put(key, file)
    return Stored(
        key=key, url_sha256=url_sha256, size=fetched.size, sha256=fetched.sha256, sound=sound, replaces=replaces
    )


def _check_status(fetched: fetch.Fetched) -> None:
    status, place = fetched.status, fetched.place
    if status == OK:
        return
    wait = backoff.retry_after(fetched.headers.get("Retry-After"), time.time())
    said = f"{place} answered {status}"
    if status == TOO_MANY:
        raise RateLimited("recording.rate_limited", f"{said}: too many requests.", wait=wait)
    if status == NOT_FOUND:
        raise Transient("recording.not_found", f"{said}: the recording is not there (yet).")
    if status in {UNAUTHORIZED, FORBIDDEN}:
        raise Permanent("recording.forbidden", f"{said}: the recording's link is not valid, or has expired.")
    if status == GONE:
        raise Permanent("recording.gone", f"{said}: the recording was deleted there.")
    if status >= 500:  # noqa: PLR2004  (HTTP's own number)
        raise Transient("recording.host_error", f"{said}: the host has trouble.", wait=wait)
    raise Permanent("recording.refused", f"{said}.")


def _told(error: StepError) -> StepError:
    """Return the error as the guide names it."""
    return type(error)(_CODES.get(error.code, error.code), f"Audio download failed: {error.text}", wait=error.wait)


def _summary(size: int, key: str, snr_db: float | None, grade: str) -> str:
    """Return `1.6 MB wav, good audio (SNR 21 dB)`."""
    snr = "no speech to measure" if snr_db is None else f"SNR {snr_db:.0f} dB"
    return f"{max(size / 1e6, 0.1):.1f} MB {key.rpartition('.')[2]}, {grade} audio ({snr})"
