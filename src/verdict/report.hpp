// How Facts are told: as JSON, as Authentication-Results, as one plain sentence.
#pragma once

#include "authres/authres.hpp"
#include "verdict/facts.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/judgement.hpp"

#include <span>
#include <string>
#include <string_view>

namespace bonafide::verdict {

/// The Authentication-Results field of these facts (RFC 8601; spf, dkim per signature, dmarc, iprev).
[[nodiscard]] authres::Field authentication_results(const Facts& facts, std::string_view authserv_id);

/// compauth in a field of its own: it is no registered method, and RFC 8601 2.7.6 lets a reader drop a whole field that has one.
[[nodiscard]] authres::Field compauth_results(const Facts& facts, const Judgement& judgement,
                                              std::string_view authserv_id);

/// The one field Microsoft 365 writes, letter by letter: no authserv-id, its comments, bestguesspass, action=, compauth= reason=. Folded
/// with CRLF. Unlike RFC 8601 asks. What it would say of several signatures it says of the one that counts.
[[nodiscard]] std::string microsoft_results(const Facts& facts, const Judgement& judgement);

/// The values of policy's indicator fields: "unverified, via=fabrikam.com, first-contact" (empty: nothing to show) and "junk; score=-7.5;
/// reason=001".
[[nodiscard]] std::string sender_indicators(const Judgement& judgement);
[[nodiscard]] std::string suggestion_text(const Judgement& judgement);

/// The JSON object of `verify --json` without "decision"; `authserv_id` for its authentication_results member. `judgement` null: result
/// and reason of compauth are null, `unavailable` says why.
[[nodiscard]] std::string to_json(const Facts& facts, const Judgement* judgement, std::string_view authserv_id,
                                  std::string_view decision_json);
/// {"result","reason","evidence":[{"signal","points","text"}],"why","score","suggestion","indicators"}
[[nodiscard]] std::string to_json(const Judgement& judgement);
/// What else it went by: {"author_hosts":{"mail_hosts","addresses",..},"upstream":[the fields' values]}.
[[nodiscard]] std::string to_json(const AuthorHosts& author_hosts, std::span<const authres::Field> upstream);
/// The raw counts that were read: [{"kind","of","with","days":[[day,good,unclear,bad,ham,spam,sent]...]}]; null when not known.
[[nodiscard]] std::string to_json(const History& history);

/// Objects of the contract on their own: `bonafide spf --json`, `bonafide dmarc --json`.
[[nodiscard]] std::string to_json(const spf::Outcome& outcome);
[[nodiscard]] std::string to_json(const dmarc::Evaluation& evaluation);

/// One sentence that says what the verdict is and why, with names; no line breaks; escaped.
[[nodiscard]] std::string sentence(const Facts& facts);

/// Several lines for `verify --explain`: the sentence, one line a protocol with its reason, what to do about it, then the DNS questions.
/// With a judgement also compauth and its evidence, each row with its points.
[[nodiscard]] std::string explanation(const Facts& facts, const Judgement* judgement, std::string_view authserv_id);

} // namespace bonafide::verdict
