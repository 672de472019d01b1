// One message's verdict as a tree: what came, what each protocol found, what judging made of it and by which evidence, what was done.
#include "base/escape.hpp"
#include "cli/json_reader.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "cli/trace.hpp"
#include "engine/stored_message.hpp"
#include "verdict/judgement.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace bonafide::cli::trace {
namespace {

namespace json = boost::json;
using io::store::Found;

Branch leaf(std::string text) { return {std::move(text), {}}; }

/// "what: text" below `parent` where there is any.
void add_fact(Branch& parent, std::string_view what, const std::string& text) {
    if (!text.empty()) parent.below.push_back(leaf(fmt::format("{}: {}", what, text)));
}

std::string joined(const JsonReader& list) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < list.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + list[i].text();
    if (list.size() > most) text += fmt::format(" and {} more", list.size() - most);
    return text;
}

std::string in_brackets(const JsonReader& text) { return text ? fmt::format("<{}>", text.text()) : std::string(); }

Branch envelope_branch(const JsonReader& document) {
    const JsonReader envelope = document["verdict"]["envelope"];
    Branch branch = leaf(fmt::format("from {}, HELO {}", document["client"] ? document["client"].text() : "unknown",
                                     document["helo"] ? document["helo"].text() : "unknown"));
    add_fact(branch, "MAIL FROM", fmt::format("<{}>", document["mail_from"].text()));
    add_fact(branch, "to", joined(document["recipients"]));
    add_fact(branch, "through our relay", envelope["relay"].text());
    return branch;
}

Branch letter_branch(const io::store::Message& message, const JsonReader& document) {
    const JsonReader author = document["verdict"]["author"];
    Branch branch = leaf(fmt::format("From {}", message.author.empty() ? "nobody" : escape::line(message.author)));
    add_fact(branch, "trouble", author["detail"].text());
    add_fact(branch, "misleading", author["defect"].text());
    add_fact(branch, "subject", document["subject"].text());
    add_fact(branch, "Message-ID", in_brackets(document["message_id"]));
    add_fact(branch, "list", document["list_id"].text());
    add_fact(branch, "queue id", document["queue_id"].text());
    return branch;
}

/// "SPF pass: reason", or "SPF: reason" for what was not evaluated.
Branch protocol(std::string_view name, const JsonReader& part) {
    std::string text = fmt::format("{}{}", name, part["result"] ? " " + part["result"].text() : "");
    if (part["reason"]) text += ": " + part["reason"].text();
    return leaf(std::move(text));
}

Branch spf_branch(const JsonReader& spf) {
    Branch branch = protocol("SPF", spf);
    add_fact(branch, "domain", spf["domain"].text());
    add_fact(branch, "record", spf["record"].text());
    return branch;
}

void add_refused(Branch& root, const JsonReader& refused) {
    for (std::size_t i = 0; i < refused.size(); ++i)
        root.below.push_back(leaf(fmt::format("{} was refused by {}: {}", refused[i]["recipient"].text(),
                                              refused[i]["by"].text(), refused[i]["smtp_reply"].text())));
}

void add_signatures(Branch& root, const JsonReader& signatures) {
    if (signatures.size() == 0) root.below.push_back(leaf("DKIM none: the message is not signed"));
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        const JsonReader signature = signatures[i];
        Branch branch = protocol("DKIM", signature);
        add_fact(branch, "domain", signature["domain"].text());
        add_fact(branch, "selector", signature["selector"].text());
        root.below.push_back(std::move(branch));
    }
}

Branch arc_branch(const JsonReader& arc) {
    Branch branch = protocol("ARC", arc);
    for (std::size_t i = 0; i < arc["instances"].size(); ++i) {
        const JsonReader instance = arc["instances"][i];
        branch.below.push_back(leaf(fmt::format("instance {}: sealed by {} ({})", instance["instance"].text(),
                                                instance["seal"]["domain"].text(), instance["seal"]["check"].text())));
    }
    return branch;
}

Branch dmarc_branch(const JsonReader& dmarc) {
    Branch branch = protocol("DMARC", dmarc);
    if (dmarc["policy"])
        add_fact(branch, "policy",
                 fmt::format("{} by _dmarc.{}", dmarc["policy"].text(), dmarc["policy_domain"].text()));
    for (std::size_t i = 0; i < dmarc["notes"].size(); ++i) branch.below.push_back(leaf(dmarc["notes"][i].text()));
    return branch;
}

std::string meaning_of(const JsonReader& compauth) {
    for (const verdict::Reason& reason : verdict::reasons())
        if (verdict::reason_text(reason.code) == compauth["reason"].raw() &&
            verdict::to_text(reason.result) == compauth["result"].raw())
            return std::string(reason.when);
    return {};
}

/// Biggest first; what only explains comes last.
std::vector<Branch> evidence_branches(const JsonReader& evidence) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < evidence.size(); ++i) order.emplace_back(-std::abs(evidence[i]["points"].number()), i);
    std::ranges::sort(order);
    std::vector<Branch> branches;
    for (const auto& [weight, i] : order) {
        const double points = evidence[i]["points"].number();
        const std::string shown = points == 0 ? "0" : fmt::format("{:+.1f}", points);
        branches.push_back(
            leaf(fmt::format("{:>5}  {}: {}", shown, evidence[i]["signal"].text(), evidence[i]["text"].text())));
    }
    return branches;
}

std::string indicators_text(const JsonReader& indicators) {
    std::string text;
    const auto add = [&](std::string word) { text += (text.empty() ? "" : ", ") + std::move(word); };
    if (indicators["unverified"]) add("unverified");
    if (indicators["via"]) add("via " + indicators["via"].text());
    if (indicators["first_contact"]) add("first contact");
    return text;
}

