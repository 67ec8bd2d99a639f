"""The modules and files that a job asks for beside its script."""

import os
import subprocess
import sys

from lakebed_job import objects


class LaunchError(Exception):
    """What a run needs before its script cannot be had."""


def install(run):
    """Brings what the job's options name: `--extra-files`, `--extra-py-files`,
    `--additional-python-modules`."""
    options = run["options"]
    folder = run["folder"]
    for url in listed(options.get("--extra-files")):
        fetch(url, folder)
    for url in listed(options.get("--extra-py-files")):
        file = fetch(url, os.path.join(folder, "py"))
        place = os.path.dirname(file) if file.endswith(".py") else file
        if place not in sys.path:
            sys.path.insert(0, place)
    asked = [module for module in listed(options.get("--additional-python-modules"))]
    missing = [module for module in asked if not is_there(module)]
    if missing:
        pip_install(missing, options, folder)


def listed(text):
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def fetch(url, folder):
    try:
        return objects.download(url, folder)
    except Exception as error:
        raise LaunchError(f"cannot download {url}: {error}") from error


def is_there(module):
    """Whether the environment has what a requirement asks for."""
    import importlib.metadata

    name, _, version = module.partition("==")
    try:
        installed = importlib.metadata.version(name.strip())
    except importlib.metadata.PackageNotFoundError:
        return False
    return not version or installed == version.strip()


def pip_install(modules, options, folder):
    """Installs modules for this run alone. Needs a package index, or wheels in S3."""
    target = os.path.join(folder, "modules")
    wanted = [
        fetch(module, os.path.join(folder, "wheels")) if objects.is_s3(module) else module
        for module in modules
    ]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--retries", "1", "--timeout", "10", "--target", target]
    command += options.get("--python-modules-installer-option", "").split()
    done = subprocess.run([*command, *wanted], capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        reason = next(
            (line for line in reversed(said) if line.startswith("ERROR")),
            said[-1] if said else "no reason told",
        )
        raise LaunchError(
            f"--additional-python-modules: pip cannot install {', '.join(modules)} ({reason}); "
            "without a network name wheels in S3"
        )
    sys.path.insert(0, target)
