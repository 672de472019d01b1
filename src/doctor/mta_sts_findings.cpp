#include "base/ascii.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/tls_rpt_places.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bonafide::doctor {

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

bool wants_policy(const MtaStsSurvey& survey) { return survey.txt && !sts_records(survey.txt->txt).empty(); }

namespace {

using text::say;
using text::Text;

constexpr std::size_t most_shown = 5; // records, lines

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), sts_(all.mta_sts), name_("_mta-sts." + all.subject.domain), host_("mta-sts." + all.subject.domain),
          findings_(findings) {}

    void speak() {
        if (!sts_.txt || sts_.txt->status == dns::Status::bogus) return;
        if (sts_.txt->temporary()) return unanswered();
        const std::vector<std::string> records = sts_records(sts_.txt->txt);
        const bool sound = !records.empty() && judge(records);
        if (records.empty() && !misplaced() && sts_.document.tried) unannounced();
        if (sound || sts_.document.tried) document(); // without a record nobody has to have one
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

    /// Another id than that of a policy which was fetched before.
    [[nodiscard]] dns::Record proposal() const {
        return dns::txt_record(name_, "v=STSv1; id=" + std::to_string(std::max<std::int64_t>(all_.subject.now, 1)));
    }
    void unanswered();
    [[nodiscard]] bool misplaced();
    void unannounced();
    bool judge(const std::vector<std::string>& records);
    void document();
    void policy(const StsPolicy& policy);
    void missed(const StsPolicy& policy, const std::vector<std::string>& hosts);
    void short_lived(const StsPolicy& policy);
    void well(const StsPolicy& policy);

    const Survey& all_;
    const MtaStsSurvey& sts_;
    std::string name_, host_;
    std::vector<Finding>& findings_;
};

void Judge::unanswered() {
    if (all_.mx.answer && all_.mx.answer->temporary()) return; // nothing of the domain is answered, and that is said
    add("dns.unanswered", Severity::warning, name_,
        say("The name servers gave no answer for {type} {name}", {{"type", "TXT"}, {"name", name_}}), without_effect(),
        say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name_}}))
        .actor = Actor::dns_host;
}

bool Judge::misplaced() {
    const auto found = find_misplaced(all_, "_mta-sts", {"mta-sts", "_mta_sts", "_mtasts", "_sts", "mta_sts"},
                                      [](std::string_view text) { return !sts_records({std::string(text)}).empty(); });
    if (!found) return false;
    Finding& finding =
        add("mta_sts.syntax", Severity::warning, name_,
            say("The MTA-STS record stands at {place}, where nobody looks", {{"place", found->name}}), without_effect(),
            say("Move the record to {name}, and serve the policy at {url}.",
                {{"name", name_}, {"url", "https://" + host_ + "/.well-known/mta-sts.txt"}}));
    finding.details.push_back(say("{record}", {{"record", found->text}}));
    finding.records.push_back(check_sts_record(found->text) ? dns::txt_record(name_, found->text) : proposal());
    finding.remove.push_back(dns::txt_record(found->name, found->text));
    return true;
}

void Judge::unannounced() {
    add("mta_sts.syntax", Severity::warning, name_,
        say("There is an MTA-STS policy, but no record at {name}", {{"name", name_}}),
        say("Senders look for a policy only where the record says that there is one."), say("Publish the record."))
        .records.push_back(proposal());
}

/// Whether the record is one that senders accept.
bool Judge::judge(const std::vector<std::string>& records) {
    const auto sound = check_sts_record(records.front());
    if (records.size() == 1 && sound) return true;
    Finding& finding =
        add("mta_sts.syntax", Severity::error, name_,
            records.size() > 1 ? say("There is more than one MTA-STS record at {name}: {count}",
                                     {{"name", name_}, {"count", records.size()}})
                               : say("The MTA-STS record at {name} is wrong", {{"name", name_}}),
            without_effect(), say("Publish one record; change {tag} whenever the policy changes.", {{"tag", "id"}}));
    if (!sound) finding.details.push_back(say("{reason}", {{"reason", sound.error().text}}));
    for (const std::string& text : records) {
        if (finding.remove.size() == most_shown) break;
        finding.details.push_back(say("{record}", {{"record", text}}));
        finding.remove.push_back(dns::txt_record(name_, text));
    }
    finding.records.push_back(proposal());
    return false;
}

