"""The reason in a failure of Spark, as one line."""

from streaming.cluster.check import reason, refused_master


def test_the_error_that_python_names_in_a_long_failure_is_the_reason():
    failure = Exception(
        "An error occurred while calling o1.collect.\n"
        ": org.apache.spark.SparkException: Job aborted: Lost task 0.3 in stage 0.0\n"
        "Traceback (most recent call last):\n"
        '  File "worker.py", line 1, in main\n'
        "ModuleNotFoundError: No module named 'msgspec'\n"
        "\n\tat org.apache.spark.api.python.BasePythonRunner\n"
    )
    assert reason(failure) == "ModuleNotFoundError: No module named 'msgspec'"


def test_without_one_it_is_the_first_cause_that_java_names():
    failure = Exception(
        "An error occurred while calling None.org.apache.spark.api.java.JavaSparkContext.\n"
        ": org.apache.spark.SparkException: External scheduler cannot be instantiated\n"
        "\tat org.apache.spark.SparkContext$.createTaskScheduler(SparkContext.scala:3000)\n"
        "Caused by: io.fabric8.kubernetes.client.KubernetesClientException: An error has occurred.\n"
        "\tat io.fabric8.kubernetes.client\n"
        "Caused by: java.net.ConnectException: Connection refused: /127.0.0.1:6444\n\t... 3 more\n"
    )
    assert reason(failure) == "java.net.ConnectException: Connection refused: /127.0.0.1:6444"
    line = str(refused_master("k8s://https://127.0.0.1:6444", failure))
    assert line.startswith("Spark cannot use SPARK_MASTER=k8s://https://127.0.0.1:6444: java.net.ConnectException: ")
    assert line.endswith("; the address must be that of Kubernetes' API, and the service account able to create pods")


def test_without_such_a_line_it_is_the_first():
    assert reason(Exception("\n Connection refused \n at java")) == "Connection refused"
    assert reason(ValueError()) == "ValueError"


def test_an_application_that_yarn_refused_is_named_with_what_it_needs():
    failure = Exception(
        "An error occurred while calling None.org.apache.spark.api.java.JavaSparkContext.\n"
        ": java.lang.IllegalArgumentException: Required executor memory (1024 MB) is above the max threshold (512 MB)\n"
    )
    line = str(refused_master("yarn", failure))
    assert "above the max threshold (512 MB); its queue must take applications of this user, and nodes be" in line
