#!/usr/bin/env python3
"""Runs `bonafide explain` over the cases of replies.py."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import replies

bonafide, source = sys.argv[1:3]


class Replies(unittest.TestCase):
    def test_every_case(self):
        for case in replies.CASES:
            text, receiver, cause = case[:3]
            with self.subTest(text[:90]):
                done = subprocess.run([bonafide, "explain", "-", "--json", "--lang", "en", "--zone", f"{source}/demo/zone"], input=text.encode(), capture_output=True, timeout=30)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                value = json.loads(done.stdout)
                self.assertEqual((value["receiver"], value["cause"]), (receiver, cause))
                for key, expected in (case[3] if len(case) > 3 else {}).items():
                    self.assertEqual(value[key], expected, key)
                self.assertTrue(value["summary"] and (value["fix"] or cause == "none"), value)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
