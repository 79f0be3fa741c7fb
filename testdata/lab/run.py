"""Runs scenarios, several side by side, and writes the tables made from them. Called by make.sh."""

import argparse
import concurrent.futures
import csv
import os
import signal
import sys

import scenarios  # noqa: F401  (registers the scenarios)
from ikelab.scenario import CAPTURES, SCENARIOS, make

COLUMNS = ["scenario", "pair", "keys", "outcome", "stage", "cause", "confidence", "want", "never", "issue"]
TABLE_BEGIN, TABLE_END = "<!-- made by lab/make.sh --expected -->", "<!-- end -->"


def main():
    parser = argparse.ArgumentParser(prog="make.sh", description="Makes captures of real IKE negotiations.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; all without")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument(
        "--expected", action="store_true", help="only write captures/expected.tsv and the table of README.md"
    )
    parser.add_argument("-j", "--jobs", type=int, default=4, help="scenarios side by side (4)")
    options = parser.parse_args()
    end_tidily()
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if options.list:
        print("\n".join(SCENARIOS))
        return 0
    failed = [] if options.expected else make_all(options.names or list(SCENARIOS), options.jobs)
    write_expected()
    write_readme()
    for name, error in failed:
        print(f"FAILED {name}: {error}", file=sys.stderr)
    return 1 if failed else 0


def make_all(names, jobs):
    os.makedirs(CAPTURES, exist_ok=True)
    failed = []
    # A process per scenario: the namespaces are named after its id.
    with concurrent.futures.ProcessPoolExecutor(jobs, initializer=end_tidily, max_tasks_per_child=1) as pool:
        running = {pool.submit(make, name): name for name in names}
        try:
            for done in concurrent.futures.as_completed(running):
                try:
                    print(done.result(), flush=True)
                except Exception as error:  # one scenario that fails must not end the others
                    failed.append((running[done], error))
        finally:
            pool.shutdown(cancel_futures=True)
    return failed


def end_tidily():
    """Lets SIGTERM end the process by an exception, so that a scenario takes its daemons and namespaces away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def made():
    """The scenarios that have a capture, by name."""
    return [
        (name, spec)
        for name, spec in sorted(SCENARIOS.items())
        if spec.frames_p is None and all(map(os.path.exists, spec.targets.values()))
    ]


def write_expected():
    with open(os.path.join(CAPTURES, "expected.tsv"), "w", encoding="ascii", newline="") as out:
        table = csv.DictWriter(out, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        for name, spec in made():
            for row in spec.expect:
                table.writerow({"scenario": name} | {column: getattr(row, column) for column in COLUMNS[1:]})


def write_readme():
    path = os.path.join(os.path.dirname(CAPTURES), "README.md")
    with open(path, encoding="utf-8") as page:
        text = page.read()
    rows = ["| capture | IKE | truth | what happens |", "| --- | --- | --- | --- |"]
    for name, spec in made():
        truth = ", ".join(filter(None, [spec.outcome, spec.stage if spec.stage != "none" else "", spec.cause]))
        rows.append(f"| `{name}` | {spec.version} | {truth} | {spec.about} |")
    head, rest = text.split(TABLE_BEGIN)
    tail = rest.split(TABLE_END)[1]
    with open(path, "w", encoding="utf-8") as page:
        page.write(head + TABLE_BEGIN + "\n" + "\n".join(rows) + "\n" + TABLE_END + tail)


if __name__ == "__main__":
    sys.exit(main())
