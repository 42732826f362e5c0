"""The words of the Messages place, and what may be typed as a position. Texts only."""

from __future__ import annotations

from kafkatui.tui.words import Word

POSITIONS = "start · end · 1200 · -100 · @-30m · @2026-11-25T15:00 go there; FROM:TO looks at that only, : at all"
COMPLETIONS = ("start", "end", "-100", "@-5m", "@-30m", "@-1h", "@-1d", "@-30m:", "@-1h:@-30m", "start:end")
WORDS = [
    Word(
        "position", "Where to go: start, end, an offset, -100 (before the end), @TIME; FROM:TO looks at a range only."
    ),
    Word("~ records", "Offsets in the range: compaction and transactions leave fewer records than offsets."),
    Word("time", "The record's timestamp in your zone; the view Source has its type and milliseconds."),
    Word("p", "The partition."),
    Word("offset", "The record's number in its partition; it never changes."),
    Word("null", "No value at all, which is not an empty one: in a compacted topic it deletes the key."),
    Word("✖", "Could not be read or decoded; the line at the bottom says why. The bytes are there all the same."),
    Word("find", "text lies in key, value or a header; key=K, header NAME=VALUE, where value.amount > 100 say more."),
    Word("searched", "How much of the range was gone over. All hits are counted, the newest 20,000 are kept."),
    Word("follow", "What is written from now on comes in by itself. Paused, it is kept and counted."),
    Word("loaded", "Records in memory; more are read when the cursor comes near an end, far ones are dropped."),
]
