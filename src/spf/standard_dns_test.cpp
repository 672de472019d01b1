// What failures and absence in the DNS mean for SPF (RFC 7208 2.6, 4.3 to 4.5, 5), whichever term asked.
#include "spf/test_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

using ::testing::HasSubstr;

/// A record at example.com, and one status for every other name.
class Failing : public dns::Source {
  public:
    Failing(std::string record, dns::Status status) : record_(std::move(record)), status_(status) {}
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        if (question.name != "example.com" || question.type != dns::Type::txt || record_.empty())
            return dns::make_answer(status_);
        auto answer = std::make_shared<dns::AnswerData>();
        answer->status = dns::Status::ok;
        answer->txt = {record_};
        return answer;
    }

  private:
    std::string record_;
    dns::Status status_;
};

TEST(SpfStandardDns, Failures) { // RFC 7208 4.4, 5
    for (const dns::Status status : {dns::Status::serv_fail, dns::Status::refused, dns::Status::timeout,
                                     dns::Status::bogus, dns::Status::truncated, dns::Status::cname_loop}) {
        for (const std::string_view record : // X2, S24: the next term, which would match, is not reached
             {"", "v=spf1 a:x.example.com ip4:192.0.2.1", "v=spf1 mx ip4:192.0.2.1",
              "v=spf1 exists:x.example.com ip4:192.0.2.1", "v=spf1 include:x.example.com ip4:192.0.2.1",
              "v=spf1 redirect=x.example.com"}) {
            const Outcome outcome = dns::run(spf::check(testing::request("192.0.2.1", "user@example.com")),
                                             Failing(std::string(record), status));
            EXPECT_EQ(outcome.result, Result::temperror) << record;
            EXPECT_EQ(outcome.cause.code, Code::dns_error) << record;
            EXPECT_THAT(outcome.cause.text, HasSubstr(std::string(dns::to_text(status)))) << record;
        }
        // RFC 7208 5.5, 6.2: not where a failure only means that there is no name or no text.
        for (const std::string_view record : {"v=spf1 ptr -all", "v=spf1 -all exp=x.example.com"}) {
            const Outcome outcome = dns::run(spf::check(testing::request("192.0.2.1", "user@example.com")),
                                             Failing(std::string(record), status));
            EXPECT_EQ(outcome.result, Result::fail) << record;
            EXPECT_EQ(outcome.cause.term, "-all") << record;
            EXPECT_EQ(outcome.explanation, "") << record;
        }
    }
}

TEST(SpfStandardDns, NothingThere) { // X2, RFC 7208 4.3, 4.5: both are none, told apart in the cause
    const std::string_view zone = R"({"empty.example.com": {"A": ["192.0.2.1"]},
                                      "dangling.example.com": {"CNAME": "nowhere.example.com"}})";
    const std::pair<std::string_view, Code> rows[] = {{"a@empty.example.com", Code::no_record},
                                                      {"a@nowhere.example.com", Code::no_domain},
                                                      {"a@dangling.example.com", Code::no_domain}};
    for (const auto& [from, code] : rows) {
        const Outcome outcome = testing::check(testing::request("192.0.2.1", from), zone);
        EXPECT_EQ(outcome.result, Result::none) << from;
        EXPECT_EQ(outcome.cause.code, code) << from;
    }
}

} // namespace
} // namespace bonafide::spf
