#include "srs/mailbox.hpp"

#include <gtest/gtest.h>

namespace bonafide::srs {
namespace {

TEST(SrsMailbox, ReadsWhatSmtpAndPostfixWrite) {
    const struct {
        std::string_view text, local_part, domain, written;
    } rows[] = {
        {"ann@example.org", "ann", "example.org", "ann@example.org"},
        {"<ann@Example.ORG>", "ann", "Example.ORG", "ann@Example.ORG"},
        {"<@relay.example:ann@example.org>", "ann", "example.org", "ann@example.org"},
        {R"("ann lee"@example.org)", "ann lee", "example.org", R"("ann lee"@example.org)"},
        {"ann lee@example.org", "ann lee", "example.org", R"("ann lee"@example.org)"},
        {R"("ann"@example.org)", "ann", "example.org", "ann@example.org"},
        {R"("a@b"@example.org)", "a@b", "example.org", R"("a@b"@example.org)"},
        {"a@b@example.org", "a@b", "example.org", R"("a@b"@example.org)"},
        {R"("a\"b\\c"@example.org)", R"(a"b\c)", "example.org", R"("a\"b\\c"@example.org)"},
        {"a..b@example.org", "a..b", "example.org", R"("a..b"@example.org)"},
        {"ann@[192.0.2.1]", "ann", "[192.0.2.1]", "ann@[192.0.2.1]"},
        {"ann@[IPv6:2001:db8::1]", "ann", "[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"},
        {"a+b=c@example.org", "a+b=c", "example.org", "a+b=c@example.org"},
        {"\xce\xb1\xce\xbd@\xce\xb1.example", "\xce\xb1\xce\xbd", "\xce\xb1.example",
         "\xce\xb1\xce\xbd@\xce\xb1.example"},
    };
    for (const auto& row : rows) {
        const auto mailbox = read_mailbox(row.text);
        ASSERT_TRUE(mailbox) << row.text;
        EXPECT_EQ(mailbox->local_part, row.local_part);
        EXPECT_EQ(mailbox->domain, row.domain);
        EXPECT_EQ(to_text(*mailbox), row.written);
        EXPECT_EQ(read_mailbox(row.written), mailbox);
    }
}

TEST(SrsMailbox, RefusesWhatIsNone) {
    for (const std::string_view text : {"",
                                        "<>",
                                        "ann",
                                        "@example.org",
                                        "ann@",
                                        R"(""@example.org)",
                                        "ann@exa mple",
                                        "ann@a..b",
                                        "ann@.org",
                                        "ann@a=b",
                                        "a\"b@example.org",
                                        R"(a\b@example.org)",
                                        R"("a"b"@example.org)",
                                        "ann@[]",
                                        "ann@[a",
                                        "ann@a]",
                                        "a\nb@example.org",
                                        "a\x7f@example.org",
                                        "\xff@example.org",
                                        "ann@\xc3",
                                        "ann@\"x\""})
        EXPECT_FALSE(read_mailbox(text)) << text;
}

TEST(SrsMailbox, LengthsAreBounded) {
    const std::string at = "@example.org";
    EXPECT_TRUE(read_mailbox(std::string(most_address_octets - at.size(), 'a') + at));
    EXPECT_FALSE(read_mailbox(std::string(most_address_octets - at.size() + 1, 'a') + at));
    EXPECT_TRUE(is_domain(std::string(255, 'a')));
    EXPECT_FALSE(is_domain(std::string(256, 'a')));
}

} // namespace
} // namespace bonafide::srs
