"""Recognises what a file is by its first bytes: the five audio formats that are taken, and what others are."""

import dataclasses

HEAD_BYTES = 512


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """An audio format that is taken; `demuxer` is FFmpeg's name for its reader."""

    name: str
    content_type: str
    demuxer: str


WAV = Format("wav", "audio/wav", "wav")
MP3 = Format("mp3", "audio/mpeg", "mp3")
FLAC = Format("flac", "audio/flac", "flac")
AMR = Format("amr", "audio/amr", "amr")
OGG = Format("ogg", "audio/ogg", "ogg")
TAKEN = {one.name: one for one in (WAV, MP3, FLAC, AMR, OGG)}

_STARTS = ((b"fLaC", FLAC), (b"OggS", OGG), (b"#!AMR\n", AMR), (b"#!AMR-WB\n", AMR), (b"ID3", MP3))
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF", "a PDF"),
    (b"\x1aE\xdf\xa3", "a WebM or Matroska file"),
    (b"#EXTM3U", "a playlist"),
    (b"v=0\r\n", "a session description"),
    (b"v=0\n", "a session description"),
    (b"ffconcat", "a playlist"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<?xml", "XML"),
    (b"<svg", "an SVG picture"),
    (b"<", "a web page"),
)


def recognise(head: bytes) -> Format | None:
    """Return the format that a file's first bytes announce, if it is one that is taken."""
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return WAV
    for start, one in _STARTS:
        if head.startswith(start):
            return one
    return MP3 if _is_mpeg_frame(head) else None


def describe(head: bytes) -> str:
    """Return what a file that is not taken seems to be, for people."""
    if not head:
        return "empty"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, name in _OTHERS:
        if text.startswith(start.lower()):
            return name
    return "an MP4 file" if head[4:8] == b"ftyp" else "not in a known audio format"


def _is_mpeg_frame(head: bytes) -> bool:
    """Return whether the bytes begin with the header of an MPEG audio frame of layer 1 to 3."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004  (ISO 11172-3, 2.4.2.3)
        return False
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    bitrate, rate = head[2] >> 4, (head[2] >> 2) & 3
    return version != 1 and layer != 0 and bitrate not in {0, 15} and rate != 3  # noqa: PLR2004
