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
    void hosts(const Theirs& theirs);
    [[nodiscard]] std::vector<std::string> domains(const Theirs& theirs);
    void left(const Theirs& theirs);
    [[nodiscard]] std::string results(std::string_view policy) const;
    void add_rule(std::string name, std::string when, std::string then, const Theirs& theirs);
    void add_rejection(const Theirs& theirs, std::string_view field, std::string_view what);

    Conversion& conversion_;
    Theirs helo_{"HELO_reject", "Fail"}, mail_from_{"Mail_From_reject", "Fail"}, strict_, whitelist_, defer_;
    bool test_only_ = false, permerror_ = false, temperror_ = false;
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

void PolicydSpf::take(const Theirs& t) {
    if (t.value.empty() || ascii::iequals(t.value, "None")) {
        if (!is(t, "Header_Type")) return;
    }
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
        if (!seconds || *seconds > 1000) return conversion_.leave(t, "is no number of seconds");
        // SPF has four fifths of it (RFC 7208 4.6.4).
        conversion_.set("dns.message_timeout", fmt::format("{}s", (*seconds * 5 + 3) / 4), t);
    } else
        left(t);
}

void PolicydSpf::left(const Theirs& t) {
    struct Why {
        std::string_view name, why;
    };
    constexpr auto rows = std::to_array<Why>({
        {"debugLevel", "log.level, from error to debug; one line a message tells the result"},
        {"HELO_pass_restriction", "Postfix is not told of a pass; a [[rule]] with spf_helo.result can accept or mark"},
        {"Mail_From_pass_restriction", "Postfix is not told of a pass; a [[rule]] with spf.result can accept or mark"},
        {"No_Mail", "what the record says beside its result is no field of rules; leave spf.reject_fail off instead"},
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
    conversion_.leave(t, std::string(row == rows.end() ? "no setting of policyd-spf 3 is called so" : row->why));
}

/// The results that a policy refuses; empty: none.
std::string PolicydSpf::results(std::string_view policy) const {
    std::string words;
    if (ascii::iequals(policy, "Fail") || ascii::iequals(policy, "Null")) words = "fail";
    if (ascii::iequals(policy, "Softfail")) words = "fail, softfail";
    if (ascii::iequals(policy, "SPF_Not_Pass")) words = "fail, softfail, neutral, permerror";
    if (!words.empty() && permerror_ && !words.contains("permerror")) words += ", permerror";
    return words;
}

void PolicydSpf::add_rule(std::string name, std::string when, std::string then, const Theirs& theirs) {
    if (!exempt_.empty()) when += fmt::format(" and not client in @{}", exempt_set);
    if (!exempt_names_.empty()) when += fmt::format(" and not client.ptr in @{}_names", exempt_set);
    conversion_.add_rule(
        {std::move(name), std::move(when), std::move(then), test_only_ ? "monitor" : "enforce", theirs.shown()});
}

void PolicydSpf::add_rejection(const Theirs& theirs, std::string_view field, std::string_view what) {
    const std::string words = results(theirs.value);
    if (words.empty()) {
        if (!ascii::iequals(theirs.value, "False") && !ascii::iequals(theirs.value, "No_Check"))
            conversion_.leave(theirs, "is none of Fail, Softfail, SPF_Not_Pass, Null, False, No_Check");
        return;
    }
    const std::string bounces = ascii::iequals(theirs.value, "Null") ? " and mail_from is \"\"" : "";
    add_rule(
        fmt::format("SPF of {}", what),
        fmt::format("{} {}{}", field, words.contains(',') ? fmt::format("in [{}]", words) : "is " + words, bounces),
        fmt::format("reject 550 5.7.23 SPF of {} does not allow this client", what), theirs);
}

void PolicydSpf::finish(const std::string& path) {
    if (!exempt_.empty()) conversion_.add_set({std::string(exempt_set), exempt_, whitelist_.shown()});
    if (!exempt_names_.empty())
        conversion_.add_set({std::string(exempt_set) + "_names", exempt_names_, whitelist_.shown()});
    if (helo_.file.empty()) helo_.file = path;
    if (mail_from_.file.empty()) mail_from_.file = path;
    add_rejection(helo_, "spf_helo.result", "HELO");
    add_rejection(mail_from_, "spf.result", "MAIL FROM");
    if (!strict_domains_.empty()) {
        conversion_.add_set({std::string(strict_set), strict_domains_, strict_.shown()});
        add_rule("SPF of domains that must pass",
                 fmt::format("spf.domain in @{} and spf.result in [softfail, neutral]", strict_set),
                 "reject 550 5.7.23 SPF of MAIL FROM does not allow this client", strict_);
    }
    if (temperror_)
        add_rule("SPF cannot be asked now", "spf.result is temperror",
                 "defer 451 4.7.24 SPF could not be checked; please try again later", defer_);
}

} // namespace

void convert_policyd_spf(Conversion& conversion, std::string_view text, const std::string& path) {
    PolicydSpf policyd(conversion);
    for (const Theirs& theirs : read_settings(text, path, Assignment::equals)) policyd.take(theirs);
    policyd.finish(path);
}

} // namespace bonafide::cli::moving
