"""SPF: generated cases evaluated by src/spf, pyspf and Mail::SPF. Whoever differs must differ for a known reason.

    python3 compare_spf.py SPF_DRIVER SOURCE_FOLDER PARTS_FOLDER

BONAFIDE_DIFFERENTIAL_SPF and BONAFIDE_DIFFERENTIAL_SEED change the number of cases and the seed. No network but for fetching the peers'
packages, once; the test is skipped where they cannot be had."""

import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "e2e"))
import lib
import spf_cases
from spf_classes import MAIL_SPF, PYSPF, Dispute, classify, classify_explanation

CASES = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SPF", "10000"))
SEED = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SEED", "7208"))
SHOWN = 5  # unexplained disagreements printed in full
PIECES = 4  # a peer's input is cut so that the processors share it


def flat(case):
    """A case as mail_spf_driver.pl reads it: fields divided by 0x1E, the parts of a DNS record by 0x1F."""
    fields = [case["ip"], case["helo"], case["mail_from"]]
    for name, entry in case["zone"].items():
        name = name.lower()
        fields.append(f"{name}\x1fexists")
        for kind, rows in entry.items():
            if kind in ("TIMEOUT", "SERVFAIL"):
                fields += [f"{name}\x1ffails {which}" for which in (["*"] if rows is True else rows)]
            elif kind == "CNAME":
                fields.append(f"{name}\x1fCNAME\x1f{rows}")
            elif kind == "MX":
                fields += [f"{name}\x1fMX\x1f{host}" for _, host in rows]
            else:
                fields += ["\x1f".join([name, kind, *([row] if isinstance(row, str) else row)]) for row in rows]
    return "\x1e".join(fields).encode("latin-1")


def in_json(case):
    return json.dumps(case).encode()


def run(command, lines, environment):
    done = subprocess.run(command, input=b"\n".join(lines) + b"\n", capture_output=True, timeout=200, env=environment)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(answers) != len(lines):
        raise AssertionError(f"{command}: {len(answers)} answers to {len(lines)} cases: {done.stderr[-2000:]}")
    return answers


def evaluate(cases):
    """The answers of all three to each case."""
    parts_run = lib.fetch(lib.parts, "python3-spf", "python3-dnspython", "libmail-spf-perl")
    environment = os.environ | {"PYTHONPATH": str(lib.parts / "root/usr/lib/python3/dist-packages")}
    programs = {
        "ours": ([lib.bonafide], in_json),
        PYSPF: ([sys.executable, "-B", here / "pyspf_driver.py"], in_json),
        MAIL_SPF: ([parts_run, "perl", here / "mail_spf_driver.pl"], flat),
    }
    size = max(1, -(-len(cases) // PIECES))
    pieces = [cases[at:at + size] for at in range(0, len(cases), size)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {name: [pool.submit(run, command, [form(case) for case in piece], environment) for piece in pieces]
                for name, (command, form) in programs.items()}
        return {name: [answer for job in of_program for answer in job.result()] for name, of_program in jobs.items()}


def disputes(cases, answers, peer):
    """(dispute or None, class or None) of each case; None, None where the peer agrees."""
    for case, ours, (theirs, explanation, reason) in zip(cases, answers["ours"], answers[peer]):
        dispute = Dispute(case, ours, peer, theirs, reason, explanation)
        if theirs != ours["result"]:
            yield dispute, classify(dispute)
        elif theirs == "fail" and explanation.lower() != ours["explanation"].lower():
            yield dispute, classify_explanation(dispute)
        else:
            yield None, None


def named_cases():
    with (here / "disagreements.tsv").open(newline="") as file:
        rows = [line for line in file if not line.startswith("#")]
    return [row for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE) if row["protocol"] == "spf"]


class Spf(unittest.TestCase):
    def test_named_disagreements(self):
        named = named_cases()
        cases = [json.loads(row["case"]) for row in named]
        answers = evaluate(cases)
        for at, row in enumerate(named):
            with self.subTest(row["class"], peer=row["peer"]):
                found, = disputes([cases[at]], {name: [of_all[at]] for name, of_all in answers.items()}, row["peer"])
                self.assertIsNotNone(found[0], "they agree now")
                dispute, name = found
                self.assertEqual((name, dispute.ours["result"], dispute.theirs), (row["class"], row["ours"], row["theirs"]))

    def test_generated_cases(self):
        cases = spf_cases.cases(SEED, CASES)
        answers = evaluate(cases)
        listed = {(row["class"], row["peer"]) for row in named_cases()}
        unexplained = []
        print(f"\nSPF: {CASES} cases, seed {SEED}")
        for peer in (PYSPF, MAIL_SPF):
            counts = collections.Counter()
            for dispute, name in disputes(cases, answers, peer):
                counts[name if dispute and name else "unexplained" if dispute else "agree"] += 1
                if dispute and (name, peer) not in listed:
                    unexplained.append((name, dispute))
            print(f"  {peer}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
        for name, dispute in unexplained[:SHOWN]:
            print(f"{dispute.peer} says {dispute.theirs} {dispute.explanation!r} ({dispute.reason}), we {dispute.ours}, class {name}:\n"
                  f"  {json.dumps(dispute.case)}")
        self.assertEqual(len(unexplained), 0)


def setUpModule():
    lib.fetch(lib.parts, "python3-spf", "python3-dnspython", "libmail-spf-perl")


if __name__ == "__main__":
    lib.main()
