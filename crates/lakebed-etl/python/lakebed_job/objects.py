"""Objects in S3, as much as running a job needs."""

import functools
import os


@functools.cache
def client():
    import boto3

    return boto3.client("s3")


def split(url):
    """`s3://bucket/key` as bucket and key; `s3a` and `s3n` are the same."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("s3", "s3a", "s3n"):
        raise ValueError(f"an S3 path is s3://bucket/key, got '{url}'")
    bucket, _, key = rest.partition("/")
    return bucket, key


def is_s3(url):
    return url.startswith(("s3://", "s3a://", "s3n://"))


def listed(url):
    """The objects under a prefix: dicts with Key, Size, LastModified."""
    bucket, prefix = split(url)
    for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def under(folder):
    """The objects of a folder, whatever the slash at its end."""
    return listed(folder.rstrip("/") + "/")


def download(url, folder):
    """Fetches an object into a folder; the answer is the file."""
    bucket, key = split(url)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, key.rsplit("/", 1)[-1])
    client().download_file(bucket, key, path)
    return path


def delete(bucket, keys):
    keys = list(keys)
    for start in range(0, len(keys), 1000):
        batch = [{"Key": key} for key in keys[start : start + 1000]]
        answer = client().delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for error in answer.get("Errors", []):
            raise OSError(f"cannot delete s3://{bucket}/{error['Key']}: {error['Message']}")


def is_hidden(key, folder):
    """Whether Spark takes no notice of an object: a name on its way starts with `_` or `.`."""
    below = key[len(folder) :] if key.startswith(folder) else key
    return any(part.startswith(("_", ".")) and "=" not in part for part in below.split("/") if part)
