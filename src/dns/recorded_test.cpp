// A transcript written and read back answers as the original did, byte for byte.
#include "dns/recorded.hpp"

#include <gtest/gtest.h>

namespace bonafide::dns {
namespace {

Question txt(std::string name) { return {std::move(name), Type::txt, "test", {}, true, true}; }

std::unique_ptr<Recorded> reread(const Transcript& transcript) {
    auto recorded = Recorded::parse(to_json(transcript));
    EXPECT_TRUE(recorded) << recorded.error().text;
    return recorded ? std::move(*recorded) : nullptr;
}

TEST(Recorded, EveryMemberComesBack) {
    auto answer = std::make_shared<AnswerData>();
    answer->status = Status::ok;
    answer->dnssec = Dnssec::secure;
    answer->ttl = 4294967295U;
    answer->aliased = true;
    answer->txt = {"v=spf1 -all", std::string("\0\x80\xff\"\\", 5), ""};
    answer->addresses = {*ip::Address::parse_unmapped("192.0.2.1"), *ip::Address::parse_unmapped("::ffff:192.0.2.1")};
    answer->mx = {{65535, "mx.example"}, {0, ""}};
    answer->names = {"ptr.example", "\xe4"};
    Transcript transcript;
    transcript.record(txt("a\x01.example"), answer);
    const auto recorded = reread(transcript);
    const Answer again = recorded->answer(txt("a\x01.example"));
    EXPECT_EQ(again->status, answer->status);
    EXPECT_EQ(again->dnssec, answer->dnssec);
    EXPECT_EQ(again->ttl, answer->ttl);
    EXPECT_TRUE(again->aliased);
    EXPECT_EQ(again->txt, answer->txt);
    EXPECT_EQ(again->addresses, answer->addresses);
    EXPECT_EQ(again->mx, answer->mx);
    EXPECT_EQ(again->names, answer->names);
    EXPECT_TRUE(recorded->missing().empty());
}

TEST(Recorded, EveryStatusComesBack) {
    for (int i = 0; i <= static_cast<int>(Status::cname_loop); ++i) {
        Transcript transcript;
        transcript.record(txt("a.example"), make_answer(static_cast<Status>(i), 7, Dnssec::bogus));
        EXPECT_EQ(reread(transcript)->answer(txt("a.example"))->status, static_cast<Status>(i));
    }
}

TEST(Recorded, SeveralAnswersToOneQuestionComeInOrder) {
    Transcript transcript;
    transcript.record(txt("a.example"), make_answer(Status::timeout));
    transcript.record(txt("a.example"), make_answer(Status::no_data));
    const auto recorded = reread(transcript);
    for (const Status expected : {Status::timeout, Status::no_data, Status::no_data})
        EXPECT_EQ(recorded->answer(txt("a.example"))->status, expected);
}

TEST(Recorded, WhatWasNotRecordedIsTold) {
    Transcript transcript;
    transcript.record(txt("a.example"), make_answer(Status::no_data));
    const auto recorded = reread(transcript);
    EXPECT_EQ(recorded->answer(txt("b.example"))->status, Status::timeout);
    EXPECT_EQ(recorded->answer({"a.example", Type::a, "test", {}, true, true})->status, Status::timeout);
    EXPECT_EQ(recorded->missing(), (std::vector<std::string>{"TXT b.example", "A a.example"}));
    EXPECT_EQ(recorded->unasked(), std::vector<std::string>{"TXT a.example"});
}

TEST(Recorded, BadInput) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "no JSON array"},
        {"{}", "no JSON array"},
        {"[1]", "0 is no object"},
        {R"([{}])", "\"name\" is missing"},
        {R"([{"name":"a","type":"X"}])", "\"type\" has an unknown value"},
        {R"([{"name":"a","type":"TXT","status":"NOERROR","dnssec":"insecure","ttl":-1}])", "\"ttl\" is out of range"},
        {R"([{"name":"a","type":"TXT","status":"NOERROR","dnssec":"insecure","ttl":1,"txt":"x"}])",
         "\"txt\" is no list"},
        {R"([{"name":"a","type":"TXT","status":"NOERROR","dnssec":"insecure","ttl":1,"txt":["\u0100"]}])",
         "\"txt\" is no text of bytes"},
        {R"([{"name":"a","type":"A","status":"NOERROR","dnssec":"insecure","ttl":1,"addresses":["x"]}])",
         "holds no IP address"},
        {R"([{"name":"a","type":"MX","status":"NOERROR","dnssec":"insecure","ttl":1,"mx":[[65536,"x"]]}])",
         "out of range"},
        {R"([{"name":"a","type":"MX","status":"NOERROR","dnssec":"insecure","ttl":1,"mx":[[1]]}])",
         "[preference, host]"},
    };
    for (const auto& [text, why] : rows) {
        const auto recorded = Recorded::parse(text);
        ASSERT_FALSE(recorded) << text;
        EXPECT_NE(recorded.error().text.find(why), std::string::npos) << text << ": " << recorded.error().text;
    }
}

TEST(Recorded, EntriesByTheirPlace) {
    Transcript transcript;
    transcript.record(txt("a.example"), make_answer(Status::no_data));
    transcript.record({"b.example", Type::mx, "test", {}, true, true}, make_answer(Status::timeout));
    const auto recorded = reread(transcript);
    ASSERT_NE(recorded->entry(1), nullptr);
    EXPECT_EQ(recorded->entry(0)->answer->status, Status::no_data);
    EXPECT_EQ(recorded->entry(1)->type, Type::mx);
    EXPECT_EQ(recorded->entry(1)->answer->status, Status::timeout);
    EXPECT_EQ(recorded->entry(2), nullptr);
}

} // namespace
} // namespace bonafide::dns
