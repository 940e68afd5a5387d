"""Every format that is taken through the real decoder; and hostile files, which cost a child and no more."""

import signal
import wave
from pathlib import Path

import numpy as np
import pytest

from calls.recording import decode, decoder, formats
from pipeline.errors import Permanent, StepError, Transient
from pipeline.sandbox.recordings import FOLDER
from tests.calls.recording import sounds

FORMATS = [
    ("call_16k.flac", ("flac", "flac", 16_000, 1)),
    ("call.opus.ogg", ("ogg", "opus", 48_000, 1)),
    ("call_phone_mulaw.wav", ("wav", "pcm_mulaw", 8_000, 1)),
    ("call_phone_stereo_mulaw.wav", ("wav", "pcm_mulaw", 8_000, 2)),
    ("call_phone.mp3", ("mp3", "mp3", 8_000, 1)),
    ("call_phone.amr", ("amr", "amrnb", 8_000, 1)),
]


@pytest.mark.parametrize(("file", "expected"), FORMATS, ids=[file for file, _ in FORMATS])
def test_each_format_is_decoded_and_measured(file: str, expected: tuple[str, str, int, int]) -> None:
    sound = decode.measure(FOLDER / file)

    assert (sound.kind.name, sound.codec, sound.sample_rate, sound.channels) == expected
    assert sound.duration == pytest.approx(99.7, abs=0.1)
    assert sound.snr_db is not None
    assert sound.snr_db > 60


@pytest.mark.parametrize(
    ("file", "mixed_db"), [("call_phone_noise12db_mulaw.wav", 12), ("call_phone_noise5db_mulaw.wav", 5)]
)
def test_noise_is_measured_near_to_what_was_mixed_in(file: str, mixed_db: float) -> None:
    # The noise was mixed in before the telephone band took part of it away: some 3 dB.
    assert decode.measure(FOLDER / file).snr_db == pytest.approx(mixed_db + 3, abs=1.5)


def test_stereo_becomes_one_16_khz_file_a_channel_in_order(tmp_path: Path) -> None:
    file = sounds.write(tmp_path, sounds.wav(sounds.tone(1, rate=8000, channels=2), rate=8000))

    left, right = decode.channels(file, tmp_path)

    assert [pitch(left), pitch(right)] == [220, 440]


@pytest.mark.parametrize(
    ("form", "codec", "rate"),
    [
        ("wav", "pcm_s24le", 44_100),
        ("mp3", "libmp3lame", 44_100),
        ("flac", "flac", 96_000),
        ("ogg", "libopus", 48_000),
    ],
)
def test_other_rates_and_codecs_become_16_khz(tmp_path: Path, form: str, codec: str, rate: int) -> None:
    file = sounds.write(tmp_path, sounds.encoded(sounds.tone(2, rate=rate, channels=2), form, codec, rate=rate))

    channels = decode.channels(file, tmp_path)

    assert [pitch(channel) for channel in channels] == [220, 440]
    assert seconds(channels[0]) == pytest.approx(2, abs=0.1)


def test_more_than_two_channels_are_mixed(tmp_path: Path) -> None:
    file = sounds.write(tmp_path, sounds.wav(sounds.tone(1, channels=6)))

    assert [seconds(channel) for channel in decode.channels(file, tmp_path)] == [1.0]
    assert decode.measure(file).channels == 6


