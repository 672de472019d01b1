// `import policyd-spf`: policyd-spf.conf(5) of postfix-policyd-spf-python, version 3. What it refuses becomes [[rule]]s of their own
// mode, so that SPF goes on as before whatever mode DMARC is in.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "cli/moving.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::cli::moving {
namespace {

constexpr std::string_view exempt_set = "policyd_spf_whitelist";
constexpr std::string_view strict_set = "policyd_spf_reject_not_pass";

class PolicydSpf {
  public:
    explicit PolicydSpf(Conversion& conversion) : conversion_(conversion) {}

    void take(const Theirs& theirs);
    void finish(const std::string& path);

  private:
    [[nodiscard]] bool is(const Theirs& theirs, std::string_view name) const {
        return ascii::iequals(theirs.name, name);
    }
    void flag(const Theirs& theirs, bool& to) {
        if (const auto value = parse_flag(theirs.value))
            to = *value;
        else
            conversion_.leave(theirs, "is neither True nor False");
    }
    void remember(const Theirs& theirs);
    void hosts(const Theirs& theirs);
    [[nodiscard]] std::vector<std::string> domains(const Theirs& theirs);
    void left(const Theirs& theirs);
    [[nodiscard]] std::string results(std::string_view policy) const;
    /// HELO or MAIL FROM, whose rules differ in little.
    struct Scope {
        const Theirs& theirs;
        std::string_view field; ///< with the result
        std::string_view name;  ///< the field with the domain
        std::string_view what;
        std::string_view senders; ///< for which of them, as the end of a condition
        [[nodiscard]] bool is_set_to(std::string_view value) const { return ascii::iequals(theirs.value, value); }
    };
    void add_rule(std::string name, std::string when, std::string then, const Theirs& theirs, std::string_view mode);
    void add_rejection(const Scope& scope);
    void add_strict(const Scope& scope);
    void add_deferral(const Scope& scope);
    [[nodiscard]] std::string_view when_rejecting() const { return no_mail_ ? "monitor" : "enforce"; }

