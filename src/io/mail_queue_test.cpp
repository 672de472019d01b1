#include "io/mail_queue.hpp"

#include <gtest/gtest.h>

namespace bonafide::io {
namespace {

TEST(MailQueue, ReadsWhatWaitsAndWhy) {
    const auto queue = parse_queue(
        R"({"queue_name": "deferred", "queue_id": "4F0", "sender": "ann@example.com", "recipients": [{"address": "bob@gmail.com", "delay_reason": "host x said: 550-5.7.26 no"}, {"address": "eve@example.net"}]})"
        "\n\nnot json\n[]\n{\"recipients\": 1}\n");
    ASSERT_EQ(queue.size(), 1U);
    EXPECT_EQ(queue[0].sender, "ann@example.com");
    EXPECT_EQ(queue[0].recipient, "bob@gmail.com");
    EXPECT_EQ(queue[0].reason, "host x said: 550-5.7.26 no");
}

} // namespace
} // namespace bonafide::io
