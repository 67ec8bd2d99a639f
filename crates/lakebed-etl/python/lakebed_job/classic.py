"""Spark for scripts that expect the classic one: a Spark Connect server in this process, and the
names that its client lacks (`SparkContext`, `SQLContext`, `spark.sparkContext`)."""

import os
import sys
import types
import warnings

NO_JVM = "needs Spark's JVM, which is not here: use DataFrames, or boto3"


def start_spark(run, memory):
    """Makes `SparkSession.builder.getOrCreate()` and `SparkContext` give a session that works."""
    warnings.filterwarnings("ignore", module="pyspark")
    if run["spark_remote"]:
        os.environ["SPARK_REMOTE"] = run["spark_remote"]
        send_our_functions()
    else:
        os.environ["SPARK_REMOTE"] = start_server(memory)
    add_classic_names(configuration(run))
    from awsglue import bookmark
    from lakebed_job import mirror, readers, writers

    bookmark.offer(run["bookmark"], run["bookmark_out"])

    readers.guard()
    writers.guard()
    mirror.guard()


def send_our_functions():
    """Sends functions of `awsglue` along by value: a server elsewhere has no such package."""
    import awsglue.json_schema
    import awsglue.records
    from pyspark import cloudpickle

    for module in (awsglue.json_schema, awsglue.records):
        cloudpickle.register_pickle_by_value(module)


def start_server(memory):
    """Starts Sail on a free port of the loopback interface; the answer is its address."""
    os.environ.setdefault("RUST_LOG", "error")
    # Spark writes Snappy; Sail would write zstd.
    os.environ.setdefault("SAIL_PARQUET__COMPRESSION", "snappy")
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__TYPE", "greedy")
    os.environ.setdefault("SAIL_RUNTIME__MEMORY_POOL__GREEDY__MAX_SIZE", str(memory // 2))
    from pysail.spark import SparkConnectServer

    global server
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    return f"sc://{host}:{port}"


def configuration(run):
    """What the job's `--conf` sets: `a=b --conf c=d`."""
    pairs = {
        # Glue runs Spark with ANSI mode off: a cast that does not fit is null.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    for part in run["options"].get("--conf", "").split("--conf"):
        key, separator, value = part.strip().partition("=")
        if separator:
            pairs[key.strip()] = value.strip()
    return pairs


class Broadcast:
    """A value that every worker sees: here they share the process."""

    def __init__(self, value):
        self.value = value

    def unpersist(self, blocking=False):
        pass

    def destroy(self, blocking=False):
        pass


class SparkContext:
    """What is left of `pyspark.SparkContext` without a JVM."""

    _active = None

    def __init__(self, master=None, appName=None, conf=None, **others):
        self._conf = dict(conf.getAll()) if conf is not None else {}
        SparkContext._active = self

    @classmethod
    def getOrCreate(cls, conf=None):
        if cls._active is None or conf is not None:
            cls(conf=conf)
        return cls._active

    @property
    def session(self):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder
        for key, value in self._conf.items():
            builder = builder.config(key, value)
        return builder.getOrCreate()

    @property
    def version(self):
        return self.session.version

    @property
    def applicationId(self):
        return "local-" + self.session.session_id

    @property
    def defaultParallelism(self):
        return os.cpu_count()

    def getConf(self):
        from pyspark import SparkConf

        return SparkConf().setAll(list(self._conf.items()))

    def setLogLevel(self, level):
        pass

    def setJobGroup(self, group, description, interruptOnCancel=False):
        pass

    def setCheckpointDir(self, folder):
        pass

    def broadcast(self, value):
        return Broadcast(value)

    def addPyFile(self, path):
        from lakebed_job import objects

        file = objects.download(path, os.path.join(os.getcwd(), "py")) if objects.is_s3(path) else path
        sys.path.insert(0, os.path.dirname(file) if file.endswith(".py") else file)

    def stop(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __getattr__(self, name):
        raise NotImplementedError(f"SparkContext.{name} {NO_JVM}")


class SQLContext:
    """The session under its name of Spark 1."""

    def __init__(self, sparkContext, sparkSession=None, jsqlContext=None):
        self.sparkSession = sparkSession or sparkContext.session

    @classmethod
    def getOrCreate(cls, sc):
        return cls(sc)

    def __getattr__(self, name):
        return getattr(self.sparkSession, name)

    def registerDataFrameAsTable(self, frame, name):
        frame.createOrReplaceTempView(name)


def add_classic_names(settings):
    import pyspark
    import pyspark.sql
    import pyspark.sql.context
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    context = types.ModuleType("pyspark.context")
    context.SparkContext = pyspark.SparkContext = SparkContext
    sys.modules["pyspark.context"] = pyspark.context = context
    for module in (pyspark, pyspark.sql, pyspark.sql.context):
        module.SQLContext = module.HiveContext = SQLContext
    pyspark.broadcast = types.ModuleType("pyspark.broadcast")
    pyspark.broadcast.Broadcast = Broadcast
    sys.modules["pyspark.broadcast"] = pyspark.broadcast

    shared = property(lambda session: SparkContext.getOrCreate())
    ConnectSession.sparkContext = SparkSession.sparkContext = shared
    # The session lives as long as the run; a script that stops it may still commit its job.
    ConnectSession.stop = lambda session: None

    builder = SparkSession.Builder
    get_or_create = builder.getOrCreate
    made = []

    def get_configured(self):
        self._options.pop("spark.master", None)
        session = get_or_create(self)
        if not made:
            made.append(session)
            for key, value in settings.items():
                session.conf.set(key, value)
        return session

    builder.getOrCreate = get_configured
    builder.master = lambda self, master: self
