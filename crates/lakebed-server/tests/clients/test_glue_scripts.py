"""Script jobs: what a script finds, how it ends, and that nothing of it stays.

They run on the engines in LAKEBED_ENGINES_DIR (`cargo xtask test` installs them).
"""

import json
import os
import pathlib
import subprocess
import time

import pytest
import requests
from glue_scripts import Jobs


@pytest.fixture
def jobs(server):
    return Jobs(server)


def wait_until(is_so, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(f"not so after {seconds} s")


def is_alive(pid):
    """Whether a process runs: one that is dead and not yet waited for does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# Says which processes are its own, then stays: one sleeps, one is busy in the engine.
STAYS = """
    import boto3, os, subprocess, time
    other = subprocess.Popen(["sleep", "600"])
    pids = f"{os.getpid()} {os.getppid()} {other.pid}"
    boto3.client("s3").put_object(Bucket="scripts", Key="pids", Body=pids.encode())
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.getOrCreate()
    spark.sql("SELECT count(*) FROM range(1000000) a CROSS JOIN range(100000000) b").collect()
"""


def processes_of(jobs):
    def told():
        keys = [item["Key"] for item in jobs.s3.list_objects_v2(Bucket="scripts").get("Contents", [])]
        return "pids" in keys

    wait_until(told)
    pids = jobs.s3.get_object(Bucket="scripts", Key="pids")["Body"].read().split()
    assert all(is_alive(int(pid)) for pid in pids)
    return [int(pid) for pid in pids]


def test_a_run_without_an_engine_fails_and_says_what_to_do(own_server, tmp_path):
    jobs = Jobs(own_server("--engines-dir", str(tmp_path / "none")))
    for command, engine in [("glueetl", "spark"), ("pythonshell", "python")]:
        run = jobs.run("print(1)", name=engine, command=command)
        assert run["JobRunState"] == "FAILED"
        assert f"lakebed engines install {engine}" in run["ErrorMessage"]


def test_engines_are_listed_and_removed(tmp_path):
    def engines(*arguments):
        command = [os.environ["LAKEBED_BIN"], "engines", *arguments, "--engines-dir", tmp_path, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "half").write_text("an installation that did not come to its end")
    code, listed, _ = engines("list")
    assert code == 0
    assert [(one["engine"], one["installed"]) for one in listed["engines"]] == [
        ("spark", False),
        ("python", False),
    ]
    assert engines("remove", "spark")[:2] == (0, {"engine": "spark", "removed": True})
    assert engines("remove", "spark")[:2] == (0, {"engine": "spark", "removed": False})
    code, _, error = engines("install", "python", "--python", str(tmp_path / "no-python"))
    assert code == 1
    assert f"cannot run '{tmp_path}/no-python -m venv'" in error


def test_a_script_finds_its_arguments_and_its_role(jobs):
    script = """
        import json, sys, boto3
        who = boto3.client("sts").get_caller_identity()["Arn"]
        boto3.client("s3").put_object(Bucket="scripts", Key="seen", Body=json.dumps([sys.argv, who]).encode())
        print("in the output")
        print("in the errors", file=sys.stderr)
    """
    run = jobs.succeed(
        script,
        {"--day": "2025-01-02", "--TempDir": "s3://scripts/tmp/"},
        DefaultArguments={"--day": "never", "--stage": "dev"},
    )
    arguments, who = json.loads(jobs.s3.get_object(Bucket="scripts", Key="seen")["Body"].read())
    assert pathlib.Path(arguments[0]).name == "job.py"
    given = dict(zip(arguments[1::2], arguments[2::2]))
    assert given == {
        "--TempDir": "s3://scripts/tmp/",
        "--day": "2025-01-02",
        "--stage": "dev",
        "--JOB_NAME": "job",
        "--JOB_RUN_ID": run["Id"],
    }
    assert who == "arn:aws:sts::000000000000:assumed-role/GlueScripts/GlueJobRunnerSession"
    assert "in the output" in jobs.log(run["Id"])
    assert "in the errors" in jobs.log(run["Id"])


def test_a_failure_is_told_with_its_line_in_glues_form(jobs):
    cases = {
        "raises": (
            "x = 1\nraise ValueError('no such day')\n",
            "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 2; ValueError: no such day",
        ),
        "syntax": ("x = 1\ndef (:\n", "Error Category: SYNTAX_ERROR; Failed Line Number: 2; SyntaxError: "),
        "imports": (
            "import no_such_module\n",
            "Error Category: IMPORT_ERROR; Failed Line Number: 1; ModuleNotFoundError: No module named 'no_such_module'",
        ),
        "exits": ("import sys\nsys.exit(3)\n", "Error Category: UNCLASSIFIED_ERROR; SystemExit: 3"),
        "dies": (
            "import os\nos.kill(os.getpid(), 11)\n",
            "Error Category: UNCLASSIFIED_ERROR; the script's process died of signal 11",
        ),
        "rdd": (
            "rows = []\nx = df.rdd.map(f)\n",
            "Error Category: UNSUPPORTED_OPERATION_ERROR; Failed Line Number: 2; the script uses RDDs (.rdd)",
        ),
    }
    for name, (script, expected) in cases.items():
        run = jobs.run(script, name=name)
        assert run["JobRunState"] == "FAILED", name
        assert run["ErrorMessage"].startswith(expected), (name, run["ErrorMessage"])
    jobs.succeed("import sys\nsys.exit(0)\n", name="exits-well")


def test_a_script_that_is_not_there_fails_the_run(jobs):
    jobs.make("print(1)", name="gone")
    jobs.s3.delete_object(Bucket="scripts", Key="gone.py")
    run = jobs.wait("gone", jobs.start("gone"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        "LAUNCH ERROR | Error downloading from S3 for bucket: scripts, key: gone.py."
    )


def test_stopping_a_run_ends_all_it_started(jobs):
    run_id = jobs.start(jobs.make(STAYS))
    pids = processes_of(jobs)
    jobs.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])
    assert jobs.wait("job", run_id)["JobRunState"] == "STOPPED"
    wait_until(lambda: not any(map(is_alive, pids)), seconds=10)


def test_a_timeout_ends_all_a_run_started(own_server):
    jobs = Jobs(own_server())
    run_id = jobs.start(jobs.make(STAYS), Timeout=1)
    pids = processes_of(jobs)
    requests.post(f"{jobs.server.endpoint}/_lakebed/clock?advance=120s", timeout=10).raise_for_status()
    assert jobs.wait("job", run_id)["JobRunState"] == "TIMEOUT"
    wait_until(lambda: not any(map(is_alive, pids)), seconds=10)


@pytest.mark.parametrize("signal", [9, 15])
def test_scripts_end_with_the_server_however_it_ends(own_server, signal):
    jobs = Jobs(own_server())
    run_id = jobs.start(jobs.make(STAYS))
    pids = processes_of(jobs)
    jobs.server.stop(signal)
    wait_until(lambda: not any(map(is_alive, pids)), seconds=10)
    glue = own_server().client("glue")
    run = glue.get_job_run(JobName="job", RunId=run_id)["JobRun"]
    assert run["JobRunState"] == ("FAILED" if signal == 9 else "STOPPED")


def test_files_and_modules_come_with_a_script(jobs):
    jobs.s3.put_object(Bucket="scripts", Key="lib/helper.py", Body=b"def answer():\n    return 42\n")
    jobs.s3.put_object(Bucket="scripts", Key="conf/settings.json", Body=b'{"a": 1}')
    script = """
        import json, helper, boto3
        assert helper.answer() == 42
        assert json.load(open("settings.json")) == {"a": 1}
    """
    options = {
        "--extra-py-files": "s3://scripts/lib/helper.py",
        "--extra-files": "s3://scripts/conf/settings.json",
        "--additional-python-modules": "boto3",
    }
    jobs.succeed(script, options)
    refused = jobs.run(
        "print(1)",
        {
            "--additional-python-modules": "no-such-module-at-all==1",
            "--python-modules-installer-option": "--no-index",
        },
        name="offline",
    )
    assert refused["JobRunState"] == "FAILED"
    assert "no-such-module-at-all==1" in refused["ErrorMessage"]
    assert "name wheels in S3" in refused["ErrorMessage"]


def test_a_python_shell_job_runs_without_spark(jobs):
    script = """
        import awswrangler, pandas
        frame = pandas.DataFrame({"a": [1, 2]})
        awswrangler.s3.to_parquet(frame, "s3://scripts/out/a.parquet")
        assert int(awswrangler.s3.read_parquet("s3://scripts/out/a.parquet")["a"].sum()) == 3
        try:
            import pyspark
        except ImportError:
            pass
        else:
            raise AssertionError("Spark is here")
    """
    run = jobs.succeed(script, command="pythonshell", MaxCapacity=1.0)
    assert run["MaxCapacity"] == 1.0
    hungry = jobs.run("x = bytearray(3 << 30)", name="hungry", command="pythonshell", MaxCapacity=0.0625)
    assert hungry["ErrorMessage"] == "Error Category: OUT_OF_MEMORY_ERROR; Failed Line Number: 1; MemoryError"


def test_credentials_of_a_script_hold_where_signatures_are_checked(own_server, tmp_path):
    identities = tmp_path / "identities.toml"
    identities.write_text(
        '[[accounts]]\nid = "000000000000"\naccess_keys = [{ id = "AKIAROOT", secret = "secret" }]\n'
    )
    server = own_server("--auth", "signed", "--identities", str(identities))
    jobs = Jobs(server, aws_access_key_id="AKIAROOT", aws_secret_access_key="secret")
    script = """
        import boto3
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        spark.range(3).write.parquet("s3://scripts/out/")
        assert spark.read.parquet("s3://scripts/out/").count() == 3
        boto3.client("glue").create_database(DatabaseInput={"Name": "made"})
    """
    jobs.succeed(script)
    assert jobs.glue.get_database(Name="made")["Database"]["Name"] == "made"
