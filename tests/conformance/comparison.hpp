// What a case wants beside what we give: only what differs is kept.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace bonafide::conformance {

/// A word of ours as a value.
[[nodiscard]] inline boost::json::value word(std::string_view text) { return boost::json::value(text); }

class Comparison {
  public:
    /// `wanted`: the value, or a list of all acceptable ones.
    void compare(std::string_view what, const boost::json::value& wanted, const boost::json::value& ours);
    /// As compare() with the member `key` of `expect`; a member that is missing is not tested.
    void compare_member(std::string_view key, const boost::json::object& expect, const boost::json::value& ours);

    /// What differs in `other` differs here too.
    void add(const Comparison& other);

    [[nodiscard]] bool agrees() const { return ours_.empty(); }
    /// "spf=fail; dmarc=none": what we give where it differs, on one line. A long value is named by a fingerprint: it may be somebody
    /// else's text, and the list of differences holds none of that.
    [[nodiscard]] const std::string& ours() const& { return ours_; }
    /// The same in full, with what is wanted, for a person.
    [[nodiscard]] const std::string& details() const& { return details_; }

  private:
    std::string ours_;
    std::string details_;
};

} // namespace bonafide::conformance
