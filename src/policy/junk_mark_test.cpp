// The value of X-Bonafide-Junk: what Sieve tests stands first, and nothing of a stranger's can look like it.
#include "policy/junk_mark.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

TEST(JunkMark, SaysWhoWantedItAndHowMuch) {
    EXPECT_EQ(junk_value(By::rule, JunkLevel::junk, {}), "yes; by=rule; level=junk");
    EXPECT_EQ(junk_value(By::dmarc, JunkLevel::quarantine, "DMARC fails"),
              "yes; by=dmarc; level=quarantine; (DMARC fails)");
}

TEST(JunkMark, OfADisposition) {
    Disposition disposition;
    for (const What what : {What::none, What::mark, What::hold, What::reject}) {
        disposition.what = what;
        EXPECT_EQ(junk_value(disposition), "") << to_text(what);
    }
    disposition.what = What::quarantine;
    disposition.by = By::suggestion;
    EXPECT_EQ(junk_value(disposition), "yes; by=suggestion; level=quarantine");
    disposition.what = What::junk;
    EXPECT_EQ(junk_value(disposition), "yes; by=suggestion; level=junk");
}

TEST(JunkMark, AStrangersWordsStayInTheComment) {
    const std::string value = junk_value(By::list, JunkLevel::junk, "a\r\nb) ; level=quarantine (\x80");
    EXPECT_EQ(value, "yes; by=list; level=junk; (a??b\\) , level,quarantine \\(?)");
    EXPECT_EQ(value.find("level=quarantine"), std::string::npos);
}

TEST(JunkMark, LinesAreFolded) {
    const std::string value =
        junk_value(By::suggestion, JunkLevel::quarantine,
                   std::string(30, 'a') + ' ' + std::string(60, 'b') + ' ' + std::string(400, 'c'));
    EXPECT_NE(value.find("\r\n "), std::string::npos);
    EXPECT_LT(value.size(), 300U) << "and cut";
    EXPECT_TRUE(value.starts_with("yes; by=suggestion; level=quarantine;")) << "what Sieve tests is on the first line";
}

} // namespace
} // namespace bonafide::policy
