// Authentication-Results as deployed systems write them. The strict reader refuses each of these.
#include "authres/deployed.hpp"

#include <gtest/gtest.h>

namespace bonafide::authres {
namespace {

std::string properties(const MethodResult& result) {
    std::string text;
    for (const Property& p : result.properties)
        text += (text.empty() ? "" : " ") + (p.type.empty() ? "" : p.type + ".") + p.name + "=" + p.value;
    return text;
}

Deployed read(std::string_view value) {
    EXPECT_FALSE(parse(value)) << "the strict reader takes it";
    auto found = parse_deployed(value);
    EXPECT_TRUE(found) << found.error().text;
    return found ? *found : Deployed{};
}

TEST(AuthresDeployed, ValidFieldsAreReadStrictly) {
    const auto found = parse_deployed("mx.example.com 1; spf=pass smtp.mailfrom=a.example; dkim=none").value();
    EXPECT_EQ(found.field.authserv_id, "mx.example.com");
    EXPECT_EQ(found.field.version, "1");
    EXPECT_EQ(found.field.results.size(), 2);
    EXPECT_TRUE(found.defects.empty());
}

TEST(AuthresDeployed, MicrosoftWithoutAuthservIdNorSpaces) {
    const Deployed found =
        read("spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=news.example; dkim=pass (signature was verified)\r\n"
             " header.d=news.example;dmarc=pass action=none\r\n header.from=news.example;compauth=pass reason=100");
    EXPECT_EQ(found.field.authserv_id, "");
    ASSERT_EQ(found.field.results.size(), 4);
    EXPECT_EQ(properties(found.field.results[0]), "smtp.mailfrom=news.example");
    EXPECT_EQ(properties(found.field.results[1]), "header.d=news.example");
    EXPECT_EQ(found.field.results[2].method, "dmarc");
    EXPECT_EQ(properties(found.field.results[2]), "action=none header.from=news.example");
    EXPECT_EQ(found.field.results[3].method, "compauth");
    EXPECT_EQ(found.field.results[3].result, "pass");
    EXPECT_EQ(found.field.results[3].reason, "100");
    EXPECT_EQ(found.defects, (std::vector{Defect::no_authserv_id, Defect::property_without_type}));
}

TEST(AuthresDeployed, MicrosoftsBareRecipientDomain) {
    const Deployed found =
        read("spf=fail (sender IP is 192.0.2.7) smtp.mailfrom=a.example; contoso.example; dkim=none\r\n"
             " (message not signed) header.d=none;contoso.example; dmarc=none action=none header.from=a.example;");
    EXPECT_EQ(found.bare_domains, (std::vector<std::string>{"contoso.example", "contoso.example"}));
    ASSERT_EQ(found.field.results.size(), 3);
    EXPECT_EQ(found.field.results[1].result, "none");
    EXPECT_EQ(properties(found.field.results[1]), "header.d=none");
    EXPECT_EQ(found.defects, (std::vector{Defect::no_authserv_id, Defect::bare_domain, Defect::property_without_type}));
}

TEST(AuthresDeployed, MissingSpaces) {
    const Deployed found = read("spf=pass(ok)smtp.mailfrom=a.example;dkim=pass header.i=\"@b.example\"header.s=x");
    ASSERT_EQ(found.field.results.size(), 2);
    EXPECT_EQ(properties(found.field.results[0]), "smtp.mailfrom=a.example");
    EXPECT_EQ(properties(found.field.results[1]), "header.i=@b.example header.s=x");
}

TEST(AuthresDeployed, MissingSemicolons) {
    const Deployed found = read("mx.example spf=pass smtp.mailfrom=a.example dkim=fail header.d=b.example");
    EXPECT_EQ(found.field.authserv_id, "mx.example");
    ASSERT_EQ(found.field.results.size(), 2);
    EXPECT_EQ(found.field.results[1].method, "dkim");
    EXPECT_EQ(found.field.results[1].result, "fail");
    EXPECT_EQ(found.defects, (std::vector{Defect::missing_semicolon}));
}

TEST(AuthresDeployed, ValuesThatNeedQuotes) {
    const Deployed found =
        read("mx.example; spf=pass smtp.mailfrom=bounce+a=b.example@list.example; dkim=pass header.b=ab/c=");
    ASSERT_EQ(found.field.results.size(), 2);
    EXPECT_EQ(properties(found.field.results[0]), "smtp.mailfrom=bounce+a=b.example@list.example");
    EXPECT_EQ(properties(found.field.results[1]), "header.b=ab/c=");
    EXPECT_EQ(found.defects, (std::vector{Defect::odd_value}));
}

TEST(AuthresDeployed, MicrosoftsArcCopyKeepsItsResults) {
    const Deployed found =
        read("mx.microsoft.example 1; spf=pass (sender ip is 192.0.2.7) smtp.rcpttodomain=c.example "
             "smtp.mailfrom=a.example;\r\n"
             " dmarc=pass (p=none sp=none pct=100) action=none header.from=a.example; dkim=pass header.d=a.example;\r\n"
             " arc=pass (0 oda=1 ltdi=1 spf=[1,1,smtp.mailfrom=a.example] dkim=[1,1,header.d=a.example])");
    EXPECT_EQ(found.field.version, "1");
    ASSERT_EQ(found.field.results.size(), 4);
    EXPECT_EQ(found.field.results[3].method, "arc");
    EXPECT_EQ(found.field.results[3].result, "pass");
}

TEST(AuthresDeployed, StrayTextIsLeftOut) {
    const Deployed found = read("mx.example; spf=pass , what \"is\" this; nonsense; dkim=none");
    ASSERT_EQ(found.field.results.size(), 2);
    EXPECT_EQ(found.defects, (std::vector{Defect::stray_text}));
    EXPECT_TRUE(found.bare_domains.empty());
}

TEST(AuthresDeployed, Refused) {
    for (const std::string_view value :
         {"", " ", ";;;", "spf=pass (open", "a.example; spf=pass x=\"open", "(only a comment)"})
        EXPECT_FALSE(parse_deployed(value)) << value;
    const Limits limits;
    EXPECT_FALSE(parse_deployed("spf=pass;" + std::string(limits.authres_bytes, ' ') + "x"));
    std::string many;
    for (std::uint64_t i = 0; i < limits.authres_results; ++i) many += "spf=pass;";
    EXPECT_TRUE(parse_deployed(many));
    EXPECT_FALSE(parse_deployed(many + "spf=pass"));
}

} // namespace
} // namespace bonafide::authres
