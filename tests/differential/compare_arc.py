"""ARC: chains of one to five hops sealed by dkimpy and Mail::DKIM in turn. `bonafide verify` must validate each, and none that was broken.

    python3 compare_arc.py BONAFIDE SOURCE_FOLDER PARTS_FOLDER

BONAFIDE_DIFFERENTIAL_ARC and BONAFIDE_DIFFERENTIAL_SEED change the number of chains and the seed."""

import collections
import os
import re
import unittest

import compare_dkim
import lib
import mail_cases
from compare_dkim import DKIMPY, MAIL_DKIM

CHAINS = int(os.environ.get("BONAFIDE_DIFFERENTIAL_ARC", "50"))
SEED = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SEED", "8617"))
MOST_HOPS = 5
FOOTER = b"-- \r\nYou receive this because you are on the list.\r\n"
# Fields written without folding: the two sealers read header fields that begin with a fold in ways of their own.
HEADER = "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nFrom: Ann <ann@sender.example>\r\nTo: list@hop1.example\r\nSubject: start {}\r\nMessage-ID: <{}@sender.example>\r\n\r\n"


class Chain:
    """One message on its way."""

    def __init__(self, number, source):
        self.message = HEADER.format(number, number).encode() + (source.body().strip() or "text").encode() + b"\r\n"
        self.sealers = [source.pick([DKIMPY, MAIL_DKIM]) for _ in range(1 + number % MOST_HOPS)]
        self.list_hop = source.pick([0, 0, 2, 3])  # the hop that is a mailing list with a footer; 0 for none
        self.oldest_pass = 1

    def job(self, hop, keys):
        """The message as hop number `hop` seals it."""
        if hop == self.list_hop:
            self.message = self.message.replace(b"Subject: start", b"Subject: [list] start") + FOOTER
            self.oldest_pass = hop
        key = ("rsa1024", "rsa2048")[hop % 2]
        domain = f"hop{hop}.example"
        results = f"Authentication-Results: mx.{domain}; arc={'pass' if hop > 1 else 'none'}; spf=pass smtp.mailfrom=sender.example\r\n"
        return {"kind": "arc", "message": results + self.message.decode("latin-1"), "domain": domain, "selector": key, "authserv_id": f"mx.{domain}",
                "time": 1700000000 + hop, "key": keys.for_dkimpy(key) if self.sealers[hop - 1] == DKIMPY else str(keys.files[key])}


def without_set(message, instance):
    return re.sub(rb"(?ims)^ARC-[-a-z]+:[^;]*?\bi=%d\b.*?\r\n(?![ \t])" % instance, b"", message)


class Arc(unittest.TestCase):
    def sealed(self):
        source = mail_cases.Messages(SEED)
        keys = compare_dkim.Keys(SEED)
        self.zone = keys.zone(*(f"hop{hop}.example" for hop in range(1, MOST_HOPS + 1)))
        chains = [Chain(number, source) for number in range(CHAINS)]
        for hop in range(1, MOST_HOPS + 1):
            for peer in (DKIMPY, MAIL_DKIM):
                here = [chain for chain in chains if len(chain.sealers) >= hop and chain.sealers[hop - 1] == peer]
                for chain, message in zip(here, compare_dkim.run_signer(peer, [chain.job(hop, keys) for chain in here])):
                    chain.message = message
        return chains

    def test_chains(self):
        chains = self.sealed()
        longer = [chain for chain in chains if len(chain.sealers) > 1]
        variants = {
            "as sealed": [(chain, chain.message) for chain in chains],
            "body": [(chain, compare_dkim.change_body(chain.message)) for chain in chains],
            "header": [(chain, chain.message.replace(b"start", b"stars", 1)) for chain in chains],
            "newest seal": [(chain, compare_dkim.change_signature(chain.message, rb"ARC-Seal")) for chain in chains],
            "newest signature": [(chain, compare_dkim.change_signature(chain.message, rb"ARC-Message-Signature")) for chain in chains],
            "results changed": [(chain, re.sub(rb"(?ims)(^ARC-Authentication-Results:.*?)spf=pass", rb"\1spf=fail", chain.message, count=1))
                                for chain in chains],
            "first set gone": [(chain, without_set(chain.message, 1)) for chain in longer],
        }
        print(f"\nARC: {len(chains)} chains, seed {SEED}")
        counts, wrong = collections.Counter(), []
        for variant, of_variant in variants.items():
            verdicts = compare_dkim.verify_all([message for _, message in of_variant], self.zone)
            for (chain, message), verdict in zip(of_variant, verdicts):
                arc = verdict["arc"]
                if variant == "as sealed":
                    expected = ("pass", 0 if chain.oldest_pass == 1 else chain.oldest_pass)
                    right = (arc["result"], arc["oldest_pass"]) == expected
                else:
                    self.assertNotEqual(message, chain.message)
                    right = arc["result"] == "fail"
                counts[variant, arc["result"]] += 1
                if not right:
                    wrong.append((variant, chain, arc, message))
        for what, count in sorted(counts.items()):
            print(f"  {', '.join(what)}: {count}")
        for variant, chain, arc, message in wrong[:3]:
            print(f"{variant} {chain.sealers} list at {chain.list_hop}: {arc}\n{message.decode('latin-1')}")
        self.assertEqual(len(wrong), 0)


def setUpModule():
    lib.fetch(lib.parts, "python3-dkim", "python3-nacl", "python3-dnspython", "python3-authres", "libmail-dkim-perl")


if __name__ == "__main__":
    lib.main()