SECOND = sounds.tone(1)
PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n"
HOSTILE = {
    "empty": b"",
    "html": b"<!doctype html><title>Sign in</title>",
    "html after a blank": b"\n\n  <html>",
    "json": b'{"url": "https://app.callrail.com/"}',
    "xml": b"<?xml version='1.0'?><Error/>",
    "zip": b"PK\x03\x04" + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
    "playlist": PLAYLIST,
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(100),
    "aac": b"\xff\xf1\x50\x80" + bytes(500),
    "text": b"hello",
    "wav head only": sounds.wav(SECOND)[:30],
    "wav without sound": sounds.wav(sounds.tone(0)),
    "wav of a playlist": b"RIFF\xff\xff\xff\xffWAVE" + PLAYLIST * 20,
    "wav at a million hertz": sounds.wav(SECOND, rate=1_000_000),
    "wav at no hertz": sounds.wav(SECOND, rate=0),
    "wav of a codec nobody knows": sounds.wav(SECOND, tag=0x5A),
    "wav of 255 channels": sounds.wav(SECOND, claimed_channels=255),
    "wav of 65535 channels": sounds.wav(SECOND, claimed_channels=65535),
    "flac head only": b"fLaC" + bytes(50),
    "ogg of zeros": b"OggS" + bytes(5000),
    "amr of noise": b"#!AMR\n" + b"\xff" * 64,
    "mp3 of text": b"ID3\x04\x00\x00\x00\x00\x00\x10" + b"hello world " * 500,
    "mp3 of an endless picture": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7fAPIC\x7f\x7f\x7f\x7f" + bytes(3000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_audio_is_refused_and_the_worker_lives(tmp_path: Path, name: str) -> None:
    file = sounds.write(tmp_path, HOSTILE[name])

    with pytest.raises(Permanent) as refused:
        decode.measure(file)

    assert refused.value.code == "recording.not_audio"
    assert refused.value.text


def test_a_wav_that_claims_4_gb_is_as_long_as_what_it_holds(tmp_path: Path) -> None:
    file = sounds.write(tmp_path, sounds.wav(sounds.tone(2), claimed_bytes=0xFFFFFFF0))

    assert decode.measure(file).duration == 2.0


def test_a_truncated_mp3_is_as_long_as_what_it_holds(tmp_path: Path) -> None:
    whole = (FOLDER / "call_phone.mp3").read_bytes()
    file = sounds.write(tmp_path, whole[: len(whole) // 2])

    assert decode.measure(file).duration == pytest.approx(49.8, abs=1)


def test_a_small_file_of_endless_silence_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = np.zeros((1, 400 * 8000), dtype=np.int16)
    file = sounds.write(tmp_path, sounds.encoded(silence, "flac", "flac", rate=8000))
    monkeypatch.setattr(decoder, "LONGEST_SECONDS", 360)  # of 4 hours: the test shall not take a minute

    with pytest.raises(decoder.Refused) as refused:
        decoder.decode(file, formats.FLAC, tmp_path)

    assert refused.value.args == ("recording.too_long", "it is longer than 0.1 hours")
    assert file.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        (signal.SIGSEGV, Permanent, "recording.not_audio"),
        (signal.SIGXCPU, Permanent, "recording.not_audio"),
        (signal.SIGKILL, Transient, "recording.interrupted"),
        (signal.SIGTERM, Transient, "recording.interrupted"),
    ],
)
def test_a_decoder_that_the_file_kills_is_told_from_one_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: int, kind: type[StepError], code: str
) -> None:
    monkeypatch.setattr(decode, "_DECODER", "tests.calls.recording.doomed")
    file = sounds.write(tmp_path, b"RIFF0000WAVE%d" % end)

    with pytest.raises(StepError) as failed:
        decode.measure(file)

    assert (type(failed.value), failed.value.code) == (kind, code)


def test_a_decoder_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_DECODER", "tests.calls.recording.doomed")
    monkeypatch.setattr(decode, "WALL_SECONDS", 0.3)

    with pytest.raises(Permanent, match="took more than") as failed:
        decode.measure(sounds.write(tmp_path, b"RIFF0000WAVEwait"))

    assert failed.value.code == "recording.not_audio"


def test_the_child_has_no_secret_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "REDIS_URL"):
        monkeypatch.setenv(name, "secret")

    assert "secret" not in decode._environment().values()


@pytest.mark.parametrize(
    ("head", "seems"),
    [
        (b"", "empty"),
        (b"<html>", "a web page"),
        (b"{}", "JSON"),
        (b"#EXTM3U", "a playlist"),
        (b"\x00\x00\x00\x18ftypM4A ", "an MP4 file"),
        (b"?", "not in a known audio format"),
    ],
)
def test_what_is_not_taken_is_named(head: bytes, seems: str) -> None:
    assert (formats.recognise(head), formats.describe(head)) == (None, seems)


def seconds(file: Path) -> float:
    with wave.open(str(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, 16_000)
        return float(opened.getnframes() / opened.getframerate())


def pitch(file: Path) -> int:
    """Return the strongest frequency, in Hz."""
    with wave.open(str(file)) as opened:
        samples = np.frombuffer(opened.readframes(16_000), dtype=np.int16)
    return round(float(np.abs(np.fft.rfft(samples)).argmax()) * 16_000 / len(samples))