void Judge::document() {
    const PolicyDocument& document = sts_.document;
    if (!document.tried) {
        if (!dns::is_void(sts_.host_status)) return;
        add("mta_sts.policy_missing", Severity::error, host_,
            say("{name} promises an MTA-STS policy, but {host} has no address", {{"name", name_}, {"host", host_}}),
            without_effect(),
            say("Give {host} the address of a web server that serves the policy.", {{"host", host_}}));
        return;
    }
    const std::string_view type =
        ascii::trim(std::string_view(document.content_type).substr(0, document.content_type.find(';')));
    const bool typed = type.empty() || ascii::iequals(type, "text/plain"); // RFC 8461 3.2; its parameters do not matter
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
    const std::size_t position = std::min(parsed.error().position, document.body.size());
    finding.details.push_back(
        say("line {line}: {reason}", {{"line", 1 + std::ranges::count(document.body.substr(0, position), '\n')},
                                      {"reason", parsed.error().text}}));
}

void Judge::policy(const StsPolicy& policy) {
    std::vector<std::string> hosts;
    if (policy.mode != StsMode::none)
        for (const MxHost& host : all_.mx.hosts)
            if (!host.name.empty() && !matches(policy, host.name)) hosts.push_back(host.name);
    if (!hosts.empty()) missed(policy, hosts);
    if (policy.mode == StsMode::testing)
        add("mta_sts.testing", Severity::warning, host_,
            say("The MTA-STS policy of {domain} is in testing mode", {{"domain", all_.subject.domain}}),
            say("Senders report failures and deliver all the same; an impostor is not kept out."),
            say("Set the mode to {mode} when the TLS reports show no failures, and change {tag} of the record.",
                {{"mode", "enforce"}, {"tag", "id"}}))
            .actor = Actor::mail_admin;
    const bool is_short = policy.max_age < least_sts_age && policy.mode == StsMode::enforce;
    if (is_short) short_lived(policy);
    if (hosts.empty() && policy.mode != StsMode::testing && !is_short) well(policy);
}

void Judge::missed(const StsPolicy& policy, const std::vector<std::string>& hosts) {
    const bool enforced = policy.mode == StsMode::enforce;
    Finding& finding =
        add("mta_sts.mx_mismatch", enforced ? Severity::error : Severity::warning, host_,
            say("The MTA-STS policy does not list the MX host {host}", {{"host", hosts.front()}}),
            enforced ? say("Senders that follow MTA-STS do not deliver to that host: mail is lost when no other host "
                           "is listed.")
                     : say("In enforce mode senders would not deliver to that host."),
            say("Add a line for each missing host to the policy, and change {tag} of the record.", {{"tag", "id"}}));
    finding.actor = Actor::mail_admin;
    for (const std::string& host : hosts) finding.details.push_back(say("{line}", {{"line", "mx: " + host}}));
    std::size_t shown = 0;
    for (const std::string& pattern : policy.mx)
        if (std::ranges::none_of(all_.mx.hosts,
                                 [&](const MxHost& host) { return matches({.mx = {pattern}}, host.name); }) &&
            shown++ < most_shown)
            finding.details.push_back(
                say("this line of the policy fits no MX host: {line}", {{"line", "mx: " + pattern}}));
}

void Judge::short_lived(const StsPolicy& policy) {
    add("mta_sts.short_age", Severity::notice, host_,
        say("Senders may keep the MTA-STS policy for a short time only: {line}",
            {{"line", "max_age: " + std::to_string(policy.max_age)}}),
        say("It protects only while a sender has it from before; RFC 8461 3.2 expects weeks or more."),
        say("Set {line} in the policy, and change {tag} of the record.", {{"line", "max_age: 604800"}, {"tag", "id"}}))
        .actor = Actor::mail_admin;
}

void Judge::well(const StsPolicy& policy) {
    const std::string& domain = all_.subject.domain;
    Finding& finding = add("mta_sts.ok", Severity::ok, host_,
                           policy.mode == StsMode::none
                               ? say("MTA-STS of {domain} is switched off by its policy", {{"domain", domain}})
                               : say("MTA-STS of {domain} is in order", {{"domain", domain}}),
                           {}, {});
    finding.actor = Actor::nobody;
}

} // namespace

void judge_mta_sts(const Survey& all, std::vector<Finding>& findings) { Judge(all, findings).speak(); }

} // namespace bonafide::doctor
