// The message that RFC 8617 B prints. Its keys of 512 bits are published nowhere and too small for RFC 8301, so that no signature of it
// can be verified; its structure, its body hash and what it says of itself can.
#include "arc/test_sealer.hpp"

#include <gtest/gtest.h>
#include <string>

namespace bonafide::arc {
namespace {

const std::string header = "Return-Path: <jqd@d1.example>\r\n"
                           "ARC-Seal: i=3; a=rsa-sha256; cv=pass; d=clochette.example.org; s=\r\n"
                           "        clochette; t=12345; b=CU87XzXlNlk5X/yW4l73UvPUcP9ivwYWxyBWcVrRs7\r\n"
                           "        +HPx3K05nJhny2fvymbReAmOA9GTH/y+k9kEc59hAKVg==\r\n"
                           "ARC-Message-Signature: i=3; a=rsa-sha256; c=relaxed/relaxed; d=\r\n"
                           "        clochette.example.org; h=message-id:date:from:to:subject; s=\r\n"
                           "        clochette; t=12345; bh=KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZY\r\n"
                           "        LQ=; b=o71vwyLsK+Wm4cOSlirXoRwzEvi0vqIjd/2/GkYFYlSd/GGfKzkAgPqxf\r\n"
                           "        K7ccBMP7Zjb/mpeggswHjEMS8x5NQ==\r\n"
                           "ARC-Authentication-Results: i=3; clochette.example.org; spf=fail\r\n"
                           "    smtp.from=jqd@d1.example; dkim=fail (512-bit key)\r\n"
                           "    header.i=@d1.example; dmarc=fail; arc=pass (as.2.gmail.example=pass,\r\n"
                           "    ams.2.gmail.example=pass, as.1.lists.example.org=pass,\r\n"
                           "    ams.1.lists.example.org=fail (message has been altered))\r\n"
                           "ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=gmail.example; s=20120806; t=\r\n"
                           "        12345; b=Zpukh/kJL4Q7Kv391FKwTepgS56dgHIcdhhJZjsalhqkFIQQAJ4T9BE\r\n"
                           "        8jjLXWpRNuh81yqnT1/jHn086RwezGw==\r\n"
                           "ARC-Message-Signature: i=2; a=rsa-sha256; c=relaxed/relaxed; d=\r\n"
                           "        gmail.example; h=message-id:date:from:to:subject; s=20120806; t=\r\n"
                           "        12345; bh=KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZYLQ=; b=CVoG44\r\n"
                           "        cVZvoSs2mMig2wwqPaJ4OZS5XGMCegWqQs1wvRZJS894tJM0xO1RJLgCPsBOxdA5\r\n"
                           "        9WSqI9s9DfyKDfWg==\r\n"
                           "ARC-Authentication-Results: i=2; gmail.example; spf=fail\r\n"
                           "    smtp.from=jqd@d1.example; dkim=fail (512-bit key)\r\n"
                           "    header.i=@example.org; dmarc=fail; arc=pass\r\n"
                           "    (as.1.lists.example.org=pass, ams.1.lists.example.org=pass)\r\n"
                           "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example.org; s=dk-lists;\r\n"
                           "         t=12345; b=TlCCKzgk3TrAa+G77gYYO8Fxk4q/Ml0biqduZJeOYh6+0zhwQ8u/\r\n"
                           "        lHxLi21pxu347isLSuNtvIagIvAQna9a5A==\r\n"
                           "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=\r\n"
                           "        lists.example.org; h=message-id:date:from:to:subject; s=\r\n"
                           "        dk-lists; t=12345; bh=KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZYL\r\n"
                           "        Q=; b=DsoD3n3hiwlrN1ma8IZQFgZx8EDO7Wah3hUjIEsYKuShRKYB4LwGUiKD5Y\r\n"
                           "        yHgcIwGHhSc/4+ewYqHMWDnuFxiQ==\r\n"
                           "ARC-Authentication-Results: i=1; lists.example.org; spf=pass\r\n"
                           "    smtp.mfrom=jqd@d1.example; dkim=pass (512-bit key)\r\n"
                           "    header.i=@d1.example; dmarc=pass\r\n"
                           "Message-ID: <54B84785.1060301@d1.example>\r\n"
                           "Date: Thu, 14 Jan 2015 15:00:01 -0800\r\n"
                           "From: John Q Doe <jqd@d1.example>\r\n"
                           "To: arc@dmarc.example\r\n"
                           "Subject: [List 2] Example 1\r\n";
const std::string body = "Hey gang,\r\nThis is a test message.\r\n--J.\r\n";

TEST(Rfc8617, AppendixBIsASoundChain) {
    const mail::HeaderBlock block = dkim::testing::read_header(header);
    const Sets sets = collect(block, {});
    EXPECT_EQ(sets.code, Code::ok) << sets.reason;
    EXPECT_EQ(sets.highest, 3U);
    const Outcome outcome = testing::validate({header, body});
    EXPECT_EQ(outcome.code, Code::message_signature_key); // nobody publishes the key
    EXPECT_EQ(outcome.reason, "the message signature of instance 3 fails: there is no key at "
                              "clochette._domainkey.clochette.example.org (NXDOMAIN)");
    ASSERT_EQ(outcome.instances.size(), 3U);
    const std::vector<std::string> domains{"lists.example.org", "gmail.example", "clochette.example.org"};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(outcome.instances[i].seal.domain, domains[i]);
        EXPECT_EQ(outcome.instances[i].message.domain, domains[i]);
        EXPECT_EQ(outcome.instances[i].cv, i == 0 ? Status::none : Status::pass);
        ASSERT_TRUE(outcome.instances[i].results);
        EXPECT_EQ(outcome.instances[i].results->authserv_id, domains[i]);
        EXPECT_EQ(outcome.instances[i].signed_headers.size(), 5U);
    }
    EXPECT_EQ(outcome.instances[0].results->results.back().method, "dmarc");
}

TEST(Rfc8617, AppendixBBodyHash) {
    dkim::BodyHashes bodies;
    bodies.want(dkim::Canonicalization::relaxed);
    bodies.update(body);
    bodies.finish();
    EXPECT_EQ(base64::encode(*bodies.digest(dkim::Canonicalization::relaxed)),
              "KWSe46TZKCcDbH4klJPo+tjk5LWJnVRlP5pvjXFZYLQ=");
}

TEST(Rfc8617, AppendixBWithSmallKeys) { // R12: RFC 8301 3.2
    dkim::testing::Records records;
    for (const std::string name : {"clochette._domainkey.clochette.example.org", "20120806._domainkey.gmail.example",
                                   "dk-lists._domainkey.lists.example.org"})
        records.txt(name, {"p=" + dkim::testing::public_text(dkim::testing::rsa_key(512))});
    const Outcome outcome = testing::validate({header, body}, records);
    EXPECT_EQ(outcome.code, Code::message_signature_key);
    EXPECT_EQ(outcome.instances[2].message.code, dkim::Code::key_too_small);
}

} // namespace
} // namespace bonafide::arc
