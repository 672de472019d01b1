#!/usr/bin/env python3
"""Runs `bonafide check` over the zones of zones.py: what must be found is found, nothing else is said, and the true cause stands first."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import zones

bonafide = sys.argv[1]


class Zones(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def report(self, domain, zone, arguments):
        file = pathlib.Path(self.folder.name) / "zone.json"
        file.write_text(json.dumps(zone))
        done = subprocess.run([bonafide, "check", domain, "--zone", file, "--json", "--lang", "en"] + arguments, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_every_zone(self):
        for name, domain, zone, arguments, expected, first, also in zones.rows():
            with self.subTest(name):
                report = self.report(domain, zone, arguments)
                said = [finding["id"] for finding in report["findings"] if finding["severity"] in ("error", "warning")]
                # What the table of ids calls a notice may be expected too.
                everything = {finding["id"] for finding in report["findings"]}
                self.assertLessEqual(expected, everything, f"missed: {expected - everything}; said: {said}")
                self.assertLessEqual(set(said), expected | also, f"false alarms: {set(said) - expected - also}")
                if first:
                    self.assertEqual(report["findings"][0]["id"], first, said)
                if not expected:
                    self.assertEqual(report["grade"], "A", said)
                for finding in report["findings"]:
                    self.assertTrue(finding["title"], finding)
                    if finding["severity"] in ("error", "warning"):
                        self.assertTrue(finding["why"] and finding["fix"], finding)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
