"""The leader of a job run's process group: starts the script, and ends all that the run started.

Its standard input is a pipe that nobody writes to. It closes when the run is stopped and when the
server dies, even by `kill -9`; then this process kills its whole group, itself included. It stays
apart from the script's process, so that a script that holds the interpreter cannot keep it from
that.
"""

import json
import os
import signal
import sys
import threading


def main():
    # Python puts this file's folder first, and modules of a job must not be found by bare names.
    del sys.path[0]
    with open(sys.argv[1]) as file:
        run = json.load(file)
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        from lakebed_job.run import run_script

        sys.exit(run_script(run))
    threading.Thread(target=kill_group_when_abandoned, daemon=True).start()
    _, status = os.waitpid(child, 0)
    if not os.path.exists(run["outcome"]):
        write_outcome(run, os.waitstatus_to_exitcode(status))
    kill_group()


def kill_group_when_abandoned():
    while os.read(0, 1):
        pass
    kill_group()


def kill_group():
    os.killpg(0, signal.SIGKILL)


def write_outcome(run, exit_code, error=None):
    """Says how the script ended, whole or not at all."""
    partial = run["outcome"] + ".partial"
    with open(partial, "w") as file:
        json.dump({"exit": exit_code, "error": error}, file)
    os.rename(partial, run["outcome"])


if __name__ == "__main__":
    main()
