"""`bonafide verify` on odd files and odd DNS: a verdict and exit 0, or exit 1 and one line; never anything else."""

import json
import os
import unittest

import lib
import signer

KEY = signer.RsaKey()
PLAIN = (b"From: ann@sender.example\r\nTo: bob@receiver.example\r\nSubject: x\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
         b"\r\nHello.\r\n")
SIGNED = signer.sign(PLAIN, "sender.example", "k1", KEY)
ZONE = signer.key_record("sender.example", "k1", KEY) + """
sender.example.          60 TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.   60 TXT "v=DMARC1; p=reject"
"""


class VerifyFiles(unittest.TestCase):
    def verify(self, content, *options, zone=ZONE, envelope=("--ip", "192.0.2.10", "--mail-from", "ann@sender.example"), note=b""):
        """The JSON object for a file with that content; `note` is all there is on standard error."""
        file = lib.folder / "message.eml"
        file.write_bytes(content)
        (lib.folder / "zone").write_text(zone if isinstance(zone, str) else json.dumps(zone), encoding="utf-8")
        arguments = ["verify", file, "--zone", lib.folder / "zone", *envelope, *options]
        for way in ("--explain", "--headers"):
            done = lib.run(*arguments, way)
            self.assertEqual((done.returncode, done.stderr), (0, note))
        done = lib.run(*arguments, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, note))
        result = json.loads(done.stdout)
        self.assertLess(len(result["authentication_results"]), 100000)
        return result

    def words(self, *arguments, **options):
        """(SPF, [DKIM...], DMARC)"""
        result = self.verify(*arguments, **options)
        return result["spf"]["result"], [signature["result"] for signature in result["dkim"]], result["dmarc"]["result"]

    def refused(self, path, expected, **options):
        done = lib.run("verify", path, "--ip", "192.0.2.10", "--zone", lib.folder / "zone", text=True, **options)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
        self.assertIn(expected, done.stderr)

    def test_files_that_are_none(self):
        (lib.folder / "zone").write_text(ZONE)
        (lib.folder / "empty").write_bytes(b"")
        self.refused(lib.folder / "empty", "empty")
        self.refused("-", "empty")
        done = lib.run("verify", lib.folder, "--ip", "192.0.2.10", "--zone", lib.folder / "zone", text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)  # several messages have several envelopes
        self.refused(lib.folder / "nowhere\x1b[31m", "nowhere")
        if os.geteuid() != 0:
            (lib.folder / "unreadable").touch(0)
            self.refused(lib.folder / "unreadable", "ermission")

    def test_line_ends(self):
        for content in (SIGNED, SIGNED.replace(b"\r\n", b"\n"), b"From ann@sender.example Thu Jan  1 12:00:00 2026\n" + SIGNED,
                        b"From ann@sender.example Thu Jan  1 12:00:00 2026\n" + SIGNED.replace(b"\r\n", b"\n")):
            self.assertEqual(self.words(content), ("pass", ["pass"], "pass"))

    def test_standard_input(self):
        (lib.folder / "zone").write_text(ZONE)
        done = lib.run("verify", "-", "--ip", "192.0.2.10", "--zone", lib.folder / "zone", "--json", input=SIGNED)
        self.assertEqual(json.loads(done.stdout)["dkim"][0]["result"], "pass")

    def test_no_header_end(self):
        header_only = SIGNED.partition(b"\r\n\r\n")[0]
        for content in (header_only, header_only + b"\r\n", header_only + b"\r\n\r\n"):
            self.assertEqual(self.words(content), ("pass", ["fail"], "pass"))  # its body is missing
        bodiless = signer.sign(PLAIN.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", "sender.example", "k1", KEY, "relaxed/simple")
        self.assertEqual(self.words(bodiless), ("pass", ["pass"], "pass"))
        self.assertEqual(self.words(bodiless[:-2]), ("pass", ["pass"], "pass"))

    def test_no_header(self):
        for content in (b"\r\n", b"\n", b"x", b"just text\nand more\n", b"\r\n\r\nbody", b" folded at the start\r\n\r\n", b":\r\n\r\n",
                        b"\x00\x00\x00", bytes(range(256)) * 10):
            note = b"bonafide verify: %s: does not begin with a header field, so all of it was taken for a body: is it a message?\n" % bytes(lib.folder / "message.eml")
            spf, dkim, dmarc = self.words(content, note=note)
            self.assertEqual((spf, dkim, dmarc), ("pass", [], "permerror"), content[:40])

    def test_authors(self):
        for field, dmarc in ((b"", "permerror"), (b"From: ann@sender.example\r\nFrom: bob@sender.example\r\n", None),
                             (b"From: ann@sender.example\r\nFrom: bob@bank.example\r\n", "permerror"),
                             (b"From:\r\n", "permerror"), (b"From: nobody\r\n", "permerror"), (b"From: <>\r\n", "permerror"),
                             (b"From: \"ann@sender.example\" <a@other.example>\r\n", "none"),
                             (b"FROM : Ann <ann@sender.example>\r\n", "pass"),
                             (b"From: =?utf-8?q?ann=40bank=2Eexample?= <ann@sender.example>\r\n", "pass"),
                             (b"From: (((((((((((((((((((((((((ann@sender.example\r\n", "permerror")):
            with self.subTest(field):
                result = self.verify(PLAIN.replace(b"From: ann@sender.example\r\n", field))["dmarc"]["result"]
                if dmarc:
                    self.assertEqual(result, dmarc)

    def test_bytes(self):
        odd = PLAIN.replace(b"Subject: x", b"Subject: a\x00b\rc\xff\xc3(\x7f\x1b[31m").replace(b"Hello.", b"a\x00b\rc\r\r\xff")
        for canonicalization in ("simple/simple", "relaxed/relaxed"):
            signed = signer.sign(odd, "sender.example", "k1", KEY, canonicalization)
            self.assertEqual(self.words(signed)[1], ["pass"], canonicalization)

    def test_100000_header_fields(self):
        for where in ("before", "after"):
            many = b"".join(b"X-%d: v\r\n" % i for i in range(100000))
            content = many + SIGNED if where == "before" else SIGNED.replace(b"\r\n\r\n", b"\r\n" + many + b"\r\n", 1)
            spf, dkim, dmarc = self.words(content)
            self.assertEqual((spf, dmarc), ("pass", "permerror"))
            self.assertNotIn("pass", dkim)

    def test_megabyte_header_field(self):
        self.assertEqual(self.words(b"X-Long: " + b"x" * 900000 + b"\r\n" + SIGNED), ("pass", ["pass"], "pass"))
        self.assertEqual(self.words(b"X-Long: " + b"x" * 1048576 + b"\r\n" + SIGNED)[2], "permerror")
        self.assertEqual(self.words(b"X-Long: " + b"\r\n ".join([b"x" * 70] * 15000) + b"\r\n" + SIGNED)[2], "permerror")

    def test_500_signatures(self):
        signature = SIGNED[:SIGNED.index(b"From: ")]
        spf, dkim, dmarc = self.words(signature * 500 + PLAIN)
        self.assertEqual((spf, dmarc, len(dkim)), ("pass", "pass", 500))
        self.assertEqual((dkim.count("pass"), dkim.count("policy")), (20, 480))

    def test_huge_signature(self):
        huge = b"DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=k1; bh=; h=" + b":".join([b"from"] * 20000) + b"; b=\r\n"
        spf, dkim, dmarc = self.words(huge + SIGNED)
        self.assertEqual((dkim[1], dmarc), ("pass", "pass"))
        self.assertNotEqual(dkim[0], "pass")

    def test_deep_comments(self):
        for field in (b"Authentication-Results: " + b"(" * 60000 + b"\r\n", b"DKIM-Signature: " + b"(" * 60000 + b"\r\n",
                      b"Authentication-Results: " + b"\"" * 60000 + b"\r\n"):
            self.assertEqual(self.words(field + SIGNED)[2], "pass")

    # ---- DNS, from a zone in JSON ----

    def records(self, **more):
        key = [f"v=DKIM1; k=rsa; p={KEY.public()}"]
        zone = {"sender.example": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]}, "k1._domainkey.sender.example": {"TXT": key},
                "_dmarc.sender.example": {"TXT": ["v=DMARC1; p=reject"]}}
        return zone | {name.replace("__", "."): value for name, value in more.items()}

    def test_dns_failures(self):
        key, dmarc = "k1._domainkey.sender.example", "_dmarc.sender.example"
        for failure in ("SERVFAIL", "TIMEOUT", "BOGUS"):
            with self.subTest(failure):
                self.assertEqual(self.words(SIGNED, zone=self.records() | {"sender.example": {failure: True}}),
                                 ("temperror", ["pass"], "pass"))
                self.assertEqual(self.words(SIGNED, zone=self.records() | {key: {failure: True}}), ("pass", ["temperror"], "pass"))
                self.assertEqual(self.words(SIGNED, zone=self.records() | {dmarc: {failure: True}}),
                                 ("pass", ["pass"], "temperror"))

    def test_cname_loop(self):
        loop = {"loop1.example": {"CNAME": "loop2.example"}, "loop2.example": {"CNAME": "loop1.example"}}
        key, dmarc = "k1._domainkey.sender.example", "_dmarc.sender.example"
        spf, dkim, _ = self.words(SIGNED, zone=self.records() | loop | {"sender.example": {"CNAME": "loop1.example"}})
        self.assertEqual((spf, dkim), ("temperror", ["pass"]))
        _, dkim, _ = self.words(SIGNED, zone=self.records() | loop | {key: {"CNAME": "loop1.example"}})
        self.assertEqual(dkim, ["temperror"])
        _, _, result = self.words(SIGNED, zone=self.records() | loop | {dmarc: {"CNAME": "loop1.example"}})
        self.assertEqual(result, "temperror")

    def test_huge_records(self):
        huge = ["x" * 255] * 250
        key, dmarc = "k1._domainkey.sender.example", "_dmarc.sender.example"
        zone = self.records()
        self.assertEqual(self.words(SIGNED, zone=zone | {"sender.example": {"TXT": [["v=spf1 "] + huge]}})[0], "permerror")
        self.assertEqual(self.words(SIGNED, zone=zone | {key: {"TXT": [["v=DKIM1; p="] + huge]}})[1], ["permerror"])
        self.assertEqual(self.words(SIGNED, zone=zone | {dmarc: {"TXT": [["v=DMARC1; p=reject; "] + huge]}})[2], "none")
        many = {"TXT": [f"unrelated {i}" for i in range(2000)] + ["v=spf1 -all"]}
        self.assertIn(self.words(SIGNED, zone=zone | {"sender.example": many})[0], ("none", "fail", "permerror"))

    def test_zone_errors(self):
        message = lib.folder / "message.eml"
        message.write_bytes(SIGNED)
        for text in ("sender.example. 60 TXT \"unclosed\n", "{\"a\":", "{\"a.example\": 3}", "[1]", "x" * 100000):
            (lib.folder / "broken").write_text(text)
            done = lib.run("verify", message, "--zone", lib.folder / "broken", text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
            self.assertLess(len(done.stderr), 500)


if __name__ == "__main__":
    lib.main()
