#include "cli/command.hpp"
#include "cli/spoof.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {

Command spoof_command();

namespace spoof {
namespace {

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

std::shared_ptr<const verdict::Lists> lists(verdict::ListName list, std::string_view text) {
    const std::vector<verdict::ListEntry> entries{*verdict::parse_list_entry(list, text)};
    return verdict::build_lists(entries, {}, 0, suffixes());
}

io::store::SpoofRow row(std::string infrastructure, std::string compauth, std::uint32_t reason) {
    io::store::SpoofRow row;
    row.author_domain = "contoso.com";
    row.infrastructure = std::move(infrastructure);
    row.last_compauth = std::move(compauth);
    row.last_reason = reason;
    return row;
}

/// "allowed: why | change".
std::string told(const io::store::SpoofRow& row, const verdict::Lists& lists, Mode mode = Mode::insight,
                 std::optional<double> other = {}) {
    const View view = view_of(row, lists, suffixes(), mode, other);
    return std::string(to_text(view.action)) + ": " + view.why + " | " + view.change;
}

TEST(Spoof, ActionIsWhatJudgingMadeOfIt) {
    const verdict::Lists none;
    EXPECT_EQ(told(row("ptr:fabrikam.com", "fail", 1), none),
              "blocked: nothing vouches for the author, explicitly or implicitly | bonafide lists add allow-pairs "
              "'contoso.com, fabrikam.com'");
    EXPECT_EQ(told(row("network:192.0.2.0/24", "pass", 701), none),
              "allowed: this infrastructure has long sent good mail of this author | bonafide lists add block-pairs "
              "'contoso.com, 192.0.2.0/24'");
    EXPECT_EQ(told(row("dkim:fabrikam.com", "softpass", 999), none),
              "allowed: compauth softpass 999 | bonafide lists add block-pairs 'contoso.com, fabrikam.com'");
    EXPECT_TRUE(told(row("", "fail", 1), none).ends_with(" | ")) << "an unknown infrastructure cannot be listed";
}

TEST(Spoof, AListedPairSaysSo) {
    const auto blocked = lists(verdict::ListName::block_pairs, "*, 192.0.2.0/24 # abuse");
    EXPECT_EQ(told(row("network:192.0.2.0/24", "pass", 701), *blocked),
              "blocked: block-pairs has *, 192.0.2.0/24: abuse | bonafide lists remove block-pairs '*, 192.0.2.0/24'");
    const auto allowed = lists(verdict::ListName::allow_pairs, "contoso.com, fabrikam.com");
    const View view = view_of(row("ptr:fabrikam.com", "fail", 1), *allowed, suffixes(), Mode::insight, {});
    EXPECT_EQ(view.action, Action::allowed);
    EXPECT_TRUE(view.listed);
    EXPECT_EQ(told(row("ptr:fabrikam.com", "fail", 2), verdict::Lists{}),
              "blocked: an administrator blocks this author from this infrastructure; it is listed no more | bonafide "
              "lists add allow-pairs 'contoso.com, fabrikam.com'");
}

TEST(Spoof, WhatIfNoPairWereListed) {
    const auto allowed = lists(verdict::ListName::allow_pairs, "contoso.com, fabrikam.com");
    EXPECT_TRUE(
        told(row("ptr:fabrikam.com", "fail", 1), *allowed, Mode::what_if).starts_with("blocked: nothing vouch"));
    const auto blocked = lists(verdict::ListName::block_pairs, "contoso.com, fabrikam.com");
    EXPECT_EQ(told(row("ptr:fabrikam.com", "fail", 2), *blocked, Mode::what_if, 2.5),
              "allowed: without the list all evidence amounts to +2.5 | bonafide lists add block-pairs "
              "'contoso.com, fabrikam.com'");
    EXPECT_TRUE(told(row("ptr:fabrikam.com", "fail", 2), *blocked, Mode::what_if, -3)
                    .starts_with("blocked: without the list all evidence amounts to -3 | "));
}

TEST(Spoof, ScoreWithoutLists) {
    EXPECT_EQ(score_without_lists(R"({"verdict":{"compauth":{"evidence":[
        {"signal":"blocked_pair","points":-20,"text":""},{"signal":"first_contact","points":-1.5},{"signal":"x"},
        {"signal":"mail_host","points":4}]}}})"),
              2.5);
    for (const char* none : {"", "{}", "[]", R"({"verdict":{"compauth":{"evidence":[]}}})", R"({"verdict":null})"})
        EXPECT_EQ(score_without_lists(none), std::nullopt) << none;
}

TEST(Spoof, Infrastructures) {
    EXPECT_EQ(parse_infrastructure("network:2001:db8::/64")->name, "2001:db8::/64");
    EXPECT_EQ(parse_infrastructure("ptr:a.example")->kind, verdict::Infrastructure::Kind::ptr);
    for (const char* wrong : {"", "a.example", "ptrx:a.example", "ptr"})
        EXPECT_FALSE(parse_infrastructure(wrong)) << wrong;
}

