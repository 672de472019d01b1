#include "doctor/bimi.hpp"

#include "base/ascii.hpp"
#include "doctor/tags.hpp"

#include <optional>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

bool is_meant(std::string_view text) { return ascii::istarts_with(ascii::trim(text), "v=bimi"); }

std::optional<Text> mistake_of(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    if (tags.empty() || tags.front().name != "v" || tags.front().value != "BIMI1")
        return say("it does not begin with {version}", {{"version", "v=BIMI1;"}});
    const LooseTag* const logo = find_tag(tags, "l");
    const LooseTag* const evidence = find_tag(tags, "a");
    if (logo == nullptr) return say("the tag {tag} is missing", {{"tag", "l"}});
    if (logo->value.empty()) return {}; // declined on purpose
    if (!ascii::istarts_with(logo->value, "https://"))
        return say("{tag} must be an address that begins with {scheme}", {{"tag", "l"}, {"scheme", "https://"}});
    if (!ascii::lower(logo->value).contains(".svg")) return say("{tag} must name an SVG image", {{"tag", "l"}});
    if (evidence != nullptr && !evidence->value.empty() && !ascii::istarts_with(evidence->value, "https://") &&
        !ascii::iequals(evidence->value, "self"))
        return say("{tag} must be an address that begins with {scheme}", {{"tag", "a"}, {"scheme", "https://"}});
    return {};
}

bool is_declined(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const logo = find_tag(tags, "l");
    return logo != nullptr && logo->value.empty();
}

/// p not none, sp not none, and for all mail.
bool is_enforced(const Survey& all) {
    const auto& record = all.dmarc.tree.record;
    if (!record || record->testing || record->p == dmarc::Policy::none) return false;
    if (record->sp && *record->sp == dmarc::Policy::none) return false;
    const std::vector<LooseTag> tags = read_loose_tags(record->text);
    const LooseTag* const percent = find_tag(tags, "pct");
    return percent == nullptr || percent->value == "100" || record->p == dmarc::Policy::reject;
}

} // namespace

dns::Flow<BimiSurvey> survey_bimi(Subject subject) {
    BimiSurvey survey;
    survey.txt = co_await dns::ask("default._bimi." + subject.domain, dns::Type::txt, "BIMI record");
    co_return survey;
}

void judge_bimi(const Survey& all, std::vector<Finding>& findings) {
    if (!all.bimi.txt) return;
    const std::string name = "default._bimi." + all.subject.domain;
    std::vector<std::string> records;
    for (const std::string& text : all.bimi.txt->txt)
        if (is_meant(text)) records.push_back(text);
    if (records.empty()) return;
    const auto wrong = records.size() > 1
                           ? std::optional(say("there is more than one record: {count}", {{"count", records.size()}}))
                           : mistake_of(records.front());
    if (wrong) {
        findings.push_back(
            {.id = "bimi.syntax",
             .severity = Severity::warning,
             .subject = name,
             .title = say("The BIMI record at {name} is wrong: {what}", {{"name", name}, {"what", *wrong}}),
             .why = say("Mail programs show no logo."),
             .fix = say("Correct the record.")});
        findings.back().details.push_back(say("{record}", {{"record", records.front()}}));
        return;
    }
    if (is_declined(records.front())) return;
    if (!is_enforced(all)) {
        findings.push_back({.id = "bimi.dmarc_too_weak",
                            .severity = Severity::warning,
                            .subject = name,
                            .title = say("{domain} has a BIMI record, but its DMARC policy is too weak for it",
                                         {{"domain", all.subject.domain}}),
                            .why = say("Mail programs show the logo only when the policy is quarantine for all mail, "
                                       "or reject, for subdomains too."),
                            .fix = say("Tighten the DMARC policy, or take the BIMI record out.")});
        return;
    }
    findings.push_back({.id = "bimi.ok",
                        .severity = Severity::ok,
                        .subject = name,
                        .title = say("The BIMI record of {domain} is in order", {{"domain", all.subject.domain}}),
                        .actor = Actor::nobody});
    findings.back().details.push_back(say("{record}", {{"record", records.front()}}));
}

} // namespace bonafide::doctor
