// DMARC evaluation (RFC 9989): record, discovery by tree walk or public suffix list, alignment, disposition.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "dns/flow.hpp"
#include "dns/public_suffix.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dmarc {

/// RFC 8601 / RFC 9989 9.1.
enum class Result : std::uint8_t { none, pass, fail, temperror, permerror };
enum class Policy : std::uint8_t { none, quarantine, reject };
enum class Alignment : std::uint8_t { relaxed, strict };
enum class Psd : std::uint8_t { unknown, yes, no };
enum class Discovery : std::uint8_t { treewalk, psl };
[[nodiscard]] std::string_view to_text(Result result);
[[nodiscard]] std::string_view to_text(Policy policy);
[[nodiscard]] std::string_view to_text(Discovery discovery);
[[nodiscard]] std::optional<Policy> parse_policy(std::string_view text); ///< without regard to case
[[nodiscard]] std::optional<Discovery> parse_discovery(std::string_view text);

/// A DMARC Policy Record (RFC 9989 4.7).
struct Record {
    Policy p = Policy::none;
    std::optional<Policy> sp;
    std::optional<Policy> np;
    Alignment adkim = Alignment::relaxed;
    Alignment aspf = Alignment::relaxed;
    bool testing = false; ///< t=y
    Psd psd = Psd::unknown;
    std::vector<std::string> rua; ///< URIs as written, size suffix stripped, syntactically valid ones only
    std::vector<std::string> ruf;
    std::string fo;                ///< as written; "0" by default, and without ruf
    bool policy_defaulted = false; ///< p/sp/np missing or invalid, read as none because rua is there (4.10.1)
    bool legacy_tags = false;      ///< pct, rf or ri present (historic)
    std::string text;              ///< the record as published
};

/// Reads one TXT string. Error with a position: not a DMARC record (no leading v=DMARC1), or one that means "no DMARC" (4.10.1).
[[nodiscard]] Expected<Record> parse_record(std::string_view text, const Limits& limits = {});
/// True when the string begins with a valid v=DMARC1 tag: what counts as "a DMARC record" in the walk (4.10).
[[nodiscard]] bool is_record(std::string_view text);

/// Why the result is what it is.
enum class Code : std::uint8_t {
    aligned,          ///< pass
    not_aligned,      ///< fail
    no_record,        ///< none: no policy found
    unusable_record,  ///< none: the record has no valid p and no rua (4.10.1)
    no_author,        ///< permerror: From missing, malformed or with several domains (5.3.1)
    dns_error,        ///< temperror: a look-up that decides failed
    identifier_error, ///< temperror: SPF or DKIM temperror and no aligned pass (5.3.5)
};
[[nodiscard]] std::string_view to_text(Code code);

/// An authenticated (or not) identifier: SPF's domain, or a DKIM d=.
struct Identifier {
    std::string domain; ///< normalized
    bool pass = false;
    bool temporary_error = false;
};

struct Input {
    std::string author_domain;     ///< normalized A-labels
    std::optional<Identifier> spf; ///< MAIL FROM identity (HELO for the null path); none: no SPF result
    std::vector<Identifier> dkim;
    Discovery discovery = Discovery::treewalk;
    std::shared_ptr<const dns::PublicSuffixList> suffixes; ///< needed for psl; may be null for treewalk
    Limits limits;
};

struct Evaluation {
    Result result = Result::none;
    Code code = Code::no_record;
    std::string reason;           ///< one plain sentence, escaped
    std::optional<Policy> policy; ///< that applies to this name: p, sp or np as published (before t=y)
    std::optional<Policy>
        disposition; ///< the owner's wish for this message after sp, np and t; none on pass; unset without policy
    std::string author_domain;
    std::string policy_domain;  ///< where the record was found; empty when none
    std::string org_domain;     ///< Organizational Domain of the author domain; empty when it could not be found out
    bool spf_aligned = false;   ///< SPF passed and is aligned
    bool dkim_aligned = false;  ///< some DKIM signature passed and is aligned
    std::string aligned_domain; ///< the identifier that decided the pass
    Discovery discovery = Discovery::treewalk;
    std::optional<bool> author_exists; ///< answered only when np had to be decided
    std::optional<Record> record;
    std::vector<std::string>
        notes; ///< facts worth telling: several records at a name, single-label organization refused, ...
};

/// A name that was asked for its DMARC record, and the answer; kept so that no name is asked twice in one evaluation.
struct Visit {
    std::string name; ///< without "_dmarc."
    dns::Answer answer;
};

/// What policy discovery found; kept between the end of the header and the end of the message so that the walk can start early.
struct Discovered {
    std::string author_domain;
    std::string policy_domain; ///< empty: no policy
    std::string
        org_domain; ///< empty: the author's own record ended discovery before the Organizational Domain was known
    std::optional<Record> record;
    bool temporary_error = false; ///< a look-up failed: result is temperror
    bool unusable = false;        ///< a record without valid p and without rua (4.10.1)
    std::string unusable_reason;  ///< why, when unusable
    std::string error_name;       ///< which name could not be looked up
    std::optional<bool> author_exists;
    Discovery discovery = Discovery::treewalk;
    std::vector<std::string> notes;
    std::vector<Visit> visited;
};

/// Policy discovery and the author's Organizational Domain; asks for the author's existence when np differs from what would else apply.
[[nodiscard]] dns::Flow<Discovered> discover(std::string author_domain, Discovery discovery,
                                             std::shared_ptr<const dns::PublicSuffixList> suffixes, Limits limits);

/// The verdict; walks from identifiers only where relaxed alignment needs it.
[[nodiscard]] dns::Flow<Evaluation> evaluate(Discovered discovered, Input input);

/// discover() then evaluate().
[[nodiscard]] dns::Flow<Evaluation> check(Input input);

/// The Organizational Domain of any name by either method (4.10.2); falls back to the name itself.
[[nodiscard]] dns::Flow<std::string> organizational_domain(std::string domain, Discovery discovery,
                                                           std::shared_ptr<const dns::PublicSuffixList> suffixes,
                                                           Limits limits);

/// A verdict for a message whose From gives no Author Domain: permerror, with the phrase that says why.
[[nodiscard]] Evaluation without_author(std::string why, Discovery discovery);

} // namespace bonafide::dmarc