Branch compauth_branch(const JsonReader& compauth) {
    if (!compauth["result"])
        return leaf(
            fmt::format("compauth: {}", compauth["unavailable"] ? compauth["unavailable"].text() : "not judged"));
    Branch branch = leaf(fmt::format("compauth {} {}: {}", compauth["result"].text(), compauth["reason"].text(),
                                     compauth["why"].text()));
    add_fact(branch, "the code means", meaning_of(compauth));
    if (compauth["evidence"]) branch.below.push_back({"evidence", evidence_branches(compauth["evidence"])});
    branch.below.push_back(
        leaf(fmt::format("score {:.1f}, suggestion: {}", compauth["score"].number(), compauth["suggestion"].text())));
    add_fact(branch, "shown beside the author", indicators_text(compauth["indicators"]));
    return branch;
}

Branch history_branch(const json::value& document) {
    boost::system::error_code failed;
    const json::value* history = document.find_pointer("/history", failed);
    if (history == nullptr || !history->is_array()) return leaf("history: none was known");
    Branch branch = leaf("history as it was read");
    for (const json::value& past : history->as_array()) branch.below.push_back(leaf(past_line(json::serialize(past))));
    return branch;
}

Branch decision_branch(const JsonReader& decision, const JsonReader& disposition) {
    Branch branch = leaf(fmt::format("decision {}{}", decision["action"] ? decision["action"].text() : "unknown",
                                     decision["why"] ? ": " + decision["why"].text() : ""));
    add_fact(branch, "SMTP reply", decision["smtp_reply"].text());
    for (std::size_t i = 0; i < decision["edits"].size(); ++i)
        branch.below.push_back(
            leaf(fmt::format("{} {}", decision["edits"][i]["kind"].text(), decision["edits"][i]["name"].text())));
    for (std::size_t i = 0; i < decision["would"].size(); ++i)
        branch.below.push_back(leaf("would: " + decision["would"][i].text()));
    if (disposition["what"] && disposition["what"].raw() != "none")
        branch.below.push_back(
            leaf(fmt::format("policy says {}: {}", disposition["what"].text(), disposition["why"].text())));
    if (const JsonReader reason = disposition["override"])
        branch.below.push_back(leaf(
            fmt::format("the domain's owner will be told: {} ({})", reason["type"].text(), reason["comment"].text())));
    return branch;
}

/// What is kept beside the document.
void add_columns(Branch& root, const io::store::Message& message) {
    add_fact(root, "From", escape::line(message.author));
    add_fact(root, "to", escape::line(message.recipient));
    add_fact(root, "infrastructure", escape::line(message.infrastructure));
    if (!message.compauth.empty())
        root.below.push_back(
            leaf(fmt::format("compauth {} {}", escape::line(message.compauth), verdict::reason_text(message.reason))));
    add_fact(root, "suggestion", escape::line(message.suggestion));
    add_fact(root, "decision", escape::line(message.action));
}

void print(const Branch& branch, const std::string& before, std::string& text) {
    for (std::size_t i = 0; i < branch.below.size(); ++i) {
        const bool last = i + 1 == branch.below.size();
        text += fmt::format("{}{}{}\n", before, last ? "\u2514\u2500 " : "\u251c\u2500 ", branch.below[i].text);
        print(branch.below[i], before + (last ? "   " : "\u2502  "), text);
    }
}

} // namespace

std::string to_text(const Branch& root) {
    std::string text = root.text + "\n";
    print(root, "", text);
    return text;
}

Branch tree_of(const Found& found, std::string_view transcript) {
    const io::store::Message& message = found.message;
    Branch root = leaf(fmt::format("{}  {} UTC, {}", escape::line(message.id), utc_text(message.time),
                                   escape::line(message.direction)));
    boost::system::error_code failed;
    const json::value document = json::parse(engine::with_history(message.document, message.packed), failed);
    if (failed) {
        root.below.push_back(leaf("the document that is kept cannot be read"));
        add_columns(root, message);
        return root;
    }
    const JsonReader whole(&document);
    const JsonReader verdict = whole["verdict"];
    if (verdict["sentence"]) root.below.push_back(leaf(verdict["sentence"].text()));
    root.below.push_back(envelope_branch(whole));
    add_refused(root, whole["refused"]);
    const bool came = !whole["ended"];
    if (came) root.below.push_back(letter_branch(message, whole));
    if (message.direction == "inbound") root.below.push_back(spf_branch(verdict["spf"]));
    if (!came) root.below.push_back(protocol("reverse DNS", verdict["iprev"]));
    if (message.direction == "inbound" && came) {
        add_signatures(root, verdict["dkim"]);
        root.below.push_back(arc_branch(verdict["arc"]));
        root.below.push_back(dmarc_branch(verdict["dmarc"]));
        root.below.push_back(protocol("reverse DNS", verdict["iprev"]));
        root.below.push_back(compauth_branch(verdict["compauth"]));
        root.below.push_back(history_branch(document));
    }
    root.below.push_back(decision_branch(verdict["decision"], whole["disposition"]));
    for (const auto& [by, spam] : found.feedback)
        root.below.push_back(leaf(fmt::format("{} called it {}", escape::line(by), spam ? "spam" : "wanted")));
    if (!transcript.empty()) {
        Branch dns = leaf("DNS");
        for (std::string& line : transcript_lines(transcript)) dns.below.push_back(leaf(std::move(line)));
        root.below.push_back(std::move(dns));
    }
    return root;
}

} // namespace bonafide::cli::trace
