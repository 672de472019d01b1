#include "doctor/mta_sts.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::string_view rule = "RFC 8461 3.2";

bool is_meant(std::string_view text) { return ascii::istarts_with(ascii::trim(text), "v=sts"); }

std::vector<std::string> records_of(const MtaStsSurvey& survey) {
    std::vector<std::string> records;
    if (survey.txt)
        for (const std::string& text : survey.txt->txt)
            if (is_meant(text)) records.push_back(text);
    return records;
}

bool is_mx_pattern(std::string_view host) {
    if (host.starts_with("*.")) host.remove_prefix(2);
    return dns::is_hostname_like(host) && dns::label_count(host) >= 2;
}

/// Keys seen so far and what they say.
struct Reading {
    StsPolicy policy;
    bool version = false, mode = false, age = false;
};

Expected<void> take(Reading& reading, std::string_view key, std::string_view value, std::size_t position) {
    if (key == "version") {
        if (value != "STSv1") return failure("the version is not STSv1", position, std::string(rule));
        reading.version = true;
    } else if (key == "mode") {
        if (value != "enforce" && value != "testing" && value != "none")
            return failure("the mode is none of enforce, testing and none", position, std::string(rule));
        reading.policy.mode = value == "enforce"   ? StsMode::enforce
                              : value == "testing" ? StsMode::testing
                                                   : StsMode::none;
        reading.mode = true;
    } else if (key == "max_age") {
        const auto age = ascii::parse_decimal(value);
        if (!age || *age > most_sts_age)
            return failure(fmt::format("max_age is no number from 0 to {}", most_sts_age), position, std::string(rule));
        reading.policy.max_age = static_cast<std::uint32_t>(*age);
        reading.age = true;
    } else if (key == "mx") {
        if (!is_mx_pattern(value))
            return failure(fmt::format("mx: {} is no host name", escape::line(value)), position, std::string(rule));
        if (reading.policy.mx.size() >= most_sts_hosts)
            return failure(fmt::format("more than {} mx lines", most_sts_hosts), position);
        reading.policy.mx.push_back(dns::normalize(value));
    }
    return {}; // RFC 8461 3.2: other keys are ignored
}

} // namespace

Expected<StsPolicy> parse_sts_policy(std::string_view text) {
    if (text.size() > most_sts_bytes)
        return failure(fmt::format("longer than {} bytes", most_sts_bytes), most_sts_bytes);
    Reading reading;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = ascii::trim(text.substr(at, end - at));
        const std::size_t colon = line.find(':');
        if (!line.empty()) {
            if (colon == line.npos) return failure("a line without a colon", at, std::string(rule));
            if (auto taken = take(reading, ascii::trim(line.substr(0, colon)), ascii::trim(line.substr(colon + 1)), at);
                !taken)
                return std::unexpected(taken.error());
        }
        at = end + 1;
    }
    if (!reading.version) return failure("there is no line \"version: STSv1\"", 0, std::string(rule));
    if (!reading.mode) return failure("there is no line with the mode", 0, std::string(rule));
    if (!reading.age) return failure("there is no line with max_age", 0, std::string(rule));
    if (reading.policy.mode != StsMode::none && reading.policy.mx.empty())
        return failure("there is no line with an mx", 0, std::string(rule));
    return std::move(reading.policy);
}

bool matches(const StsPolicy& policy, std::string_view host) {
    const std::string name = dns::normalize(host);
    return std::ranges::any_of(policy.mx, [&](const std::string& pattern) {
        return pattern.starts_with("*.") ? dns::parent(name) == std::string_view(pattern).substr(2) : pattern == name;
    });
}

Expected<void> check_sts_record(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    if (!text.starts_with("v=STSv1") || tags.empty() || tags.front().value != "STSv1")
        return failure("does not begin with v=STSv1;", 0, "RFC 8461 3.1");
    const LooseTag* const id = find_tag(tags, "id");
    constexpr std::size_t most = 32;
    if (id == nullptr || id->value.empty()) return failure("the tag id is missing", text.size(), "RFC 8461 3.1");
    if (id->value.size() > most || !std::ranges::all_of(id->value, ascii::is_alnum))
        return failure("id is not 1 to 32 letters and digits", id->position, "RFC 8461 3.1");
    return {};
}

dns::Flow<MtaStsSurvey> survey_mta_sts(Subject subject) {
    MtaStsSurvey survey;
    survey.txt = co_await dns::ask("_mta-sts." + subject.domain, dns::Type::txt, "MTA-STS record");
    if (!wants_policy(survey)) co_return survey;
    const std::string host = "mta-sts." + subject.domain;
    const dns::Answer v4 = co_await dns::ask(host, dns::Type::a, "MTA-STS host");
    const dns::Answer v6 = co_await dns::ask(host, dns::Type::aaaa, "MTA-STS host");
    survey.addresses = v4->addresses;
    survey.addresses.insert(survey.addresses.end(), v6->addresses.begin(), v6->addresses.end());
    survey.host_status = !survey.addresses.empty() ? dns::Status::ok : v4->temporary() ? v4->status : v6->status;
    co_return survey;
}

bool wants_policy(const MtaStsSurvey& survey) { return !records_of(survey).empty(); }

