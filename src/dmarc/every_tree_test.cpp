// Every tree of five names with every kind of record at each, against the rules of RFC 9989 4.10.1 and 4.10.2 written out once more, without
// the shortcuts of the product: policy domain, Organizational Domain, and whether two names are aligned.
#include "dmarc/dmarc.hpp"
#include "dns/name.hpp"
#include "dns/source.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dmarc {
namespace {

constexpr std::array<std::string_view, 5> names{"com", "example.com", "b.example.com", "a.b.example.com",
                                                "c.example.com"};
enum class Kind : std::uint8_t { nothing, plain, psd_y, psd_n };
constexpr std::array<std::string_view, 4> texts{"", "v=DMARC1; p=reject", "v=DMARC1; p=reject; psd=y",
                                                "v=DMARC1; p=reject; psd=n"};

/// What stands at the five names.
class Tree final : public dns::Source {
  public:
    explicit Tree(unsigned number) {
        for (const std::string_view name : names) {
            const auto kind = static_cast<Kind>(number % texts.size());
            number /= texts.size();
            if (kind == Kind::nothing) continue;
            kinds_[name] = kind;
            auto answer = std::make_shared<dns::AnswerData>();
            answer->status = dns::Status::ok;
            answer->txt = {std::string(texts.at(static_cast<std::size_t>(kind)))};
            answers_["_dmarc." + std::string(name)] = std::move(answer);
        }
    }
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        const auto found = answers_.find(question.name);
        return found == answers_.end() ? dns::make_answer(dns::Status::nx_domain) : found->second;
    }
    [[nodiscard]] Kind at(std::string_view name) const {
        const auto found = kinds_.find(name);
        return found == kinds_.end() ? Kind::nothing : found->second;
    }
    [[nodiscard]] std::string text() const {
        std::string text;
        for (const auto& [name, kind] : kinds_)
            text += fmt::format("{}: {}, ", name, texts.at(static_cast<std::size_t>(kind)));
        return text;
    }

  private:
    std::map<std::string_view, Kind> kinds_;
    std::map<std::string, dns::Answer, std::less<>> answers_;
};

/// 4.10: the names with a record from `start` up to the first psd tag.
std::vector<std::string_view> records_above(const Tree& tree, std::string_view start) {
    std::vector<std::string_view> found;
    for (std::string_view name = start; !name.empty(); name = dns::parent(name)) {
        if (tree.at(name) == Kind::nothing) continue;
        found.push_back(name);
        if (tree.at(name) != Kind::plain) break;
    }
    return found;
}

std::string_view one_label_below(std::string_view start, std::string_view name) {
    return dns::last_labels(start, dns::label_count(name) + 1);
}

/// 4.10.2, and ours: no top-level domain is an organization.
std::string_view organization(const Tree& tree, std::string_view start) {
    const std::vector<std::string_view> found = records_above(tree, start);
    if (found.empty()) return start;
    for (const std::string_view name : found)
        if (tree.at(name) == Kind::psd_n && name != "com") return name;
    for (const std::string_view name : found)
        if (tree.at(name) == Kind::psd_y && name != start) return one_label_below(start, name);
    return found.back() == "com" ? one_label_below(start, "com") : found.back(); // the fewest labels
}

/// 4.10.1: the author's record, the organization's, the PSD's.
std::string_view policy_domain(const Tree& tree, std::string_view author) {
    if (tree.at(author) != Kind::nothing) return author;
    const std::string_view organization_domain = organization(tree, author);
    const std::vector<std::string_view> found = records_above(tree, author);
    if (std::ranges::find(found, organization_domain) != found.end()) return organization_domain;
    return found.empty() ? "" : found.back();
}

TEST(EveryTree, AgreesWithTheRulesWrittenOut) { // RFC 9989 4.10.1, 4.10.2
    unsigned number_of_trees = 1;
    for (std::size_t i = 0; i < names.size(); ++i) number_of_trees *= texts.size();
    for (unsigned number = 0; number < number_of_trees; ++number) {
        const Tree tree(number);
        for (const std::string_view author : names) {
            if (author == "com") continue;
            for (const std::string_view domain : names) {
                if (domain == "com") continue; // nobody's author or signer; its walk alone could end at it
                Input input;
                input.author_domain = author;
                input.spf = Identifier{std::string(domain), true, false};
                const Evaluation found = dns::run(check(std::move(input)), tree);
                const std::string where = fmt::format("{} vouched for by {} in {}", author, domain, tree.text());
                const bool aligned = organization(tree, author) == organization(tree, domain);
                const std::string_view policy = policy_domain(tree, author);
                ASSERT_EQ(found.policy_domain, policy) << where;
                // 4.10.2: the same name with a record is its own organization, without a walk.
                const bool same = author == domain && policy == author;
                ASSERT_EQ(found.org_domain, same ? author : organization(tree, author)) << where;
                if (policy.empty())
                    ASSERT_EQ(found.result, Result::none) << where;
                else
                    ASSERT_EQ(found.result, author == domain || aligned ? Result::pass : Result::fail) << where;
            }
        }
    }
}

} // namespace
} // namespace bonafide::dmarc
