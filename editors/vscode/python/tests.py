"""Run tests under pytest, or unittest where that is not installed, and write what became of each.

    python tests.py RESULTS ROOT TEST...     a TEST is FILE or FILE::Class::name

RESULTS gets a JSON object a line: {"file", "id", "outcome", "seconds", "message", "path", "line"}.
"""

import json
import os
import sys
import time


class Results:
    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")

    def write(self, **result):
        self._file.write(json.dumps(result) + "\n")
        self._file.flush()


class Plugin:
    """What pytest calls."""

    def __init__(self, results):
        self._results = results
        self._root = os.getcwd()

    def pytest_configure(self, config):
        self._root = str(config.rootdir)

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.outcome == "passed":
            return
        file, _, name = report.nodeid.partition("::")
        result = {
            "file": os.path.join(self._root, file),
            "id": name.partition("[")[0],
            "outcome": report.outcome,
            "seconds": getattr(report, "duration", 0),
        }
        if report.outcome == "failed":
            result["message"] = report.longreprtext
            crash = getattr(report.longrepr, "reprcrash", None)
            if crash is not None:
                result["path"], result["line"] = os.path.join(self._root, str(crash.path)), crash.lineno
                result["message"] = crash.message + "\n\n" + report.longreprtext  # editors show the first line alone
        elif report.outcome == "skipped" and hasattr(report, "wasxfail"):
            result["message"] = "expected to fail"
        self._results.write(**result)

    def pytest_collectreport(self, report):
        if report.outcome == "failed":
            file = os.path.join(self._root, report.nodeid.partition("::")[0])
            self._results.write(file=file, id="", outcome="failed", seconds=0, message=report.longreprtext)


def run_pytest(pytest, results, tests):
    return pytest.main(tests, plugins=[Plugin(results)])


def run_unittest(results, root, tests):
    import unittest

    class Result(unittest.TextTestResult):
        def startTest(self, test):
            self._began = time.time()
            super().startTest(test)

        def addSuccess(self, test):
            super().addSuccess(test)
            self._tell(test, "passed")

        def addFailure(self, test, err):
            super().addFailure(test, err)
            self._tell(test, "failed", err)

        def addError(self, test, err):
            super().addError(test, err)
            self._tell(test, "failed", err)

        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            self._tell(test, "skipped")

        def addExpectedFailure(self, test, err):
            super().addExpectedFailure(test, err)
            self._tell(test, "passed")

        def _tell(self, test, outcome, err=None):
            cls = type(test)
            module = sys.modules.get(cls.__module__)
            result = {
                "file": os.path.abspath(getattr(module, "__file__", "") or ""),
                "id": cls.__qualname__ + "::" + test.id().rpartition(".")[2],
                "outcome": outcome,
                "seconds": time.time() - getattr(self, "_began", time.time()),
            }
            if err is not None:
                result["message"] = f"{err[0].__name__}: {err[1]}\n\n" + self._exc_info_to_string(err, test)
                at = err[2]
                while at is not None:
                    if at.tb_frame.f_code.co_filename == result["file"]:
                        result["path"], result["line"] = result["file"], at.tb_lineno
                    at = at.tb_next
            results.write(**result)

    loader = unittest.TestLoader()
    suite = unittest.TestSuite()
    for test in tests:
        file, _, name = test.partition("::")
        folder = os.path.dirname(os.path.abspath(file))
        inside = os.path.relpath(os.path.abspath(file), root)
        packaged = not inside.startswith("..") and os.path.exists(os.path.join(folder, "__init__.py"))
        if not packaged and folder not in sys.path:
            sys.path.insert(0, folder)
        module = os.path.splitext(inside if packaged else os.path.basename(file))[0].replace(os.sep, ".")
        suite.addTests(loader.loadTestsFromName(".".join([module] + [part for part in name.split("::") if part])))
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=2)
    return 0 if runner.run(suite).wasSuccessful() else 1


def main():
    results, root, tests = Results(sys.argv[1]), sys.argv[2], sys.argv[3:]
    sys.path[0] = root
    os.chdir(root)
    try:
        import pytest
    except ImportError:
        return run_unittest(results, root, tests)
    return run_pytest(pytest, results, tests)


if __name__ == "__main__":
    sys.exit(main())
