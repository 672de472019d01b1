// The first Decision (monitor mode): stamp what was found, remove what others forged, refuse nothing.
#include "policy/decision.hpp"

#include "authres/authres.hpp"
#include "base/ascii.hpp"
#include "spf/received_spf.hpp"
#include "verdict/report.hpp"

#include <algorithm>

namespace bonafide::policy {
namespace {

constexpr std::string_view received_spf_field = "Received-SPF";

/// The classes, each once. They are words of ours; anything else in them would not belong into a header field.
std::string unchecked_value(const std::vector<std::string>& classes) {
    std::vector<std::string> words;
    for (const std::string& name : classes) {
        std::string word;
        for (const char c : name)
            if (ascii::is_alnum(c) || c == '-') word += c;
        if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
            words.push_back(std::move(word));
    }
    std::string value;
    for (const std::string& word : words) value += (value.empty() ? "" : ", ") + word;
    return value;
}

std::string explain(const verdict::Facts& facts, std::size_t removed) {
    std::string why = facts.direction == verdict::Direction::inbound
                          ? "nothing keeps the mail out; the verdict is stamped"
                          : std::string(to_text(facts.direction)) + " mail is not judged";
    if (removed > 0) why += "; fields forged in our name are removed";
    if (!facts.unchecked.empty()) why += "; a failure on our side kept the check incomplete";
    return why;
}

std::string received_spf(const verdict::Facts& facts, std::string_view host) {
    spf::Request request;
    request.client = *facts.envelope.client;
    request.helo = facts.envelope.helo;
    request.mail_from = facts.envelope.mail_from.value_or("");
    return spf::received_spf(*facts.spf.value, request, host);
}

/// RFC 7208 8.6: 4.4.3 where the sender's DNS servers are silent; RFC 6376 6.3: a signature that fails gets no 4xx.
Decision defer(std::string_view what) {
    return {.action = Action::defer,
            .smtp_reply =
                what == "temperror"
                    ? "451 4.4.3 The DNS servers of the sender's domain do not answer; please try again later"
                    : "451 4.3.0 The mail could not be checked for a failure on our side; please try again later",
            .edits = {},
            .why = what == "temperror"
                       ? "a DNS look-up for SPF or DMARC failed for now, and failure.temperror says tempfail"
                       : fmt::format("a failure on our side kept the check incomplete, and failure.{} "
                                     "says tempfail",
                                     what),
            .by = fmt::format("failure.{}", what)};
}

std::size_t count_of(const Forged& forged) {
    return forged.results.size() + forged.unchecked + forged.junk + forged.suggestion + forged.sender + forged.id;
}

void remove_forged(std::vector<HeaderEdit>& edits, const Forged& forged, std::string_view results_field) {
    // RFC 8601 5: forged fields go before ours is added; from the last one up, so that no position shifts.
    const auto remove = [&](std::string_view name, std::size_t position) {
        edits.push_back({HeaderEdit::Kind::remove, std::string(name), {}, position});
    };
    const auto remove_all = [&](std::string_view name, std::size_t count) {
        for (std::size_t position = count; position != 0; --position) remove(name, position);
    };
    for (const std::size_t position : forged.results) remove(results_field, position);
    remove_all(unchecked_field, forged.unchecked);
    remove_all(junk_field, forged.junk);
    remove_all(suggestion_field, forged.suggestion);
    remove_all(sender_field, forged.sender);
    remove_all(id_field, forged.id);
}

/// Each goes above those before it.
class Stamps {
  public:
    Stamps(std::vector<HeaderEdit>& edits, const verdict::Facts& facts, const verdict::Judgement* judgement,
           const Settings& settings)
        : edits_(edits), facts_(facts), judgement_(judgement), settings_(settings) {}

    void put_all() {
        if (judgement_ != nullptr && settings_.indicators) put_indicators(*judgement_);
        put(unchecked_field, unchecked_value(facts_.unchecked));
        // RFC 7208 9.1: on top, so above Received and every other Received-SPF.
        if (!settings_.received_spf_host.empty() && facts_.spf.value && facts_.envelope.client)
            put(received_spf_field, received_spf(facts_, settings_.received_spf_host));
        // RFC 8601 4: a field of its own, no result goes into one that is there.
        // RFC 8601 4.1: above everything else, so the last to be put on top.
        put_results();
    }

  private:
    /// Nothing is said by an empty field.
    void put(std::string_view name, std::string value) {
        if (!value.empty()) edits_.push_back({HeaderEdit::Kind::insert_top, std::string(name), std::move(value), 0});
    }

    void put_indicators(const verdict::Judgement& judgement) {
        if (judgement.suggestion >= verdict::Suggestion::mark)
            put(suggestion_field, verdict::suggestion_text(judgement));
        put(sender_field, verdict::sender_indicators(judgement));
    }

    void put_results() {
        const CompauthForm form = judgement_ == nullptr ? CompauthForm::none : settings_.compauth;
        if (form == CompauthForm::microsoft) {
            put(settings_.results_field, verdict::microsoft_results(facts_, *judgement_));
            return;
        }
        if (form == CompauthForm::own)
            put(settings_.results_field,
                authres::write(verdict::compauth_results(facts_, *judgement_, settings_.authserv_id)));
        put(settings_.results_field, authres::write(verdict::authentication_results(facts_, settings_.authserv_id)));
    }

    std::vector<HeaderEdit>& edits_;
    const verdict::Facts& facts_;
    const verdict::Judgement* judgement_;
    const Settings& settings_;
};

} // namespace

std::string_view to_text(Action action) {
    switch (action) {
    case Action::accept: return "accept";
    case Action::defer: return "defer";
    case Action::reject: return "reject";
    case Action::discard: return "discard";
    case Action::hold: return "hold";
    }
    return "unknown";
}

std::string_view to_text(Mode mode) { return mode == Mode::monitor ? "monitor" : "enforce"; }

std::optional<Mode> parse_mode(std::string_view text) {
    if (text == "monitor") return Mode::monitor;
    if (text == "enforce") return Mode::enforce;
    return std::nullopt;
}

void stamp_id(Decision& decision, std::string_view id) {
    if (decision.action != Action::accept && decision.action != Action::hold) return;
    // Before the others in the order of insertion, so below them (RFC 8601 4.1).
    const auto top = std::ranges::find(decision.edits, HeaderEdit::Kind::insert_top, &HeaderEdit::kind);
    decision.edits.insert(top, {HeaderEdit::Kind::insert_top, std::string(id_field), std::string(id), 0});
}

Decision decide(const verdict::Facts& facts, const verdict::Judgement* judgement, const Forged& forged,
                const Settings& settings) {
    const std::size_t count = count_of(forged);
    if (count > settings.most_forged) {
        return {.action = Action::defer,
                .smtp_reply =
                    "451 4.7.0 The mail carries too many Authentication-Results fields in the name of this server",
                .edits = {},
                .why = "more forged Authentication-Results fields than can be removed (limits.authres_forged)"};
    }
    const bool is_inbound = facts.direction == verdict::Direction::inbound;
    if (is_inbound)
        if (const auto what = settings.failures.deferring(facts, settings.listener, settings.enforces); !what.empty())
            return defer(what);
    Decision decision;
    remove_forged(decision.edits, forged, settings.results_field);
    if (is_inbound) Stamps(decision.edits, facts, judgement, settings).put_all();
    decision.why = explain(facts, count);
    return decision;
}

} // namespace bonafide::policy
