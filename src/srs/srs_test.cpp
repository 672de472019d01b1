#include "base/ascii.hpp"
#include "srs/srs.hpp"

#include <gtest/gtest.h>

namespace bonafide::srs {
namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t now = 1795255200;

Rewriter rewriter(std::string domain = "forwarder.example", std::vector<std::string> secrets = {"tops3cr3t-tops3cr3t"},
                  Settings settings = {}) {
    settings.domain = std::move(domain);
    settings.secrets = std::move(secrets);
    return Rewriter::make(std::move(settings)).value();
}

std::string forward(const Rewriter& by, std::string_view address, std::int64_t at = now) {
    const auto text = by.forward(address, at);
    return text ? *text : fmt::format("({})", to_text(text.error()));
}
std::string reverse(const Rewriter& by, std::string_view address, std::int64_t at = now) {
    const auto text = by.reverse(address, at);
    return text ? *text : fmt::format("({})", to_text(text.error()));
}

TEST(Srs, ThereAndBack) {
    const Rewriter by = rewriter();
    const std::string text = forward(by, "ann@example.org");
    EXPECT_EQ(text.substr(0, 5), "SRS0=");
    EXPECT_EQ(text.substr(9, 1), "=");
    EXPECT_EQ(text.substr(12), "=example.org=ann@forwarder.example");
    EXPECT_EQ(reverse(by, text), "ann@example.org");
    EXPECT_EQ(reverse(by, "<" + text + ">"), "ann@example.org");
}

TEST(Srs, EachAddressComesBack) {
    const Rewriter by = rewriter();
    for (const std::string_view address :
         {"a=b+c-d@example.org", "\"ann lee\"@example.org", "\"a\\\"b\"@example.org", "ann@[192.0.2.1]",
          "\xce\xb1\xce\xbd@\xce\xb1.example", "SRS0@example.org", "SRS0x=a@example.org", "SRS0=a=b@example.org",
          "srs1-list@example.org", "SRS1=a=b=c@example.org", "SRS@example.org", "a@xn--p1ai"})
        EXPECT_EQ(reverse(by, forward(by, address)), address);
}

TEST(Srs, TheSecondForwarderKeepsTheFirst) {
    const Rewriter first = rewriter("first.example"), second = rewriter("second.example", {"second"}),
                   third = rewriter("third.example", {"third"}, {.separator = '+'});
    const std::string one = forward(first, "ann@example.org"), two = forward(second, one), three = forward(third, two);
    EXPECT_EQ(two.substr(0, 5), "SRS1=");
    EXPECT_EQ(two.substr(9), "=first.example=" + one.substr(4, one.find('@') - 4) + "@second.example");
    EXPECT_EQ(three.substr(0, 5), "SRS1+");
    EXPECT_EQ(three.substr(9, two.find('@') - 9), two.substr(9, two.find('@') - 9));
    EXPECT_EQ(reverse(third, three), one); // past the second one
    EXPECT_EQ(reverse(second, two), one);
    EXPECT_EQ(reverse(first, one), "ann@example.org");
}

TEST(Srs, WhatIsLeftAlone) {
    const Rewriter by = rewriter("forwarder.example", {"secret"}, {.local_domains = {"Example.com", ".example.net"}});
    EXPECT_EQ(forward(by, "<>"), "(null sender)");
    EXPECT_EQ(forward(by, ""), "(null sender)");
    EXPECT_EQ(forward(by, "ann@Forwarder.example"), "(own)");
    EXPECT_EQ(forward(by, forward(by, "ann@example.org")), "(own)");
    EXPECT_EQ(forward(by, "ann@example.com"), "(local)");
    EXPECT_EQ(forward(by, "ann@sub.example.com").substr(0, 4), "SRS0");
    EXPECT_EQ(forward(by, "ann@a.b.example.NET"), "(local)");
    EXPECT_EQ(forward(by, "ann@example.net").substr(0, 4), "SRS0");
    EXPECT_EQ(forward(by, "ann"), "(malformed)");
    EXPECT_EQ(forward(by, "@example.org"), "(malformed)");
    EXPECT_EQ(reverse(by, "<>"), "(null sender)");
    EXPECT_EQ(reverse(by, "ann@forwarder.example"), "(not ours)");
    EXPECT_EQ(reverse(by, "SRS0=a=b=c=d@example.org"), "(not ours)");
    EXPECT_EQ(reverse(by, "SRS0=abcd=AA@forwarder.example"), "(malformed)");
    EXPECT_EQ(reverse(by, "SRS1=abcd=first.example=x@forwarder.example"), "(malformed)");
    EXPECT_EQ(reverse(by, "ann"), "(malformed)");
}

TEST(Srs, FoldedCaseAndOtherSeparatorsAreRead) {
    const Rewriter by = rewriter();
    const std::string text = forward(by, "Ann@example.org");
    EXPECT_EQ(reverse(by, ascii::lower(text)), "ann@example.org");
    for (const char separator : {'+', '-'}) {
        std::string other = text;
        other[4] = separator;
        EXPECT_EQ(reverse(by, other), "Ann@example.org");
    }
}

TEST(Srs, HashesOfOlderSecretsAndOtherLengthsCheck) {
    const Rewriter old = rewriter(), rotated = rewriter("forwarder.example", {"new", "tops3cr3t-tops3cr3t"}),
                   later = rewriter("forwarder.example", {"new"});
    const std::string text = forward(old, "ann@example.org");
    EXPECT_EQ(reverse(rotated, text), "ann@example.org");
    EXPECT_EQ(forward(rotated, "ann@example.org"), forward(later, "ann@example.org"));
    EXPECT_EQ(reverse(later, text), "(bad hash)");
    for (const std::size_t length : {Rewriter::least_hash, std::size_t{8}, Rewriter::most_hash}) {
        const std::string longer = forward(
            rewriter("forwarder.example", {"tops3cr3t-tops3cr3t"}, {.hash_length = length, .most_local_part = 90}),
            "ann@example.org");
        EXPECT_EQ(longer.find('=', 5), 5 + length);
        EXPECT_EQ(reverse(old, longer), "ann@example.org");
    }
    std::string shorter = text;
    shorter.erase(8, 1);
    EXPECT_EQ(reverse(old, shorter), "(bad hash)");
}

TEST(Srs, NothingInAnAddressCanBeChanged) {
    const Rewriter by = rewriter();
    const std::string text = forward(by, "ann@example.org");
    for (std::size_t at = 5; at < text.find('@'); ++at) {
        if (text[at] == '=') continue;
        std::string other = text;
        other[at] = other[at] == 'x' ? 'y' : 'x';
        EXPECT_NE(reverse(by, other), reverse(by, text)) << other;
        EXPECT_TRUE(reverse(by, other).starts_with('(')) << other;
    }
}

// COMPATIBILITY.md, postsrsd and libsrs2: nothing stands between the parts that are hashed.
TEST(Srs, TheHashDoesNotSayWhereTheDomainEnds) {
    const Rewriter by = rewriter();
    std::string text = forward(by, "ann@example.org");
    text.replace(text.find("example.org=ann"), 15, "example.or=gann");
    EXPECT_EQ(reverse(by, text), "gann@example.or");
}

TEST(Srs, DaysAreCountedOverTheWrap) {
    const Rewriter by = rewriter();
    for (const std::int64_t start : {now, 1020 * day, std::int64_t{0}}) {
        const std::string text = forward(by, "ann@example.org", start);
        EXPECT_EQ(reverse(by, text, start + 21 * day), "ann@example.org");
        EXPECT_EQ(reverse(by, text, start + 22 * day), "(expired)");
        EXPECT_EQ(reverse(by, text, start - day), "ann@example.org"); // another host's clock
        EXPECT_EQ(reverse(by, text, start - 2 * day), "(expired)");
    }
}

TEST(Srs, LocalPartsAreNotLongerThanAllowed) { // RFC 5321 4.5.3.1.1
    const Rewriter by = rewriter();
    const std::string::size_type around = std::string_view("SRS0=HASH=TT=example.org=").size();
    const std::string fits(64 - around, 'a'), past = fits + 'a';
    EXPECT_EQ(forward(by, fits + "@example.org").find('@'), 64U);
    EXPECT_EQ(forward(by, past + "@example.org"), "(too long)");
    EXPECT_EQ(forward(by, "\"" + fits.substr(3) + " \"@example.org").find('@'), 64U); // with its quotes
    EXPECT_EQ(forward(by, "\"" + fits.substr(2) + " \"@example.org"), "(too long)");
    const Rewriter wide = rewriter("forwarder.example", {"tops3cr3t-tops3cr3t"}, {.most_local_part = 200});
    EXPECT_EQ(reverse(by, forward(wide, past + "@example.org")), past + "@example.org"); // what others made is read
}

TEST(Srs, DomainsOfOtherScriptsAreCompared) {
    const Rewriter by = rewriter("\xce\xb1.example", {"secret"}, {.local_domains = {"\xce\xb2.example"}});
    const std::string text = forward(by, "ann@example.org");
    EXPECT_TRUE(text.ends_with("@xn--mxa.example")) << text;
    EXPECT_EQ(reverse(by, text.substr(0, text.find('@')) + "@\xce\xb1.example"), "ann@example.org");
    EXPECT_EQ(forward(by, "ann@xn--nxa.example"), "(local)");
}

TEST(Srs, SettingsAreJudged) {
    const auto error = [](Settings settings) {
        const auto made = Rewriter::make(std::move(settings));
        return made ? std::string("fine") : made.error().text;
    };
    const Settings good{.domain = "forwarder.example", .secrets = {"secret"}};
    const auto with = [&](auto change) {
        Settings settings = good;
        change(settings);
        return error(settings);
    };
    EXPECT_EQ(error(good), "fine");
    EXPECT_EQ(with([](Settings& s) { s.domain = "a b"; }), "\"a b\" is no domain for rewritten addresses");
    EXPECT_EQ(with([](Settings& s) { s.secrets = {}; }), "there is no secret");
    EXPECT_EQ(with([](Settings& s) { s.secrets = {"x", ""}; }), "a secret is empty");
    EXPECT_EQ(with([](Settings& s) { s.days = Rewriter::most_days; }), "fine");
    EXPECT_NE(with([](Settings& s) { s.days = Rewriter::most_days + 1; }), "fine");
    EXPECT_NE(with([](Settings& s) { s.days = 0; }), "fine");
    EXPECT_NE(with([](Settings& s) { s.hash_length = Rewriter::least_hash - 1; }), "fine");
    EXPECT_NE(with([](Settings& s) { s.hash_length = Rewriter::most_hash + 1; }), "fine");
    EXPECT_NE(with([](Settings& s) { s.separator = '_'; }), "fine");
}

} // namespace
} // namespace bonafide::srs
