// How Facts are told: as JSON, as Authentication-Results, as one plain sentence.
#pragma once

#include "authres/authres.hpp"
#include "verdict/facts.hpp"

#include <string>
#include <string_view>

namespace bonafide::verdict {

/// The Authentication-Results field of these facts (RFC 8601; spf, dkim per signature, dmarc, iprev).
[[nodiscard]] authres::Field authentication_results(const Facts& facts, std::string_view authserv_id);

/// The JSON object of `verify --json` without "decision"; `authserv_id` for its authentication_results member.
[[nodiscard]] std::string to_json(const Facts& facts, std::string_view authserv_id, std::string_view decision_json);

/// Objects of the contract on their own: `bonafide spf --json`, `bonafide dmarc --json`.
[[nodiscard]] std::string to_json(const spf::Outcome& outcome);
[[nodiscard]] std::string to_json(const dmarc::Evaluation& evaluation);

/// One sentence that says what the verdict is and why, with names; no line breaks; escaped.
[[nodiscard]] std::string sentence(const Facts& facts);

/// Several lines for `verify --explain`: the sentence, one line a protocol with its reason, what to do about it, then the DNS questions.
[[nodiscard]] std::string explanation(const Facts& facts, std::string_view authserv_id);

} // namespace bonafide::verdict
