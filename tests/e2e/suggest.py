"""Suggestions learned from traffic: a mailing list breaks its authors' signatures and seals with ARC. `bonafide lists suggest` names it by what
came, trusting it repairs the next message, and nobody is named whose seals do not verify."""

import json
import unittest

import lib
import milter
import signer

KEY = signer.RsaKey()
AUTHORS = ("contoso.com", "fabrikam.com")
LISTS = ("lists.example", "broken.example")
RECIPIENT = "astobes@tailspintoys.com"
CLIENT = "198.51.100.7"
ZONE = "".join(signer.key_record(domain, "s1", KEY) for domain in (*AUTHORS, *LISTS)) + "".join(
    f'_dmarc.{author}. TXT "v=DMARC1; p=reject"\n{author}. MX 10 {author}.\n{author}. A 192.0.2.10\n' for author in AUTHORS)


class Suggest(unittest.TestCase):
    def setUp(self):
        name = self.id().rpartition(".")[2]
        self.ledger, self.pem = lib.folder / f"{name}.db", lib.folder / f"{name}.pem"
        self.pem.write_text(KEY.pem())
        self.daemon = lib.Daemon({"ledger": {"path": str(self.ledger), "batch": "50ms"}}, zone=ZONE)
        self.addCleanup(self.daemon.stop)
        self.count = 0

    def run_command(self, *words):
        done = lib.run(*words, "--ledger", self.ledger, text=True)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def suggested(self, *words):
        """What `lists suggest --json` names."""
        return json.loads(self.run_command("lists", "suggest", "--json", *words))["sealers"]

    def post(self, author, mailing_list, footer=b"", sealed=True):
        """A message of the author's as the list sends it: verified at arrival, changed, sealed; then `footer` behind all that."""
        written = (f"From: Ann <ann@{author}>\r\nTo: choir@{mailing_list}\r\nSubject: rehearsal\r\n"
                   f"Message-ID: <{self.count}@{author}>\r\n\r\nOn Friday.\r\n").encode()
        arrived = signer.sign(written, author, "s1", KEY)
        results = (f"Authentication-Results: mx.{mailing_list}; dkim=pass header.d={author};\r\n"
                   f" dmarc=pass header.from={author}\r\n").encode()
        changed = results + arrived + b"-- \r\nThe choir\r\n"
        if not sealed:
            return changed + footer
        done = lib.run("arc", "seal", "-", "--domain", mailing_list, "--selector", "s1", "--key", self.pem, "--authserv-id",
                       f"mx.{mailing_list}", "--zone", self.daemon.zone, input=changed)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout + footer

    def deliver(self, author, mailing_list, **how):
        """What compauth says of such a message, once it is in the ledger."""
        self.count += 1
        queue_id = f"4{self.count:04}"
        with milter.Peer(self.daemon.port) as peer:
            peer.negotiate()
            peer.open(address=CLIENT)
            peer.envelope(f"<choir-bounces@{mailing_list}>", f"<{RECIPIENT}>", i=queue_id)
            changes, _ = peer.message(self.post(author, mailing_list, **how))
        lib.wait_for(lambda: lib.run("trace", queue_id, "--ledger", self.ledger).returncode == 0, f"{queue_id} in the ledger")
        return milter.compauth(changes)

    def test_a_list_that_breaks_signatures_is_named_until_it_is_trusted(self):
        for author in (*AUTHORS, *AUTHORS):
            self.assertEqual(self.deliver(author, "lists.example"), ("fail", "000"))
        self.assertEqual(self.run_command("lists", "suggest"), "nothing to suggest\n", "four messages are no habit")
        self.assertEqual(self.deliver("contoso.com", "lists.example"), ("fail", "000"))
        text = self.run_command("lists", "suggest")
        self.assertIn("lists.example: its seals verify and DMARC failed for 5 messages of 2 domains in the last 7 days\n", text)
        self.assertIn("bonafide lists add sealers lists.example", text)
        self.assertEqual([(row["sealer"], row["messages"], row["author_domains"]) for row in self.suggested("--least", "1")],
                         [("lists.example", 5, 2)])

        self.run_command("lists", "add", "sealers", "lists.example from=contoso.com", "--note", "a trial", "--by", "ops")
        lib.wait_for(lambda: self.deliver("contoso.com", "lists.example") == ("pass", "130"), "the list's trust for contoso.com")
        self.assertEqual(self.deliver("fabrikam.com", "lists.example"), ("fail", "000"), "it is trusted for contoso.com alone")
        self.assertIn("it is trusted for some mail already", self.run_command("lists", "suggest"))

        self.run_command("lists", "add", "sealers", "lists.example", "--note", "the choir", "--by", "ops")
        lib.wait_for(lambda: self.deliver("fabrikam.com", "lists.example") == ("pass", "130"), "the list's trust for all")
        self.assertEqual(self.run_command("lists", "suggest"), "nothing to suggest\n")
        self.assertEqual(self.suggested("--least", "1"), [])

    def test_nobody_is_named_whose_seals_do_not_verify(self):
        for _ in range(6):
            self.assertEqual(self.deliver("contoso.com", "broken.example", footer=b"changed after it was sealed\r\n"), ("fail", "000"))
            self.assertEqual(self.deliver("contoso.com", "lists.example", sealed=False), ("fail", "000"))
        self.assertEqual(self.run_command("lists", "suggest", "--least", "1"), "nothing to suggest\n")
        self.assertEqual(self.deliver("contoso.com", "lists.example"), ("fail", "000"))
        self.assertEqual([row["sealer"] for row in self.suggested("--least", "1")], ["lists.example"], "by what it sealed alone")


if __name__ == "__main__":
    lib.main()
