"""Runs one script in this process: what it needs first, then the script, then how it ended."""

import os
import runpy
import sys
import time
import traceback

from lakebed_job import modules
from lakebed_job.launch import write_outcome

# What Glue understands and nothing here can do.
IGNORED = {
    "--extra-jars": "there is no JVM to load them",
    "--enable-spark-ui": "there is no Spark UI",
    "--enable-auto-scaling": "all workers are this machine",
}


def run_script(run):
    """Runs the script that `run` describes; the answer is the exit code."""
    script = run["script"]
    try:
        prepare(run)
        sys.argv = [script, *run["arguments"]]
        runpy.run_path(script, run_name="__main__")
        code, error = 0, None
    except SystemExit as exit:
        code, error = exit_code(exit), None
    except BaseException as failure:
        tell(failure, script)
        code = 1
        error = {
            "class": type(failure).__name__,
            "message": str(failure).strip(),
            "line": line_in(failure, script),
        }
    sys.stdout.flush()
    sys.stderr.flush()
    write_outcome(run, code, error)
    return code


def prepare(run):
    for option, reason in IGNORED.items():
        if run["options"].get(option, "false") != "false":
            print(f"{option} is ignored: {reason}", file=sys.stderr)
    os.environ["TZ"] = "UTC"
    time.tzset()
    memory = limit_memory(run["memory_bytes"])
    modules.install(run)
    if run["kind"] == "spark":
        from lakebed_job import classic

        classic.start_spark(run, memory)


def limit_memory(asked):
    """Keeps this process within the memory of the run's workers; the answer is how much that is.

    A worker has more memory than many a laptop: three quarters of this machine is the most.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    memory = min(asked, machine)
    if memory < asked:
        print(
            f"the run's workers have {asked >> 30} GiB; limited to {memory >> 30} GiB of this machine",
            file=sys.stderr,
        )
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    return memory


def exit_code(exit):
    if exit.code is None:
        return 0
    if isinstance(exit.code, int):
        return exit.code
    print(exit.code, file=sys.stderr)
    return 1


def tell(failure, script):
    """Prints the traceback as if the script alone had run."""
    trace = failure.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    traceback.print_exception(type(failure), failure, trace)


def line_in(failure, script):
    """The last line of the script itself on the way to the failure."""
    if isinstance(failure, SyntaxError) and failure.filename == script:
        return failure.lineno
    lines = [
        frame.lineno for frame in traceback.extract_tb(failure.__traceback__) if frame.filename == script
    ]
    return lines[-1] if lines else None
