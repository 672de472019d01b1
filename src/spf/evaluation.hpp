// The parts of check_host() (RFC 7208 4) shared by check.cpp, record evaluation and mechanisms.
// All flows below borrow the Session, which lives in the frame of the outermost flow and so outlives them.
#pragma once

#include "dns/flow.hpp"
#include "spf/record.hpp"
#include "spf/spf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::spf {

/// The names of the client that its reverse look-up gives (RFC 7208 5.5), found at most once per check.
struct ReverseNames {
    std::vector<std::string> validated; ///< those whose addresses include the client, in the order received
    bool is_void = false;               ///< there was no PTR record
};

/// One check: what is asked, and the counters that span all its records (RFC 7208 4.6.4).
struct Session {
    Request request;
    Identity identity = Identity::mail_from;
    std::string local_part;    ///< of the sender; "postmaster" when there was none (4.3)
    std::string sender_domain; ///< as written, but A-labels
    std::string domain;        ///< the same normalized: what is looked up first
    bool ascii_local_part = true;
    std::uint32_t lookups = 0;
    std::uint32_t void_lookups = 0;
    std::optional<ReverseNames> reverse;
};

/// How evaluating one mechanism ends (RFC 7208 4.6.2).
struct Match {
    enum class Kind : std::uint8_t {
        no,
        yes,
        stop, ///< an exception: result and cause are those of the whole check
    };
    Kind kind = Kind::no;
    Result result = Result::none;
    std::optional<Cause> cause; ///< of a stop; of a yes by include: what matched inside
};

/// What check_host() gives for one domain.
struct Evaluation {
    Result result = Result::none;
    Cause cause;
    bool matched = false;                   ///< result is that of a directive that matched
    std::string term;                       ///< of the first record: the directive or redirect that led here
    std::shared_ptr<const Selection> first; ///< of the answer at the domain itself; null when it could not be asked
    std::shared_ptr<const Selection> last;  ///< of the record that decided, after redirects
    std::string last_domain;                ///< where that stands; set when a directive decided
};

/// Who sends to a domain's record; decides what its absence means.
enum class Entry : std::uint8_t { identity, include, redirect };

/// check_host() without explanation (RFC 7208 4.3 to 4.7, 6.1).
[[nodiscard]] dns::Flow<Evaluation> evaluate(Session* session, std::string domain, Entry entry);

/// One mechanism that needs DNS: include, a, mx, ptr, exists. `directive` belongs to a Selection that the caller holds.
[[nodiscard]] dns::Flow<Match> match_by_dns(Session* session, const Directive* directive, std::string term,
                                            std::string domain);

/// The reverse look-up and its validation (RFC 7208 5.5); the caller keeps the names in session->reverse.
[[nodiscard]] dns::Flow<ReverseNames> find_reverse_names(const Session* session);

/// The values of macros in the record of `domain`; %{p} is taken from session.reverse. Views into both arguments.
[[nodiscard]] MacroValues macro_values(const Session& session, const std::string& domain);

/// RFC 8616 4: a term with %{s} or %{l} matches nothing when the local-part is not ASCII.
[[nodiscard]] bool is_out_of_reach(const Session& session, const MacroString& target);

/// A target-name without DNS; %{p} must have been looked up before.
[[nodiscard]] std::string target_name(const Session& session, const MacroString& target, const std::string& domain);

/// `target` (null: the current domain) uses %{p} and the reverse look-up is still to be made.
[[nodiscard]] bool needs_reverse_names(const Session& session, const MacroString* target);

/// Counts one more term that causes look-ups, and the reverse look-up when its target needs it; a cause when that is more than
/// RFC 7208 4.6.4 allows.
[[nodiscard]] std::optional<Cause> count_lookup(Session& session, const MacroString* target, std::string_view term,
                                                std::string_view domain);

} // namespace bonafide::spf
