#include "cli/lists.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace bonafide::cli::lists {
namespace {

using io::store::Database;
using verdict::ListName;

constexpr std::int64_t now = 1795340911; // 2026-11-22 09:48:31 UTC

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

verdict::ListEntry entry(ListName list, std::string_view text) { return *verdict::parse_list_entry(list, text); }

Listed listed(ListName list, std::string_view text, Origin origin = Origin::ledger) {
    return {row_of(entry(list, text), now, "ann"), origin};
}

// ---- pure parts

TEST(ListsImport, ReadsEntriesAndSkipsComments) {
    const auto entries = parse_import(ListName::block_pairs, "\xef\xbb\xbf# a comment\r\n"
                                                             "contoso.com, fabrikam.com # why\r\n"
                                                             "\n"
                                                             "  *, 192.0.2.0/24 until=2027-01-31\n"
                                                             "Contoso.com,FABRIKAM.com # the same again");
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(verdict::to_text((*entries)[0]), "contoso.com, fabrikam.com # why");
    EXPECT_EQ(verdict::to_text((*entries)[1]), "*, 192.0.2.0/24 until=2027-01-31");
    EXPECT_TRUE(parse_import(ListName::networks, "")->empty());
}

TEST(ListsImport, NamesEveryWrongLine) {
    const auto entries = parse_import(ListName::block_pairs, "contoso.com\n#\ncontoso.com, *\n*, *\n");
    ASSERT_FALSE(entries);
    ASSERT_EQ(entries.error().size(), 2U);
    EXPECT_EQ(entries.error()[0].line, 1U);
    EXPECT_EQ(entries.error()[1].line, 4U);
    EXPECT_EQ(entries.error()[1].text, "only one side of a pair may be *");
}

TEST(ListsImport, EntriesAtTheLimitAndPastIt) {
    std::string content;
    for (std::size_t i = 0; i < most_imported; ++i) content += "d" + std::to_string(i) + ".example\n";
    ASSERT_TRUE(parse_import(ListName::protected_domains, content));
    content += "one.more.example\n";
    const auto past = parse_import(ListName::protected_domains, content);
    ASSERT_FALSE(past);
    EXPECT_EQ(past.error().back().text, "more than 100000 entries");
}

TEST(Lists, OrderIsByListOriginAndText) {
    std::vector<Listed> all{listed(ListName::sealers, "google.com", Origin::built_in),
                            listed(ListName::sealers, "lists.example"), listed(ListName::allow_pairs, "b.example, *"),
                            listed(ListName::allow_pairs, "a.example, *", Origin::configuration)};
    std::string text;
    for (const Listed& one : ordered(all, {})) text += one.row.entry + "; ";
    EXPECT_EQ(text, "b.example, *; a.example, *; lists.example; google.com; ");
    EXPECT_EQ(ordered(all, ListName::sealers).size(), 2U);
    EXPECT_TRUE(ordered(all, ListName::networks).empty());
}

TEST(Lists, ConfigurationAndBuiltInAreToldApart) {
    engine::Settings settings;
    settings.lists.sealers = {"Google.com # ours", "lists.example until=2020-01-01"};
    std::size_t built_in = 0;
    std::string written;
    for (const Listed& one : ordered(configured(settings), ListName::sealers)) {
        if (one.origin == Origin::built_in)
            ++built_in;
        else
            written += one.row.entry + "; ";
    }
    EXPECT_TRUE(written.contains("lists.example; ")) << written;
    EXPECT_TRUE(written.contains("google.com; ")) << written;
    EXPECT_EQ(built_in, 15U);
}

TEST(Lists, ExpiryIsShown) {
    EXPECT_EQ(until_text({}, now), "");
    EXPECT_EQ(until_text(verdict::parse_last_day("2026-11-22"), now), "2026-11-22");
    EXPECT_EQ(until_text(verdict::parse_last_day("2026-11-21"), now), "2026-11-21 (expired)");
}

TEST(Lists, RemarksOnContradictionsAndOnWhatHardlyMatches) {
    const std::vector<Listed> all{listed(ListName::block_pairs, "contoso.com, fabrikam.com"),
                                  listed(ListName::networks, "192.0.2.0/24", Origin::configuration)};
    const auto of = [&](ListName list, std::string_view text) {
        std::string lines;
        for (const std::string& line : remarks(entry(list, text), all, suffixes())) lines += line + "\n";
        return lines;
    };
    EXPECT_EQ(of(ListName::allow_pairs, "contoso.com, fabrikam.com"),
              "block-pairs has the same pair: the block holds\n");
    EXPECT_EQ(of(ListName::allow_pairs, "contoso.com, 192.0.2.0/24"), "");
    EXPECT_EQ(of(ListName::allow_pairs, "contoso.com, *"), "");
    EXPECT_EQ(of(ListName::block_pairs, "contoso.com, smtp.inbound.adatum.com"),
              "PTR names count by their Organizational Domain: smtp.inbound.adatum.com can only be a DKIM domain here, "
              "for a host write adatum.com\n");
    EXPECT_EQ(of(ListName::networks, "192.0.2.0/24"), "the configuration holds it already\n");
    EXPECT_EQ(of(ListName::accepted_domains, "co.uk"),
              "co.uk is a public suffix: names below it do not count as ours\n");
    EXPECT_EQ(of(ListName::accepted_domains, "contoso.co.uk"), "");
    EXPECT_EQ(of(ListName::shared_infrastructure, "mx.cloud.example"),
              "hosts count by their Organizational Domain: cloud.example\n");
}

TEST(Lists, OnlySealersThatAreNotTrustedAreSuggested) {
    verdict::Lists trusted;
    trusted.sealers = {{"trusted.example", {}, {}, {}, ""}, {"some.example", {"a.example"}, {}, {}, ""}};
    EXPECT_EQ(suggestion({"lists.example", 412, 37}, trusted, 7),
              "lists.example: its seals verify and DMARC failed for 412 messages of 37 domains in the last 7 days\n"
              "  to trust it: bonafide lists add sealers lists.example --note 'why we know it'\n");
    EXPECT_EQ(suggestion({"trusted.example", 412, 37}, trusted, 7), "");
    EXPECT_TRUE(suggestion({"some.example", 1, 1}, trusted, 1)
                    .starts_with("some.example: its seals verify and DMARC failed for 1 message of 1 domain in the "
                                 "last 1 day; it is trusted for some mail already\n"));
    EXPECT_EQ(suggestion({"no domain; rm -rf", 412, 37}, trusted, 7), "");
}

// ---- the commands, on a ledger

class ListsCommand : public testing::Test {
  protected:
    ListsCommand() {
        std::string name = testing::TempDir() + "lists_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        ledger_ = folder_ + "/ledger";
        write("bonafide.toml", "[lists]\nblock_pairs = [\"adatum.com, * # in the file\"]\n");
        EXPECT_TRUE(Database::open(ledger_, Database::Mode::create));
    }
    ~ListsCommand() override { std::filesystem::remove_all(folder_); }

