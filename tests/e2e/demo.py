"""The demo's eight messages: the same verdicts with the built-in receiver, and behind a real Postfix where that can be."""

import os
import re
import unittest

import lib

# SPF, DKIM, DMARC as the demo's titles promise them.
EXPECTED = [("pass", ["none"], "fail"), ("none", ["pass"], "none"), ("none", ["none"], "none"), ("pass", ["none"], "none"),
            ("none", ["pass"], "none"), ("pass", ["pass"], "pass"), ("fail", ["pass"], "pass"), ("pass", ["fail"], "fail")]


class Demo(unittest.TestCase):
    def check(self, *options):
        work = lib.folder / "demo"
        done = lib.run("demo", "--work", work, *options, text=True, timeout=170,
                       env=os.environ | {"BONAFIDE_PARTS": str(lib.parts)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        stories = re.split(r"^\d\. ", done.stdout, flags=re.M)[1:]
        found = []
        for story in stories:
            value = re.search(r"Authentication-Results:(.*?)\n   =>", story, re.S).group(1)
            results = lib.verdict(value)
            found.append((results["spf"], results["dkim"], results["dmarc"]))
            self.assertRegex(story, r"=> [A-Z][^\n]{40,}\.\n")
        self.assertEqual(found, EXPECTED)
        return done.stdout

    def test_with_the_built_in_receiver(self):
        self.assertIn("Without Postfix", self.check())

    def test_behind_postfix(self):
        if os.geteuid() != 0:
            self.skipTest("Postfix can only be run by root")
        self.assertIn("asked by Postfix", self.check("--postfix", lib.source / "scripts/postfix-sandbox"))
        pid = lib.folder / "demo/postfix/spool/pid/master.pid"
        self.assertFalse(pid.exists() and os.path.exists(f"/proc/{pid.read_text().strip()}"), "Postfix still runs")


if __name__ == "__main__":
    lib.main()
