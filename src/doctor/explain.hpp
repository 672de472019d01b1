// What a bounce, a log line, an SMTP reply, a header block or a message says, in one sentence with the fix: recognised, read, and looked up
// in DNS where that shows which record is to blame.
#pragma once

#include "base/limits.hpp"
#include "dns/flow.hpp"
#include "dns/public_suffix.hpp"
#include "doctor/explanation.hpp"
#include "mail/header.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// The first bytes of an input that are looked at; a whole message above that is cut.
inline constexpr std::size_t most_explained_bytes = std::size_t{16} * 1024 * 1024;

[[nodiscard]] Kind recognise(std::string_view input);

struct ExplainRequest {
    std::string input;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::int64_t now = 0;
    Limits limits{};
};
/// Never fails: what cannot be read is `other` with low confidence.
[[nodiscard]] dns::Flow<Explanation> explain(ExplainRequest request);

/// Who refused or stamped it, by names and phrases; `strong` is what the receiver itself wrote, `weak` names that stand around it.
[[nodiscard]] Receiver recognise_receiver(std::string_view strong, std::string_view weak);

/// Whose records the results of a header block are about.
struct HeaderStory {
    std::string mail_from; ///< domain that SPF was checked for; may be empty
    std::string signer;    ///< d= of the signature; may be empty
};
/// What a header block tells: hops, what receivers found, what to conclude. Fills trouble, summary, fix, details.
HeaderStory read_header_story(const mail::HeaderBlock& header, Explanation& explanation);

/// The trouble in one sentence, for this receiver and domain.
[[nodiscard]] text::Text summary_of(const Explanation& explanation);
/// What to do about it where DNS was not asked, the one edit first.
[[nodiscard]] std::vector<text::Text> advice_of(const Explanation& explanation);

} // namespace bonafide::doctor
