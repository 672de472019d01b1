// For fuzz targets only: a message as rules see it, in which every text is a stranger's.
#pragma once

#include "policy/subject.hpp"

namespace bonafide::policy::fuzzing {

struct Message {
    verdict::Facts facts;
    verdict::Judgement judgement;
    Surroundings around;

    Message() {
        using namespace std::string_literals;
        const std::string hostile = "a\r\nX-Evil: 1\0\x7f\xff\xc3\xa4 {from} %s"s;
        facts.envelope.client = ip::Address::parse("192.0.2.10");
        facts.envelope.helo = hostile;
        facts.envelope.mail_from = hostile + "@contoso.com";
        facts.envelope.recipients = {"rita@ours.example", hostile};
        facts.author.domains = {"contoso.com"};
        facts.author.mailboxes = {{hostile, hostile, "contoso.com"}};
        facts.letter.subject = hostile;
        facts.spf.value.emplace().result = spf::Result::fail;
        judgement.score = -7.5;
        around.size = 2000001;
        around.headers = {{"x-note", hostile}, {"x-note", std::string(2000, 'x')}};
    }
    [[nodiscard]] Subject subject() const { return {facts, &judgement, around, Level::judged, {}}; }
};

} // namespace bonafide::policy::fuzzing
