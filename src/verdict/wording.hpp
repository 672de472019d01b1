// Internal to src/verdict: the phrases that sentence and explanation are made of. All are escaped and free of line breaks.
#pragma once

#include "verdict/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// A name from the message or the DNS, fit for a sentence; long ones are cut.
[[nodiscard]] std::string shown(std::string_view name);

/// "192.0.2.1", or "the sending server" when the address is not known.
[[nodiscard]] std::string sender_text(const Facts& facts);

/// Whether a domain plausibly belongs to the author's organization: what the author's owner could mend. Not alignment.
[[nodiscard]] bool is_related(const Facts& facts, std::string_view domain);

/// The signature a person asks about first: a related one before others, a passing one before broken ones. Null when unsigned.
[[nodiscard]] const dkim::SignatureResult* leading_signature(const Facts& facts);

/// The different domains of the passing signatures, in order.
[[nodiscard]] std::vector<std::string> passing_signers(const Facts& facts);

/// What SPF says about a message it does not authenticate for the author: "SPF vouches only for proseware.com".
[[nodiscard]] std::string spf_clause(const Facts& facts);

/// Likewise for DKIM: "there is no DKIM signature", "the body was changed after adatum.com signed it".
[[nodiscard]] std::string dkim_clause(const Facts& facts);

/// Both in one: "SPF vouches only for a.example and DKIM only for b.example".
[[nodiscard]] std::string both_clauses(const Facts& facts);

/// What the owner wants done: "the owner asks to reject such mail".
[[nodiscard]] std::string owner_clause(const dmarc::Evaluation& evaluation);

/// What somebody could do about it; empty when nothing is wrong.
[[nodiscard]] std::vector<std::string> advice(const Facts& facts);

} // namespace bonafide::verdict
