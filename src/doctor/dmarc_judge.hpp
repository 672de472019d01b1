// Internal to the DMARC part of the doctor: who speaks about the policy of one domain. Begins with whether there is a record and whether
// it can be read (dmarc_findings.cpp); what it then says is dmarc_policy.cpp's matter, where reports go dmarc_reports.cpp's. What follows
// from a fault already told is not told again.
#pragma once

#include "doctor/dmarc_effect.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_texts_shown = 20; ///< in the details of one finding

class DmarcJudge {
  public:
    DmarcJudge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), dmarc_(all.dmarc), domain_(all.subject.domain), name_("_dmarc." + domain_), parked_(all.parked()),
          findings_(findings) {}
    void speak();

  private:
    /// The texts at a _dmarc name.
    struct Texts {
        std::vector<std::string> records{}; ///< that receivers take for DMARC records
        std::vector<std::string> meant{};   ///< that only a person would
        std::vector<std::string> others{};
    };
    [[nodiscard]] static Texts sort_texts(const dns::Answer& answer);

    Finding& add(std::string_view id, Severity severity, std::string subject, text::Text title, text::Text why,
                 text::Text fix);
    /// The finding added last wants the record in force changed to `text`, which comes of better_. All such findings name one record in
    /// the end, with every change.
    void amend(std::string text);
    /// The same for a next step that is not to be taken together with other changes.
    void amend_later(std::string_view tag);
    void finish();
    [[nodiscard]] const dmarc::Record& record() const { return *dmarc_.tree.record; }
    [[nodiscard]] std::string holder_name() const { return "_dmarc." + dmarc_.tree.policy_domain; }
    /// The record in force stands at the domain itself.
    [[nodiscard]] bool is_own() const { return dmarc_.tree.policy_domain == domain_; }
    /// The domain's record holds for what lies below it (RFC 9989 4.10.2, RFC 7489 3.2).
    [[nodiscard]] bool is_organization() const;
    [[nodiscard]] std::string organization_of(const std::string& name) const;
    [[nodiscard]] bool has_said_above_notice(std::size_t since) const;

    // dmarc_findings.cpp
    void unanswered(const std::string& name);
    void multiple(const std::string& name, const std::vector<std::string>& records);
    void syntax(const std::string& name, const std::string& text, Severity severity);
    void too_long(const std::string& text);
    void stray(const std::vector<std::string>& meant);
    bool is_told_of_parents();
    void absent(const std::vector<std::string>& others);
    void dead_alias();
    void moved();
    void misplaced_beside();
    void judge_record(const Texts& own);

    // dmarc_policy.cpp
    void strength();
    void subdomains();
    void weaker_below();
    void habits();
    void views();
    void alignment();
    void well();

    // dmarc_reports.cpp
    void reports();
    void report_address(const DmarcDestination& destination);
    void consent(const DmarcDestination& destination);
    void no_mail(const DmarcDestination& destination);

    const Survey& all_;
    const DmarcSurvey& dmarc_;
    const std::string& domain_;
    std::string name_;
    bool parked_;
    std::vector<Finding>& findings_;
    std::string better_{};               ///< the record in force with all changes so far
    std::vector<std::size_t> amended_{}; ///< findings that want it
    std::optional<std::size_t> later_{}; ///< the finding that wants the next policy
    std::string later_tag_{};            ///< p, sp or np
};

/// `text` with quarantine in `tag` (p, sp, np), and without what would hold it back. `record`: the one in force.
[[nodiscard]] std::string tightened_dmarc(std::string_view text, const dmarc::Record& record, std::string_view tag);

} // namespace bonafide::doctor
