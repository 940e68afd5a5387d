"""Sound files made on the spot: good ones in every format, and those that attackers send."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
Samples = npt.NDArray[np.int16]


def tone(seconds: float, *, rate: int = RATE, channels: int = 1) -> Samples:
    """Return a sine, a different pitch a channel, of shape (channels, samples)."""
    time = np.arange(int(seconds * rate)) / rate
    rows = [8000 * np.sin(2 * np.pi * 220 * (number + 1) * time) for number in range(channels)]
    return np.asarray(rows, dtype=np.int16)


def wav(
    samples: Samples, *, rate: int = RATE, claimed_bytes: int | None = None, claimed_channels: int = 0, tag: int = 1
) -> bytes:
    """Return a WAV file; its header may claim what isn't so."""
    body = samples.T.tobytes()
    channels = claimed_channels or len(samples)
    size = len(body) if claimed_bytes is None else claimed_bytes
    form = struct.pack("<HHIIHH", tag, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, (channels * 2) & 0xFFFF, 16)
    head = b"RIFF" + struct.pack("<I", min(36 + size, 0xFFFFFFFF)) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", size) + body


def encoded(samples: Samples, form: str, codec: str, *, rate: int = RATE) -> bytes:
    """Return the samples in another format, by FFmpeg's encoder."""
    layout = "mono" if len(samples) == 1 else "stereo"
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format.name, layout, rate, frame_size=stream.frame_size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return out.getvalue()


def write(folder: Path, content: bytes) -> Path:
    """Put the content into a file."""
    file = folder / "recording"
    file.write_bytes(content)
    return file
