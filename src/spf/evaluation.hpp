// The parts of check_host() (RFC 7208 4) shared by check.cpp, evaluate.cpp and mechanism.cpp.
// Flows here borrow what their callers' frames hold while they wait: the Session lives in the outermost flow, a Place in the
// evaluate() of its record, directives in the Selection that the Place holds. Nothing is copied per term.
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

/// Who is checked (RFC 7208 2.3, 2.4, 4.3).
struct Sender {
    Identity identity = Identity::mail_from;
    std::string local_part; ///< "postmaster" when there was none
    std::string domain;     ///< as written, but A-labels: %{o}
    std::string normalized; ///< the same normalized: what is looked up first
    bool ascii_local_part = true;
};

/// The names of the client that its reverse look-up gives (RFC 7208 5.5), found at most once per check.
struct ReverseNames {
    std::vector<std::string> validated; ///< those whose addresses include the client, in the order received
    bool is_void = false;               ///< there was no PTR record
};

/// One check: what is asked, and the counters that span all its records (RFC 7208 4.6.4).
struct Session {
    Request request;
    Sender sender;
    std::uint32_t lookups = 0;
    std::uint32_t void_lookups = 0;
    std::optional<ReverseNames> reverse{};
};

/// A record and whose it is.
struct Place {
    std::string domain;
    std::shared_ptr<const Selection> selection;
};

/// A directive that matched, and where it stands.
struct Hit {
    const Directive* directive = nullptr;
    Place place;
    [[nodiscard]] std::string_view term() const { return directive->span.of(place.selection->text); }
};

/// An exception in the sense of RFC 7208 4.6.2, or the absence of a usable record: ends an evaluation without a match.
struct End {
    Result result;
    Cause cause;
};

/// What evaluating one mechanism gives (RFC 7208 4.6.2). Neither a match nor an end: no match.
struct Match {
    bool matched = false;
    std::optional<End> end{};
    std::optional<Hit> inside{}; ///< of an include: what matched in there
};

/// What check_host() gives for one domain.
struct Evaluation {
    Result result = Result::none;
    std::optional<Cause> cause; ///< set when it ended without a match; else hit says why, or that nothing matched
    Hit hit{};                  ///< directive is null when none matched; place is where the walk ended, after redirects
    std::optional<Hit> inside{};              ///< what matched within, when hit is an include
    std::shared_ptr<const Selection> first{}; ///< of the answer at the domain itself; null when it could not be asked
    std::string_view first_term{};            ///< in first: the directive or redirect that ended the walk through it
};

/// Who sends to a domain's record; decides what its absence means.
enum class Entry : std::uint8_t { identity, include, redirect };

/// check_host() without explanation (RFC 7208 4.3 to 4.7, 6.1).
[[nodiscard]] dns::Flow<Evaluation> evaluate(Session* session, std::string domain, Entry entry);

/// One mechanism that needs DNS: include, a, mx, ptr, exists. `directive` belongs to the record of `place`.
[[nodiscard]] dns::Flow<Match> match_by_dns(Session* session, const Directive* directive, const Place* place);

/// The reverse look-up and its validation (RFC 7208 5.5); the caller keeps the names in session->reverse.
[[nodiscard]] dns::Flow<ReverseNames> find_reverse_names(const Session* session);

/// The values of macros in the record of `domain`; %{p} is taken from session.reverse. Views into both arguments.
[[nodiscard]] MacroValues macro_values(const Session& session, const std::string& domain);

/// RFC 8616 4: a term with %{s} or %{l} matches nothing when the local-part is not ASCII.
[[nodiscard]] bool is_out_of_reach(const Session& session, const MacroString& target);

/// A target-name; %{p} must have been looked up before.
[[nodiscard]] std::string target_name(const Session& session, const MacroString& target, const std::string& domain);

/// `target` (null: the current domain) uses %{p} and the reverse look-up is still to be made.
[[nodiscard]] bool needs_reverse_names(const Session& session, const MacroString* target);

/// Counts one more term that causes look-ups, and the reverse look-up when its target needs it; permerror when that is more than
/// RFC 7208 4.6.4 allows.
[[nodiscard]] std::optional<End> count_lookup(Session& session, const MacroString* target, std::string_view term,
                                              std::string_view domain);

} // namespace bonafide::spf
