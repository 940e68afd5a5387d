"""The program that decodes one recording, run as a child of its own: `python -m calls.recording.decoder`.

A recording is a stranger's file. So: limits on memory, CPU and file size set before it is opened, one named
reader (never a guess, so no playlist), no way for FFmpeg to open anything else, no secret in the environment.
Arguments: the file, its format (formats.TAKEN), the folder for WAV files or `-`. Answers one line of JSON.
"""

import errno
import json
import resource
import sys
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.audio import AudioStream
from av.container import InputContainer

from calls.recording import formats, measure

MB = 1 << 20
CPU_SECONDS = 240
MEMORY_WHILE_DECODING = 1024 * MB
MEMORY_WHILE_MEASURING = 6144 * MB
LARGEST_FILE = 1024 * MB
LONGEST_SECONDS = 4 * 3600
MOST_CHANNELS = 8
HIGHEST_RATE = 192_000
LEAST_SECONDS = 0.1
MEASURED_SECONDS = 600
"""SNR is measured on the first ten minutes."""
CODECS = frozenset(
    {"mp3", "mp3float", "mp2", "flac", "amrnb", "amrwb", "amr_nb", "amr_wb", "vorbis", "opus", "speex"}
    | {"gsm_ms", "libopencore_amrnb", "libopus", "libvorbis", "g722", "g726", "truespeech"}
)
Pcm = npt.NDArray[np.int16]
DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""Errors of the place that is written to: they say nothing about the recording."""


class Refused(Exception):
    """The file can't be used; the first argument is the code, the second the reason."""


def main(arguments: list[str]) -> None:
    """Decode, measure or write, answer."""
    path, name, out = arguments
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The soft limit ends it by SIGXCPU: SIGKILL is left to mean that somebody else ended it.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 10))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_WHILE_DECODING, MEMORY_WHILE_MEASURING))
    av.logging.set_level(None)
    try:
        answer = decode(Path(path), formats.TAKEN[name], None if out == "-" else Path(out))
    except Refused as error:
        answer = {"error": error.args[0], "text": error.args[1]}
    except (av.FFmpegError, MemoryError, ValueError) as error:
        answer = {"error": "recording.not_audio", "text": f"it can't be decoded ({type(error).__name__})"}
    except OSError as error:
        if error.errno not in DISK:
            raise
        answer = {"disk": error.errno}
    print(json.dumps(answer))  # noqa: T201  (this is the program's answer)


def decode(path: Path, kind: formats.Format, out: Path | None) -> dict[str, Any]:
    """Decode a file to 16 kHz; writes a WAV a channel into `out`, or measures without one. Raises Refused."""
    # A Python file object: FFmpeg gets bytes, no name and no protocol that could lead elsewhere.
    with path.open("rb") as file, av.open(file, mode="r", format=kind.demuxer) as container:
        stream = _audio_stream(container)
        channels, rate, codec = stream.codec_context.channels, stream.codec_context.sample_rate, stream.codec.name
        _check(channels, rate, codec)
        kept = channels if channels <= 2 else 1  # noqa: PLR2004  (more than two are mixed: no call has more)
        sink = _Wavs(out, kept) if out else _Ear()
        samples = 0
        for block in _blocks(container, stream, "stereo" if kept == 2 else "mono"):  # noqa: PLR2004
            samples += block.shape[1]
            if samples > LONGEST_SECONDS * measure.RATE:
                raise Refused("recording.too_long", f"it is longer than {LONGEST_SECONDS / 3600:g} hours")
            sink.take(block)
    duration = samples / measure.RATE
    if duration < LEAST_SECONDS:
        raise Refused("recording.not_audio", "it holds no sound")
    return {
        "duration": round(duration, 3),
        "sample_rate": rate,
        "channels": channels,
        "codec": codec.removesuffix("float"),
        **sink.end(),
    }


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise Refused("recording.not_audio", "it holds no audio track")
    stream = container.streams.audio[0]
    # FFmpeg knows no decoder for its codec; the type says that there always is one.
    if getattr(stream, "codec_context", None) is None:
        raise Refused("recording.not_audio", "its codec is unknown")
    return stream


def _check(channels: int, rate: int, codec: str) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise Refused("recording.not_audio", f"it claims {channels} channels; at most {MOST_CHANNELS} are taken")
    if not 1 <= rate <= HIGHEST_RATE:
        raise Refused("recording.not_audio", f"it claims {rate} samples a second; at most {HIGHEST_RATE} are taken")
    if codec not in CODECS and not codec.startswith(("pcm_", "adpcm_")):
        raise Refused("recording.not_audio", f"its codec {codec!r} is not taken")


def _blocks(container: InputContainer, stream: AudioStream, layout: str) -> Iterator[Pcm]:
    """Yield the decoded sound as 16 kHz blocks of shape (channels, samples)."""
    resampler, form = _resampler(layout), None
    for frame in container.decode(stream):
        if form != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
            _check(frame.layout.nb_channels, frame.sample_rate, stream.codec.name)
            if form is not None:  # a file may change its form on the way: what the old one holds back comes first
                yield from _pcm(resampler.resample(None))
            resampler, form = _resampler(layout), now
        frame.pts = None  # time stamps of a stranger's file: the samples themselves are the time
        yield from _pcm(resampler.resample(frame))
    if form is not None:
        yield from _pcm(resampler.resample(None))


def _resampler(layout: str) -> av.AudioResampler:
    return av.AudioResampler(format="s16p", layout=layout, rate=measure.RATE)


def _pcm(frames: Sequence[av.AudioFrame]) -> Iterator[Pcm]:
    return (np.asarray(frame.to_ndarray(), dtype=np.int16) for frame in frames)


class _Wavs:
    """Writes channel-0.wav, channel-1.wav."""

    def __init__(self, folder: Path, channels: int) -> None:
        self._files = [_wav(folder / f"channel-{number}.wav") for number in range(channels)]

    def take(self, block: Pcm) -> None:
        """Write a block, a row a file."""
        for file, row in zip(self._files, block, strict=True):
            file.writeframesraw(row.tobytes())

    def end(self) -> dict[str, Any]:
        """Finish the files."""
        for file in self._files:
            file.close()
        return {}


def _wav(path: Path) -> wave.Wave_write:
    file = wave.open(str(path), "wb")  # noqa: SIM115  (open as long as blocks come)
    file.setparams((1, 2, measure.RATE, 0, "NONE", "not compressed"))
    return file


class _Ear:
    """Listens to the first ten minutes of all channels together."""

    def __init__(self) -> None:
        self._blocks: list[Pcm] = []
        self._samples = 0

    def take(self, block: Pcm) -> None:
        """Keep a block as long as there is need."""
        if self._samples < MEASURED_SECONDS * measure.RATE:
            self._blocks.append(block)
            self._samples += block.shape[1]

    def end(self) -> dict[str, Any]:
        """Measure."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_WHILE_MEASURING, MEMORY_WHILE_MEASURING))
        sound = np.concatenate(self._blocks, axis=1).mean(axis=0, dtype=np.float32) / np.float32(32768)
        return {"snr_db": measure.snr_db(sound)}


if __name__ == "__main__":
    main(sys.argv[1:])