namespace {

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), sts_(all.mta_sts), name_("_mta-sts." + all.subject.domain), host_("mta-sts." + all.subject.domain),
          findings_(findings) {}

    void speak() {
        const std::vector<std::string> records = records_of(sts_);
        if (records.empty() && !sts_.document.tried) return; // nobody has to have it
        if (!records.empty() && !record(records)) return;
        document();
    }

  private:
    Finding& add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
        return findings_.emplace_back(Finding{.id = id,
                                              .severity = severity,
                                              .subject = std::move(subject),
                                              .title = std::move(title),
                                              .why = std::move(why),
                                              .fix = std::move(fix)});
    }
    static Text without_effect() {
        return say("Senders then act as if there were no MTA-STS: mail may be sent unencrypted to an impostor.");
    }

    bool record(const std::vector<std::string>& records) {
        const auto sound = check_sts_record(records.front());
        if (records.size() == 1 && sound) return true;
        Finding& finding = add("mta_sts.syntax", Severity::error, name_,
                               records.size() > 1 ? say("There is more than one MTA-STS record at {name}: {count}",
                                                        {{"name", name_}, {"count", records.size()}})
                                                  : say("The MTA-STS record at {name} is wrong", {{"name", name_}}),
                               without_effect(),
                               say("Publish one record; change {tag} whenever the policy changes.", {{"tag", "id"}}));
        if (!sound) finding.details.push_back(say("{reason}", {{"reason", sound.error().text}}));
        for (const std::string& text : records) finding.details.push_back(say("{record}", {{"record", text}}));
        finding.records.push_back(dns::txt_record(name_, "v=STSv1; id=1"));
        return false;
    }
    void document();
    void policy(const StsPolicy& policy);

    const Survey& all_;
    const MtaStsSurvey& sts_;
    std::string name_, host_;
    std::vector<Finding>& findings_;
};

void Judge::document() {
    const PolicyDocument& document = sts_.document;
    if (!document.tried) {
        if (!dns::is_void(sts_.host_status) || sts_.host_status == dns::Status::ok) return;
        add("mta_sts.policy_missing", Severity::error, host_,
            say("{name} promises an MTA-STS policy, but {host} has no address", {{"name", name_}, {"host", host_}}),
            without_effect(),
            say("Give {host} the address of a web server that serves the policy.", {{"host", host_}}));
        return;
    }
    const bool typed = document.content_type.empty() || ascii::istarts_with(document.content_type, "text/plain");
    if (!document.fault.empty() || (document.http_status != 0 && document.http_status != 200) || !typed) {
        Finding& finding =
            add("mta_sts.policy_missing", Severity::error, host_,
                say("The MTA-STS policy of {domain} cannot be fetched", {{"domain", all_.subject.domain}}),
                without_effect(),
                say("Serve it at {url} as {type}, with a valid certificate and without redirects.",
                    {{"url", "https://" + host_ + "/.well-known/mta-sts.txt"}, {"type", "text/plain"}}));
        finding.actor = Actor::mail_admin;
        if (!document.fault.empty()) finding.details.push_back(say("{reason}", {{"reason", document.fault}}));
        if (document.http_status != 0 && document.http_status != 200)
            finding.details.push_back(
                say("the web server answered with status {status}", {{"status", document.http_status}}));
        if (!typed) finding.details.push_back(say("its type is {type}", {{"type", document.content_type}}));
        return;
    }
    const auto parsed = parse_sts_policy(document.body);
    if (parsed) return policy(*parsed);
    Finding& finding =
        add("mta_sts.syntax", Severity::error, host_,
            say("The MTA-STS policy of {domain} cannot be read", {{"domain", all_.subject.domain}}), without_effect(),
            say("Correct the policy file, and change {tag} of the record.", {{"tag", "id"}}));
    finding.actor = Actor::mail_admin;
    finding.details.push_back(
        say("at byte {position}: {reason}",
            {{"position", (parsed.error().position == Error::nowhere ? 0 : parsed.error().position) + 1},
             {"reason", parsed.error().text}}));
}

void Judge::policy(const StsPolicy& policy) {
    constexpr std::uint32_t day = 86400;
    std::vector<std::string> missed;
    for (const MxHost& host : all_.mx.hosts)
        if (!host.name.empty() && policy.mode != StsMode::none && !matches(policy, host.name))
            missed.push_back(host.name);
    if (!missed.empty()) {
        Finding& finding = add(
            "mta_sts.mx_mismatch", policy.mode == StsMode::enforce ? Severity::error : Severity::warning, host_,
            say("The MTA-STS policy does not list the MX host {host}", {{"host", missed.front()}}),
            policy.mode == StsMode::enforce ? say("Senders that follow MTA-STS do not deliver to that host: mail is "
                                                  "lost when no other host is listed.")
                                            : say("In enforce mode senders would not deliver to that host."),
            say("Add a line for each missing host to the policy, and change {tag} of the record.", {{"tag", "id"}}));
        finding.actor = Actor::mail_admin;
        for (const std::string& host : missed) finding.details.push_back(say("{line}", {{"line", "mx: " + host}}));
    }
    if (policy.mode == StsMode::testing)
        add("mta_sts.testing", Severity::warning, host_,
            say("The MTA-STS policy of {domain} is in testing mode", {{"domain", all_.subject.domain}}),
            say("Senders report failures and deliver all the same; an impostor is not kept out."),
            say("Set the mode to {mode} when the TLS reports show no failures.", {{"mode", "enforce"}}))
            .actor = Actor::mail_admin;
    if (!missed.empty() || policy.mode == StsMode::testing) return;
    Finding& finding = add("mta_sts.ok", Severity::ok, host_,
                           say("MTA-STS of {domain} is in order", {{"domain", all_.subject.domain}}), {}, {});
    finding.actor = Actor::nobody;
    if (policy.max_age < day && policy.mode != StsMode::none)
        finding.details.push_back(
            say("{line} is short: RFC 8461 advises weeks", {{"line", fmt::format("max_age: {}", policy.max_age)}}));
}

} // namespace

void judge_mta_sts(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
