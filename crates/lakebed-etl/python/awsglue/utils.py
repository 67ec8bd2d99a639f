"""Arguments of a job. Glue PySpark extensions reference, "getResolvedOptions"."""

import argparse


class GlueArgumentError(Exception):
    """An argument a script asks for was not given, or was given badly."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise GlueArgumentError(message)


# What Glue itself passes; a script gets it without asking.
RESERVED = (
    "job-bookmark-option",
    "job-bookmark-from",
    "job-bookmark-to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
    "RedshiftTempDir",
    "TempDir",
)


def getResolvedOptions(args, options):
    """The values of the arguments `--NAME value` for each of `options`, all of which must be
    there, and of those that Glue itself passes."""
    options = [option.removeprefix("--") for option in options]
    reserved = [name.replace("-", "_") for name in RESERVED]
    clash = [
        option
        for option in options
        if option in reserved
        and option not in ("TempDir", "RedshiftTempDir", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION")
    ]
    if clash:
        raise RuntimeError(f"Using reserved arguments {clash}")
    parser = _Parser(allow_abbrev=False, add_help=False)
    for name in RESERVED:
        if name not in options:
            parser.add_argument(f"--{name}", dest=name.replace("-", "_"))
    for option in options:
        parser.add_argument(f"--{option}", dest=option, required=True)
    known, _ = parser.parse_known_args(_joined(args[1:], {*options, *RESERVED}))
    found = vars(known)
    if found["job_bookmark_option"] is None:
        found["job_bookmark_option"] = "job-bookmark-disable"
    return found


def _joined(args, names):
    """`--name value` as `--name=value`: then a value may begin with dashes."""
    joined, rest = [], list(args)
    while rest:
        argument = rest.pop(0)
        if argument.removeprefix("--") in names and argument.startswith("--") and rest:
            argument = f"{argument}={rest.pop(0)}"
        joined.append(argument)
    return joined
