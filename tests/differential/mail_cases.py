"""Generates messages and the ways to sign them with DKIM, from a seed."""

import random

WORDS = ["Quarterly", "report", "café", "attached", "please", "see", "numbers", "re:", "2024", "naïve", "=?utf-8?q?caf=C3=A9?=", "a;b", "x=y", "<id@x>"]
CANONICALIZATIONS = [f"{header}/{body}" for header in ("simple", "relaxed") for body in ("simple", "relaxed")]


class Messages:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, values):
        return values[self.random.randrange(len(values))]

    def words(self, least=1, most=8):
        text = ""
        for _ in range(self.random.randrange(least, most + 1)):
            text += self.pick(["", " ", "  ", "\t"]) + self.pick(WORDS) + self.pick([" ", " ", "\r\n ", "\r\n\t", " \t", "\r\n   "])
        return text.rstrip(" \t\r\n") + self.pick(["", "", " ", "\t", "  "])

    def field(self, name):
        name = "".join(c.upper() if self.random.randrange(8) == 0 else c for c in name)
        return f"{name}:{self.pick([' ', ' ', ' ', '  ', chr(9), ''])}{self.words()}\r\n"

    def body(self):
        kind = self.random.randrange(12)
        if kind == 0:
            return ""
        if kind == 1:
            return self.pick(["\r\n", "\r\n\r\n\r\n", " \r\n", "\t\r\n \r\n", "x\r\n"])
        lines = []
        for _ in range(self.random.randrange(1, 12)):
            lines.append(self.pick(["", "", " ", "\t "]) + self.words(0, 6).replace("\r\n", "") + self.pick(["", "", " ", " \t"]))
            if self.random.randrange(20) == 0:
                lines.append("y" * 990)
        text = "\r\n".join(lines)
        return text + self.pick(["\r\n", "\r\n", "\r\n", "", "\r\n\r\n", "\r\n \r\n", "\r\n\r\n\r\n"])

    def message(self):
        """(header fields, body) as text of UTF-8 bytes, one character a byte."""
        names = ["Received", "Received", "To", "Cc", "Date", "Message-ID", "X-Test", "X-Test", "x-test", "Comments", "List-Id", "MIME-Version"]
        fields = [self.field(name) for name in names if self.random.randrange(4)]
        fields += [f"Subject: start {self.words()}\r\n", "From: Ann <ann@sender.example>\r\n"]
        if self.random.randrange(6) == 0:
            fields.append("References:" + "".join(f"\r\n <{i}.{'r' * 60}@sender.example>" for i in range(30)) + "\r\n")
        if self.random.randrange(10) == 0:
            fields += [f"X-Many-{i}: {i}\r\n" for i in range(100)]
        if self.random.randrange(10) == 0:
            fields.append("X-Empty:\r\n")
        self.random.shuffle(fields)
        return [field.encode().decode("latin-1") for field in fields], self.body().encode().decode("latin-1")

    def signed_names(self, fields):
        """h= in lower case: From and Subject, most others as often as they stand, some once more, a few that do not stand at all."""
        present = [field.partition(":")[0].lower() for field in fields]
        names = ["from", "subject"] + [name for name in present if name not in ("from", "subject") and self.random.randrange(3)]
        names += [name for name in dict.fromkeys(present) if self.random.randrange(5) == 0]
        names += [name for name in ("reply-to", "x-absent") if self.random.randrange(4) == 0]
        self.random.shuffle(names)
        return names
