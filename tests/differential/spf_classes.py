"""Why two implementations of SPF may disagree: every class is a predicate over a case and the two results, in the order tried.

The rule that decides, and a reduced case of each class, stand in disagreements.tsv."""

import re
from dataclasses import dataclass

PYSPF, MAIL_SPF = "pyspf", "Mail::SPF"


@dataclass
class Dispute:
    """One case on which a peer differs. `ours` is the answer of spf_driver, (`theirs`, `reason`) that of the peer."""

    case: dict
    ours: dict
    peer: str
    theirs: str
    reason: str
    explanation: str = ""

    @property
    def syntax(self):
        return self.ours["code"] == "syntax"

    def records(self):
        for entry in self.case["zone"].values():
            for text in entry.get("TXT", []):
                yield text if isinstance(text, str) else "".join(text)

    def has_term(self, pattern):
        return any(re.search(r"(?i)(^| )[-+~?]?(" + pattern + ")", record) for record in self.records())

    def has_broken_reverse_name(self):
        """The names of a client address, or an address of such a name, cannot be looked up."""
        entries = [entry for name, entry in self.case["zone"].items() if name.endswith(".arpa")]
        return any(entry.get("SERVFAIL") or "slow.example.net" in entry.get("PTR", []) for entry in entries)

    def is_v4(self):
        return ":" not in self.case["ip"] or self.case["ip"].lower().startswith("::ffff:")


CLASSES = [
    # What is checked.
    ("single-label-identity", lambda d: d.ours["code"] == "bad-domain" and d.ours["result"] == "none" and "." not in d.case["helo"].strip("[]")),
    ("address-as-identity", lambda d: d.ours["code"] == "bad-domain" and d.ours["result"] == "none" and "[" in d.case["helo"] + d.case["mail_from"]),
    ("first-at-sign", lambda d: d.peer == PYSPF and d.case["mail_from"].count("@") > 1 and d.theirs == "none"),
    ("final-dot", lambda d: d.peer == PYSPF and d.case["mail_from"].endswith(".") and d.theirs == "none"),
    # What matches before anything can go wrong.
    ("v4-in-ip6-network", lambda d: d.peer == MAIL_SPF and d.is_v4() and d.has_term(r"ip6:[^ ]*/\d(?= |$)|ip6:::ffff:")),
    # What counts.
    ("void-look-ups-counted", lambda d: re.search("(?i)void (dns )?look-?ups? limit", d.reason) and d.ours["code"] != "too-many-void-lookups"),
    ("redirect-counted-unused", lambda d: d.peer in (PYSPF, MAIL_SPF) and re.search("(?i)dns-interactive terms|too many dns", d.reason)
     and d.ours["code"] != "too-many-lookups" and d.has_term("redirect=")),
    ("p-macro-not-counted", lambda d: d.ours["code"] == "too-many-lookups" and d.ours["result_lookups"] == d.theirs and d.has_term(r"\S*%\{p")),
    ("mx-hosts-truncated", lambda d: d.peer == MAIL_SPF and d.ours["code"] == "too-many-mx"),
    ("empty-label", lambda d: d.peer == MAIL_SPF and ".." in d.case["mail_from"] and d.has_term(r"\S*%\{[ls]")),
    # When an error shows.
    ("reverse-name-error", lambda d: d.theirs == "temperror" and d.has_broken_reverse_name() and d.ours["code"] != "dns-error"),
    ("unknown-modifier-c", lambda d: d.peer == PYSPF and "macros allowed in exp= text only" in d.reason and d.has_term(r"\S+=\S*%\{[crt]")),
    ("unknown-modifier-twice", lambda d: d.peer == PYSPF and re.search(r": (?!exp|redirect)\S+= MUST appear at most once", d.reason)),
    ("percent-at-end", lambda d: d.peer == PYSPF and "invalid-macro-char" in d.reason and d.has_term(r"\S*%%(?= |$)")),
    ("trivial-recursion", lambda d: d.peer == PYSPF and "trivial recursion" in d.reason),
    # What a record means.
    ("macro-keeps-none", lambda d: d.syntax and re.search(r"%\{[a-z]0", d.ours["term"])),
    ("bad-macro-after-match", lambda d: d.peer == MAIL_SPF and d.syntax and re.search(r"%\{[^slodipvh]", d.ours["term"])),
    ("macro-transformer-garbage", lambda d: d.peer == PYSPF and d.syntax and "%{" in d.ours["term"]),
    ("modifier-case", lambda d: d.peer == PYSPF and any(re.search(r"(^| )(?!exp=|redirect=)(?i:exp|redirect)=", record) for record in d.records())),
    ("empty-domain", lambda d: d.peer == MAIL_SPF and d.syntax and re.search(r"(?i)(a|mx|ptr):(/|$)", d.ours["term"])),
    ("unicode-letters", lambda d: d.peer == MAIL_SPF and d.syntax and re.search(r"\\x", d.ours["term"])),
]


# Both say fail, and the texts they give differ.
EXPLANATION_CLASSES = [
    ("explanation-not-ascii", lambda d: d.peer == MAIL_SPF and not d.ours["explanation"] and not d.explanation.isascii()),
    ("explanation-bad-macro", lambda d: d.peer == MAIL_SPF and not d.ours["explanation"] and re.search("%", d.explanation)),
    ("explanation-postmaster", lambda d: d.case["mail_from"].startswith("@") and d.ours["explanation"].replace("postmaster%40", "%40") == d.explanation),
    ("explanation-cut", lambda d: d.peer == PYSPF and len(d.ours["explanation"]) > 253 and d.ours["explanation"].endswith(d.explanation)),
    ("explanation-p", lambda d: d.ours["explanation"].endswith(" is you") and not d.explanation),
    ("modifier-case", lambda d: d.peer == PYSPF and any(re.search(r"(^| )(?!exp=|redirect=)(?i:exp|redirect)=", record) for record in d.records())),
]


def classify(dispute):
    return first_that_holds(CLASSES, dispute)


def classify_explanation(dispute):
    return first_that_holds(EXPLANATION_CLASSES, dispute)


def first_that_holds(classes, dispute):
    for name, holds in classes:
        if holds(dispute):
            return name
    return None
