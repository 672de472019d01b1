#include "mail/returned_ids.hpp"

#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

std::vector<std::string> found(std::string_view body, std::size_t step = 1) {
    ReturnedIds ids;
    for (std::size_t i = 0; i < body.size(); i += step) ids.feed(body.substr(i, step));
    return ids.take();
}

TEST(ReturnedIds, OfADeliveryReport) { // RFC 3464, appendix E
    constexpr std::string_view body =
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n"
        "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@ours.example\r\n"
        "message-id: <one@ours.example>\r\nSubject: Message-ID: <no@x.example>\r\n\r\ntext\r\n"
        "Message-ID:\r\n <two@ours.example>\r\nMessage-ID: <one@ours.example>\r\n--b--\r\n";
    const std::vector<std::string> expected{"one@ours.example", "two@ours.example"};
    for (const std::size_t step : {1U, 7U, 1000U}) EXPECT_EQ(found(body, step), expected) << step;
    EXPECT_EQ(found("Message-ID: <last@x.example>"), std::vector<std::string>{"last@x.example"}) << "no line end";
}

TEST(ReturnedIds, WhatIsNone) {
    for (const std::string_view body :
         {"", "Message-ID:\r\n", "Message-ID: one@x\r\n", "Message-ID: <a b@x>\r\n", "Message-ID:\r\nX: <a@x>\r\n",
          "Message-ID: <>\r\n", "Message-ID: <a\r\n b>\r\n"})
        EXPECT_TRUE(found(body).empty()) << body;
}

TEST(ReturnedIds, IsBounded) {
    std::string many;
    for (int i = 0; i < 10; ++i) many += "Message-ID: <" + std::to_string(i) + "@x>\n";
    EXPECT_EQ(found(many, 3).size(), ReturnedIds::most_ids);
    const std::string late(ReturnedIds::most_bytes - 8, 'x');
    EXPECT_EQ(found(late.substr(0, late.size() - 8) + "\nMessage-ID: <a@x>", 4096).size(), 0U) << "cut in the middle";
    EXPECT_EQ(found(std::string(ReturnedIds::most_bytes - 20, 'x') + "\nMessage-ID: <a@x>\n", 4096).size(), 1U);
    EXPECT_TRUE(found("Message-ID: <" + std::string(2000, 'a') + "@x>\n", 100).empty()) << "longer than a line may be";
}

} // namespace
} // namespace bonafide::mail
