#include "base/base64.hpp"
#include "dkim/key_record.hpp"
#include "dkim/test_signer.hpp"
#include "doctor/breakage.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

const crypto::PrivateKey& key() {
    static const crypto::PrivateKey made = crypto::PrivateKey::generate(crypto::KeyType::rsa, 2048).value();
    return made;
}
std::shared_ptr<const dkim::KeyRecord> record() {
    static const auto made = std::make_shared<const dkim::KeyRecord>(
        dkim::parse_key_record("v=DKIM1; k=rsa; p=" + base64::encode(key().public_bytes()), Limits{}));
    return made;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

/// A signed message; `kinds` is c=, `more` goes before h=.
std::string signed_message(const std::string& header, const std::string& body, const std::string& kinds,
                           const std::string& names, const std::string& more = "") {
    const dkim::testing::Message message{header, body};
    const auto draft = [&](const std::string& bh, const std::string& b) {
        return "DKIM-Signature: v=1; a=rsa-sha256; c=" + kinds + "; d=example.com; s=mail;" + more + " h=" + names +
               "; bh=" + bh + "; b=" + b + "\r\n" + header;
    };
    const auto done = dkim::testing::sign_draft(message, draft, key());
    return done.header + "\r\n" + done.body;
}

const std::string header = "From: Ann <ann@example.com>\r\nTo: list@lists.example\r\nSubject: the plan for "
                           "spring\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n";
const std::string body = "Hello all,\r\n\r\nhere is the plan.\r\n\r\nAnn\r\n";
const std::string names = "from:to:subject:date";

Autopsy look_at(const std::string& message, std::size_t index = 0) {
    return examine({.message = message, .index = index, .keys = {record()}});
}

struct Row {
    std::string_view name;
    std::string_view kinds;
    std::function<std::string(std::string)> change;
    std::vector<Change> expected;
};

TEST(Breakage, EachChangeIsFoundAndProved) {
    const auto append = [](std::string_view text) {
        return [text](std::string message) { return message + std::string(text); };
    };
    const auto swap = [](std::string_view from, std::string_view to) {
        return [from, to](std::string message) { return replaced(std::move(message), from, to); };
    };
    const std::vector<Row> rows{
        {"footer, relaxed",
         "relaxed/relaxed",
         append("_____\r\nlist mailing list\r\nhttps://lists.example\r\n"),
         {Change::footer_appended}},
        {"footer, simple", "simple/simple", append("-- \r\nThis mail is confidential.\r\n"), {Change::footer_appended}},
        {"banner",
         "relaxed/relaxed",
         swap("\r\n\r\nHello all", "\r\n\r\nCAUTION: external mail\r\n\r\nHello all"),
         {Change::footer_appended}},
        {"trailing space",
         "simple/simple",
         swap("here is the plan.\r\n", "here is the plan.  \r\n"),
         {Change::trailing_space}},
        {"subject tagged",
         "relaxed/relaxed",
         swap("Subject: the plan", "Subject: [list] the plan"),
         {Change::subject_tagged}},
        {"external",
         "relaxed/relaxed",
         swap("Subject: the plan", "Subject: [EXTERNAL] the plan"),
         {Change::subject_tagged}},
        {"refolded",
         "simple/simple",
         swap("Subject: the plan for spring", "Subject: the plan\r\n for spring"),
         {Change::header_refolded}},
        {"second To",
         "relaxed/relaxed",
         [](std::string message) {
             return replaced(std::move(message), "Subject:", "To: eve@example.net\r\nSubject:");
         },
         {Change::header_added}},
        {"From rewritten",
         "relaxed/relaxed",
         swap("From: Ann <ann@example.com>",
              "From: Ann via list <list@lists.example>\r\nReply-To: Ann <ann@example.com>"),
         {Change::from_rewritten}},
        {"a list: tag and footer",
         "relaxed/relaxed",
         [](std::string message) {
             return replaced(std::move(message), "Subject: the plan", "Subject: [list] the plan") + "--\r\nlist\r\n";
         },
         {Change::footer_appended, Change::subject_tagged}},
        {"mbox", "relaxed/relaxed", swap("Ann\r\n", "Ann\r\n\r\n\r\n"), {}},
    };
    for (const Row& row : rows) {
        const std::string sent = signed_message(header, body, std::string(row.kinds), names);
        const Autopsy autopsy = look_at(row.change(sent));
        std::vector<Change> found;
        for (const Breakage& one : autopsy.found) found.push_back(one.change);
        EXPECT_EQ(found, row.expected) << row.name;
        for (const Breakage& one : autopsy.found) EXPECT_NE(one.proof, Proof::none) << row.name;
    }
}

TEST(Breakage, TransferEncodingsAreUndone) {
    const std::string plain = "Gr\xc3\xbc\xc3\x9f\x65 aus K\xc3\xb6ln\r\n";
    const std::string typed = header + "Content-Transfer-Encoding: 8bit\r\n";
    const std::string sent = signed_message(typed, plain, "relaxed/relaxed", names + ":content-transfer-encoding");
    std::string message =
        replaced(sent, "Content-Transfer-Encoding: 8bit", "Content-Transfer-Encoding: quoted-printable");
    message = replaced(message, plain, "Gr=C3=BC=C3=9Fe aus K=C3=B6ln\r\n");
    const Autopsy autopsy = look_at(message);
    ASSERT_EQ(autopsy.found.size(), 2U);
    EXPECT_EQ(autopsy.found[0].change, Change::transfer_encoding);
    EXPECT_EQ(autopsy.found[1].field, "Content-Transfer-Encoding");
}

TEST(Breakage, AnIntactMessageIsSaidToBe) {
    const Autopsy autopsy = look_at(signed_message(header, body, "relaxed/relaxed", names));
    EXPECT_TRUE(autopsy.body_intact && autopsy.header_intact && autopsy.found.empty());
}

TEST(Breakage, AForgedBodyIsNotExplainedAway) {
    const std::string sent = signed_message(header, body, "relaxed/relaxed", names);
    const Autopsy autopsy = look_at(replaced(sent, "here is the plan.", "send money to this account."));
    EXPECT_TRUE(autopsy.found.empty());
    EXPECT_FALSE(autopsy.body_intact);
    EXPECT_TRUE(autopsy.says.pattern.starts_with("The header is explained") || autopsy.says.pattern.starts_with("None"))
        << autopsy.says.pattern;
}

TEST(Breakage, AForgedAuthorIsNotExplainedAway) {
    const std::string sent = signed_message(header, body, "relaxed/relaxed", names);
    const Autopsy autopsy = look_at(replaced(sent, "From: Ann <ann@example.com>", "From: Boss <boss@example.com>"));
    EXPECT_TRUE(autopsy.found.empty());
}

TEST(Breakage, WithoutAKeyOnlyTheBodyIsProved) {
    const std::string sent = signed_message(header, body, "relaxed/relaxed", names);
    const Autopsy autopsy = examine({.message = sent + "footer\r\n"});
    ASSERT_EQ(autopsy.found.size(), 1U);
    EXPECT_EQ(autopsy.found[0].proof, Proof::body_hash);
    EXPECT_TRUE(autopsy.says.pattern.starts_with("The body is explained; without the public key"));
}

TEST(Breakage, LengthAndCopiedFieldsAreUsed) {
    const std::string sent = signed_message(header, body, "relaxed/relaxed", names, " l=10;");
    const Autopsy longer = look_at(sent);
    ASSERT_EQ(longer.found.size(), 1U);
    EXPECT_EQ(longer.found[0].proof, Proof::length_tag);
    const std::string copied = signed_message(header, body, "relaxed/relaxed", names,
                                              " z=Subject:the=20plan=20for=20spring|To:list@lists.example;");
    const Autopsy changed = look_at(replaced(copied, "Subject: the plan for spring", "Subject: something else"));
    ASSERT_EQ(changed.found.size(), 1U);
    EXPECT_EQ(changed.found[0].proof, Proof::signature);
    EXPECT_EQ(changed.found[0].was, "the plan for spring");
}

TEST(Breakage, TheOriginalProvesWhatChanged) {
    const std::string sent = signed_message(header, body, "relaxed/relaxed", names);
    const Autopsy autopsy =
        examine({.message = replaced(sent, "To: list@lists.example", "To: undisclosed@lists.example"),
                 .keys = {record()},
                 .original = sent});
    ASSERT_EQ(autopsy.found.size(), 1U);
    EXPECT_EQ(autopsy.found[0].field, "To");
    EXPECT_EQ(autopsy.found[0].proof, Proof::signature);
}

TEST(Breakage, OddInputsAreAnswered) {
    for (const std::string_view text :
         {"", "\r\n", "DKIM-Signature: v=1\r\n\r\nx",
          "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=!!; b=??\r\n\r\n"})
        EXPECT_FALSE(look_at(std::string(text)).says.empty());
    EXPECT_FALSE(look_at(signed_message(header, body, "relaxed/relaxed", names), 7).says.empty());
}

} // namespace
} // namespace bonafide::doctor
