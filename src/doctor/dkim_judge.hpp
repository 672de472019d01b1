// Judging one domain's keys: state of judge_dkim(). One object a domain; speak() is called once.
#pragma once

#include "doctor/dkim.hpp"
#include "text/text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Value of p= in a record that parses, without white space.
[[nodiscard]] std::string published_key(std::string_view text);
/// The record with some of its tags left out and the version in front.
[[nodiscard]] std::string without_tags(std::string_view text, std::string_view names);
[[nodiscard]] bool is_usable(const DkimKey& key);

class DkimJudge {
  public:
    DkimJudge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), dkim_(all.dkim), domain_(all.subject.domain), findings_(findings) {}

    void speak();

  private:
    // dkim_findings.cpp
    void judge(const DkimKey& key);
    void unanswered(std::string name, const std::optional<std::string>& alias);
    void revoked(const DkimKey& key);
    void nothing_at_all();
    void none_found();
    void well();
    // dkim_absent.cpp
    void absent(const DkimKey& key);
    void dead_aliases();
    void several(const DkimKey& key);
    // dkim_present.cpp
    void unusable(const DkimKey& key);
    void usable(const DkimKey& key);
    void mismatch(const DkimKey& key);
    void restricted(const DkimKey& key);
    void size(const DkimKey& key);
    void describe(const DkimKey& key);

    Finding& add(std::string_view id, Severity severity, std::string subject, text::Text title, text::Text why,
                 text::Text fix);
    /// The record to publish, and the one to delete; nothing where the record is the service's that the alias leads to.
    void replace(const DkimKey& key, Finding& finding, std::string_view old_text, std::optional<std::string> new_text);
    [[nodiscard]] std::string name_of(const DkimKey& key) const;
    /// The record of the private key in use, where that is known.
    [[nodiscard]] static std::optional<std::string> own_record(const DkimKey& key);
    /// Another selector where the key in use at this one is published; null: none.
    [[nodiscard]] const DkimKey* same_key_elsewhere(const DkimKey& key) const;
    [[nodiscard]] bool said_something_bad() const;

    const Survey& all_;
    const DkimSurvey& dkim_;
    const std::string& domain_;
    std::vector<Finding>& findings_;
    std::size_t before_ = 0;             ///< findings of others
    std::vector<const DkimKey*> dead_{}; ///< aliases of selectors that nobody is known to use
    std::vector<text::Text> well_{};     ///< details of dkim.ok
    bool has_good_key_ = false;          ///< some selector has one key, and it serves mail
};

/// The target of an alias as it was meant, where the domain was added behind it for want of a final dot; empty: nothing speaks for that.
[[nodiscard]] std::string target_without_zone(std::string_view target, std::string_view domain);
/// Why a broken key matters.
[[nodiscard]] text::Text unverifiable();
[[nodiscard]] bool is_in_use(const DkimKey& key);

} // namespace bonafide::doctor
