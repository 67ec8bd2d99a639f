"""Making and running Glue jobs of scripts."""

import functools
import textwrap
import time

import boto3

OVER = ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"]
ROLE = "arn:aws:iam::000000000000:role/GlueScripts"


class Jobs:
    """Makes jobs of scripts, runs them and tells how they ended."""

    def __init__(self, server, **credentials):
        self.server = server
        client = functools.partial(
            boto3.client, endpoint_url=server.endpoint, region_name="us-east-1", **credentials
        )
        self.s3 = client("s3")
        self.glue = client("glue")
        self.s3.create_bucket(Bucket="scripts")

    def make(self, script, name="job", command="glueetl", **more):
        key = f"{name}.py"
        self.s3.put_object(Bucket="scripts", Key=key, Body=textwrap.dedent(script).encode())
        definition = {
            "Role": ROLE,
            "Command": {"Name": command, "ScriptLocation": f"s3://scripts/{key}", "PythonVersion": "3"},
            **more,
        }
        if command == "glueetl":
            definition.setdefault("WorkerType", "G.1X")
            definition.setdefault("NumberOfWorkers", 2)
        self.glue.create_job(Name=name, **definition)
        return name

    def start(self, name, arguments=None, **more):
        return self.glue.start_job_run(JobName=name, Arguments=arguments or {}, **more)["JobRunId"]

    def get(self, name, run_id):
        return self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]

    def wait(self, name, run_id, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self.get(name, run_id)
            if run["JobRunState"] in OVER:
                return run
            time.sleep(0.05)
        raise AssertionError(f"not over after {seconds} s: {run}\n{self.log(run_id)}")

    def run(self, script, arguments=None, **more):
        name = self.make(script, **more)
        run_id = self.start(name, arguments)
        return self.wait(name, run_id)

    def succeed(self, script, arguments=None, **more):
        run = self.run(script, arguments, **more)
        assert run["JobRunState"] == "SUCCEEDED", f"{run.get('ErrorMessage')}\n{self.log(run['Id'])}"
        return run

    def log(self, run_id):
        """All that the run has written, to whichever log group."""
        logs = self.server.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        pages = (
            page
            for group in groups
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, logStreamNamePrefix=run_id
            )
        )
        return "\n".join(event["message"] for page in pages for event in page["events"])