    struct Ran {
        Outcome outcome;
        std::string out;
        std::string err;
    };
    /// Arguments come as name, value, name, value.
    Ran run(Outcome (*command)(const Arguments&, Console&), const std::vector<std::string>& given) {
        Arguments arguments;
        arguments.add("ledger", ledger_);
        arguments.add("config", folder_ + "/bonafide.toml");
        arguments.add("by", "ann");
        for (std::size_t i = 0; i + 1 < given.size(); i += 2) arguments.add(given[i], given[i + 1]);
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        Outcome outcome = command(arguments, console);
        return {outcome, out.str(), err.str()};
    }
    std::string write(const std::string& name, std::string_view content) {
        const std::string file = folder_ + "/" + name;
        std::ofstream(file) << content;
        return file;
    }
    [[nodiscard]] std::string entries() {
        auto database = Database::open(ledger_, Database::Mode::read_only);
        std::string text;
        for (const io::store::ListRow& row : *database->lists()) text += row.list + ": " + row.entry + "; ";
        return text;
    }

    std::string folder_, ledger_;
};

TEST_F(ListsCommand, AddShowRemoveAudit) {
    const Ran added =
        run(run_add, {"LIST", "allow-pairs", "ENTRY", "Contoso.com, fabrikam.com", "note", "asked by Bob"});
    ASSERT_TRUE(added.outcome) << added.outcome.error().text;
    EXPECT_EQ(added.out, "allow-pairs: contoso.com, fabrikam.com # asked by Bob added\n");
    EXPECT_EQ(run(run_add, {"LIST", "allow-pairs", "ENTRY", "contoso.com, fabrikam.com # asked by Bob"}).out,
              "allow-pairs: contoso.com, fabrikam.com # asked by Bob was there already\n");

    const Ran shown = run(run_show, {});
    EXPECT_TRUE(shown.out.contains("contoso.com, fabrikam.com")) << shown.out;
    EXPECT_TRUE(shown.out.contains("adatum.com, *")) << shown.out;
    EXPECT_TRUE(shown.out.contains("configuration")) << shown.out;
    EXPECT_FALSE(shown.out.contains("google.com")) << shown.out;
    EXPECT_TRUE(shown.out.contains(" built in: lists show LIST names them\n")) << shown.out;
    EXPECT_TRUE(run(run_show, {"LIST", "sealers"}).out.contains("google.com"));
    EXPECT_TRUE(run(run_show, {"LIST", "allow-pairs", "csv", ""})
                    .out.starts_with("list,entry,until,from,added,by,note\n"
                                     "allow-pairs,\"contoso.com, fabrikam.com\",,ledger,20"));

    const Ran removed =
        run(run_remove, {"LIST", "allow-pairs", "ENTRY", "CONTOSO.com,fabrikam.com", "reason", "contract ended"});
    ASSERT_TRUE(removed.outcome) << removed.outcome.error().text;
    EXPECT_EQ(removed.out, "allow-pairs: contoso.com, fabrikam.com removed\n");
    EXPECT_EQ(entries(), "");

    const Ran audit = run(run_audit, {"csv", ""});
    EXPECT_TRUE(audit.out.contains(",ann,lists remove,\"allow-pairs: contoso.com, fabrikam.com\",contract ended\n"))
        << audit.out;
    EXPECT_TRUE(audit.out.contains(",ann,lists add,\"allow-pairs: contoso.com, fabrikam.com\",asked by Bob\n"));
    EXPECT_LT(audit.out.find("lists remove"), audit.out.find("lists add"));
    EXPECT_FALSE(run(run_audit, {"csv", "", "most", "1"}).out.contains("lists add"));
}

TEST_F(ListsCommand, WhatIsNotThereCannotBeRemoved) {
    const Ran missing = run(run_remove, {"LIST", "sealers", "ENTRY", "lists.example"});
    ASSERT_FALSE(missing.outcome);
    EXPECT_EQ(missing.outcome.error().exit, exit_code::failed);
    EXPECT_EQ(missing.outcome.error().text, "sealers: lists.example is not there");
    const Ran written = run(run_remove, {"LIST", "block-pairs", "ENTRY", "adatum.com, *"});
    ASSERT_FALSE(written.outcome);
    EXPECT_TRUE(written.outcome.error().text.contains("stands in the configuration")) << written.outcome.error().text;
}

TEST_F(ListsCommand, WrongEntriesAreWrongUsage) {
    for (const auto& [list, text] : {std::pair{"allow-pairs", "*, *"},
                                     {"networks", "contoso.com"},
                                     {"accepted-domains", "contoso.com until=2020-01-01"}}) {
        const Ran wrong = run(run_add, {"LIST", list, "ENTRY", text});
        ASSERT_FALSE(wrong.outcome) << text;
        EXPECT_EQ(wrong.outcome.error().exit, exit_code::usage) << text;
    }
    EXPECT_FALSE(run(run_add, {"LIST", "networks", "ENTRY", "192.0.2.1 # a", "note", "b"}).outcome);
    EXPECT_FALSE(run(run_add, {"LIST", "networks", "ENTRY", "192.0.2.1", "note", "two\nlines"}).outcome);
    EXPECT_FALSE(
        run(run_add, {"LIST", "networks", "ENTRY", "192.0.2.1 until=2099-01-01", "until", "2099-01-02"}).outcome);
    EXPECT_EQ(entries(), "");
}

TEST_F(ListsCommand, AnImportIsAllOrNothing) {
    const std::string wrong = write("wrong", "a.example, *\n*, *\n");
    const Ran refused = run(run_import, {"LIST", "block-pairs", "FILE", wrong});
    ASSERT_TRUE(refused.outcome);
    EXPECT_EQ(*refused.outcome, exit_code::failed);
    EXPECT_EQ(refused.err, wrong + ":2: only one side of a pair may be *\n");
    EXPECT_EQ(entries(), "");

    const std::string right = write("right", "a.example, * # one\n*, fabrikam.com until=2099-01-31\n");
    const Ran taken = run(run_import, {"LIST", "block-pairs", "FILE", right, "reason", "the CERT's list"});
    ASSERT_TRUE(taken.outcome) << taken.outcome.error().text;
    EXPECT_EQ(taken.out, "block-pairs: 2 new or changed, 0 were there already\n");
    EXPECT_EQ(run(run_import, {"LIST", "block-pairs", "FILE", right}).out,
              "block-pairs: 0 new or changed, 2 were there already\n");
    EXPECT_TRUE(run(run_audit, {"csv", ""}).out.contains("the CERT's list"));

    // What is exported can be imported.
    const Ran exported = run(run_export, {"LIST", "block-pairs"});
    EXPECT_EQ(exported.out, "# block-pairs\n*, fabrikam.com until=2099-01-31\na.example, * # one\n");
    EXPECT_EQ(parse_import(ListName::block_pairs, exported.out)->size(), 2U);
}

TEST_F(ListsCommand, AnImportReadsFilesAndNothingThatMayNeverEnd) {
    const std::string pipe = write("x", "") + ".pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& odd : {pipe, std::string("/dev/zero"), std::string("/")}) {
        const Ran ran = run(run_import, {"LIST", "networks", "FILE", odd});
        ASSERT_FALSE(ran.outcome);
        EXPECT_EQ(ran.outcome.error().exit, exit_code::failed);
        EXPECT_TRUE(ran.outcome.error().text.contains(", not a file; ")) << ran.outcome.error().text;
    }
    EXPECT_FALSE(run(run_import, {"LIST", "networks", "FILE", "/nowhere/at/all"}).outcome);
    const std::string large = write("large", std::string(most_import_bytes + 1, '\n'));
    EXPECT_FALSE(run(run_import, {"LIST", "networks", "FILE", large}).outcome);
    std::filesystem::resize_file(large, most_import_bytes);
    EXPECT_TRUE(run(run_import, {"LIST", "networks", "FILE", large}).outcome) << "at the limit";
}

TEST_F(ListsCommand, ExportLeavesTheConfigurationOut) {
    EXPECT_EQ(run(run_export, {}).out, "");
    EXPECT_EQ(run(run_export, {"json", ""}).out, "{\"entries\":[]}\n");
}

TEST_F(ListsCommand, NothingIsSuggestedOfNoMail) {
    EXPECT_EQ(run(run_suggest, {}).out, "nothing to suggest\n");
    EXPECT_EQ(run(run_suggest, {"json", ""}).out, "{\"days\":7,\"sealers\":[]}\n");
}

TEST_F(ListsCommand, AMissingLedgerIsAnErrorThatNamesIt) {
    std::filesystem::remove(ledger_);
    const Ran shown = run(run_show, {});
    ASSERT_FALSE(shown.outcome);
    EXPECT_EQ(shown.outcome.error().exit, exit_code::failed);
    EXPECT_TRUE(shown.outcome.error().text.contains(ledger_)) << shown.outcome.error().text;
}

} // namespace
} // namespace bonafide::cli::lists
