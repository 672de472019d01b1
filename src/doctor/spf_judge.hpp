// Behind judge_spf(): the findings are made in spf_findings.cpp (order, and what the record says), spf_tree_findings.cpp (where it leads)
// and spf_place_findings.cpp (records that stand elsewhere, or nowhere). Lives for one call.
#pragma once

#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor {

/// Findings about one tree and lines of details of one finding that are given; a hostile tree could bring hundreds.
inline constexpr std::size_t most_spf_branch_findings = 20;
inline constexpr std::size_t most_spf_details = 40;

/// Of an error that keeps receivers from reading the record: why it matters.
[[nodiscard]] text::Text broken_record();
/// "include:x (Google Workspace)".
[[nodiscard]] text::Text named(const SpfTerm& term);
/// A line for each term of the tree that costs look-ups: what it is, whose, how many with all beneath.
[[nodiscard]] std::vector<text::Text> costs(const SpfNode& root);
/// What a domain without a record could publish: its addresses, its MX hosts or the services that they belong to. Begins with "v=spf1".
[[nodiscard]] std::string suggested_record(const Survey& all);

class SpfJudge {
  public:
    SpfJudge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), spf_(all.spf), root_(*all.spf.root), domain_(all.subject.domain), findings_(findings),
          before_(findings.size()) {}

    void speak();

  private:
    using Edit = std::function<std::string(const std::string& text)>;

    Finding& add(std::string_view id, text::Text title, text::Text why, text::Text fix, Severity severity,
                 std::string subject);
    /// The finding last added is cured by an edit of the record at `node`. All findings about one record get the same text, in which all
    /// of its edits are made: otherwise who follows two of them publishes two records.
    void amend(const SpfNode& node, const Edit& edit);
    void write_amendments();
    [[nodiscard]] const std::string& own_text() const { return root_.texts.front(); }
    [[nodiscard]] bool is_own(const SpfNode& node) const;
    [[nodiscard]] bool said(std::string_view id) const;
    void unanswered(const std::string& name, dns::Type type);

    // where records stand
    void absent();
    void none();
    void wrong_place(const std::string& place, const std::string& text);
    void beside();
    bool cut_in_two();
    void multiple(const SpfNode& node);
    void subdomains();
    void everybody_below(const std::string& name, const SpfNode& node);

    // where the record leads; true: to an error
    void syntax(const SpfNode& node);
    void glued(const SpfNode& node);
    bool tree();
    bool broken_branch(const SpfNode& at, const SpfTerm& term);
    void loop(const SpfNode& at, const SpfTerm& term);
    void nothing_there(const SpfNode& at, const SpfTerm& term);
    void too_many_mx(const SpfNode& at, const SpfTerm& term);
    void too_many();
    bool void_lookups();

    // what the record says
    void misread();
    void habits();
    void after_all(const SpfNode& node);
    void private_addresses(const SpfNode& node);
    void reverse_names(const SpfNode& node);
    void too_wide(const SpfNode& node, std::vector<std::string>& told);
    void near_limit();
    void strength();
    void everybody();
    void ending();
    void addresses();
    void mailbox_provider();
    void not_listed(const std::vector<const ip::Address*>& missing);
    void well();
    [[nodiscard]] bool evidence_for_hard_fail() const;

    const Survey& all_;
    const SpfSurvey& spf_;
    const SpfNode& root_;
    const std::string& domain_;
    std::vector<Finding>& findings_;
    std::size_t before_;
    bool broken_ = false; ///< receivers get permerror or temperror
    struct Amendment {
        const SpfNode* node;
        std::string text;
        std::vector<std::size_t> findings;
    };
    std::map<std::string, Amendment> amendments_; ///< by the name of the record
};

} // namespace bonafide::doctor
