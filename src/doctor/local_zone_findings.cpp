// What it means that public DNS lacks records of the local zone.
#include "doctor/local_zone.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_named = 10; // names of one finding that are listed

/// All differences of one kind and one sense.
struct Group {
    MailRecord kind = MailRecord::dkim;
    bool is_other = false; ///< public DNS has something else, not nothing
    std::vector<const LocalDifference*> rows{};
};

std::vector<Group> groups_of(const std::vector<LocalDifference>& differences) {
    std::vector<Group> groups;
    for (const LocalDifference& one : differences) {
        const bool is_other = !one.other.empty();
        auto group = std::ranges::find_if(
            groups, [&](const Group& known) { return known.kind == one.kind && known.is_other == is_other; });
        if (group == groups.end()) group = groups.insert(groups.end(), Group{.kind = one.kind, .is_other = is_other});
        group->rows.push_back(&one);
    }
    return groups;
}

/// Mail that goes elsewhere may be meant so, and without the last three it goes as before.
Severity severity_of(const Group& group) {
    switch (group.kind) {
    case MailRecord::mx: return group.is_other ? Severity::warning : Severity::error;
    case MailRecord::mta_sts:
    case MailRecord::tls_rpt:
    case MailRecord::bimi: return Severity::warning;
    case MailRecord::spf:
    case MailRecord::dkim:
    case MailRecord::dmarc:
    case MailRecord::address: break;
    }
    return Severity::error;
}

Text title_of(const Group& group, std::string_view host) {
    const LocalDifference& first = *group.rows.front();
    const auto type = dns::to_text(first.type);
    if (group.rows.size() > 1) {
        const std::size_t count = group.rows.size();
        if (group.is_other)
            return say("Public DNS has other {type} records than your server's own zone; names concerned: {count}",
                       {{"type", type}, {"count", count}});
        return say("Your server's own zone has {type} records that public DNS has not; names concerned: {count}",
                   {{"type", type}, {"count", count}});
    }
    if (group.is_other)
        return say("Public DNS has another {type} at {name} than your server's own zone",
                   {{"type", type}, {"name", first.name}});
    if (host.empty())
        return say("Your server's own zone has {type} {name}, but public DNS has not: it was not copied to the DNS "
                   "provider",
                   {{"type", type}, {"name", first.name}});
    return say("Your server's own zone has {type} {name}, but public DNS, run by {host}, has not: it was not copied "
               "there",
               {{"type", type}, {"name", first.name}, {"host", host}});
}

Text why_of(const Group& group) {
    if (group.kind == MailRecord::mx && group.is_other)
        return say("Mail for the domain goes where public DNS says, not to the server of your own zone.");
    if (group.kind == MailRecord::dkim && group.is_other)
        return say("Receivers check the signatures of this server with the key in public DNS, and they fail.");
    if (group.kind == MailRecord::spf && group.is_other)
        return say("Receivers ask public DNS only, whose record does not say what the server's own zone says: mail of "
                   "this server may fail SPF.");
    return say("Receivers ask public DNS only. What the panel wrote into the server's own zone is seen by nobody while "
               "the domain is delegated elsewhere.");
}

Text fix_of(const Group& group, std::string_view host) {
    if (group.kind == MailRecord::mx && group.is_other)
        return say("If this server shall take the mail, publish its {type} records in public DNS and remove the "
                   "others; if not, correct the server's own zone.",
                   {{"type", "MX"}});
    if (group.is_other)
        return host.empty() ? say("Replace the record at the DNS provider that the domain is delegated to.")
                            : say("Replace the record at {host}, which serves the public zone.", {{"host", host}});
    return host.empty() ? say("Publish the record at the DNS provider that the domain is delegated to.")
                        : say("Publish the record at {host}, which serves the public zone.", {{"host", host}});
}

void add_details(const Group& group, std::vector<Text>& details) {
    std::size_t left = most_named;
    for (const LocalDifference* one : group.rows) {
        if (left-- == 0) break;
        if (group.rows.size() > 1) details.push_back(say("{name}", {{"name", one->name}}));
        for (const std::string& text : one->local)
            details.push_back(say("The server's own zone has {record}; the record to publish joins it with what "
                                  "public DNS has, so that nobody who may send now is turned away.",
                                  {{"record", text}}));
    }
}

} // namespace

void judge_local_zone(const Survey& all, std::vector<Finding>& findings) {
    const std::vector<std::string>& servers =
        all.local_zone.servers.empty() ? all.servers.names : all.local_zone.servers;
    const std::string_view host = dns_provider(servers);
    for (const Group& group : groups_of(all.local_zone.differences)) {
        Finding finding{.id = "zone.not_copied",
                        .severity = severity_of(group),
                        .subject = group.rows.front()->name,
                        .title = title_of(group, host),
                        .why = why_of(group),
                        .fix = fix_of(group, host)};
        for (const LocalDifference* one : group.rows) {
            finding.records.insert(finding.records.end(), one->missing.begin(), one->missing.end());
            finding.remove.insert(finding.remove.end(), one->other.begin(), one->other.end());
        }
        add_details(group, finding.details);
        for (const std::string& server : servers)
            finding.details.push_back(say("public name server: {server}", {{"server", server}}));
        findings.push_back(std::move(finding));
    }
}

} // namespace bonafide::doctor
