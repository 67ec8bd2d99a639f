"""One server for all wire tests, emptied before each of them, and clients that talk to it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

import boto3
import botocore.config
import pytest
import requests

REGION = "us-east-1"
FIXTURES = pathlib.Path(__file__).resolve().parents[4] / "fixtures"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    # Nothing of the machine's own configuration may reach the clients.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(CREDENTIALS)


class Server:
    """A `lakebed up` of its own, on a free port."""

    def __init__(self, data_dir, *arguments):
        self.data_dir = pathlib.Path(data_dir)
        binary = os.environ.get("LAKEBED_BIN")
        if not binary:
            pytest.exit("set LAKEBED_BIN to the lakebed binary to test")
        self.log = open(self.data_dir.with_suffix(".log"), "ab")
        self.process = subprocess.Popen(
            [binary, "up", "--port", "0", "--data-dir", str(self.data_dir), *arguments],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.endpoint = self._read_endpoint()
        # What else the server prints must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def _read_endpoint(self):
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                return found.group()
        log = self.data_dir.with_suffix(".log").read_text()
        pytest.exit(f"the server ended before it served:\n{log}")

    @property
    def port(self):
        return int(self.endpoint.rsplit(":", 1)[1])

    def client(self, service, config=None, region_name=REGION):
        usual = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=120)
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region_name,
            config=usual.merge(config) if config else usual,
        )

    def reset(self):
        requests.post(f"{self.endpoint}/_lakebed/reset", timeout=60).raise_for_status()

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.log.close()
        return self.process.returncode


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts servers with flags of their own that last until the tests end."""
    started = []

    def start(*arguments):
        server = Server(tmp_path_factory.mktemp("server") / "data", *arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def shared_server(start_server):
    return start_server()


@pytest.fixture
def server(shared_server):
    """The shared server, empty."""
    shared_server.reset()
    return shared_server


@pytest.fixture
def own_server(tmp_path):
    """Starts servers for one test, over `tmp_path/data` unless told otherwise."""
    started = []

    def start(*arguments, data_dir=tmp_path / "data"):
        server = Server(data_dir, *arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):
    """A bucket that is there and empty."""
    s3.create_bucket(Bucket="lake")
    return "lake"


@pytest.fixture
def glue(server):
    return server.client("glue")


@pytest.fixture
def athena(server):
    return server.client("athena")


@pytest.fixture
def aws(server):
    """Runs the AWS CLI and gives what it printed: parsed, if it is JSON."""

    def run(*arguments, input=None):
        command = [sys.executable, "-m", "awscli", "--endpoint-url", server.endpoint, *map(str, arguments)]
        done = subprocess.run(command, input=input, capture_output=True, timeout=120)
        assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}"
        output = done.stdout.decode()
        return json.loads(output) if output.startswith(("{", "[")) else output

    return run


@pytest.fixture
def fixtures():
    """The folder of the data files that come with Lakebed."""
    return FIXTURES
