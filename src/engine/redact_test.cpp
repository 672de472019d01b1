// What a redacted record no longer tells, and that the verdict does not notice.
#include "engine/redact.hpp"
#include "engine/redact_text.hpp"
#include "mail/address.hpp"

#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

TEST(RedactText, PlaceholdersAreStable) {
    Placeholders placeholders;
    EXPECT_EQ(placeholders.in_path("<ann@example.com>"), "user1@example.com");
    EXPECT_EQ(placeholders.in_path("bob@example.com"), "user2@example.com");
    EXPECT_EQ(placeholders.in_path("<@relay.example:ann@example.com>"), "user1@example.com");
    EXPECT_EQ(placeholders.in_path("\"a@b\"@example.com"), "user3@example.com");
    EXPECT_EQ(placeholders.in_path("<>"), "");
    EXPECT_EQ(placeholders.in_path(""), "");
    EXPECT_EQ(placeholders.in_path("Postmaster"), "Postmaster");
    EXPECT_EQ(placeholders.in_path("ann"), "user1");
    EXPECT_EQ(placeholders.in_path("@example.com"), "@example.com");
    EXPECT_EQ(placeholders.in_address("@example.com"), "@example.com");
    EXPECT_EQ(placeholders.in_address("a@b@example.com"), "user4@example.com");
    EXPECT_EQ(placeholders.count(), 4U);
}

TEST(RedactText, Tags) {
    struct Row {
        std::string_view value, redacted;
    };
    const Row rows[] = {
        {" v=1; d=example.com; b=AbC=", " v=1; d=example.com; b=AbC="},
        {"i=ann@example.com; z=Subject:secret|To:bob@x;", "i=user1@example.com; z=;"},
        {" i=a n\r\n n@example.com", " i=user1@example.com"},
        {"i=@example.com", "i=@example.com"},
        {"i=ann", "i=user1"},
        {"i=1\r\n ; cv=none", "i=1\r\n ; cv=none"}, // of ARC
        {"x-track=ann; ; h=from:to", "x-track=; ; h=from:to"},
        {"d=ann@example.com", "d=user1@example.com"},
        {"secret words; v=1", " redacted; v=1"},
        {"", ""},
        {";", ";"},
    };
    for (const Row& row : rows) {
        Placeholders placeholders;
        EXPECT_EQ(redact_tags(row.value, placeholders), row.redacted) << row.value;
    }
}

TEST(RedactText, ArcResults) {
    Placeholders placeholders;
    const std::string redacted =
        redact_results(" i=1; mx.example; spf=pass (domain of ann@example.com designates 192.0.2.1) reason=\"secret\" "
                       "smtp.mailfrom=ann@example.com; dkim=pass header.i=@example.com; auth=pass smtp.auth=ann; "
                       "x-mine=pass policy.note=secret",
                       placeholders, {});
    EXPECT_TRUE(redacted.starts_with(" i=1;")) << redacted;
    EXPECT_TRUE(redacted.contains("smtp.mailfrom=user1@example.com")) << redacted;
    EXPECT_TRUE(redacted.contains("header.i=@example.com")) << redacted;
    EXPECT_TRUE(redacted.contains("auth=pass")) << redacted;
    for (const std::string_view gone : {"ann", "secret", "smtp.auth", "designates"})
        EXPECT_FALSE(redacted.contains(gone)) << gone << " in " << redacted;
    EXPECT_EQ(redact_results(" i=2; ?? secret of ann@x", placeholders, {}), " i=2; redacted");
    EXPECT_EQ(redact_results(" secret", placeholders, {}), " redacted");
}

TEST(RedactText, FromKeepsItsJudgement) {
    const std::vector<std::vector<std::string_view>> rows{
        {" Ann Secret <secret@example.com>"},
        {" \"Secret, Ann\" <secret@example.com> (Secret)"},
        {" secret@a.example, Secret <secret@b.example>"},
        {" secret@a.example", " Secret <secret@b.example>"},
        {" Secret:;"},
        {" Secret without an address"},
        {" =?utf-8?q?Secret?= <secret@ex\xc3\xa4mple.com>"},
        {" secret@[192.0.2.1]"},
        {" <secret@example.com"},
        {" Secret, Ann <secret@example.com>"},
        {""},
        {},
    };
    for (const auto& values : rows) {
        Placeholders placeholders;
        const auto redacted = redact_from(values, placeholders, {});
        const std::string first(values.empty() ? "no field" : values[0]);
        ASSERT_TRUE(redacted) << first;
        const std::vector<std::string_view> views(redacted->begin(), redacted->end());
        const mail::Author before = mail::find_author(values);
        const mail::Author after = mail::find_author(views);
        EXPECT_EQ(after.cause, before.cause) << first;
        EXPECT_EQ(after.domain, before.domain) << first;
        EXPECT_EQ(after.domains, before.domains) << first;
        for (const std::string& value : *redacted)
            EXPECT_FALSE(value.contains("ecret") || value.contains("Ann")) << value;
    }
}

