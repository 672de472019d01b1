// For tests only: messages as people send them, signed by our own signer, and what happens to them on their way.
#pragma once

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "dkim/key_record.hpp"
#include "dkim/sign.hpp"
#include "dkim/test_signer.hpp"
#include "doctor/breakage.hpp"
#include "mail/splitter.hpp"

#include <array>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor::testing {

using dkim::Canonicalization;
using Edit = std::function<std::string(std::string)>;

inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
}
inline std::string replaced_all(std::string text, std::string_view what, std::string_view by) {
    EXPECT_TRUE(text.contains(what)) << what;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// Edits of a whole message.
inline Edit swap(std::string what, std::string by) {
    return
        [what = std::move(what), by = std::move(by)](std::string text) { return replaced(std::move(text), what, by); };
}
inline Edit all(Edit one, Edit two) {
    return [one = std::move(one), two = std::move(two)](std::string text) { return two(one(std::move(text))); };
}
inline Edit append(std::string more) {
    return [more = std::move(more)](std::string text) { return text + more; };
}
/// Of its body alone.
inline Edit in_body(Edit edit) {
    return [edit = std::move(edit)](const std::string& text) {
        const std::size_t gap = text.find("\r\n\r\n") + 4;
        return text.substr(0, gap) + edit(text.substr(gap));
    };
}
/// The last field of this name with another value, or without one at all ("").
inline Edit field(std::string name, std::string value) {
    return [name = std::move(name), value = std::move(value)](std::string text) {
        const std::size_t at = text.substr(0, text.find("\r\n\r\n") + 2).rfind("\r\n" + name + ":");
        EXPECT_NE(at, std::string::npos) << name;
        if (at == std::string::npos) return text;
        std::size_t end = text.find("\r\n", at + 2);
        while (ascii::is_wsp(text[end + 2])) end = text.find("\r\n", end + 2);
        return text.replace(at + 2, end - at, value.empty() ? "" : name + ": " + value + "\r\n");
    };
}
/// A field more, above all others.
inline Edit on_top(std::string name, std::string value) {
    return [name = std::move(name), value = std::move(value)](const std::string& text) {
        return name + ": " + value + "\r\n" + text;
    };
}

inline std::string base64_lines(std::string_view text, std::size_t columns = 76) {
    const std::string digits = base64::encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    std::string lines;
    for (std::size_t at = 0; at < digits.size(); at += columns) lines += digits.substr(at, columns) + "\r\n";
    return lines;
}

/// Who signs how.
struct Signing {
    Canonicalization header = Canonicalization::relaxed, body = Canonicalization::relaxed;
    crypto::KeyType key = crypto::KeyType::rsa;

    [[nodiscard]] const crypto::PrivateKey& private_key() const {
        return key == crypto::KeyType::rsa ? dkim::testing::rsa_key() : dkim::testing::ed25519_key();
    }
    [[nodiscard]] std::string name() const {
        const auto word = [](Canonicalization kind) { return kind == Canonicalization::simple ? "simple" : "relaxed"; };
        return std::string(key == crypto::KeyType::rsa ? "rsa_" : "ed25519_") + word(header) + "_" + word(body);
    }
};
inline std::vector<Signing> every_signing() {
    std::vector<Signing> signings;
    for (const auto key : {crypto::KeyType::rsa, crypto::KeyType::ed25519})
        for (const auto header : {Canonicalization::simple, Canonicalization::relaxed})
            for (const auto body : {Canonicalization::simple, Canonicalization::relaxed})
                signings.push_back({header, body, key});
    return signings;
}

inline std::shared_ptr<const dkim::KeyRecord> record_of(const crypto::PrivateKey& key) {
    const std::string_view type = key.type() == crypto::KeyType::rsa ? "rsa" : "ed25519";
    return std::make_shared<const dkim::KeyRecord>(
        dkim::parse_key_record("v=DKIM1; k=" + std::string(type) + "; p=" + dkim::testing::public_text(key), Limits{}));
}

/// As `bonafide sign` does it: no l=, no z=, each usual field covered and none to be added.
inline std::string sign(const std::string& message, const Signing& signing = {}) {
    mail::HeaderBlock header;
    dkim::BodyHashes bodies;
    mail::Splitter splitter(
        [&](mail::HeaderBlock block) {
            header = std::move(block);
            bodies.want(signing.body);
        },
        [&](std::string_view chunk) { bodies.update(chunk); });
    splitter.feed(message);
    splitter.finish();
    bodies.finish();
    const auto value = dkim::sign(header, bodies, signing.private_key(),
                                  {.domain = "example.com",
                                   .selector = "mail",
                                   .header_kind = signing.header,
                                   .body_kind = signing.body,
                                   .time = 1'795'428'000});
    EXPECT_TRUE(value.has_value());
    return "DKIM-Signature: " + value.value_or("") + "\r\n" + message;
}

/// With tags that our signer never writes. `tags`: all but v=, a=, d=, s=, bh= and b=.
inline std::string sign_with(const std::string& message, const std::string& tags, const Signing& signing = {}) {
    const std::size_t gap = message.find("\r\n\r\n");
    const std::string algorithm = signing.key == crypto::KeyType::rsa ? "rsa-sha256" : "ed25519-sha256";
    const dkim::testing::Message done =
        dkim::testing::sign({message.substr(0, gap + 2), message.substr(gap + 4)},
                            "v=1; a=" + algorithm + "; d=example.com; s=mail; " + tags, signing.private_key());
    return done.header + "\r\n" + done.body;
}

inline Autopsy look_at(const std::string& message, const Signing& signing = {}, std::string_view original = {}) {
    return examine({.message = message, .keys = {record_of(signing.private_key())}, .original = original});
}

inline std::vector<Change> changes_of(const Autopsy& autopsy) {
    std::vector<Change> changes;
    for (const Breakage& one : autopsy.found) changes.push_back(one.change);
    return changes;
}
inline std::string told(const Autopsy& autopsy) {
    std::string text(autopsy.says.pattern);
    for (const Breakage& one : autopsy.found)
        text += "\n  " + std::string(to_text(one.change)) + " [" + one.field + "] was: " + one.was + " now: " + one.now;
    return text;
}

/// What must be said of a changed message.
struct Expected {
    enum class Outcome : std::uint8_t {
        intact,      ///< it verifies, since this canonicalization lets it pass
        restored,    ///< proved by both hashes, by these changes
        body_lost,   ///< the header is as it was; what is found of the body is likely at most
        header_lost, ///< the body is as it was
        lost,        ///< neither
    } outcome = Outcome::restored;
    std::vector<Change> changes{};
};
using Outcome = Expected::Outcome;
inline Expected intact() { return {Outcome::intact, {}}; }
inline Expected restored(std::vector<Change> changes) { return {Outcome::restored, std::move(changes)}; }
inline Expected body_lost(std::vector<Change> likely = {}) { return {Outcome::body_lost, std::move(likely)}; }
inline Expected lost(std::vector<Change> likely = {}) { return {Outcome::lost, std::move(likely)}; }
inline Expected header_lost() { return {Outcome::header_lost, {}}; }

inline void expect(const Autopsy& autopsy, const Expected& expected) {
    const auto is_proved = [](const Breakage& one) {
        return one.proof == Proof::body_hash || one.proof == Proof::signature;
    };
    EXPECT_EQ(changes_of(autopsy), expected.changes) << told(autopsy);
    for (const Breakage& one : autopsy.found) EXPECT_FALSE(one.says.empty() || one.fix.empty());
    switch (expected.outcome) {
    case Outcome::intact:
        EXPECT_TRUE(autopsy.body_intact && autopsy.header_intact) << told(autopsy);
        EXPECT_TRUE(autopsy.says.pattern.starts_with("The signature verifies")) << told(autopsy);
        break;
    case Outcome::restored:
        EXPECT_FALSE(autopsy.body_intact && autopsy.header_intact) << told(autopsy);
        EXPECT_TRUE(autopsy.says.pattern.starts_with("Undoing these changes restores")) << told(autopsy);
        EXPECT_TRUE(std::ranges::all_of(autopsy.found, is_proved)) << told(autopsy);
        break;
    case Outcome::body_lost:
        EXPECT_TRUE(!autopsy.body_intact && autopsy.header_intact) << told(autopsy);
        EXPECT_TRUE(
            autopsy.says.pattern.starts_with("The header is explained; the body was changed in a way that none"))
            << told(autopsy);
        EXPECT_TRUE(std::ranges::none_of(autopsy.found, is_proved)) << told(autopsy);
        break;
    case Outcome::header_lost:
        EXPECT_TRUE(autopsy.body_intact && !autopsy.header_intact) << told(autopsy);
        EXPECT_TRUE(autopsy.says.pattern.starts_with("The body is as it was signed. No hypothesis restores the header"))
            << told(autopsy);
        EXPECT_TRUE(std::ranges::none_of(autopsy.found, is_proved)) << told(autopsy);
        break;
    case Outcome::lost:
        EXPECT_FALSE(autopsy.body_intact || autopsy.header_intact) << told(autopsy);
        EXPECT_TRUE(autopsy.says.pattern.starts_with("None of the hypotheses restores the signature")) << told(autopsy);
        EXPECT_TRUE(std::ranges::none_of(autopsy.found, is_proved)) << told(autopsy);
        break;
    }
}

/// One message, one change, and what must be said under simple and under relaxed canonicalization of what was changed.
struct Row {
    std::string_view name;
    const std::string* message;
    Edit change;
    Expected simple, relaxed;
};
enum class Touched : std::uint8_t { header, body };

inline void run(const std::vector<Row>& rows, const Signing& signing, Touched touched) {
    const Canonicalization kind = touched == Touched::body ? signing.body : signing.header;
    for (const Row& row : rows) {
        SCOPED_TRACE(std::string(row.name) + ", " + signing.name());
        const std::string sent = sign(*row.message, signing);
        expect(look_at(sent, signing), intact());
        expect(look_at(row.change(sent), signing), kind == Canonicalization::simple ? row.simple : row.relaxed);
    }
}

inline const std::string usual_header = "From: Ann Example <ann@example.com>\r\n"
                                        "To: plans@lists.example, \"Bob Builder\" <bob@example.net>\r\n"
                                        "Cc: Carl <carl@example.net>\r\n"
                                        "Subject: the plan for spring\r\n"
                                        "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
                                        "Message-ID: <1@example.com>\r\n"
                                        "MIME-Version: 1.0\r\n";

/// One part, 7bit.
inline const std::string plain_message = usual_header + "Content-Type: text/plain; charset=us-ascii\r\n"
                                                        "Content-Transfer-Encoding: 7bit\r\n"
                                                        "\r\n"
                                                        "Hello all,\r\n"
                                                        "\r\n"
                                                        "here is the plan,  in two columns:\r\n"
                                                        "\ta\tb\r\n"
                                                        ".\r\n"
                                                        "..and so on\r\n"
                                                        "From here it goes on.\r\n"
                                                        "\r\n"
                                                        "-- \r\n"
                                                        "Ann\r\n";

/// Text and HTML, as most programs send it.
inline const std::string alternative_message = usual_header +
                                               "Content-Type: multipart/alternative; boundary=\"=_b1\"\r\n"
                                               "\r\n"
                                               "This is a multi-part message in MIME format.\r\n"
                                               "--=_b1\r\n"
                                               "Content-Type: text/plain; charset=\"utf-8\"\r\n"
                                               "Content-Transfer-Encoding: 7bit\r\n"
                                               "\r\n"
                                               "Hello all,\r\n"
                                               "\r\n"
                                               "here is the plan.\r\n"
                                               "\r\n"
                                               "--=_b1\r\n"
                                               "Content-Type: text/html; charset=\"utf-8\"\r\n"
                                               "Content-Transfer-Encoding: 7bit\r\n"
                                               "\r\n"
                                               "<html><head><style>p { margin: 0 }</style></head>\r\n"
                                               "<body class=\"a\"><p>Hello all,</p>\r\n"
                                               "<p>here is the plan.</p></body></html>\r\n"
                                               "--=_b1--\r\n";

inline std::string lines_of(std::size_t count, std::string_view text) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) lines += std::string(text) + " " + std::to_string(i) + "\r\n";
    return lines;
}

} // namespace bonafide::doctor::testing
