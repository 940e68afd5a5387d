"""The path of a call, in order. The engine, the dashboard, the commands and the docs read it from here."""

from pipeline.stages import s2_call, s3_recording, s4_transcript, s5_extraction, s6_score, s7_sync
from pipeline.steps.stage import Stage

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        s2_call.stage,
        s3_recording.stage,
        s4_transcript.stage,
        s5_extraction.stage,
        s6_score.stage,
        s7_sync.stage,
    )
}
