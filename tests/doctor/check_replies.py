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
                value = self.explained(text.encode())
                self.assertEqual((value["receiver"], value["cause"]), (receiver, cause))
                for key, expected in (case[3] if len(case) > 3 else {}).items():
                    self.assertEqual(value[key], expected, key)
                self.assertTrue(value["summary"] and (value["fix"] or cause == "none"), value)

    def explained(self, text):
        done = subprocess.run([bonafide, "explain", "-", "--json", "--lang", "en", "--zone", f"{source}/demo/zone"], input=text, capture_output=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return json.loads(done.stdout)

    def bounce(self, diagnostic, returned):
        lines = [
            b"From: MAILER-DAEMON@mx.treyresearch.net",
            b"Subject: Undelivered Mail Returned to Sender",
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
            b"",
            b"--b1",
            b"Content-Type: message/delivery-status",
            b"",
            b"Final-Recipient: rfc822; astobes@tailspintoys.com",
            b"Status: 5.7.26",
            b"Diagnostic-Code: smtp; " + diagnostic,
            b"",
            b"--b1",
            b"Content-Type: message/rfc822",
            b"",
            returned + b"--b1--",
        ]
        return b"\r\n".join(lines) + b"\r\n"

    def test_a_whole_message_that_a_bounce_returns_is_examined(self):
        changed = pathlib.Path(f"{source}/demo/messages/8-list-footer.eml").read_bytes()
        value = self.explained(self.bounce(b"550 5.7.26 DKIM signature of adatum.com did not pass", changed))
        self.assertEqual(value["cause"], "dkim-fail")
        self.assertIn("footer", " ".join(value["details"]) + " ".join(value["fix"]))
        full = self.explained(self.bounce(b"552 5.2.2 mailbox full", changed))
        self.assertEqual(full["cause"], "recipient")
        self.assertNotIn("signature", " ".join(full["details"]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