    Conversion& conversion_;
    Theirs helo_{"HELO_reject", "Fail"}, mail_from_{"Mail_From_reject", "Fail"}, strict_, whitelist_, defer_;
    bool test_only_ = false, permerror_ = false, temperror_ = false, no_mail_ = false;
    bool any_ = false, any_known_ = false, any_skipped_ = false, any_header_ = false;
    std::vector<std::string> exempt_, exempt_names_, strict_domains_;
};

/// Clients whose SPF is not asked: a set that the rules leave alone, checked by the reader of networks.
void PolicydSpf::hosts(const Theirs& theirs) {
    whitelist_ = theirs;
    for (const std::string& entry : split_list(theirs.value)) {
        Conversion one("", {}); // says what a network is, and why something is none
        add_host(one, "lists.networks", entry, theirs);
        const auto result = one.result();
        for (const LeftOut& left : result.left_out) conversion_.leave(left.theirs, left.why);
        for (const std::string& network : result.settings.lists.networks)
            if (std::ranges::find(exempt_, network) == exempt_.end()) exempt_.push_back(network);
    }
}

/// Those that a set takes for names.
std::vector<std::string> PolicydSpf::domains(const Theirs& theirs) {
    std::vector<std::string> names;
    for (const std::string& word : split_list(theirs.value)) {
        const bool is_name = word.contains('.') && !word.starts_with('.') && !word.contains('@') &&
                             !ip::Address::parse(word) && !word.contains('/');
        if (is_name && check_set_entry(word))
            names.push_back(ascii::lower(word));
        else
            conversion_.leave(theirs, fmt::format("\"{}\" is no domain", escape::line(word, 100)));
    }
    return names;
}

/// Which settings are there at all: the others have their defaults.
void PolicydSpf::remember(const Theirs& t) {
    any_ = true;
    any_skipped_ = any_skipped_ || is(t, "skip_addresses");
    any_header_ = any_header_ || is(t, "Header_Type");
}

void PolicydSpf::take(const Theirs& t) {
    remember(t);
    if (ascii::iequals(t.value, "None") && !is(t, "Header_Type")) {
        any_known_ = true; // as Debian's commented file has it: nothing
        return;
    }
    if (t.value.empty()) return;
    if (is(t, "HELO_reject"))
        helo_ = t;
    else if (is(t, "Mail_From_reject"))
        mail_from_ = t;
    else if (is(t, "TestOnly") || is(t, "defaultSeedOnly")) {
        bool rejects = true; // theirs is the other way round: 0 is a test
        flag(t, rejects);
        test_only_ = !rejects;
    } else if (is(t, "PermError_reject"))
        flag(t, permerror_);
    else if (is(t, "TempError_Defer")) {
        flag(t, temperror_);
        defer_ = t;
    } else if (is(t, "No_Mail")) {
        flag(t, no_mail_);
        if (no_mail_)
            conversion_.leave(t, "it refuses only where the record is \"v=spf1 -all\", which no field of rules tells: "
                                 "the rules have mode = \"monitor\", so that they refuse nothing that theirs let in");
    } else if (is(t, "skip_addresses") || is(t, "Whitelist"))
        hosts(t);
    else if (is(t, "Domain_Whitelist_PTR")) {
        whitelist_ = t;
        for (const std::string& name : domains(t)) {
            exempt_names_.push_back(name);
            exempt_names_.push_back("." + name);
        }
    } else if (is(t, "Reject_Not_Pass_Domains")) {
        strict_ = t;
        strict_domains_ = domains(t);
    } else if (is(t, "Authserv_Id")) {
        if (!ascii::iequals(t.value, "HOSTNAME")) conversion_.set("identity.authserv_id", t.value, t);
    } else if (is(t, "Header_Type")) {
        if (ascii::iequals(t.value, "SPF"))
            conversion_.set("spf.received_spf", true, t);
        else if (!ascii::iequals(t.value, "AR"))
            conversion_.leave(t, "Authentication-Results are always stamped");
    } else if (is(t, "Lookup_Time")) {
        const auto seconds = ascii::parse_decimal(t.value);
        any_known_ = true;
        if (!seconds || *seconds > 1000) return conversion_.leave(t, "is no number of seconds");
        // SPF has four fifths of it (RFC 7208 4.6.4).
        conversion_.set("dns.message_timeout", fmt::format("{}s", (*seconds * 5 + 3) / 4), t);
    } else
        return left(t);
    any_known_ = true;
}

void PolicydSpf::left(const Theirs& t) {
    struct Why {
        std::string_view name, why;
    };
    constexpr std::string_view of_milter =
        "is for their milter, pyspf-milter, alone; the policy server has no use for it";
    constexpr auto rows = std::to_array<Why>({
        {"debugLevel", "log.level, from error to debug; one line a message tells the result"},
        {"HELO_pass_restriction", "Postfix is not told of a pass; a [[rule]] with spf_helo.result can accept or mark"},
        {"Mail_From_pass_restriction", "Postfix is not told of a pass; a [[rule]] with spf.result can accept or mark"},
        {"Mock", "only showed another milter their field; rules see SPF without it"},
        {"QueueID", "each line of the log bears the queue id"},
        {"Socket", of_milter},
        {"PidFile", of_milter},
        {"UserID", of_milter},
        {"UMask", of_milter},
        {"InternalHosts", of_milter},
        {"IntHosts", of_milter},
        {"MacroList", of_milter},
        {"Prospective", "our own outgoing mail is not checked; bonafide spf --ip ADDRESS asks the same question"},
        {"HELO_Whitelist", "name the client's address in the set policyd_spf_whitelist, or its confirmed name "
                           "(client.ptr) in a [[rule]]"},
        {"Domain_Whitelist", "a forwarder is named by its networks (set policyd_spf_whitelist), its ARC seals "
                             "(lists.sealers) or its names (Domain_Whitelist_PTR)"},
        {"SPF_Enhanced_Status_Codes", "the replies of the rules below have 5.7.23 (RFC 7372 3.2); write another there"},
        {"Hide_Receiver", "no field names the recipient"},
        {"Whitelist_Lookup_Time", "dns.message_timeout holds for all look-ups of a message"},
        {"Reason_Message", "write the text into the reply of the rules below"},
        {"Void_Limit", "limits.spf_void_lookups"},
        {"Per_User", "a [[rule]] has recipients of its own: recipients = [\"ann@example.org\"]"},
    });
    const auto row = std::ranges::find_if(rows, [&](const Why& r) { return ascii::iequals(r.name, t.name); });
    any_known_ = any_known_ || row != rows.end();
    conversion_.leave(t, std::string(row == rows.end() ? "no setting of policyd-spf 3 is called so" : row->why));
}

/// The results that a policy refuses; empty: none. permerror is refused by PermError_reject alone, as spf-engine 3.0.4 does it; its man
/// page says otherwise of SPF_Not_Pass.
std::string PolicydSpf::results(std::string_view policy) const {
    std::string words;
    if (ascii::iequals(policy, "Fail") || ascii::iequals(policy, "Null")) words = "fail";
    if (ascii::iequals(policy, "Softfail")) words = "fail, softfail";
    if (ascii::iequals(policy, "SPF_Not_Pass")) words = "fail, softfail, neutral";
    if (!words.empty() && permerror_) words += ", permerror";
    return words;
}

void PolicydSpf::add_rule(std::string name, std::string when, std::string then, const Theirs& theirs,
                          std::string_view mode) {
    if (!exempt_.empty()) when += fmt::format(" and not client in @{}", exempt_set);
    if (!exempt_names_.empty()) when += fmt::format(" and not client.ptr in @{}_names", exempt_set);
    conversion_.add_rule({std::move(name), std::move(when), std::move(then), std::string(test_only_ ? "monitor" : mode),
                          theirs.shown()});
}

std::string condition(std::string_view field, std::string_view words) {
    return fmt::format("{} {}", field,
                       words.contains(',') ? fmt::format("in [{}]", words) : fmt::format("is {}", words));
}

std::string refusal(std::string_view what) {
    return fmt::format("reject 550 5.7.23 SPF of {} does not allow this client", what);
}

void PolicydSpf::add_rejection(const Scope& scope) {
    const std::string words = results(scope.theirs.value);
    if (words.empty()) {
        if (!scope.is_set_to("False") && !scope.is_set_to("No_Check"))
            conversion_.leave(scope.theirs, "is none of Fail, Softfail, SPF_Not_Pass, Null, False, No_Check");
        return;
    }
    add_rule(fmt::format("SPF of {}", scope.what), fmt::format("{}{}", condition(scope.field, words), scope.senders),
             refusal(scope.what), scope.theirs, when_rejecting());
}

/// For these domains the policy is SPF_Not_Pass, unless nothing is checked.
void PolicydSpf::add_strict(const Scope& scope) {
    if (strict_domains_.empty() || scope.is_set_to("No_Check")) return;
    add_rule(fmt::format("SPF of domains that must pass: {}", scope.what),
             fmt::format("{} in @{} and {}{}", scope.name, strict_set, condition(scope.field, results("SPF_Not_Pass")),
                         scope.senders),
             refusal(scope.what), strict_, when_rejecting());
}

void PolicydSpf::add_deferral(const Scope& scope) {
    if (!temperror_ || scope.is_set_to("No_Check")) return;
    std::string when = fmt::format("{} is temperror{}", scope.field, scope.senders);
    if (scope.is_set_to("False")) {
        if (strict_domains_.empty()) return;
        when = fmt::format("{} in @{} and {}", scope.name, strict_set, when);
    }
    add_rule(fmt::format("SPF of {} cannot be asked now", scope.what), std::move(when),
             "defer 451 4.7.24 SPF could not be checked; please try again later", defer_, "enforce");
}

void PolicydSpf::finish(const std::string& path) {
    if (any_ && !any_known_)
        return conversion_.refuse(path, "is no policyd-spf configuration: it has no setting of policyd-spf's");
    if (!any_skipped_) {
        const Theirs named = whitelist_;
        hosts({"skip_addresses, by default", "127.0.0.0/8,::ffff:127.0.0.0/104,::1", path, 0});
        if (!named.name.empty()) whitelist_ = named;
    }
    if (!any_header_) conversion_.set("spf.received_spf", true, {"Header_Type, by default", "SPF", path, 0});
    if (!exempt_.empty()) conversion_.add_set({std::string(exempt_set), exempt_, whitelist_.shown()});
    if (!exempt_names_.empty())
        conversion_.add_set({std::string(exempt_set) + "_names", exempt_names_, whitelist_.shown()});
    if (!strict_domains_.empty()) conversion_.add_set({std::string(strict_set), strict_domains_, strict_.shown()});
    if (helo_.file.empty()) helo_.file = path;
    if (mail_from_.file.empty()) mail_from_.file = path;
    const Scope helo{helo_, "spf_helo.result", "helo", "HELO",
                     ascii::iequals(helo_.value, "Null") ? " and mail_from is \"\"" : ""};
    // Without MAIL FROM spf.result is that of HELO (RFC 7208 2.4), for which theirs has a policy of its own.
    const Scope mail_from{mail_from_, "spf.result", "mail_from.domain", "MAIL FROM", " and not bounce"};
    for (const Scope& scope : {helo, mail_from}) add_rejection(scope);
    for (const Scope& scope : {helo, mail_from}) add_strict(scope);
    for (const Scope& scope : {helo, mail_from}) add_deferral(scope);
}

} // namespace

void convert_policyd_spf(Conversion& conversion, std::string_view text, const std::string& path) {
    PolicydSpf policyd(conversion);
    for (const Theirs& theirs : read_settings(text, path, Assignment::equals)) policyd.take(theirs);
    policyd.finish(path);
}

} // namespace bonafide::cli::moving
