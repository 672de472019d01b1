// Both methods together: every relation of two identifiers to the author, every outcome of them, every mode (RFC 9989 4.4, 5.3.5, 5.3.6).
// Other implementations let strict alignment fall through to relaxed, or "nothing aligned" to pass; no cell of this table may.
#include "dmarc/dmarc.hpp"
#include "dns/zone.hpp"

#include <array>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace bonafide::dmarc {
namespace {

/// What an identifier's domain is to the author's; both records below make one organization of everything under example.com.
struct Relation {
    const char* name;
    const char* to_subdomain;    ///< the identifier for the author mail.example.com
    const char* to_organization; ///< for the author example.com
    bool relaxed;
    bool strict;
};
constexpr std::array relations{
    Relation{"same", "mail.example.com", "example.com", true, true},
    Relation{"below", "a.mail.example.com", "a.example.com", true, false},
    Relation{"two below", "a.b.mail.example.com", "a.b.example.com", true, false},
    Relation{"unrelated", "example.net", "example.net", false, false},
    Relation{"suffix without dot", "xmail.example.com.example.net", "badexample.com", false, false},
    Relation{"prefix", "mail.example.com.evil.test", "example.com.evil.test", false, false},
    Relation{"above all", "com", "com", false, false},
};
/// Only a subdomain has them.
constexpr std::array further_relations{
    Relation{"parent", "example.com", "", true, false},
    Relation{"sibling", "news.example.com", "", true, false},
};

enum class Outcome : std::uint8_t { fail, pass, error };
constexpr std::array outcomes{Outcome::fail, Outcome::pass, Outcome::error};
constexpr std::array<std::string_view, 3> outcome_names{"fail", "pass", "error"};

struct Side {
    const Relation* relation;
    Outcome outcome;
    Alignment mode;
    [[nodiscard]] bool aligned() const { return mode == Alignment::strict ? relation->strict : relation->relaxed; }
    [[nodiscard]] bool vouches() const { return outcome == Outcome::pass && aligned(); }
    [[nodiscard]] bool undecided() const { return outcome == Outcome::error && aligned(); }
    [[nodiscard]] std::string text() const {
        return fmt::format("{} {} {}", relation->name, outcome_names.at(static_cast<std::size_t>(outcome)),
                           mode == Alignment::strict ? 's' : 'r');
    }
};

constexpr std::string_view organization = "example.com";

/// All sides there are for one author.
std::vector<Side> sides(std::string_view author) {
    std::vector<const Relation*> all;
    for (const Relation& relation : relations) all.push_back(&relation);
    if (author != organization)
        for (const Relation& relation : further_relations) all.push_back(&relation);
    std::vector<Side> result;
    for (const Relation* relation : all)
        for (const Outcome outcome : outcomes)
            for (const Alignment mode : {Alignment::relaxed, Alignment::strict})
                result.push_back({relation, outcome, mode});
    return result;
}

/// What the standard says of one cell.
struct Wanted {
    Result result;
    Code code;
    std::optional<Policy> disposition;
};

Wanted wanted_of(const Side& spf, const Side& dkim) {
    if (spf.vouches() || dkim.vouches()) return {Result::pass, Code::aligned, Policy::none};
    if (spf.undecided() || dkim.undecided()) return {Result::temperror, Code::identifier_error, std::nullopt};
    return {Result::fail, Code::not_aligned, Policy::reject};
}

char letter(Alignment mode) { return mode == Alignment::strict ? 's' : 'r'; }

class TruthTable : public testing::TestWithParam<std::tuple<const char*, Discovery, bool>> {
  protected:
    /// The zone of one pair of modes: the record at the organization, and perhaps the same at the author.
    static std::shared_ptr<const dns::Zone> zone(Alignment aspf, Alignment adkim) {
        const std::string record = fmt::format("v=DMARC1; p=reject; aspf={}; adkim={}", letter(aspf), letter(adkim));
        std::string text = fmt::format("_dmarc.example.com. TXT \"{}\"\n", record);
        if (std::get<2>(GetParam())) text += fmt::format("_dmarc.mail.example.com. TXT \"{}\"\n", record);
        return dns::Zone::parse(text).value();
    }
};

TEST_P(TruthTable, BothMethodsInEveryModeRelationAndOutcome) { // RFC 9989 4.4.1, 4.4.2
    const auto [author, discovery, own_record] = GetParam();
    const auto list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const auto name = [&](const Side& side) {
        return std::string(author == organization ? side.relation->to_organization : side.relation->to_subdomain);
    };
    for (const Alignment aspf : {Alignment::relaxed, Alignment::strict}) {
        for (const Alignment adkim : {Alignment::relaxed, Alignment::strict}) {
            const auto published = zone(aspf, adkim);
            for (const Side& spf : sides(author)) {
                if (spf.mode != aspf) continue;
                for (const Side& dkim : sides(author)) {
                    if (dkim.mode != adkim) continue;
                    Input input;
                    input.author_domain = author;
                    input.discovery = discovery;
                    input.suffixes = list;
                    input.spf = Identifier{name(spf), spf.outcome == Outcome::pass, spf.outcome == Outcome::error};
                    input.dkim = {{name(dkim), dkim.outcome == Outcome::pass, dkim.outcome == Outcome::error}};
                    const Evaluation found = dns::run(check(std::move(input)), *published);
                    const Wanted wanted = wanted_of(spf, dkim);
                    const std::string cell = fmt::format("spf {}, dkim {}", spf.text(), dkim.text());
                    ASSERT_EQ(found.result, wanted.result) << cell;
                    ASSERT_EQ(found.code, wanted.code) << cell;
                    ASSERT_EQ(found.disposition, wanted.disposition) << cell;
                    ASSERT_EQ(found.spf_aligned, spf.vouches()) << cell;
                    ASSERT_EQ(found.dkim_aligned, dkim.vouches()) << cell;
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Alignment, TruthTable,
                         testing::Values(std::tuple{"example.com", Discovery::treewalk, false},
                                         std::tuple{"example.com", Discovery::psl, false},
                                         std::tuple{"mail.example.com", Discovery::treewalk, false},
                                         std::tuple{"mail.example.com", Discovery::treewalk, true},
                                         std::tuple{"mail.example.com", Discovery::psl, false},
                                         std::tuple{"mail.example.com", Discovery::psl, true}),
                         [](const auto& row) {
                             return fmt::format("{}By{}{}",
                                                std::get<0>(row.param)[0] == 'm' ? "Subdomain" : "Organization",
                                                std::get<1>(row.param) == Discovery::psl ? "List" : "Walk",
                                                std::get<2>(row.param) ? "WithOwnRecord" : "");
                         });

} // namespace
} // namespace bonafide::dmarc