TEST(Redact, FieldsAndHashesKeepTheirPlaces) {
    Record full;
    full.host_name = "mx.example.net";
    full.envelope.client = ip::Address::parse("192.0.2.1");
    full.envelope.mail_from = "<ann@example.com>";
    full.envelope.recipients = {"<bob@example.net>"};
    full.fields = {"Received: from secret",
                   "Authentication-Results: mx.example.net; dkim=pass (secret)",
                   "Subject: secret",
                   "authentication-results: other.example; dkim=pass (secret)",
                   "DKIM-Signature: v=1; i=ann@example.com; z=Subject:secret",
                   "List-Unsubscribe: <https://example.com/secret>",
                   "X-Bonafide-Suggestion: junk; secret",
                   "x-bonafide-sender: secret",
                   "From: Secret <ann@example.com>",
                   "X-Bonafide-Id: secret"};
    Settings settings;
    settings.direction.internal_networks = {*ip::Prefix::parse("10.0.0.0/8")};
    settings.dmarc.public_suffix_list = "/home/secret";
    settings.lists = {.accepted_domains = {"secret.example"},
                      .allow_pairs = {"ann@secret.example, *"},
                      .block_pairs = {"bob@example.com, * # secret"},
                      .sealers = {"secret.example to=bob@example.net"},
                      .default_sealers = false,
                      .protected_domains = {"secret.example"},
                      .protected_users = {"Ann Secret <ann@example.com>"},
                      .networks = {"10.0.0.0/8 # secret"},
                      .shared_infrastructure = {"secret.example"}};
    full.settings = deciding_settings(settings);
    const dkim::HeaderHashes::Kept hash{4, dkim::Canonicalization::simple, crypto::sha256("x")};
    const auto redacted = redact(full, settings, {}, {hash});
    ASSERT_TRUE(redacted) << redacted.error().text;
    const std::vector<std::string> fields{"Authentication-Results: mx.example.net; none",
                                          "authentication-results: redacted.invalid; none",
                                          "DKIM-Signature: v=1; i=user1@example.com; z=",
                                          "X-Bonafide-Suggestion: redacted",
                                          "x-bonafide-sender: redacted",
                                          "From: <user1@example.com>",
                                          "X-Bonafide-Id: redacted"};
    EXPECT_EQ(redacted->fields, fields);
    EXPECT_EQ(redacted->envelope.mail_from, "user1@example.com");
    EXPECT_EQ(redacted->envelope.recipients, std::vector<std::string>{"user2@example.net"});
    ASSERT_EQ(redacted->redacted->header_hashes.size(), 1U);
    EXPECT_EQ(redacted->redacted->header_hashes[0].field, 2U);
    EXPECT_EQ(redacted->redacted->removed[0],
              "2 local parts of addresses, which are called user1, user2, ... everywhere");
    EXPECT_TRUE(redacted->settings.contains("lists.default_sealers = false"));
    const std::string text = to_json(*redacted);
    for (const std::string_view gone : {"ecret", "10.0.0.0", "ann@", "bob@"})
        EXPECT_FALSE(text.contains(gone)) << gone << " in " << text;
    EXPECT_EQ(redact(*redacted, settings, {}, {}).error().text, "it is redacted already");
}

TEST(Redact, EssenceIsWhatMatters) {
    const std::string verdict =
        R"({"spf":{"result":"pass","explanation":"x"},"dkim":[{"result":"pass","identity":"a@b"}]})";
    EXPECT_EQ(essence(verdict),
              essence(R"({"dkim":[{"identity":"user1@b","result":"pass"}],"spf":{"result":"pass"},"sentence":"y"})"));
    EXPECT_NE(essence(verdict), essence(R"({"spf":{"result":"fail"},"dkim":[{"result":"pass"}]})"));
    EXPECT_NE(essence(verdict), essence(R"({"spf":{"result":"pass"},"dkim":[]})"));
    EXPECT_NE(essence(verdict), essence("no JSON"));
    const auto edited = [](const std::string& edits) { return essence(R"({"decision":{"edits":[)" + edits + "]}}"); };
    EXPECT_EQ(edited(R"({"kind":"insert-top","name":"X-Bonafide-Suggestion","value":"junk"})"), edited(""));
    EXPECT_NE(edited(R"({"kind":"remove","name":"X-Bonafide-Suggestion","position":1})"), edited(""));
    EXPECT_NE(edited(R"({"kind":"insert-top","name":"X-Bonafide-Unchecked","value":"dns"})"), edited(""));
}

} // namespace
} // namespace bonafide::engine
