#include "io/unbound_answer.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <unbound.h>
#include <vector>

namespace bonafide::io {
namespace {

using namespace std::string_literals;
using dns::Dnssec;
using dns::Status;
using dns::Type;

/// A ub_result over data that lives as long as this.
struct Result : ub_result {
    Result(int code, std::vector<std::string> records, int seconds = 300) : ub_result(), kept(std::move(records)) {
        rcode = code;
        ttl = seconds;
        havedata = kept.empty() ? 0 : 1;
        for (std::string& record : kept) {
            pointers.push_back(record.data());
            lengths.push_back(static_cast<int>(record.size()));
        }
        pointers.push_back(nullptr);
        data = pointers.data();
        len = lengths.data();
    }
    std::vector<std::string> kept;
    std::vector<char*> pointers;
    std::vector<int> lengths;
};

dns::Answer read(const ub_result& result, Type type) { return read_answer(result, type, Dnssec::insecure, Limits{}); }

TEST(PresentationName, EveryByteThatMeansSomethingIsEscaped) {
    EXPECT_EQ(presentation_name("sel-1._domainkey.example.com"), "sel-1._domainkey.example.com.");
    EXPECT_EQ(presentation_name("example.com."), "example.com.");
    EXPECT_EQ(presentation_name(""), ".");
    EXPECT_EQ(presentation_name("a b\"\\;@$(\0\xff.c"s), "a\\032b\\034\\092\\059\\064\\036\\040\\000\\255.c.");
}

TEST(WireName, Reads) {
    EXPECT_EQ(read_wire_name("\4Mail\7EXAMPLE\0"s), "mail.example");
    EXPECT_EQ(read_wire_name("\0"s), ""); // the root: null MX, RFC 7505 3
    EXPECT_EQ(read_wire_name("\3a b\0"s), "a b");
}

TEST(WireName, BadOnes) {
    EXPECT_EQ(read_wire_name(""), std::nullopt);
    EXPECT_EQ(read_wire_name("\4mail"s), std::nullopt);   // no end
    EXPECT_EQ(read_wire_name("\5mail\0"s), std::nullopt); // label runs over the end
    EXPECT_EQ(read_wire_name("\3a.b\0"s), std::nullopt);  // a dot inside a label
    EXPECT_EQ(read_wire_name("\xc0\x0c"s), std::nullopt); // compression is undone before us
    const std::string label = "\77" + std::string(63, 'a');
    EXPECT_TRUE(read_wire_name(label + label + label + "\75" + std::string(61, 'a') + "\0"s));  // 255 bytes
    EXPECT_FALSE(read_wire_name(label + label + label + "\76" + std::string(62, 'a') + "\0"s)); // 256
}

TEST(CharacterStrings, JoinedWithNothingBetween) {
    EXPECT_EQ(read_character_strings("\6v=spf1\5 -all"s), "v=spf1 -all");
    EXPECT_EQ(read_character_strings("\0"s), "");
    EXPECT_EQ(read_character_strings("\1a\0\1b"s), "ab");
}

TEST(CharacterStrings, BadOnes) {
    EXPECT_EQ(read_character_strings(""), std::nullopt);
    EXPECT_EQ(read_character_strings("\5abc"s), std::nullopt);
    EXPECT_EQ(read_character_strings("\3abc\1"s), std::nullopt);
}

TEST(ReadAnswer, Statuses) {
    EXPECT_EQ(read(Result(0, {"\1x"}), Type::txt)->status, Status::ok);
    EXPECT_EQ(read(Result(0, {}), Type::txt)->status, Status::no_data);
    EXPECT_EQ(read(Result(3, {}), Type::txt)->status, Status::nx_domain);
    EXPECT_EQ(read(Result(5, {}), Type::txt)->status, Status::refused);
    for (const int rcode : {1, 2, 4, 9, 15})
        EXPECT_EQ(read(Result(rcode, {}), Type::txt)->status, Status::serv_fail) << rcode;
}

TEST(ReadAnswer, DnssecStates) {
    Result result(0, {"\1x"});
    EXPECT_EQ(read(result, Type::txt)->dnssec, Dnssec::insecure);
    result.secure = 1;
    EXPECT_EQ(read(result, Type::txt)->dnssec, Dnssec::secure);
    result.secure = 0;
    result.bogus = 1;
    const dns::Answer bogus = read(result, Type::txt);
    EXPECT_EQ(bogus->status, Status::bogus);
    EXPECT_EQ(bogus->dnssec, Dnssec::bogus);
    EXPECT_TRUE(bogus->txt.empty()); // its data must not be used by mistake
}

TEST(ReadAnswer, RecordsOfEachType) {
    EXPECT_EQ(read(Result(0, {"\xc0\0\2\1"s}), Type::a)->addresses.front().text(), "192.0.2.1");
    const std::string mapped = std::string(10, '\0') + "\xff\xff\xc0" + "\0\2\1"s;
    EXPECT_FALSE(read(Result(0, {mapped}), Type::aaaa)->addresses.front().is_v4()); // never mapped back to IPv4
    EXPECT_EQ(read(Result(0, {"\0\012\4mail\7EXAMPLE\0"s, "\0\0\0"s}), Type::mx)->mx,
              (std::vector<dns::Mx>{{10, "mail.example"}, {0, ""}}));
    EXPECT_EQ(read(Result(0, {"\4Host\7example\0"s}), Type::ptr)->names, std::vector<std::string>{"host.example"});
    EXPECT_EQ(read(Result(0, {"soa"}), Type::soa)->status, Status::ok);
}

TEST(ReadAnswer, UnreadableRecordsAreLeftOutAndNothingLeftIsAFailure) {
    EXPECT_EQ(read(Result(0, {"\xc0\0\2"s, "\xc0\0\2\1"s}), Type::a)->addresses.size(), 1U);
    EXPECT_EQ(read(Result(0, {"\xc0\0\2"s}), Type::a)->status, Status::serv_fail);
    EXPECT_EQ(read(Result(0, {"\0"s}), Type::mx)->status, Status::serv_fail);
    EXPECT_EQ(read(Result(0, {""}), Type::txt)->status, Status::serv_fail);
}

TEST(ReadAnswer, TextRecordsAtTheLimitAndOnePast) {
    Limits limits;
    limits.dns_txt_records = 3;
    EXPECT_EQ(
        read_answer(Result(0, std::vector<std::string>(3, "\1x")), Type::txt, Dnssec::insecure, limits)->txt.size(),
        3U);
    EXPECT_EQ(
        read_answer(Result(0, std::vector<std::string>(4, "\1x")), Type::txt, Dnssec::insecure, limits)->txt.size(),
        3U);
}

TEST(ReadAnswer, BytesAtTheLimitAndOnePast) {
    Limits limits;
    limits.dns_answer_bytes = 100;
    std::string packet(101, '\0');
    Result result(0, {"\1x"});
    result.answer_packet = packet.data();
    result.answer_len = 100;
    EXPECT_EQ(read_answer(result, Type::txt, Dnssec::insecure, limits)->status, Status::ok);
    result.answer_len = 101;
    EXPECT_EQ(read_answer(result, Type::txt, Dnssec::insecure, limits)->status, Status::serv_fail);
}

TEST(ReadAnswer, Ttl) {
    EXPECT_EQ(read(Result(0, {"\1x"}, 300), Type::txt)->ttl, 300U);
    EXPECT_EQ(read(Result(0, {"\1x"}, -1), Type::txt)->ttl, 0U); // RFC 2181 8
}

std::string message(unsigned answers, const std::string& records) {
    return "\0\0\x81\x80\0\1"s + static_cast<char>(answers >> 8) + static_cast<char>(answers) + "\0\0\0\0"s +
           "\1a\7example\0\0\x10\0\1"s + records;
}

TEST(HoldsCname, OnlyARecordOfThatTypeInTheAnswerSection) {
    const std::string cname = "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"s;
    const std::string txt = "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\2\1x"s;
    EXPECT_TRUE(holds_cname(message(1, cname)));
    EXPECT_TRUE(holds_cname(message(2, txt + cname)));
    EXPECT_FALSE(holds_cname(message(1, txt + cname))); // beyond the answer section
    EXPECT_FALSE(holds_cname(message(0, "")));
}

TEST(HoldsCname, CutAnywhere) {
    const std::string whole = message(1, "\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\2\1x"s);
    for (std::size_t size = 0; size <= whole.size(); ++size)
        EXPECT_FALSE(holds_cname(std::string_view(whole).substr(0, size)));
    EXPECT_FALSE(holds_cname(message(0xffff, std::string(50, '\0'))));
}

TEST(ReadProbe, Outcomes) {
    EXPECT_EQ(read_probe(nullptr), ProbeOutcome::silent);
    Result result(0, {"x"});
    EXPECT_EQ(read_probe(&result), ProbeOutcome::stripped);
    result.secure = 1;
    EXPECT_EQ(read_probe(&result), ProbeOutcome::secure);
    Result bogus(2, {});
    EXPECT_EQ(read_probe(&bogus), ProbeOutcome::silent);
    bogus.bogus = 1;
    EXPECT_EQ(read_probe(&bogus), ProbeOutcome::stripped);
}

} // namespace
} // namespace bonafide::io
