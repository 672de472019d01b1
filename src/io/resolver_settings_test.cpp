#include "io/resolver.hpp"
#include "io/resolver_settings.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::io {
namespace {

using Strings = std::vector<std::string>;

class Files {
  public:
    Files() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-resolver-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Files() { std::filesystem::remove_all(folder_); }
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }

  private:
    std::filesystem::path folder_;
};

TEST(ResolvConf, NameserversInOrder) {
    EXPECT_EQ(resolv_conf_servers("# comment\nsearch example.com\nnameserver 192.0.2.53\n\tnameserver\t2001:db8::53 # "
                                  "second\noptions edns0\n"),
              (Strings{"192.0.2.53", "2001:db8::53"}));
}

TEST(ResolvConf, NoMoreThanThree) {
    EXPECT_EQ(
        resolv_conf_servers("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n")
            .size(),
        3U);
}

TEST(ResolvConf, WhatIsNoAddressIsLeftOut) {
    EXPECT_EQ(resolv_conf_servers(""), Strings{});
    EXPECT_EQ(resolv_conf_servers("nameserver\nnameserver localhost\nnameserver fe80::1%eth0\nnameserver "
                                  "192.0.2.1@53\n;nameserver 192.0.2.2\n"
                                  "nameservers 192.0.2.3\r\nnameserver 192.0.2.4\r\n"),
              Strings{"192.0.2.4"});
}

TEST(TrustAnchor, Owners) {
    EXPECT_EQ(
        trust_anchor_owners(". IN DNSKEY 257 3 8 AwEAAaz/tAm8 ; keytag 20326\n. 172800 IN DS 20326 8 2 E06D44B8\n"),
        Strings{""});
    EXPECT_EQ(trust_anchor_owners("; DS in a comment\n$TTL 60\nSigned.Example. IN DS ( 1 15 2\n   00 )\nother.example. "
                                  "DNSKEY 257 3 15 AA==\n"),
              (Strings{"signed.example", "other.example"}));
    EXPECT_EQ(trust_anchor_owners("nothing here\n"), Strings{});
}

TEST(ResolverPlan, ServersAreChecked) {
    const auto error = [](const std::string& server) {
        const auto made = plan({.servers = {server}, .dnssec = false});
        return made ? std::string("none") : made.error().text;
    };
    for (const char* good : {"192.0.2.53", "192.0.2.53@5353", "2001:db8::53", "2001:db8::53@65535", "::1"})
        EXPECT_EQ(error(good), "none");
    for (const char* bad : {"", "localhost", "192.0.2.53:53", "192.0.2.53@", "192.0.2.53@0", "192.0.2.53@65536",
                            "192.0.2.53@x", "[::1]", "@53"})
        EXPECT_NE(error(bad), "none") << bad;
    EXPECT_EQ(error("dns\nexample"),
              "\"dns\\x0aexample\" is no DNS server address (wanted: 192.0.2.53, 2001:db8::53 or either with @PORT)");
}

TEST(ResolverPlan, SystemServersWhenNoneAreGiven) {
    Files files;
    const std::string conf = files.write("resolv.conf", "nameserver 192.0.2.53\n");
    EXPECT_EQ(plan({.resolv_conf = conf, .dnssec = false})->forward_to, Strings{"192.0.2.53"});
    EXPECT_EQ(plan({.servers = {"192.0.2.1"}, .resolv_conf = conf, .dnssec = false})->forward_to, Strings{"192.0.2.1"});
}

TEST(ResolverPlan, RecursionWhenTheSystemNamesNone) {
    Files files;
    const std::string hints = files.write("root.hints", ". NS a.root.\n");
    const auto made = plan({.resolv_conf = "/nowhere", .root_hints = hints, .dnssec = false});
    EXPECT_EQ(made->forward_to, Strings{});
    EXPECT_EQ(made->root_hints, hints);
    EXPECT_EQ(plan({.resolv_conf = "/nowhere", .root_hints = "/nowhere", .dnssec = false})->root_hints, "");
}

TEST(ResolverPlan, TrustAnchorErrorsAreClear) {
    Files files;
    const std::string empty = files.write("empty.key", "; nothing\n");
    EXPECT_EQ(plan({.servers = {"192.0.2.1"}, .trust_anchor = empty}).error().text,
              "the DNSSEC trust anchor " + empty + " holds no DS or DNSKEY record");
    EXPECT_EQ(plan({.servers = {"192.0.2.1"}, .trust_anchor = "/nowhere.key"}).error().text,
              "the DNSSEC trust anchor cannot be read (cannot open /nowhere.key: No such file or directory): install "
              "dns-root-data, or switch "
              "validation off");
    EXPECT_TRUE(plan({.servers = {"192.0.2.1"}, .dnssec = false, .trust_anchor = "/nowhere.key"}));
}

TEST(ResolverPlanTest, ChangesWithWhatTheFilesSay) {
    Files files;
    ResolverSettings settings;
    settings.resolv_conf = files.write("resolv.conf", "nameserver 192.0.2.53\n");
    settings.root_hints = files.write("root.hints", ". NS a.root.example.\n");
    settings.trust_anchor = files.write("root.key", ". IN DS 20326 8 2 E06D44B8\n");
    const ResolverPlan before = plan(settings).value();
    EXPECT_EQ(plan(settings).value(), before);
    files.write("root.hints", ". NS b.root.example.\n");
    EXPECT_EQ(plan(settings).value(), before) << "not used while there are servers";
    files.write("resolv.conf", "# nothing new\nnameserver 192.0.2.53\n");
    EXPECT_EQ(plan(settings).value(), before);
    files.write("resolv.conf", "nameserver 192.0.2.54\n");
    const ResolverPlan moved = plan(settings).value();
    EXPECT_NE(moved, before);
    EXPECT_EQ(moved.forward_to, Strings{"192.0.2.54"});
    files.write("root.key", ". IN DS 38696 8 2 683D2D0A\n");
    EXPECT_NE(plan(settings).value(), moved);
    files.write("resolv.conf", "");
    const ResolverPlan recursive = plan(settings).value();
    files.write("root.hints", ". NS c.root.example.\n");
    EXPECT_NE(plan(settings).value(), recursive);
}

} // namespace
} // namespace bonafide::io