// ---- the command, on a ledger

class SpoofCommand : public testing::Test {
  protected:
    SpoofCommand() {
        std::string name = testing::TempDir() + "spoof_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        configure("[lists]\nblock_pairs = [\"adatum.com, * # abuse\"]\n");
        auto ledger = io::store::Database::open(folder_ + "/ledger", io::store::Database::Mode::create);
        io::store::Batch batch;
        batch.messages = {message("01A", "contoso.com", "ptr:fabrikam.com", "pass", 701),
                          message("01B", "ours.example", "network:192.0.2.0/24", "fail", 601),
                          message("01C", "ours.example", "network:192.0.2.0/24", "fail", 601),
                          message("01D", "adatum.com", "ptr:fabrikam.com", "fail", 2)};
        batch.messages[1].internal = batch.messages[2].internal = true;
        batch.messages[3].document = R"({"verdict":{"compauth":{"evidence":[{"signal":"mail_host","points":4}]}}})";
        batch.messages.push_back(message("01E", "old.example", "ptr:fabrikam.com", "fail", 1));
        batch.messages.back().time -= 10 * 86400;
        EXPECT_TRUE(ledger->write(batch, {}));
    }
    ~SpoofCommand() override { std::filesystem::remove_all(folder_); }

    static io::store::Message message(std::string id, std::string author_domain, std::string infrastructure,
                                      std::string compauth, std::uint32_t reason) {
        io::store::Message one;
        one.id = std::move(id);
        one.time = std::time(nullptr) - 60;
        one.direction = "inbound";
        one.author_domain = std::move(author_domain);
        one.infrastructure = std::move(infrastructure);
        one.compauth = std::move(compauth);
        one.reason = reason;
        one.spoof = true;
        one.document = "{}";
        return one;
    }
    void configure(std::string_view text) const { std::ofstream(folder_ + "/bonafide.toml") << text; }
    [[nodiscard]] std::string run(const std::vector<std::string>& given) const {
        Arguments arguments;
        arguments.add("ledger", folder_ + "/ledger");
        arguments.add("config", folder_ + "/bonafide.toml");
        for (std::size_t i = 0; i + 1 < given.size(); i += 2) arguments.add(given[i], given[i + 1]);
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        const Outcome outcome = spoof_command().run(arguments, console);
        return outcome ? out.str() : "error: " + outcome.error().text;
    }
    /// "author action;" of each row.
    [[nodiscard]] std::string rows(std::vector<std::string> given) const {
        given.insert(given.end(), {"csv", ""});
        std::istringstream lines(run(given));
        std::string text;
        std::getline(lines, text); // names
        text.clear();
        for (std::string line; std::getline(lines, line);)
            text += line.substr(0, line.find(',')) + (line.contains(",blocked,") ? " blocked;" : " allowed;");
        return text;
    }
    std::string folder_;
};

TEST_F(SpoofCommand, RowsAndFilters) {
    EXPECT_EQ(rows({}), "ours.example blocked;adatum.com blocked;contoso.com allowed;");
    EXPECT_EQ(rows({"days", "30", "domain", "old.example"}), "old.example blocked;");
    EXPECT_EQ(rows({"type", "internal"}), "ours.example blocked;");
    EXPECT_EQ(rows({"action", "allowed"}), "contoso.com allowed;");
    EXPECT_EQ(rows({"domain", "FABRIKAM.com"}), "adatum.com blocked;contoso.com allowed;");
    EXPECT_EQ(run({"domain", "nobody.example"}), "nobody\n");
    const std::string json = run({"json", "", "domain", "ours.example"});
    EXPECT_TRUE(json.starts_with(R"({"mode":"insight","days":7,"rows":[{"spoofed_user":"ours.example",)")) << json;
    EXPECT_TRUE(json.contains(R"("infrastructure":"192.0.2.0/24","infrastructure_kind":"network","messages":2)"))
        << json;
    EXPECT_TRUE(json.contains(R"("newest":"01C")")) << json;
    EXPECT_TRUE(run({}).contains("bonafide lists remove block-pairs 'adatum.com, *'"));
}

TEST_F(SpoofCommand, WhatIf) {
    EXPECT_EQ(rows({"what-if", "", "domain", "adatum.com"}), "adatum.com allowed;");
    EXPECT_TRUE(run({"what-if", ""}).starts_with("as if no pair were listed\n\n"));
    configure("[compauth]\nenabled = false\n");
    EXPECT_TRUE(run({}).starts_with("composite authentication is off: what would have been detected\n\n"));
    EXPECT_TRUE(run({"json", ""}).starts_with(R"({"mode":"what-if")"));
}

} // namespace
} // namespace spoof
} // namespace bonafide::cli
