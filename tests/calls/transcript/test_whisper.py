"""Long calls on the local engine: heard in pieces, none cut in the middle of a word."""

import numpy as np

from calls.transcript.providers import whisper

RATE = whisper.RATE
PAUSE = 1190


def test_a_long_channel_is_cut_in_its_pauses_and_nothing_of_it_is_left_out() -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, size=2500 * RATE).astype(np.float32)
    noise[PAUSE * RATE : (PAUSE + 1) * RATE] = 0.0

    pieces = list(whisper._pieces(noise))

    begins = [begin for begin, _ in pieces]
    assert np.array_equal(np.concatenate([piece for _, piece in pieces]), noise)
    assert begins[0] == 0
    assert PAUSE < begins[1] < PAUSE + 1
    assert all(len(piece) <= whisper.PIECE_SECONDS * RATE for _, piece in pieces)
    assert begins == [sum(len(before) for _, before in pieces[:number]) / RATE for number in range(len(pieces))]


def test_a_short_channel_is_one_piece() -> None:
    silence = np.zeros(99 * RATE, dtype=np.float32)

    assert [(begin, len(piece)) for begin, piece in whisper._pieces(silence)] == [(0, len(silence))]
