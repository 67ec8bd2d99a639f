"""Job bookmarks: what earlier runs have read. A run finds the state that the last run left which
committed, and leaves a new one when it commits. Glue user guide, "Tracking processed data using
job bookmarks"."""

import json
import os

ENABLE, PAUSE, DISABLE = "job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"

_option = DISABLE
_state = {}
_seen = {}
_place = None


def offer(state, place):
    """Says what was kept, and the file in which to keep what comes of this run."""
    global _state, _place
    _state, _place = state or {}, place


def begin(args):
    global _option, _seen
    _option = args.get("job_bookmark_option") or DISABLE
    _seen = {}
    if _option not in (ENABLE, PAUSE, DISABLE):
        raise ValueError(f"--job-bookmark-option is {ENABLE}, {PAUSE} or {DISABLE}, got '{_option}'")


def candidates(transformation_ctx, objects):
    """Those of a source's objects that no committed run has read.

    An object counts as read if it was there, as old as it is, when a run that committed read the
    source. Without a transformation_ctx there is no bookmark.
    """
    if not is_on(transformation_ctx):
        return objects
    before = _state.get(transformation_ctx, {})
    latest, at_latest = before.get("latest", ""), set(before.get("keys", []))
    return [
        found
        for found in objects
        if _stamp(found) > latest or (_stamp(found) == latest and found["Key"] not in at_latest)
    ]


def read(transformation_ctx, objects):
    """Remembers that a source's objects were read; they are the oldest of the candidates."""
    if not is_on(transformation_ctx) or not objects:
        return
    before = _state.get(transformation_ctx, {})
    newest = max(map(_stamp, objects))
    keys = {found["Key"] for found in objects if _stamp(found) == newest}
    if newest == before.get("latest"):
        keys |= set(before["keys"])
    _seen[transformation_ctx] = {"latest": newest, "keys": sorted(keys)}


def is_on(transformation_ctx):
    return _option != DISABLE and bool(transformation_ctx)


def commit():
    """Keeps what this run has read, unless bookmarks are paused."""
    if _option != ENABLE or _place is None:
        return
    partial = _place + ".partial"
    with open(partial, "w") as file:
        json.dump({**_state, **_seen}, file)
    os.rename(partial, _place)


def _stamp(found):
    return found["LastModified"].isoformat(timespec="milliseconds")
