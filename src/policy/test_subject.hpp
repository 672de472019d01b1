// For tests only: a message as rules see it, arranged in a few words.
#pragma once

#include "policy/rules.hpp"
#include "verdict/test_facts.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::policy::testing_subject {

using namespace verdict::testing_facts;

struct Situation {
    verdict::Facts facts = inbound("contoso.com");
    verdict::Judgement judgement;
    Surroundings around;
    Level level = Level::judged;
    std::string recipient;

    Situation() {
        facts.envelope.helo = "mx.contoso.com";
        facts.envelope.mail_from = "bounce@contoso.com";
        facts.envelope.recipients = {"rita@ours.example", "ron@ours.example"};
        facts.author.mailboxes = {{"Chris Green", "Chris", "contoso.com"}};
        facts.spf = {spf_outcome(spf::Result::fail, "contoso.com"), {}};
        facts.dmarc = {evaluation(dmarc::Result::fail, "contoso.com", dmarc::Policy::reject), {}};
        judgement.result = verdict::Compauth::fail;
        judgement.reason = 1;
        judgement.score = -7.5;
        judgement.suggestion = verdict::Suggestion::junk;
        judgement.evidence = {{"first_contact", -1, "new"}, {"dmarc_absent", -2, "nothing"}};
        judgement.indicators.first_contact = true;
        around.listener = "inet:127.0.0.1:8899";
        around.size = 2000;
    }
    [[nodiscard]] Subject subject() const {
        return {facts, level < Level::judged ? nullptr : &judgement, around, level, recipient};
    }
};

inline SourceText text(std::string value, std::uint32_t line = 0) {
    return {std::move(value), {line, line == 0 ? 0U : 1U}};
}

inline RuleSource rule(const std::string& name, const std::string& when, const std::vector<std::string>& then,
                       const std::string& at = {}) {
    RuleSource source;
    source.name = text(name);
    source.at = text(at);
    if (!when.empty()) source.when = {text(when)};
    for (const std::string& one : then) source.then.push_back(text(one));
    return source;
}

} // namespace bonafide::policy::testing_subject
