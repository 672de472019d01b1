// The signed messages that the RFCs print.
#include "dkim/test_signer.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::dkim {
namespace {

using testing::Message;
using testing::Records;
using testing::verify;

// RFC 6376 prints two blanks before "Are" (typography); its signature was made over one. RFC 8463's is relaxed and does not mind.
const std::string body = "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n";
const std::string fields = "From: Joe SixPack <joe@football.example.com>\r\n"
                           "To: Suzie Q <suzie@shopping.example.net>\r\n"
                           "Subject: Is dinner ready?\r\n"
                           "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
                           "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";

Records rfc6376_records() {
    return Records([](Records& records) {
        records.txt(
            "brisbane._domainkey.example.com",
            {"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjx"
             "OCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI"
             "MmPSPDdQPNUYckcQ2QIDAQAB"});
    });
}

const std::string rfc6376_header = "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
                                   "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
                                   "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
                                   "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                                   "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
                                   "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
                                   "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
                                   "      4bmp/YzhwvcubU4=;\r\n"
                                   "Received: from client1.football.example.com  [192.0.2.1]\r\n"
                                   "      by submitserver.example.com with SUBMISSION;\r\n"
                                   "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n" +
                                   fields;

TEST(Rfc6376, AppendixA2) { // the printed page indents the whole message by three blanks more
    const auto results = verify({rfc6376_header, body}, rfc6376_records());
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].result, Result::pass) << results[0].reason;
    EXPECT_EQ(results[0].domain, "example.com");
    EXPECT_EQ(results[0].selector, "brisbane");
    EXPECT_EQ(results[0].identity, "joe@football.example.com");
    EXPECT_EQ(results[0].canonicalization, "simple/simple");
    EXPECT_EQ(results[0].signature_start, "AuUoFEfD");
    EXPECT_EQ(results[0].key_bits, 1024U);
}

TEST(Rfc6376, AppendixA2Altered) {
    std::string header = rfc6376_header;
    header.replace(header.find("q=dns/txt; i"), 10, "q=dns/txt; ");
    EXPECT_EQ(verify({header, body}, rfc6376_records()).at(0).code, Code::bad_signature);
    EXPECT_EQ(verify({rfc6376_header, "Hi! " + body}, rfc6376_records()).at(0).code, Code::body_hash_mismatch);
}

TEST(Rfc8463, AppendixA) {
    Records records;
    records.txt("brisbane._domainkey.football.example.com",
                {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="});
    records.txt(
        "test._domainkey.football.example.com",
        {"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
         "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2k"
         "ryOTIKT+l/K4w3QIDAQAB"});
    const std::string header = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                               " d=football.example.com; i=@football.example.com;\r\n"
                               " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
                               " subject : date : message-id : from : subject : date;\r\n"
                               " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                               " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
                               " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
                               "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
                               " d=football.example.com; i=@football.example.com;\r\n"
                               " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
                               " date : message-id : from : subject : date;\r\n"
                               " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                               " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
                               " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
                               " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n" +
                               fields;
    const auto results = verify({header, body}, records);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].result, Result::pass) << results[0].reason;
    EXPECT_EQ(results[0].algorithm, "ed25519-sha256");
    EXPECT_EQ(results[1].result, Result::pass) << results[1].reason;
    EXPECT_EQ(results[1].signed_at, 1528637909);
}

} // namespace
} // namespace bonafide::dkim
