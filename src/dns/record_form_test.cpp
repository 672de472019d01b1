#include "dns/record_form.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::dns {
namespace {

const Record mx{.name = "example.com", .type = Type::mx, .value = "mail.example.com", .preference = 10};
const Record null_mx{.name = "example.com", .type = Type::mx, .value = "", .preference = 0};
const Record address{.name = "mail.example.com", .type = Type::aaaa, .ttl = 300, .value = "2001:db8::1"};

TEST(RecordForm, Bind) {
    EXPECT_EQ(print(std::array{mx, null_mx, address}, Form::bind), "example.com. 3600 IN MX 10 mail.example.com.\n"
                                                                   "example.com. 3600 IN MX 0 .\n"
                                                                   "mail.example.com. 300 IN AAAA 2001:db8::1\n");
}

TEST(RecordForm, Plain) {
    EXPECT_EQ(print(std::array{mx}, Form::plain),
              "Name:  example.com\nType:  MX\nTTL:   3600\nPriority: 10\nValue: mail.example.com\n");
}

TEST(RecordForm, Cloudflare) {
    EXPECT_EQ(print(std::array{mx, address}, Form::cloudflare),
              R"({"type":"MX","name":"example.com","content":"mail.example.com","ttl":3600,"priority":10})"
              "\n"
              R"({"type":"AAAA","name":"mail.example.com","content":"2001:db8::1","ttl":300,"proxied":false})"
              "\n");
}

TEST(RecordForm, Route53PutsRecordsOfOneNameAndTypeIntoOneSet) {
    const Record second{.name = "example.com", .type = Type::mx, .value = "mx2.example.com", .preference = 20};
    const auto batch = boost::json::parse(print(std::array{mx, second, address}, Form::route53));
    ASSERT_EQ(batch.at("Changes").as_array().size(), 2U);
    EXPECT_EQ(batch.at("Changes").at(0).at("ResourceRecordSet").at("ResourceRecords").as_array().size(), 2U);
    EXPECT_EQ(batch.at("Changes").at(0).at("ResourceRecordSet").at("ResourceRecords").at(1).at("Value"),
              "20 mx2.example.com.");
}

TEST(RecordForm, CPanel) {
    EXPECT_EQ(print(std::array{mx}, Form::cpanel),
              R"({"dname":"example.com.","ttl":3600,"record_type":"MX","data":["10","mail.example.com."]})"
              "\n");
}

TEST(RecordForm, LongTextsAreSplitAtTheLimit) {
    EXPECT_EQ(record_strings(std::string(most_string_bytes, 'x')).size(), 1U);
    EXPECT_EQ(record_strings(std::string(most_string_bytes + 1, 'x')).size(), 2U);
    EXPECT_EQ(record_strings("").size(), 1U);
}

} // namespace
} // namespace bonafide::dns
