"""The reason in a failure of Spark, as one line."""

from streaming.cluster.check import reason


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


def test_without_such_a_line_it_is_the_first():
    assert reason(Exception("\n Connection refused \n at java")) == "Connection refused"
    assert reason(ValueError()) == "ValueError"
